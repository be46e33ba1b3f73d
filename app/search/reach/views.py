"""The page on which a house sees what its place in the register brings it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.registry.access import establishment_or_404
from app.search.reach.weekly import Week, weeks
from app.web.filters import day
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("reach", __name__)


@blueprint.get("/hotel/<code>/reach")
@requires("front_desk", "manager")
def show(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    found = weeks(house.id)
    return page(
        "search/reach.html",
        house=house,
        weeks=list(reversed(found)),
        now=found[-1],
        before=found[-2],
        is_known=any(week.found or week.opened or week.hidden for week in found),
        drawing=_drawing(found),
    )


def _drawing(found: Sequence[Week]) -> dict[str, Any]:
    return {
        "kind": "line",
        "format": "number",
        "labels": [day(week.monday, year=False) for week in found],
        "series": [
            {"name": _("Được tìm thấy"), "data": [week.found for week in found], "as": "now"},
            {"name": _("Mở trang"), "data": [week.opened for week in found], "as": "plain"},
            {"name": _("Bị ẩn vì số cũ"), "data": [week.hidden for week in found], "as": "before"},
        ],
    }
