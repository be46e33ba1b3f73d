"""Showing a guest's identity: masked always, whole only for a reason that is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.audit.operations import record
from app.db import db
from app.identity import SealBroken, mask, normal_document
from app.stays.checks import holds_number
from app.stays.inputs import refusal
from app.stays.models import Guest, Stay
from app.text import fold
from app.web.security import Principal

REVEALED = "identity_revealed"
SHOWN_FOR = timedelta(minutes=5)
REASON_LONGEST = 200
UNREADABLE = "?"
_FIELDS = ("full_name", "date_of_birth", "document_number", "document_name", "phone", "address")

log = structlog.get_logger()


def reveal(stay: Stay, *, reason: str | None, by: Principal) -> None:
    """Write down that this person looks at the identity of the stay's guests, and why.

    The reason stays in the audit for good, so one that names a guest is refused.
    """
    if not reason or len(reason) < 3:
        raise refusal("/reason", "required")
    if len(reason) > REASON_LONGEST:
        raise refusal("/reason", "too_long")
    if holds_number(reason) or any(_names(guest, reason) for guest in stay.guests):
        raise refusal("/reason", "holds_identity")
    record(
        REVEALED,
        by=by,
        establishment_id=stay.establishment_id,
        subject=f"stay:{stay.id}",
        reason=reason,
        guests=len(stay.guests),
    )


def _names(guest: Guest, text: str) -> bool:
    number = normal_document(guest.document_number or "")
    name = fold(guest.full_name or "")
    has_number = len(number) > 4 and number in normal_document(text)
    return has_number or (" " in name and name in fold(text))


def is_revealed(stay: Stay, by: Principal) -> bool:
    """Whether this person gave a reason for this stay in the last minutes."""
    statement = select(AuditEvent.id).where(
        AuditEvent.action == REVEALED,
        AuditEvent.actor == by.actor,
        AuditEvent.establishment_id == stay.establishment_id,
        AuditEvent.subject == f"stay:{stay.id}",
        AuditEvent.at > dates.now() - SHOWN_FOR,
    )
    return db.session.scalar(statement.limit(1)) is not None


def shown(guest: Guest, *, whole: bool = False) -> dict[str, Any]:
    """Return a guest's identity for the screen or the API, masked or whole.

    What does not open (a key that is missing, a row that was tampered with) shows as such: the
    front desk must be able to work on, and the log names the row.
    """
    try:
        return _whole(guest) if whole else _masked(guest)
    except SealBroken:
        log.error("seal broken", guest=str(guest.id))
        return dict.fromkeys(_FIELDS, UNREADABLE)


def _whole(guest: Guest) -> dict[str, Any]:
    return {name: getattr(guest, name) for name in _FIELDS}


def _masked(guest: Guest) -> dict[str, Any]:
    born = guest.date_of_birth
    return {
        "full_name": guest.masked_name or None,
        "date_of_birth": f"{born[:4]}-••-••" if born else None,
        "document_number": guest.masked_document or None,
        "document_name": guest.document_name,
        "phone": mask(guest.phone, head=0, tail=3) or None,
        "address": "•••" if guest.address_sealed else None,
    }
