"""Nights taken, nights as the house set them, reservations, nights that changed or reported."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Code, CreatedAt, Instant, Model, UuidKey
from app.identity import Sealed
from app.registry.models import Room, RoomType


class TakenNight(Model):
    """A room is taken on a night, by a stay or out of order; the key sells no room twice.

    The room's type on that night is repeated here so that counting needs no join;
    ``availability.operations`` keeps it when a room changes its type. ``withheld_from_id`` is the
    room type whose withheld count this night consumed, to be given back if the stay is cancelled.
    """

    __tablename__ = "taken_night"
    __table_args__ = (
        CheckConstraint("reason IN ('stay', 'out_of_order')", name="reason"),
        CheckConstraint("(reason = 'stay') = (stay_id IS NOT NULL)", name="stay"),
        Index("ix_taken_night_room_type_id_night", "room_type_id", "night", "reason"),
        Index("ix_taken_night_establishment_id_night", "establishment_id", "night"),
        Index("ix_taken_night_stay_id", "stay_id", postgresql_where=text("stay_id IS NOT NULL")),
    )

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"))
    reason: Mapped[Code]
    # The stay's row lives in the feature above; its id is kept here without a foreign key so that
    # the arrow between the features points down. A sweep compares both sides.
    stay_id: Mapped[uuid.UUID | None]
    withheld_from_id: Mapped[int | None] = mapped_column(ForeignKey("room_type.id"))

    room: Mapped[Room] = relationship()


class RoomTypeNight(Model):
    """What the house said about one room type on one night: withheld, price, the feed's count."""

    __tablename__ = "room_type_night"
    __table_args__ = (
        CheckConstraint("withheld >= 0", name="withheld"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("feed_count >= 0", name="feed_count"),
        Index("ix_room_type_night_night", "night"),
    )

    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    known: Mapped[bool] = mapped_column(server_default="false")
    withheld: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    price: Mapped[int | None]
    feed_count: Mapped[int | None] = mapped_column(SmallInteger)


class Reservation(Model):
    """Rooms of one type promised for a period; ``rooms_arrived`` of them have checked in."""

    __tablename__ = "reservation"
    __table_args__ = (
        # A cancelled reservation gives its reference back: channels send the same one again.
        Index(
            "uq_reservation_reference",
            "establishment_id",
            "reference",
            unique=True,
            postgresql_where=text("status <> 'cancelled'"),
        ),
        CheckConstraint("arrival < departure", name="period"),
        CheckConstraint("rooms BETWEEN 1 AND 500", name="rooms"),
        CheckConstraint("rooms_arrived BETWEEN 0 AND rooms", name="rooms_arrived"),
        CheckConstraint("people BETWEEN 0 AND 5000", name="people"),
        CheckConstraint("status IN ('open', 'cancelled', 'no_show')", name="status"),
        Index(
            "ix_reservation_open",
            "room_type_id",
            "arrival",
            "departure",
            postgresql_where=text("status = 'open' AND rooms_arrived < rooms"),
        ),
        Index("ix_reservation_establishment_id_arrival", "establishment_id", "arrival"),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    reference: Mapped[str] = mapped_column(String(60))
    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"))
    arrival: Mapped[date]
    departure: Mapped[date]
    rooms: Mapped[int] = mapped_column(SmallInteger)
    rooms_arrived: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    people: Mapped[int | None] = mapped_column(SmallInteger)
    channel: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[Code] = mapped_column(server_default="open")
    label_sealed: Mapped[bytes | None]
    created_at: Mapped[CreatedAt]
    record_version: Mapped[int] = mapped_column(server_default="1")

    label = Sealed()
    room_type: Mapped[RoomType] = relationship()


class ReportedDay(Model):
    """The house did something on this hotel day that confirms its vacancy: it reported."""

    __tablename__ = "reported_day"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[Instant]


class ChangedNight(Model):
    """A night of a house whose facts are to be computed again; removed only at the version read."""

    __tablename__ = "changed_night"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default="1")
