"""Releases of the emergency roll to officials: who asked, who released, who opened."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, IntKey, Model, UuidKey

CAUSES = ("fire", "storm", "flood", "collapse", "other")
REASON_LONGEST = 200


class RollRelease(Model):
    """One official asks for the roll of a house or a ward, another releases it, both read it.

    ``lapses_at`` is until when it may be released, ``until`` until when it is read.
    """

    __tablename__ = "roll_release"
    __table_args__ = (
        CheckConstraint(f"cause IN {CAUSES}", name="cause"),
        CheckConstraint("(establishment_id IS NULL) <> (unit_code IS NULL)", name="area"),
        CheckConstraint("length(reason) > 0", name="reason"),
        CheckConstraint("lapses_at > requested_at", name="lapses_at"),
        CheckConstraint("released_by <> requested_by", name="two_people"),
        CheckConstraint(
            "num_nulls(released_at, released_by, until) IN (0, 3)", name="released_whole"
        ),
        CheckConstraint("until > released_at", name="until"),
        Index("ix_roll_release_requested_at", "requested_at"),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(32), index=True)
    cause: Mapped[Code]
    reason: Mapped[str] = mapped_column(String(REASON_LONGEST))
    requested_at: Mapped[Instant]
    requested_by: Mapped[str] = mapped_column(String(60))
    lapses_at: Mapped[Instant]
    released_at: Mapped[Instant | None]
    released_by: Mapped[str | None] = mapped_column(String(60))
    until: Mapped[Instant | None]


class RollOpening(Model):
    """A released roll was opened: that of one house, or the sums of a ward."""

    __tablename__ = "roll_opening"

    id: Mapped[IntKey]
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roll_release.id"), index=True)
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(60))
