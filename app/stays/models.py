"""Stays and their guests; guests live here and only here."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.dates import Period
from app.db import Code, CreatedAt, Instant, Model, UuidKey
from app.identity import Sealed, mask
from app.registry.models import Establishment, RoomType

SOURCES = ("walk_in", "reservation", "ota", "agency")
REASONS = (
    "tourism",
    "business",
    "study",
    "visit",
    "conference",
    "family_visit",
    "charity",
    "international_organisation",
    "marriage",
    "consulate",
    "aid",
    "embassy",
    "settlement",
    "marketing",
    "press",
    "trade",
    "visa_extension",
    "medical",
    "labour",
    "other",
)
DOCUMENT_TYPES = (
    "citizen_id",
    "identity_card",
    "old_id",
    "driving_licence",
    "passport",
    "birth_certificate",
    "health_insurance",
    "personal_number_notice",
    "other",
)
AGE_BANDS = ("0-15", "16-59", "60+")
STATUSES = ("in_house", "departed", "cancelled")


class Stay(Model):
    """One party in one room from arrival to departure; its rooms are its taken nights.

    ``first_night`` and ``last_night_end`` are the half-open period of nights, equal for a same-day
    stay ("theo giờ"). ``room_id`` is the room the party is in now; a stay without one is an
    overbooking. ``origin`` is ``history`` for past stays loaded without rooms and identity.
    """

    __tablename__ = "stay"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        CheckConstraint("origin IN ('live', 'history')", name="origin"),
        CheckConstraint("first_night <= last_night_end", name="nights"),
        CheckConstraint("planned_departure > arrived_at", name="planned_departure"),
        CheckConstraint("departed_at >= arrived_at", name="departed_at"),
        UniqueConstraint("establishment_id", "reference", name="uq_stay_reference"),
        # One party uses a room by the hour at a time; nights are kept apart by taken_night.
        Index(
            "uq_stay_hourly_room",
            "room_id",
            unique=True,
            postgresql_where=text("status = 'in_house' AND first_night = last_night_end"),
        ),
        Index(
            "ix_stay_in_house",
            "establishment_id",
            "planned_departure",
            postgresql_where=text("status = 'in_house'"),
        ),
        Index("ix_stay_establishment_id_first_night", "establishment_id", "first_night"),
        Index("ix_stay_establishment_id_last_night_end", "establishment_id", "last_night_end"),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    room_type_id: Mapped[int] = mapped_column(ForeignKey("room_type.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    origin: Mapped[Code] = mapped_column(server_default="live")
    reference: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[Code] = mapped_column(server_default="in_house")
    arrived_at: Mapped[Instant]
    planned_departure: Mapped[Instant]
    departed_at: Mapped[Instant | None]
    # Nobody said that the party left: the house lets it leave by itself at its planned departure.
    left_automatically: Mapped[bool] = mapped_column(server_default="false")
    # Somebody of the party needs help to get out of the building: the emergency roll begins there.
    needs_help: Mapped[bool] = mapped_column(server_default="false")
    first_night: Mapped[date]
    last_night_end: Mapped[date]
    source: Mapped[Code] = mapped_column(server_default="walk_in")
    reservation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reservation.id"))
    reason: Mapped[Code] = mapped_column(server_default="tourism")
    reason_detail_sealed: Mapped[bytes | None]
    note_sealed: Mapped[bytes | None]
    cancel_reason_sealed: Mapped[bytes | None]
    filed_elsewhere: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str | None] = mapped_column(String(60))
    record_version: Mapped[int] = mapped_column(server_default="1")

    reason_detail = Sealed()
    note = Sealed()
    cancel_reason = Sealed()
    establishment: Mapped[Establishment] = relationship()
    room_type: Mapped[RoomType] = relationship()
    guests: Mapped[list[Guest]] = relationship(
        back_populates="stay", order_by="Guest.position", cascade="all, delete-orphan"
    )

    @property
    def is_same_day(self) -> bool:
        """Whether the stay takes no night ("theo giờ")."""
        return self.first_night == self.last_night_end

    @property
    def fact_nights(self) -> set[date]:
        """The nights whose facts the stay moves; those of a stay of hours are its day's."""
        if self.is_same_day:
            return {self.first_night}
        return set(Period(self.first_night, self.last_night_end))

    @property
    def people(self) -> int:
        """Number of people, children and babies included."""
        return sum(guest.persons for guest in self.guests)


class Guest(Model):
    """A guest of a stay. Statistics read only the columns that identify nobody.

    ``persons`` is above 1 only where no identity is kept (history, stays filed elsewhere).
    ``arrived_at`` and ``departed_at`` are set where this guest's times differ from the stay's.
    """

    __tablename__ = "guest"
    __table_args__ = (
        CheckConstraint("sex IN ('M', 'F')", name="sex"),
        CheckConstraint(f"age_band IN {AGE_BANDS}", name="age_band"),
        CheckConstraint(f"document_type IN {DOCUMENT_TYPES}", name="document_type"),
        CheckConstraint("birth_date_precision IN ('day', 'year')", name="birth_date_precision"),
        CheckConstraint("residence_kind IN ('permanent', 'temporary', 'other')", name="residence"),
        CheckConstraint("persons BETWEEN 1 AND 500", name="persons"),
        CheckConstraint("persons = 1 OR full_name_sealed IS NULL", name="group_has_no_identity"),
        Index("ix_guest_establishment_id_document_index", "establishment_id", "document_index"),
    )

    id: Mapped[UuidKey]
    stay_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stay.id"), index=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    position: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    persons: Mapped[int] = mapped_column(SmallInteger, server_default="1")

    full_name_sealed: Mapped[bytes | None]
    date_of_birth_sealed: Mapped[bytes | None]
    document_number_sealed: Mapped[bytes | None]
    document_name_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    document_index: Mapped[bytes | None]

    birth_date_precision: Mapped[Code | None]
    sex: Mapped[Code | None]
    age_band: Mapped[Code | None]
    nationality: Mapped[Code]
    document_type: Mapped[Code | None]
    residence_kind: Mapped[Code | None]
    residence_country: Mapped[Code | None]
    residence_unit: Mapped[str | None] = mapped_column(String(60))
    permitted_until: Mapped[date | None]
    arrived_at: Mapped[Instant | None]
    departed_at: Mapped[Instant | None]
    identity_erased_at: Mapped[Instant | None]

    # The filing with the police: written by declarations, read by the tonight page and scores.
    filing_state: Mapped[Code] = mapped_column(server_default="draft")
    due_at: Mapped[Instant | None]
    first_sent_at: Mapped[Instant | None]

    full_name = Sealed()
    date_of_birth = Sealed()
    document_number = Sealed()
    document_name = Sealed()
    phone = Sealed()
    address = Sealed()
    stay: Mapped[Stay] = relationship(back_populates="guests")

    @property
    def masked_name(self) -> str:
        """The name with all but its last word shortened to initials (``N. V. An``)."""
        words = (self.full_name or "").split()
        return " ".join([*(f"{word[0]}." for word in words[:-1]), *words[-1:]])

    @property
    def masked_document(self) -> str:
        """The document number with its middle hidden."""
        return mask(self.document_number)
