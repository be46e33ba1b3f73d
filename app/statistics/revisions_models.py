"""Figures as they were when a month turned final, and what late corrections changed in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, IntKey, Model


class PublishedMonth(Model):
    """A month that turned final; ``checked_at`` is empty when facts of it changed since."""

    __tablename__ = "published_month"

    month: Mapped[date] = mapped_column(primary_key=True)
    published_at: Mapped[Instant]
    checked_at: Mapped[datetime | None]


class PublishedFigure(Model):
    """A figure of the town or a unit as last published: a sum, or the two sums of a fraction.

    ``scope`` is ``town`` or the code of a unit.
    """

    __tablename__ = "published_figure"

    month: Mapped[date] = mapped_column(
        ForeignKey("published_month.month", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[Code] = mapped_column(primary_key=True)
    indicator: Mapped[Code] = mapped_column(primary_key=True)
    over: Mapped[int] = mapped_column(BigInteger)
    under: Mapped[int | None] = mapped_column(BigInteger)


class Revision(Model):
    """A published figure that a correction changed: what it was, what it became, and when."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_month", "month"),)

    id: Mapped[IntKey]
    month: Mapped[date]
    scope: Mapped[Code]
    indicator: Mapped[Code]
    over_before: Mapped[int] = mapped_column(BigInteger)
    under_before: Mapped[int | None] = mapped_column(BigInteger)
    over_after: Mapped[int] = mapped_column(BigInteger)
    under_after: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[Instant]
