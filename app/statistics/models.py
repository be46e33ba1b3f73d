"""Facts: what happened in one house on one night, and which of them are to be computed again."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Model


class Fact(Model):
    """Capacity and use of one house on one night, as of that night's rooms, kind, stars and unit.

    There is a row for every night on which the house stood in the register; a night whose row is
    missing, or whose row is marked as changed, is read from the stays themselves (``facts``).
    ``unit_code`` is today's code, so that a code used for two wards means one of them here.
    """

    __tablename__ = "fact"
    __table_args__ = (
        Index("ix_fact_night", "night"),
        Index("ix_fact_unit_code_night", "unit_code", "night"),
    )

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[Code | None]
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    unit_code: Mapped[Code | None]
    area_code: Mapped[Code | None]
    registered: Mapped[bool]
    reporting: Mapped[bool]
    closed: Mapped[bool]
    rooms: Mapped[int]
    bed_places: Mapped[int]
    out_of_order: Mapped[int]
    bed_places_out_of_order: Mapped[int]
    rooms_occupied: Mapped[int]
    guest_nights_domestic: Mapped[int]
    guest_nights_foreign: Mapped[int]
    arrivals_domestic: Mapped[int]
    arrivals_foreign: Mapped[int]
    same_day_domestic: Mapped[int]
    same_day_foreign: Mapped[int]


class FactOrigin(Model):
    """Guests of one nationality and residence in one house on one night; no row for none.

    ``country`` is the nationality; ``residence`` the country they live in, ``unknown`` where
    nobody said.
    """

    __tablename__ = "fact_origin"
    __table_args__ = (Index("ix_fact_origin_night", "night"),)

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    country: Mapped[Code] = mapped_column(primary_key=True)
    residence: Mapped[Code] = mapped_column(primary_key=True, server_default="unknown")
    guest_nights: Mapped[int]
    arrivals: Mapped[int]
    same_day_guests: Mapped[int]


class FactNight(Model):
    """A night whose facts were computed for every house; later changes of it are marked."""

    __tablename__ = "fact_night"

    night: Mapped[date] = mapped_column(primary_key=True)


class ChangedHouse(Model):
    """A house whose register entry changed (rooms, closures, kind, …): all its facts are stale.

    Triggers write the row in the transaction of the change, whoever makes it and by whatever
    statement, since the register lies below availability and cannot mark nights itself. The row
    is removed only at the version that was read.
    """

    __tablename__ = "changed_house"

    # Where a house is deleted its register entry goes first, and marks it.
    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(server_default="1")
