"""Establishments, their room types and rooms; administrative units and places."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Code, CreatedAt, EstablishmentKey, Instant, IntKey, Model, Name

KINDS = (
    "hotel",
    "resort",
    "villa",
    "apartment",
    "ship",
    "guest_house",
    "homestay",
    "campsite",
    "other",
)
# Luật Du lịch 2017, art. 50: only these are ranked by stars.
RANKED_KINDS = ("hotel", "resort", "villa", "apartment", "ship")
# A test twin of a house (``test``) counts nowhere: whatever asks for a status leaves it out.
TEST = "test"
STATUSES = ("applied", "approved", "suspended", "rejected", TEST)
AMENITIES = (
    "pool",
    "sea_view",
    "beachfront",
    "breakfast",
    "restaurant",
    "bar",
    "parking",
    "ev_charging",
    "wifi",
    "air_conditioning",
    "kitchen",
    "pets",
    "spa",
    "gym",
    "elevator",
    "balcony",
    "bathtub",
    "family_room",
    "accessible",
    "meeting_room",
    "airport_transfer",
    "karaoke",
    "bbq",
)
# What the province has to complete where a house came without it; the order is that of the pages.
COMPLETABLE = ("unit", "location", "rooms", "phone", "licence", "stars")


class Area(Model):
    """A former city or district: all its successor units together (747 Vũng Tàu, …)."""

    __tablename__ = "area"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Name]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")


class Unit(Model):
    """A ward, commune or special zone while its code meant it; codes were re-used in 2025."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    id: Mapped[IntKey]
    code: Mapped[Code] = mapped_column(index=True)
    name: Mapped[Name]
    kind: Mapped[Code]
    folded: Mapped[Name] = mapped_column(index=True)
    area_code: Mapped[Code] = mapped_column(ForeignKey("area.code"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))

    area: Mapped[Area] = relationship()
    successor: Mapped[Unit | None] = relationship(remote_side="Unit.id")


class Place(Model):
    """A beach, hill, street or sight that visitors search near; coordinates are approximate."""

    __tablename__ = "place"

    id: Mapped[IntKey]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_en: Mapped[str | None] = mapped_column(String(200))
    aliases: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    lat: Mapped[float]
    lon: Mapped[float]
    unit_code: Mapped[str | None] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(200))


class Establishment(Model):
    """A tourist accommodation establishment (cơ sở lưu trú du lịch, Luật Du lịch 2017 art. 48)."""

    __tablename__ = "establishment"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="location"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="location_whole"),
        CheckConstraint(f"(status = '{TEST}') = (twin_of_id IS NOT NULL)", name="twin"),
        CheckConstraint("auto_checkout_hours BETWEEN 0 AND 72", name="auto_checkout_hours"),
        Index(
            "ix_establishment_behind",
            "id",
            postgresql_where=text("sent_version < search_version"),
        ),
    )

    id: Mapped[IntKey]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_en: Mapped[str | None] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(400), index=True)
    description: Mapped[str | None] = mapped_column(String(2000))
    description_en: Mapped[str | None] = mapped_column(String(2000))
    status: Mapped[Code] = mapped_column(server_default="applied", index=True)
    status_reason: Mapped[str | None] = mapped_column(String(500))
    licence_no: Mapped[str | None] = mapped_column(String(60))
    licence_on: Mapped[date | None]
    opened_on: Mapped[date | None]
    address: Mapped[str | None] = mapped_column(String(400))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(200))
    website: Mapped[str | None] = mapped_column(String(400))
    booking_url: Mapped[str | None] = mapped_column(String(400))
    amenities: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default="{}")
    # What a house truly has not (no stars, no licence needed): nobody is asked for it again.
    not_applicable: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default="{}")
    source: Mapped[str] = mapped_column(String(60), server_default="application")
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    # The house whose test twin this one is.
    twin_of_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), unique=True)
    # Hours after the planned departure at which a party is taken to have left; None: never.
    auto_checkout_hours: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[CreatedAt]
    # search_version rises with every change of what search shows; the index has sent_version.
    search_version: Mapped[int] = mapped_column(server_default="1")
    sent_version: Mapped[int] = mapped_column(server_default="0")
    # record_version is the ETag of the record as its owner edits it.
    record_version: Mapped[int] = mapped_column(server_default="1")
    # The day the record last changed, for the public; vacancies do not move it.
    record_changed_on: Mapped[date] = mapped_column(server_default=text("CURRENT_DATE"))

    classifications: Mapped[list[Classification]] = relationship(
        back_populates="establishment", order_by="Classification.valid"
    )
    room_types: Mapped[list[RoomType]] = relationship(
        back_populates="establishment", order_by="RoomType.position, RoomType.id"
    )

    @property
    def is_test(self) -> bool:
        """Whether this is a test twin, whose data count nowhere."""
        return self.status == TEST


