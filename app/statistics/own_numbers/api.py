"""The JSON API of a house's own numbers, for its own keys."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from app.registry.access import establishment_or_404
from app.statistics.own_numbers.figures import own_numbers
from app.statistics.own_numbers.views import STAFF, as_dict
from app.web import api
from app.web.api import endpoint, listing
from app.web.security import requires

blueprint = api.blueprint("own_numbers")


class Fraction(BaseModel):
    """A rate, unrounded, and the two sums it is made of; null over zero."""

    value: float | None
    numerator: int
    denominator: int


class PeersMean(BaseModel):
    """The mean of the other houses of the same kind and stars, rounded.

    ``where`` is ``ward``, or ``elsewhere``: all wards that have too few of them, together.
    """

    mean: float
    houses: int
    where: str


class Measured(BaseModel):
    """This month, the same of last year, and others: null where a house could be read from it."""

    now: Fraction
    before: Fraction
    peers: PeersMean | None = Field(
        description="at least five other houses, none above half of the denominator"
    )


class NumbersRow(BaseModel):
    """One month; the running one counts up to yesterday's night and is compared with no one."""

    month: str
    is_over: bool
    occupancy_net: Measured
    average_stay: Measured
    guests_per_room: Measured
    foreign_share: Measured


class Numbers(BaseModel):
    items: list[NumbersRow]
    next: str | None


@blueprint.get("/establishments/<code>/numbers")
@requires(*STAFF)
@endpoint(tag="Statistics", answers={200: Numbers})
def establishment_numbers(code: str) -> dict[str, Any]:
    """The house's own numbers of thirteen months, the latest first, beside houses like it."""
    numbers = own_numbers(establishment_or_404(code).id)
    return listing([as_dict(month) for month in numbers.months], None)
