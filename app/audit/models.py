"""The chained log of who did what to data that need an account of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, IntKey, Model


class AuditEvent(Model):
    """One event; ``hash`` covers the row and the hash before it, so a change breaks the chain.

    ``subject`` is an identifier, never a name: erasing a guest must not break the chain.
    """

    __tablename__ = "audit_event"

    id: Mapped[IntKey]
    at: Mapped[Instant]
    action: Mapped[Code]
    actor: Mapped[str] = mapped_column(String(60))
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), index=True)
    subject: Mapped[str | None] = mapped_column(String(100))
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
