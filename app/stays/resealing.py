"""Renewing sealed fields under the current key, a bounded number of rows at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app.availability.models import Reservation
from app.db import db
from app.identity import keyring
from app.stays.drafts import GuestDraft, GuestGroup
from app.stays.import_models import GuestImport, GuestImportRow
from app.stays.models import Guest, Stay
from app.stays.remembered import RememberedGuest
from app.web.mail import OutgoingMail

# Every table with sealed fields, and their names.
SEALED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        Guest,
        ("full_name", "date_of_birth", "document_number", "document_name", "phone", "address"),
    ),
    (Stay, ("note", "cancel_reason")),
    (
        RememberedGuest,
        ("full_name", "date_of_birth", "document_number", "document_name", "phone", "address"),
    ),
    (Reservation, ("label",)),
    (GuestGroup, ("label",)),
    (GuestDraft, ("content",)),
    (GuestImport, ("content",)),
    (GuestImportRow, ("content",)),
    (OutgoingMail, ("content",)),
)


def reseal(*, limit: int) -> int:
    """Seal up to ``limit`` rows of each table anew; returns how many, 0 when all are done.

    A process that is killed half-way leaves rows of both keys, which all open; run it again.
    """
    done = 0
    for model, names in SEALED:
        rows = db.session.scalars(
            select(model)
            .where(_is_old(model, names))
            .order_by(model.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            for name in names:
                setattr(row, name, getattr(row, name))
        done += len(rows)
    db.session.flush()
    return done


def count_left() -> int:
    """Return how many rows hold a field under an older key."""
    return sum(
        db.session.scalar(select(func.count()).select_from(model).where(_is_old(model, names))) or 0
        for model, names in SEALED
    )


def _is_old(model: Any, names: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a sealed value of the row begins with another key's header."""
    header = keyring().header
    columns = [getattr(model, f"{name}_sealed") for name in names]
    return or_(
        *(func.substring(column, 1, len(header)) != header for column in columns),
    )
