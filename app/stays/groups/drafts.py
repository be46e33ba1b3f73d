"""Lists of guests who have not been checked in yet: sealed drafts, and the links that fill them."""

from __future__ import annotations

import json
import uuid
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.availability.models import Reservation
from app.db import Code, CreatedAt, Instant, IntKey, Model, UuidKey
from app.identity import Sealed
from app.stays.models import REASONS, SOURCES

ORIGINS = ("typed", "pasted", "scanned", "prefill")


class GuestGroup(Model):
    """A group or family to be checked in together, with what is the same for all of them.

    ``arrived_at`` is empty until somebody says it: the moment of the check-in counts then.
    A reservation has one list at most, so that everybody fills the same.
    """

    __tablename__ = "guest_group"
    __table_args__ = (
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        Index("ix_guest_group_establishment_id_arrival", "establishment_id", "arrival"),
        Index(
            "uq_guest_group_reservation",
            "reservation_id",
            unique=True,
            postgresql_where=text("reservation_id IS NOT NULL"),
        ),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    reservation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reservation.id"))
    label_sealed: Mapped[bytes | None]
    arrival: Mapped[date]
    arrived_at: Mapped[Instant | None]
    planned_departure: Mapped[Instant]
    source: Mapped[Code] = mapped_column(server_default="walk_in")
    reason: Mapped[Code] = mapped_column(server_default="tourism")
    reason_detail_sealed: Mapped[bytes | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str | None] = mapped_column(String(60))
    record_version: Mapped[int] = mapped_column(server_default="1")

    label = Sealed()
    reason_detail = Sealed()
    reservation: Mapped[Reservation | None] = relationship()


class GuestDraft(Model):
    """One guest of a list. Everything the guest said is one sealed text; a room is nobody's.

    With the check-in the text is given up: from then on the guest's own row says who it is.
    """

    __tablename__ = "guest_draft"
    __table_args__ = (
        CheckConstraint(f"origin IN {ORIGINS}", name="origin"),
        CheckConstraint(
            "(content_sealed IS NULL) = (checked_in_at IS NOT NULL)", name="kept_until_checked_in"
        ),
        Index("ix_guest_draft_group_id_position", "group_id", "position"),
        Index("ix_guest_draft_stay_id", "stay_id", postgresql_where=text("stay_id IS NOT NULL")),
        Index("ix_guest_draft_guest_id", "guest_id", postgresql_where=text("guest_id IS NOT NULL")),
        Index("ix_guest_draft_link_id", "link_id", postgresql_where=text("link_id IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("guest_group.id", ondelete="CASCADE"))
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    origin: Mapped[Code]
    room: Mapped[str | None] = mapped_column(String(20))
    # Somebody looked at what only warns, and found it right.
    confirmed: Mapped[bool] = mapped_column(server_default="false")
    content_sealed: Mapped[bytes | None]
    stay_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stay.id", ondelete="SET NULL"))
    guest_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("guest.id", ondelete="SET NULL"))
    checked_in_at: Mapped[Instant | None]
    link_id: Mapped[int | None] = mapped_column(ForeignKey("prefill_link.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]

    content = Sealed()

    @property
    def fields(self) -> dict[str, Any]:
        """What is known of the guest, as texts of the form's fields; the row's id must be set."""
        found: dict[str, Any] = json.loads(self.content or "{}")
        return found

    @fields.setter
    def fields(self, values: dict[str, Any]) -> None:
        self.content = json.dumps(values, ensure_ascii=False)


class PrefillLink(Model):
    """A link with which guests or their guide write drafts into one list; its token is a hash."""

    __tablename__ = "prefill_link"

    id: Mapped[IntKey]
    group_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("guest_group.id", ondelete="CASCADE"), index=True
    )
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    nonce: Mapped[bytes]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    received: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str | None] = mapped_column(String(60))

    group: Mapped[GuestGroup] = relationship()
