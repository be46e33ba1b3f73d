"""Imports of guests: an uploaded file, sealed until it is done, and what became of each row."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, CreatedAt, Instant, Model, UuidKey
from app.identity import Sealed

STATES = ("waiting", "working", "done", "failed", "cancelled")
OPEN = ("waiting", "working")
ROW_STATES = ("stored", "would_store", "duplicate", "faulty", "warning")


class GuestImport(Model):
    """One uploaded list. Its content holds identity, so it is sealed, and given up when done.

    The content of a dry run is kept a day, so that it can be stored without a second upload.
    """

    __tablename__ = "guest_import"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_guest_import_establishment_id_created_at", "establishment_id", "created_at"),
        Index(
            "ix_guest_import_open",
            "created_at",
            postgresql_where=text("state IN ('waiting', 'working')"),
        ),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    state: Mapped[Code] = mapped_column(server_default="waiting")
    dry_run: Mapped[bool] = mapped_column(server_default="false")
    content_sealed: Mapped[bytes | None]
    # Why the file could not be read at all: a code of app.web.sheets.
    failure: Mapped[str | None] = mapped_column(String(60))
    rows_total: Mapped[int] = mapped_column(server_default="0")
    rows_done: Mapped[int] = mapped_column(server_default="0")
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    # The fields that the columns were understood as; no text of the file.
    columns: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    cancel_asked: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str] = mapped_column(String(60))
    finished_at: Mapped[Instant | None]

    content = Sealed()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def done_share(self) -> int:
        """How much is done, in percent."""
        return 100 * self.rows_done // self.rows_total if self.rows_total else 0


class GuestImportRow(Model):
    """What became of one row. A faulty one keeps what it said, sealed, until it is mended.

    ``findings`` are ``{"field", "code", "severity", "values"}`` and hold no identity.
    """

    __tablename__ = "guest_import_row"
    __table_args__ = (
        CheckConstraint(f"state IN {ROW_STATES}", name="state"),
        Index("uq_guest_import_row_line", "import_id", "line", unique=True),
        Index("ix_guest_import_row_state", "import_id", "state", "line"),
        Index(
            "ix_guest_import_row_stay_id",
            "stay_id",
            postgresql_where=text("stay_id IS NOT NULL"),
        ),
    )

    id: Mapped[UuidKey]
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("guest_import.id", ondelete="CASCADE"))
    line: Mapped[int]
    state: Mapped[Code]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    stay_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stay.id", ondelete="SET NULL"))
    content_sealed: Mapped[bytes | None]

    content = Sealed()

    @property
    def texts(self) -> dict[str, str]:
        """What the row's cells said, by field."""
        found: dict[str, str] = json.loads(self.content or "{}")
        return found
