"""Whether the process lives and whether it can serve."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.web import jobs
from app.web.security import public

blueprint = Blueprint("health", __name__)

# Jobs end well every few seconds; after this the worker is away, or hangs.
SILENT = timedelta(minutes=2)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return {"status": "alive"}


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say whether requests can be served; without the worker they can, and that is said too.

    A silent worker must not take the web servers away: arrivals are still to be registered.
    """
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return {"status": "no database"}, 503
    return {"status": "ready", **_worker()}


def _worker() -> dict[str, Any]:
    try:
        silent = jobs.silent_for()
    except SQLAlchemyError:
        # The table is not there before the first migration; requests say what is wrong.
        db.session.rollback()
        return {"worker": "unknown"}
    if silent is None:
        return {"worker": "not seen yet"}
    if silent <= SILENT:
        return {"worker": "working"}
    return {"worker": "silent", "worker_silent_seconds": round(silent.total_seconds())}
