"""Lists of houses from outside, compared with the register to find those that are not in it."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, CreatedAt, Instant, Model, Name, UuidKey

RESULTS = ("waiting", "found", "probable", "absent")
DECISIONS = ("same", "drafted", "to_visit", "none")


class OutsideList(Model):
    """A list somebody brought; the same content brought again by the same person is this list.

    The file itself is not kept, only its rows.
    """

    __tablename__ = "outside_list"
    __table_args__ = (
        UniqueConstraint("created_by", "content_hash"),
        Index("ix_outside_list_open", "created_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[UuidKey]
    name: Mapped[Name]
    content_hash: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str] = mapped_column(String(60))
    rows_total: Mapped[int]
    rows_repeated: Mapped[int] = mapped_column(server_default="0")
    finished_at: Mapped[Instant | None]


class OutsideRow(Model):
    """A house of a list: what the list says, the nearest house of the register, and what was done.

    ``evidence`` says why the two match: how alike the names are, the telephone, the distance.
    """

    __tablename__ = "outside_row"
    __table_args__ = (
        UniqueConstraint("list_id", "line"),
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        CheckConstraint(f"decision IN {DECISIONS}", name="decision"),
        Index("ix_outside_row_list_id_result_line", "list_id", "result", "line"),
    )

    id: Mapped[UuidKey]
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outside_list.id", ondelete="CASCADE"))
    line: Mapped[int]
    name: Mapped[Name]
    address: Mapped[str | None] = mapped_column(String(400))
    phone: Mapped[str | None] = mapped_column(String(40))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    result: Mapped[Code] = mapped_column(server_default="waiting")
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), index=True)
    score: Mapped[int | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    decision: Mapped[Code | None]
    note: Mapped[str | None] = mapped_column(String(500))
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
