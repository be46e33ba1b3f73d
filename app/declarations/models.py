"""Filings with the police portal: what went into a file, when it was sent, what came of it."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Code, CreatedAt, Instant, Model, UuidKey
from app.registry.models import Establishment
from app.stays.models import Guest

FILE_FORMATS = ("domestic_xlsx", "foreign_xml", "foreign_xlsx", "asm_xlsx", "api_json")
# Without a file: typed into the portal or VNeID by hand, or told the commune police.
MANUAL_FORMATS = ("by_hand", "police")
FORMATS = (*FILE_FORMATS, *MANUAL_FORMATS)
OUTCOMES = ("arrived", "missing", "differing")


class Filing(Model):
    """A list of guests in one format, in a fixed order; ``sent_at`` is empty until it was sent.

    The portal gives no receipt number of its own, so the code is ours: it lets anybody check that
    the house noted such a filing at that time, and is set when it is marked as sent.
    """

    __tablename__ = "filing"
    __table_args__ = (
        CheckConstraint(f"format IN {FORMATS}", name="format"),
        CheckConstraint("(sent_at IS NULL) = (receipt_code IS NULL)", name="receipt"),
        CheckConstraint("guests > 0", name="guests"),
        Index("ix_filing_establishment_id_created_at", "establishment_id", "created_at"),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    format: Mapped[Code]
    guests: Mapped[int]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str] = mapped_column(String(60))
    sent_at: Mapped[Instant | None]
    receipt_code: Mapped[str | None] = mapped_column(String(20), unique=True)

    establishment: Mapped[Establishment] = relationship()
    entries: Mapped[list[FilingEntry]] = relationship(
        back_populates="filing", order_by="FilingEntry.position", cascade="all, delete-orphan"
    )


class FilingEntry(Model):
    """One guest of a filing at their place in the file, which the portal's errors count by.

    ``content_index`` is a keyed hash of what was declared: it shows that a record was corrected
    afterwards, and holds no identity. A guest who is removed leaves the entry behind.
    """

    __tablename__ = "filing_entry"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index(
            "ix_filing_entry_guest_id", "guest_id", postgresql_where=text("guest_id IS NOT NULL")
        ),
    )

    id: Mapped[UuidKey]
    filing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("filing.id"), index=True)
    guest_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("guest.id", ondelete="SET NULL"))
    position: Mapped[int] = mapped_column(SmallInteger)
    content_index: Mapped[bytes]
    departure: Mapped[date]
    outcome: Mapped[Code | None]
    outcome_at: Mapped[Instant | None]
    # What the portal's list or error said, as codes of fields and reasons, never as values.
    differences: Mapped[str | None] = mapped_column(String(200))

    filing: Mapped[Filing] = relationship(back_populates="entries")
    guest: Mapped[Guest | None] = relationship()
