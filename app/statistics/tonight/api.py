"""Tonight as JSON for an operations centre: asked often, computed only when something changed."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from pydantic import BaseModel

from app.statistics.access import OFFICIALS, own_units
from app.statistics.queries import Filters
from app.statistics.tonight import now
from app.web import api
from app.web.api import endpoint
from app.web.security import REVALIDATED, requires

blueprint = api.blueprint("now")


class Sums(BaseModel):
    """Rooms, beds and movements of tonight; rates are unrounded fractions, null over zero.

    ``…_known`` is what vacancy is counted over. ``fresh`` houses confirmed in the last three hours.
    Arrivals and departures are those still to come, arrived and departed those of today that were.
    """

    key: str
    rooms_registered: int
    rooms_known: int
    rooms_vacant: int
    beds_vacant: int
    rooms_occupied: int
    rooms_out_of_order: int
    establishments: int
    reporting_establishments: int
    fresh_establishments: int
    arrivals_rooms: int
    arrivals_people: int
    arrived_rooms: int
    arrived_people: int
    departures_rooms: int
    departures_people: int
    departed_rooms: int
    departed_people: int
    vacant_share: float | None
    reporting_rooms_share: float | None
    fresh_share: float | None


class UnitSums(Sums):
    name: str | None


class Now(BaseModel):
    at: str
    night: str
    poll_seconds: int
    town: Sums
    units: list[UnitSums]
    kinds: list[Sums]
    stars: list[Sums]


@blueprint.get("/statistics/now")
@requires(*OFFICIALS)
@endpoint(tag="Statistics", answers={200: Now, 304: None})
def statistics_now() -> Response:
    """Tonight in the town, or in a ward's key's ward (``town`` is then that ward).

    Ask every 30 seconds with the last ``ETag`` in ``If-None-Match``: 304 means that nothing
    changed, and costs next to nothing. A tag holds five minutes at most, since figures age.
    """
    own = own_units()
    tag = scoped_tag(own)
    if is_known(tag):
        return unchanged(tag)
    return tagged(now.snapshot(Filters(within=own)), tag)


def scoped_tag(own: frozenset[str] | None) -> str:
    """Return the tag of this address with this query, for readers of these units."""
    scope = "all" if own is None else ",".join(sorted(own))
    return now.tag(request.path, request.query_string.decode("latin-1"), scope)


def is_known(tag: str) -> bool:
    """Whether the asker holds what would be answered."""
    return request.if_none_match.contains_weak(tag)


def unchanged(tag: str) -> Response:
    return _with(Response(status=304), tag)


def tagged(result: Any, tag: str) -> Response:
    return _with(api.answer(result), tag)


def _with(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = REVALIDATED
    return response
