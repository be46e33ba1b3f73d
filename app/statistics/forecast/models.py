"""What was on the books each morning, and the forecasts made from it, kept to be checked later."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, IntKey, Model


class BooksDay(Model):
    """A morning on which the books were read; a morning that was missed has no row, for ever."""

    __tablename__ = "on_the_books_days"

    as_of: Mapped[date] = mapped_column(primary_key=True)
    taken_at: Mapped[Instant]


class BooksSnapshot(Model):
    """Rooms on the books of the houses of one unit, kind and stars, as one morning knew them.

    ``rooms_booked`` begins with the night ``as_of``: its element *n* (from 1) is the night
    ``as_of + n - 1``. One row with all nights instead of a row a night keeps a year of a province
    at some tens of megabytes. What a house lacks is ``unknown``, or 0 stars.
    """

    __tablename__ = "on_the_books_snapshots"
    __table_args__ = (Index("ix_on_the_books_snapshots_unit_code_as_of", "unit_code", "as_of"),)

    as_of: Mapped[date] = mapped_column(
        ForeignKey("on_the_books_days.as_of", ondelete="CASCADE"), primary_key=True
    )
    unit_code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    stars: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    area_code: Mapped[Code]
    houses: Mapped[int]
    """Houses whose vacancy was known that morning; only they are counted."""
    rooms: Mapped[int]
    """All their rooms on the night ``as_of``."""
    rooms_booked: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class ForecastRun(Model):
    """One making of all forecasts, from what was known on the morning of ``as_of``."""

    __tablename__ = "forecast_run"
    __table_args__ = (
        CheckConstraint("status IN ('asked', 'running', 'done', 'failed')", name="status"),
        # Whoever asks while somebody's wish waits already has theirs.
        Index(
            "uq_forecast_run_asked",
            "status",
            unique=True,
            postgresql_where=text("status = 'asked'"),
        ),
        Index("ix_forecast_run_as_of", "as_of"),
    )

    id: Mapped[IntKey]
    as_of: Mapped[date]
    status: Mapped[Code]
    asked_at: Mapped[Instant]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    scopes: Mapped[int] = mapped_column(server_default="0")
    scopes_done: Mapped[int] = mapped_column(server_default="0")


class Forecast(Model):
    """What one run expected of one part of the town; element *n* is the night ``as_of + n - 1``."""

    __tablename__ = "forecast"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("forecast_run.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[Code] = mapped_column(primary_key=True)
    point: Mapped[list[float]] = mapped_column(ARRAY(Float))
    low80: Mapped[list[float]] = mapped_column(ARRAY(Float))
    high80: Mapped[list[float]] = mapped_column(ARRAY(Float))
    benchmark: Mapped[list[float]] = mapped_column(ARRAY(Float))
    report: Mapped[dict[str, Any]]
    """How it was made: weights, past errors, the books, the capacity, the nights before."""
