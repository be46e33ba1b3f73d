"""Writing to the audit log."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import func, select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.web.security import Principal

CHAIN_LOCK = 7_201
GENESIS = bytes(32)


def record(
    action: str,
    *,
    by: Principal,
    establishment_id: int | None = None,
    subject: str | None = None,
    **detail: Any,
) -> AuditEvent:
    """Append one event to the chain in the running transaction.

    Writers take turns from here to their commit, so call it as the last thing an operation does.
    ``detail`` holds codes and counts, never identity.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    last = db.session.scalar(select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1))
    event = AuditEvent(
        at=dates.now(),
        action=action,
        actor=by.actor,
        establishment_id=establishment_id,
        subject=subject,
        detail=detail,
        previous_hash=last or GENESIS,
    )
    event.hash = chained_hash(event)
    db.session.add(event)
    db.session.flush()
    return event


def chained_hash(event: AuditEvent) -> bytes:
    """Return SHA-256 over the hash before and the event in canonical JSON."""
    content = {
        "at": event.at.astimezone(dates.ZONE).isoformat(timespec="microseconds"),
        "action": event.action,
        "actor": event.actor,
        "establishment_id": event.establishment_id,
        "subject": event.subject,
        "detail": event.detail,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(event.previous_hash + canonical.encode()).digest()
