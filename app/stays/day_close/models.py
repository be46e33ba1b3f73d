"""The daily close: what a house itself said of one hotel day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, Model

SOURCES = ("button", "api")


class DayClose(Model):
    """A house closed a day: rooms sold and out of order, or that it was shut, or had nobody.

    A day on which something was recorded closes by itself and needs no row (``day_closes``).
    Figures of statistics come from the stays; the row says that the house reported that night.
    """

    __tablename__ = "day_close"
    __table_args__ = (
        CheckConstraint("rooms_sold >= 0 AND rooms_out_of_order >= 0", name="counts"),
        CheckConstraint("rooms_sold = 0 OR NOT (closed OR zero)", name="nothing_sold"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        Index("ix_day_close_day", "day"),
    )

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rooms_sold: Mapped[int] = mapped_column(SmallInteger)
    rooms_out_of_order: Mapped[int] = mapped_column(SmallInteger)
    closed: Mapped[bool]
    zero: Mapped[bool]
    source: Mapped[Code]
    by: Mapped[str] = mapped_column(String(60))
    # The first time the day was closed counts for being on time; a correction keeps it.
    first_at: Mapped[Instant]
    at: Mapped[Instant]
