"""Reading and checking the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


PER_PAGE = 100


def actions() -> Sequence[str]:
    """Return the kinds of events there are, in order."""
    return db.session.scalars(
        select(AuditEvent.action).distinct().order_by(AuditEvent.action).limit(200)
    ).all()


def recent(*, before: int | None = None, action: str | None = None) -> Sequence[AuditEvent]:
    """Return up to 100 events, the newest first."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(PER_PAGE)
    if before is not None:
        statement = statement.where(AuditEvent.id < before)
    if action is not None:
        statement = statement.where(AuditEvent.action == action)
    return db.session.scalars(statement).all()
