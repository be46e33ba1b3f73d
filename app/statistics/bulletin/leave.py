"""Leaving the bulletin's list by the link of a mail, by a person or by the mail program itself."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.db import db
from app.statistics.bulletin import mailing
from app.web.pages import page
from app.web.security import public

# Registered without the form token: a mail program posts here by itself (RFC 8058), and the
# address alone says whose place on the list it is.
blueprint = Blueprint("bulletin_leave", __name__)


@blueprint.get("/bulletin/leave/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Ask before leaving: programs that look at links must not remove anybody."""
    known = mailing.recipient_of(token) is not None
    return page("statistics/bulletin_leave.html", known=known, left=False)


@blueprint.post("/bulletin/leave/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """Remove the address; the answer is the same where it has left already."""
    found = mailing.recipient_of(token)
    if found is not None:
        mailing.remove(found.id)
        db.session.commit()
    return page("statistics/bulletin_leave.html", known=False, left=True)
