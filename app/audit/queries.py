"""Reading and checking the audit log."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.audit.models import AuditEvent
from app.audit.operations import GENESIS, chained_hash
from app.db import db


def events() -> Iterator[AuditEvent]:
    """Yield all events, oldest first, without holding them all in memory."""
    statement = select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)
    yield from db.session.scalars(statement)


def first_bad() -> int | None:
    """Return the id of the first event that does not fit the chain, or None."""
    previous = GENESIS
    for event in events():
        if event.previous_hash != previous or chained_hash(event) != event.hash:
            return event.id
        previous = event.hash
    return None