class Classification(Model):
    """Kind, stars and unit of an establishment during a period; last March keeps last March's."""

    __tablename__ = "classification"
    __table_args__ = (
        ExcludeConstraint(
            ("establishment_id", "="), ("valid", "&&"), name="ex_classification_once", using="gist"
        ),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("NOT isempty(valid)", name="valid"),
    )

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    valid: Mapped[Range[date]]
    kind: Mapped[Code]
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)

    establishment: Mapped[Establishment] = relationship(back_populates="classifications")
    unit: Mapped[Unit | None] = relationship()


class RoomType(Model):
    """Rooms of one house that are sold as the same: capacity, bed places, list price."""

    __tablename__ = "room_type"
    __table_args__ = (
        UniqueConstraint("establishment_id", "code"),
        CheckConstraint("capacity BETWEEN 1 AND 100", name="capacity"),
        CheckConstraint("bed_places BETWEEN 1 AND 100", name="bed_places"),
        CheckConstraint("list_price >= 0", name="list_price"),
        CheckConstraint("kept_by IN ('stays', 'feed')", name="kept_by"),
    )

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    code: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[Name]
    name_en: Mapped[str | None] = mapped_column(String(200))
    capacity: Mapped[int] = mapped_column(SmallInteger)
    bed_places: Mapped[int] = mapped_column(SmallInteger)
    list_price: Mapped[int | None]
    list_price_on: Mapped[date | None]
    amenities: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default="{}")
    position: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    kept_by: Mapped[Code] = mapped_column(server_default="stays")
    # Any act of the house on the type renews confirmed_at; all_known says that "still right" (all
    # nights) was pressed, so a night without a row of its own is known too.
    confirmed_at: Mapped[Instant | None]
    all_known: Mapped[bool] = mapped_column(server_default="false")
    record_version: Mapped[int] = mapped_column(server_default="1")

    establishment: Mapped[Establishment] = relationship(back_populates="room_types")
    assignments: Mapped[list[RoomAssignment]] = relationship(back_populates="room_type")


class Room(Model):
    """A numbered room of a house; which type it is, and when it exists, is in its assignments."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("establishment_id", "number"),)

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    number: Mapped[str] = mapped_column(String(20))
    floor: Mapped[str | None] = mapped_column(String(20))

    assignments: Mapped[list[RoomAssignment]] = relationship(back_populates="room")


class RoomAssignment(Model):
    """A room is of a type on every night of ``valid``; it exists on no other night."""

    __tablename__ = "room_assignment"
    __table_args__ = (
        ExcludeConstraint(
            ("room_id", "="), ("valid", "&&"), name="ex_room_assignment_once", using="gist"
        ),
        CheckConstraint("NOT isempty(valid)", name="valid"),
    )

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"), index=True)
    valid: Mapped[Range[date]]

    room: Mapped[Room] = relationship(back_populates="assignments")
    room_type: Mapped[RoomType] = relationship(back_populates="assignments")


class Closure(Model):
    """A house sells no room during ``valid`` (season, works, order): gross but not net capacity."""

    __tablename__ = "closure"
    __table_args__ = (
        ExcludeConstraint(
            ("establishment_id", "="), ("valid", "&&"), name="ex_closure_once", using="gist"
        ),
        CheckConstraint("NOT isempty(valid)", name="valid"),
    )

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    valid: Mapped[Range[date]]
    reason: Mapped[str | None] = mapped_column(String(200))


class StatusChange(Model):
    """A decision on a house: from which status to which, why and by whom."""

    __tablename__ = "status_change"

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    at: Mapped[Instant]
    before: Mapped[Code]
    after: Mapped[Code]
    reason: Mapped[str | None] = mapped_column(String(500))
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class Note(Model):
    """What an official wrote about a house for the other officials; its owner does not see it."""

    __tablename__ = "establishment_note"

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    at: Mapped[Instant]
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    text: Mapped[str] = mapped_column(String(1000))


class Invitation(Model):
    """A printed one-time code with which the owner of an imported house claims it.

    The code is derived from ``nonce`` and the application's secret, so that the sheet can be
    printed again while it counts, and the table alone lets nobody in.
    """

    __tablename__ = "invitation"

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    nonce: Mapped[bytes]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class ImportRow(Model):
    """What an imported list said about a house, as it stood in the file, for completing later."""

    __tablename__ = "import_row"

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    # By its code where the list has one, and by name and address, so that the same list with and
    # without its column of codes means the same houses.
    source_key: Mapped[str] = mapped_column(String(80), unique=True)
    name_key: Mapped[str] = mapped_column(String(80), index=True)
    content_hash: Mapped[bytes]
    # The values as they were understood, and the cells as they stood in the file.
    content: Mapped[dict[str, Any]]
    raw: Mapped[dict[str, Any]]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    imported_at: Mapped[CreatedAt]
