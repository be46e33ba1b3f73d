"""Wards near the one that was searched: where each lies, and how far away."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from flask import current_app
from sqlalchemy import and_, func, select

from app import dates
from app.db import db
from app.registry.models import Classification, Establishment
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS
from app.search.items import metres_between
from app.search.wish import Wish

KEPT_SECONDS = 600.0
MOST = 4

Centre = tuple[float, float]


class Ward(NamedTuple):
    """A ward with houses, and the metres to where its houses lie."""

    code: str
    metres: int


def wards_near(wish: Wish) -> list[Ward]:
    """Return the wards other than those searched, the nearest first; none without a place."""
    centres = _centres()
    here = _here(wish, centres)
    if here is None:
        return []
    wards = [
        Ward(code, round(metres_between(*here, *centre)))
        for code, centre in centres.items()
        if code not in wish.units
    ]
    return sorted(wards, key=lambda ward: (ward.metres, ward.code))


def is_about_a_place(wish: Wish) -> bool:
    """Whether the search is bound to a place, so that there is something beside it."""
    near = wish.near is not None and wish.radius_km is not None
    return bool(wish.units) or wish.box is not None or near


def _here(wish: Wish, centres: Mapping[str, Centre]) -> Centre | None:
    if wish.near is not None and wish.radius_km is not None:
        return wish.near.lat, wish.near.lon
    if wish.box is not None:
        return (wish.box.south + wish.box.north) / 2, (wish.box.west + wish.box.east) / 2
    own = [centres[code] for code in wish.units if code in centres]
    if not own:
        return None
    return sum(lat for lat, _ in own) / len(own), sum(lon for _, lon in own) / len(own)


def _centres() -> dict[str, Centre]:
    """Return where the houses of each of today's wards lie in the middle; kept ten minutes."""
    kept = current_app.extensions.get("search_centres")
    if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
        kept = current_app.extensions["search_centres"] = (time.monotonic(), _read())
    found: dict[str, Centre] = kept[1]
    return found


def _read() -> dict[str, Centre]:
    of_today = and_(
        Classification.establishment_id == Establishment.id,
        Classification.valid.contains(dates.today()),
    )
    rows = db.session.execute(
        select(
            Classification.unit_id,
            func.avg(Establishment.lat).label("lat"),
            func.avg(Establishment.lon).label("lon"),
        )
        .join(Classification, of_today)
        .where(Establishment.status == SHOWN_STATUS, Establishment.lat.is_not(None))
        .group_by(Classification.unit_id)
    )
    codes = geography().unit_of_id
    return {codes[row.unit_id]: (row.lat, row.lon) for row in rows if row.unit_id in codes}
