"""What goes wrong with the register itself: outages that move a deadline, breaches of data."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CreatedAt, Instant, IntKey, Model


class Outage(Model):
    """The register could not be used from then until then; no end while it still can't be."""

    __tablename__ = "outage"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)

    id: Mapped[IntKey]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    note: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str] = mapped_column(String(60))


class Breach(Model):
    """A serious breach of personal data, to be notified to the authority within its time."""

    __tablename__ = "breach"

    id: Mapped[IntKey]
    discovered_at: Mapped[Instant]
    description: Mapped[str] = mapped_column(String(2000))
    notified_at: Mapped[Instant | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str] = mapped_column(String(60))
