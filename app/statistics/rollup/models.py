"""Sums of facts that are kept ready: of all houses alike on a night or in a month, and of a house
in a month; and the nights without guests that are to be looked at."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Model

CodeKey = Annotated[str, mapped_column(String(32), primary_key=True)]
Houses = Annotated[str, mapped_column(BIT(varying=True))]


class Sums:
    """What is added up; each is a field of ``queries.Figures`` or a part of one."""

    rooms_registered: Mapped[int]
    rooms_gross: Mapped[int]
    rooms_net: Mapped[int]
    rooms_commercial: Mapped[int]
    rooms_occupied: Mapped[int]
    bed_places: Mapped[int]
    bed_places_net: Mapped[int]
    guest_nights_domestic: Mapped[int]
    guest_nights_foreign: Mapped[int]
    arrivals_domestic: Mapped[int]
    arrivals_foreign: Mapped[int]
    same_day_domestic: Mapped[int]
    same_day_foreign: Mapped[int]


class Cell:
    """What the houses of a row have in common; unsaid it is ``unknown`` or ``unrated``."""

    unit_code: Mapped[CodeKey]
    area_code: Mapped[CodeKey]
    kind: Mapped[CodeKey]
    stars: Mapped[CodeKey]


class FactSum(Cell, Sums, Model):
    """The facts of all houses of one unit, kind and stars: of a night, or of a month's nights.

    ``span`` is ``day`` or ``month``, ``night`` the night or the month's first. Of the houses it is
    kept which they are, the house with the id n as bit n, since sets can be joined where counts
    can't: a house that reported two nights is one house of the month. What a house has not said
    is the code ``unknown`` or ``unrated`` here.

    ``level`` is ``cell`` for these rows. Those of the other levels are sums of them: by ``unit``,
    ``area``, ``kind`` or ``stars`` alone, or of ``all`` houses; what they don't tell apart is
    ``*``.
    """

    __tablename__ = "fact_sum"

    level: Mapped[CodeKey]
    span: Mapped[CodeKey]
    night: Mapped[date] = mapped_column(primary_key=True)
    registered_houses: Mapped[Houses]
    reporting_houses: Mapped[Houses]


class FactMonth(Cell, Sums, Model):
    """The facts of one house in one month; two rows where its unit, kind or stars changed in it."""

    __tablename__ = "fact_month"
    __table_args__ = (Index("ix_fact_month_establishment_id", "establishment_id"),)

    night: Mapped[date] = mapped_column(primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    nights: Mapped[int]
    registered: Mapped[bool]
    reporting: Mapped[bool]


class OriginSum(Cell, Model):
    """Guests of one nationality and residence in all houses of one unit, kind and stars."""

    __tablename__ = "origin_sum"

    level: Mapped[CodeKey]
    span: Mapped[CodeKey]
    night: Mapped[date] = mapped_column(primary_key=True)
    country: Mapped[Code] = mapped_column(primary_key=True)
    residence: Mapped[Code] = mapped_column(primary_key=True)
    guest_nights: Mapped[int]
    arrivals: Mapped[int]
    same_day_guests: Mapped[int]


class FactZero(Model):
    """A night on which a house had nobody while the others of its unit were nearly full.

    Codes are those of the house's fact of that night.
    """

    __tablename__ = "fact_zero"

    night: Mapped[date] = mapped_column(primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    unit_code: Mapped[Code]
    area_code: Mapped[Code | None]
    kind: Mapped[Code | None]
    stars: Mapped[int | None] = mapped_column(SmallInteger)
