"""Reports of visitors about houses: charged above the list price, or a listing that is wrong."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Code, CreatedAt, EstablishmentKey, Instant, IntKey, Model, UuidKey
from app.identity import Sealed
from app.registry.models import Establishment

KINDS = ("overcharged", "wrong")
STATES = ("new", "open", "closed")


class Complaint(Model):
    """One report; what the visitor wrote and how to reach them is sealed, both may be left out."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"status IN {STATES}", name="status"),
        CheckConstraint("charged >= 0", name="charged"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_complaint_status_created_at", "status", "created_at"),
    )

    id: Mapped[UuidKey]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    establishment_id: Mapped[EstablishmentKey]
    kind: Mapped[Code]
    night: Mapped[date | None]
    charged: Mapped[int | None]
    text_sealed: Mapped[bytes | None]
    contact_sealed: Mapped[bytes | None]
    status: Mapped[Code] = mapped_column(server_default="new")
    # What the one who reported reads on the page of the reference.
    answer: Mapped[str | None] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[Instant | None]

    text = Sealed()
    contact = Sealed()
    establishment: Mapped[Establishment] = relationship()


class ComplaintNote(Model):
    """What an official wrote down about a report, for the other officials."""

    __tablename__ = "complaint_note"

    id: Mapped[IntKey]
    complaint_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("complaint.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[Instant]
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    text: Mapped[str] = mapped_column(String(1000))
