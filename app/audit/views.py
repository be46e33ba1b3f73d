"""The audit log on screen."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.audit import queries
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
        action=action,
        actions=queries.ACTIONS,
        before=rows[-1].id if len(rows) == queries.PER_PAGE else None,
    )
