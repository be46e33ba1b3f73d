"""The audit log on screen, with the names of the people and houses it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.models import ApiKey, User
from app.audit import queries
from app.audit.models import AuditEvent
from app.audit.words import action_name
from app.db import db
from app.registry.models import Establishment
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("audit", __name__)


@blueprint.get("/admin/audit")
@requires("admin")
def log() -> ResponseReturnValue:
    """Show the newest events, older ones by ``before``, of one action where asked."""
    before = request.args.get("before", type=int)
    action = request.args.get("action", "")[:32]
    if before is not None and not 0 < before < 2**62:
        before = None
    rows = queries.recent(before=before, action=action or None)
    return page(
        "audit/log.html",
        fragment="log",
        events=rows,
        names=_actors(rows),
        houses=_houses(rows),
        action=action,
        actions=queries.actions(),
        action_name=action_name,
        before=rows[-1].id if len(rows) == queries.PER_PAGE else None,
    )


def _actors(events: Sequence[AuditEvent]) -> dict[str, str]:
    """Return the names behind ``user:7`` and ``api_key:3``, among actors and subjects."""
    mentioned = {text for event in events for text in (event.actor, event.subject) if text}
    users = select(User.id, User.name).where(User.id.in_(_ids(mentioned, "user")))
    keys = select(ApiKey.id, ApiKey.purpose).where(ApiKey.id.in_(_ids(mentioned, "api_key")))
    names = {f"user:{row.id}": row.name for row in db.session.execute(users)}
    return names | {f"api_key:{row.id}": row.purpose for row in db.session.execute(keys)}


def _ids(mentioned: Iterable[str], kind: str) -> list[int]:
    parts = (text.split(":", 1) for text in mentioned if text.startswith(f"{kind}:"))
    return [int(number) for _, number in parts if number.isdecimal()]


def _houses(events: Sequence[AuditEvent]) -> dict[int, str]:
    known = {event.establishment_id for event in events if event.establishment_id is not None}
    statement = select(Establishment.id, Establishment.code).where(Establishment.id.in_(known))
    return {row.id: row.code for row in db.session.execute(statement)}
