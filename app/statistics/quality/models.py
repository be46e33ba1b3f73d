"""Facts of quality: how well one house reported one day, and which of them are to be made again."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, Model
from app.statistics.rollup.models import Cell


class QualityFact(Model):
    """One house on one day: the day's report, and the records the day began.

    The day itself is owed and told, and once its limit has passed due, reported, on time and late,
    each 0 or 1. Records are the guests whose stay began on the day; ``closes`` is 1 where the day
    was closed by hand.
    """

    __tablename__ = "quality_fact"
    __table_args__ = (Index("ix_quality_fact_night", "night"),)

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[Code | None]
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    unit_code: Mapped[Code | None]
    area_code: Mapped[Code | None]
    owed: Mapped[int] = mapped_column(SmallInteger)
    told: Mapped[int] = mapped_column(SmallInteger)
    due: Mapped[int] = mapped_column(SmallInteger)
    reported: Mapped[int] = mapped_column(SmallInteger)
    on_time: Mapped[int] = mapped_column(SmallInteger)
    late: Mapped[int] = mapped_column(SmallInteger)
    records: Mapped[int]
    errors: Mapped[int]
    duplicates: Mapped[int]
    contradictions: Mapped[int]
    closes: Mapped[int] = mapped_column(SmallInteger)
    filings: Mapped[int]
    filings_sent: Mapped[int]


class QualityDay(Model):
    """A day whose facts of quality are stored for every house, and the limit they were made with.

    There is none while the limit has not passed. When it passes, and where an outage declared later
    moves it, what is stored of the day counts no more and is made again.
    """

    __tablename__ = "quality_day"

    night: Mapped[date] = mapped_column(primary_key=True)
    due_at: Mapped[Instant | None]


class QualityMark(Model):
    """Days of a house that changed, from ``first`` to ``last``, or all of them where both are null.

    Triggers add rows and only the worker removes them, so that no writer waits for another.
    """

    __tablename__ = "quality_mark"
    __table_args__ = (Index("ix_quality_mark_establishment_id", "establishment_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE")
    )
    first: Mapped[date | None]
    last: Mapped[date | None]


class QualityFreshness(Model):
    """How many vacancies of the next nights were fresh in a house, on the evening of a day."""

    __tablename__ = "quality_freshness"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    vacancies: Mapped[int]
    fresh: Mapped[int]


class QualitySums:
    """What is added up of the facts of quality and of what was noted of fresh vacancies.

    ``days`` counts the facts themselves.
    """

    days: Mapped[int]
    due: Mapped[int]
    reported: Mapped[int]
    on_time: Mapped[int]
    late: Mapped[int]
    records: Mapped[int]
    errors: Mapped[int]
    duplicates: Mapped[int]
    contradictions: Mapped[int]
    closes: Mapped[int]
    filings: Mapped[int]
    filings_sent: Mapped[int]
    vacancies: Mapped[int]
    fresh: Mapped[int]


class QualityMonth(Cell, QualitySums, Model):
    """One house in one month, ``night`` its first; two rows where its unit or kind changed."""

    __tablename__ = "quality_month"

    night: Mapped[date] = mapped_column(primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)


class QualityCell(Cell, QualitySums, Model):
    """All houses of one unit, kind and stars on one day."""

    __tablename__ = "quality_cell"

    night: Mapped[date] = mapped_column(primary_key=True)
