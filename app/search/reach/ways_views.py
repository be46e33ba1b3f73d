"""The ways from here to a house, its telephone and its own booking page, each counted.

A telephone link dials by itself (``tel:``); browsers then tell its ``ping`` address, without any
script. Those that do not are not counted, and nothing else differs for whoever calls.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.db import db
from app.registry.models import Establishment
from app.search.houses import SHOWN_STATUS
from app.search.reach import counting
from app.search.reach.counting import What
from app.text import tidy
from app.web.pages import page
from app.web.security import public

# Registered without the form token: a browser's ping brings none, and nothing is changed by it but
# a count that anybody can raise by looking at pages.
blueprint = Blueprint("go", __name__)


def counts_here() -> bool:
    """Whether the request that is being answered counts."""
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return request.method != "HEAD" and counting.is_person(request.user_agent.string, purpose)


@blueprint.get("/go/<code>/booking")
@public
def booking(code: str) -> ResponseReturnValue:
    """Lead to the page the house has registered, and to no other."""
    house = _house(code)
    target = house.booking_url or house.website
    if not target or urlsplit(target).scheme not in ("http", "https"):
        abort(404)
    _count("booked", house)
    return _unlisted(redirect(target, 302))  # type: ignore[arg-type]


@blueprint.get("/go/<code>/phone")
@public
def phone(code: str) -> ResponseReturnValue:
    """Show the number in large figures, and dial it: for messages and programs without ``ping``."""
    house = _house(code)
    if not house.phone:
        abort(404)
    _count("called", house)
    response = page("search/phone.html", place=house, dial=dial(house.phone))
    response.headers["Refresh"] = f"0; url={dial(house.phone)}"
    return _unlisted(response)


@blueprint.post("/go/<code>/phone")
@public
def called(code: str) -> ResponseReturnValue:
    """What a browser says by itself when a telephone link was pressed."""
    house = _house(code)
    if request.headers.get("Ping-To", "").startswith("tel:") and house.phone:
        _count("called", house)
    return _unlisted(make_response("", 204))


def dial(number: str) -> str:
    """Return a telephone number as a link."""
    return "tel:" + "".join(c for c in tidy(number) if c.isdigit() or c == "+")


def _house(code: str) -> Establishment:
    house = db.session.scalar(
        select(Establishment).where(
            Establishment.code == code, Establishment.status == SHOWN_STATUS
        )
    )
    if house is None:
        abort(404)
    return house


def _count(what: What, house: Establishment) -> None:
    if counts_here():
        counting.count(what, [house.id])


def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response
