"""A card for the driver: where a foreign guest wants to go, in large Vietnamese letters."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.registry import queries as registry
from app.search.api import uncached
from app.search.houses import SHOWN_STATUS
from app.web.pages import page
from app.web.security import public

blueprint = Blueprint("driver", __name__)


@blueprint.get("/establishments/<code>/driver")
@public
def card(code: str) -> ResponseReturnValue:
    row = registry.house_row(code)
    if row is None or row.house.status != SHOWN_STATUS:
        abort(404)
    return uncached(page("search/driver.html", house=row.house, row=row))
