"""What the links of a reminder open: one button to say that the vacancy is still right, or stop."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.availability.reminders import operations
from app.db import db
from app.web.pages import page
from app.web.security import public

# Registered without the form token: who follows the link of a mail is signed in nowhere, and mail
# programs post to the second by themselves (RFC 8058). The link is the proof.
blueprint = Blueprint("reminder_links", __name__)


@blueprint.get("/still-right/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Show what would be confirmed; programs that look at links confirm nothing."""
    house = operations.house_of(token)
    types = operations.stale_types(house) if house else []
    return _page("still_right", 200 if house else 404, place=house, types=types, done=False)


@blueprint.post("/still-right/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    house = operations.house_of(token)
    if house is not None:
        operations.confirm(house)
        db.session.commit()
    return _page("still_right", 200 if house else 404, place=house, types=[], done=True)


@blueprint.get("/no-reminder/<token>")
@public
def ask_to_leave(token: str) -> ResponseReturnValue:
    house = operations.house_to_leave(token)
    return _page("no_reminder", 200 if house else 404, place=house, done=False)


@blueprint.post("/no-reminder/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    house = operations.house_to_leave(token)
    if house is not None:
        operations.set_hour(house, None, by=operations.BY_LINK)
        db.session.commit()
    return _page("no_reminder", 200 if house else 404, place=house, done=True)


def _page(name: str, status: int, **context: Any) -> Response:
    response = page(f"availability/{name}.html", status=status, **context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
