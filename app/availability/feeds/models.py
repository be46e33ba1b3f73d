"""Calendars of booking sites (iCal) that a house lets the register fetch, and what they block."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Code, CreatedAt, EstablishmentKey, Instant, Model, UuidKey
from app.identity import Sealed
from app.registry.models import Room, RoomType


class VacancyFeed(Model):
    """One calendar's address, which rooms it stands for, and how its last fetches went.

    It stands for one room, or for ``rooms`` rooms of the type that are sold as one listing. Its
    address holds a secret of the booking site, so it is kept sealed.
    """

    __tablename__ = "vacancy_feed"
    __table_args__ = (
        CheckConstraint("rooms BETWEEN 1 AND 500", name="rooms"),
        CheckConstraint("room_id IS NULL OR rooms = 1", name="one_room"),
        Index("ix_vacancy_feed_due_at", "due_at"),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[EstablishmentKey]
    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    rooms: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    name: Mapped[str] = mapped_column(String(60))
    url_sealed: Mapped[bytes | None]
    created_at: Mapped[CreatedAt]
    due_at: Mapped[Instant]
    fetched_at: Mapped[Instant | None]
    # When the calendar was last read whole and believed.
    good_at: Mapped[Instant | None]
    failure: Mapped[Code | None]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(100))
    # A calendar that lost most of its nights: which, and since when it has said so.
    held: Mapped[bytes | None]
    held_since: Mapped[Instant | None]

    url = Sealed()
    room_type: Mapped[RoomType] = relationship()
    room: Mapped[Room | None] = relationship()


class FeedNight(Model):
    """A night on which a feed says that its rooms are not free; ``decision`` is the house's word.

    ``same``: these rooms are in the house's own numbers already. ``other``: they are other rooms.
    """

    __tablename__ = "feed_night"
    __table_args__ = (
        CheckConstraint("decision IN ('same', 'other')", name="decision"),
        Index("ix_feed_night_room_type_id_night", "room_type_id", "night"),
        Index("ix_feed_night_room_id", "room_id", postgresql_where=text("room_id IS NOT NULL")),
    )

    feed_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("vacancy_feed.id", ondelete="CASCADE"), primary_key=True
    )
    night: Mapped[date] = mapped_column(primary_key=True)
    # Both repeated from the feed, so that counting needs no join.
    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    rooms: Mapped[int] = mapped_column(SmallInteger)
    decision: Mapped[Code | None]
