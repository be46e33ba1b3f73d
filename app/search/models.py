"""The books of the search index: which one is live, and what it was sent of each house."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CreatedAt, Instant, Model


class SearchIndex(Model):
    """An index of the engine. Searches go to the live one; swapping is one UPDATE here.

    ``made_at`` is the engine's own creation stamp: an index that was lost and came back empty has
    another one. ``day`` is the hotel day up to which the window of nights has moved on.
    """

    __tablename__ = "search_index"
    __table_args__ = (
        Index("uq_search_index_live", "is_live", unique=True, postgresql_where=text("is_live")),
    )

    uid: Mapped[str] = mapped_column(String(60), primary_key=True)
    settings_hash: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[str] = mapped_column(String(60))
    is_live: Mapped[bool] = mapped_column(server_default="false")
    day: Mapped[date]
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[Instant | None]


class SearchState(Model):
    """What an index holds of a house: the version that was read and each document's hash.

    ``failed_version`` is the version the engine refused: the house waits for its next change, or
    for the sweep, instead of holding up the others.
    """

    __tablename__ = "search_state"

    index_uid: Mapped[str] = mapped_column(
        ForeignKey("search_index.uid", ondelete="CASCADE"), primary_key=True
    )
    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(server_default="0")
    documents: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    failed_version: Mapped[int | None]
    failure: Mapped[str | None] = mapped_column(String(200))
