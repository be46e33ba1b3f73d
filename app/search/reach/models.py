"""How often a house was found, shown, opened, called and booked a day; nothing of who did it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CreatedAt, IntKey, Model


class ReachDay(Model):
    """The counts of a house on a day. ``hidden`` and ``last`` are estimates: see ``missed``."""

    __tablename__ = "reach_day"
    __table_args__ = (Index("ix_reach_day_day", "day"),)

    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    found: Mapped[int] = mapped_column(server_default="0")
    mapped: Mapped[int] = mapped_column(server_default="0")
    opened: Mapped[int] = mapped_column(server_default="0")
    called: Mapped[int] = mapped_column(server_default="0")
    booked: Mapped[int] = mapped_column(server_default="0")
    hidden: Mapped[int] = mapped_column(server_default="0")
    last: Mapped[int] = mapped_column(server_default="0")


class AskedSearch(Model):
    """A search for dates, as often as it was asked; kept until it is counted who was missed."""

    __tablename__ = "asked_search"

    id: Mapped[IntKey]
    created_at: Mapped[CreatedAt]
    day: Mapped[date]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    times: Mapped[int]
