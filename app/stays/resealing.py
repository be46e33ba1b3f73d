"""Renewing sealed fields under the current key, a bounded number of rows at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app.availability.feeds.models import VacancyFeed
from app.availability.models import Reservation
from app.db import Model, db
from app.identity import Sealed, keyring
from app.registry.complaints.models import Complaint
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.imports.models import GuestImport, GuestImportRow
from app.stays.models import Guest, Stay
from app.stays.remembered import RememberedGuest
from app.web.mail import OutgoingMail

# The tables with sealed fields of this feature and those below it, and the fields' names; those of
# the features above are found by what they declare.
SEALED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        Guest,
        ("full_name", "date_of_birth", "document_number", "document_name", "phone", "address"),
    ),
    (Stay, ("reason_detail", "note", "cancel_reason")),
    (
        RememberedGuest,
        ("full_name", "date_of_birth", "document_number", "document_name", "phone", "address"),
    ),
    (Reservation, ("label",)),
    (VacancyFeed, ("url",)),
    (Complaint, ("text", "contact")),
    (GuestGroup, ("label", "reason_detail")),
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
    for model, names in tables():
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
        for model, names in tables()
    )


def tables() -> tuple[tuple[Any, tuple[str, ...]], ...]:
    """Return every table of the application with sealed fields: no arrow leads to some of them."""
    named = {model for model, _ in SEALED}
    declared = (
        (mapper.class_, tuple(n for n, v in vars(mapper.class_).items() if isinstance(v, Sealed)))
        for mapper in Model.registry.mappers
        if mapper.class_ not in named
    )
    return (*SEALED, *sorted((one for one in declared if one[1]), key=lambda one: one[0].__name__))


def _is_old(model: Any, names: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a sealed value of the row begins with another key's header."""
    header = keyring().header
    columns = [getattr(model, f"{name}_sealed") for name in names]
    return or_(
        *(func.substring(column, 1, len(header)) != header for column in columns),
    )
