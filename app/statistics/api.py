"""The JSON API of statistics, for officials' keys; a ward's key sees its ward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field

from app.statistics import comparisons
from app.statistics.access import OFFICIALS, account_for_houses, own_units, permitted
from app.statistics.forms import BY, ORIGINS_BY, Asked, StatisticsForm
from app.statistics.kept import vacant_now
from app.statistics.origins import origins
from app.statistics.pace import AHEAD
from app.statistics.pace import pace as booking_pace
from app.statistics.periods import BASES as COMPARED
from app.statistics.queries import Figures, occupancy
from app.statistics.revisions import TOWN, revisions
from app.statistics.rows import as_dict
from app.statistics.tonight.api import Sums, is_known, scoped_tag, tagged, unchanged
from app.statistics.tonight.now import as_dict as as_sums
from app.statistics.tonight.vacancy import KEYS as VACANCY_KEYS
from app.web import api
from app.web.api import Query, endpoint, listing
from app.web.problems import invalid_parameter
from app.web.security import requires

blueprint = api.blueprint("statistics")

TAG = "Statistics"
SEVERAL = "several with commas between"


class WhereQuery(Query):
    """Which houses count."""

    unit: str | None = Field(None, description=f"codes of units or areas, {SEVERAL}")
    area: str | None = Field(None, description=f"codes of former cities and districts, {SEVERAL}")
    kind: str | None = Field(None, description=SEVERAL)
    stars: str | None = Field(None, description=f"1-5 or unrated, {SEVERAL}")
    establishment: str | None = Field(None, description="the code of one house; audited")


class OccupancyQuery(WhereQuery):
    """A period of nights, and what its rows are made by."""

    from_: str | None = Field(None, alias="from", description="the first night, 2026-12-24")
    to: str | None = Field(None, description="the day after the last night")
    by: str = Field("day", description=" | ".join(BY))


class OccupancyPageQuery(OccupancyQuery):
    """Rows by establishment come in pages, by code; all others at once, as many as there are."""

    compare: str | None = Field(None, description=" | ".join(COMPARED))
    per_page: int = 20
    cursor: str | None = None


class OriginsQuery(OccupancyQuery):
    """Guests by country or over time, counted on arrival or on every night."""

    by: str = Field("country", description=" | ".join(ORIGINS_BY))
    basis: str = Field("arrival", description="arrival | night")
    split: str = Field(
        "nationality", description="nationality | residence (the country a guest lives in)"
    )


class RevisionsQuery(Query):
    """Which months and units; the latest 200 revisions are given."""

    from_: str | None = Field(None, alias="from", description="the first day, 2026-01-01")
    to: str | None = Field(None, description="the day after the last")
    unit: str | None = Field(None, description=f"codes of units or areas, {SEVERAL}")


class VacancyQuery(WhereQuery):
    by: str = Field("unit", description="unit | area | kind | stars")


class Compared(BaseModel):
    """One figure of both times; ``change`` is a fraction, 0.05 is 5 % more."""

    now: float | None
    before: float | None
    change: float | None


class Nights(BaseModel):
    """From the first night to before ``to``; aligned to holidays, not all nights between."""

    from_: str = Field(alias="from")
    to: str
    nights: int


class Comparison(BaseModel):
    """The row beside another time: over all houses, and over those that reported both times.

    ``complete`` is false where nights were left out on both sides, as nothing is known of theirs.
    """

    basis: str
    complete: bool
    period: Nights
    period_before: Nights
    all: dict[str, Compared]
    matched: dict[str, Compared]


class OccupancyRow(BaseModel):
    """Room nights, guests and rates; rates are unrounded fractions, null over zero.

    Gross and net count the house-nights that reported; domestic = nationality VNM.
    """

    key: str
    rooms_registered: int
    rooms_gross: int
    rooms_net: int
    rooms_occupied: int
    occupancy_net: float | None
    occupancy_gross: float | None
    bed_places: int
    guest_nights: int
    arrivals: int
    arrivals_domestic: int
    arrivals_foreign: int
    same_day_guests: int
    average_stay: float | None
    establishments: int
    reporting_establishments: int
    reporting_rooms_share: float | None
    bed_places_net: int
    bed_occupancy_net: float | None
    bed_occupancy_gross: float | None
    guests_per_room: float | None
    guests_served: int
    rooms_commercial: int
    occupancy_commercial: float | None
    status: str
    comparison: Comparison | None = Field(None, description="there if `compare` is asked")


class PaceRow(BaseModel):
    """Room nights on the books for the next 28 nights, and as early a week or four weeks ago."""

    ago: str
    as_of: str
    as_of_before: str
    nights: int
    now: int
    before: int
    change: float | None


class Occupancy(BaseModel):
    items: list[OccupancyRow]
    next: str | None
    total: OccupancyRow
    domestic: str
    pace: list[PaceRow] | None = Field(
        None, description="where `compare` is asked and nothing is known of that time"
    )


class OriginRow(BaseModel):
    """Guests of a country (ISO 3166-1 alpha-3) or of a period with its countries.

    ``unknown`` guests, whom nobody asked where they live, are neither domestic nor foreign.
    """

    key: str
    guests: int
    domestic: int
    foreign: int
    unknown: int
    share: float | None
    countries: dict[str, int] | None
    status: str


class Origins(BaseModel):
    items: list[OriginRow]
    next: str | None
    basis: str
    split: str
    domestic: str
    reporting_rooms_share: float | None


class RevisionRow(BaseModel):
    """A final figure that a late correction changed; a rate has both its sums."""

    month: str
    unit: str | None
    indicator: str
    before: float | None
    after: float | None
    numerator_before: int
    denominator_before: int | None
    numerator_after: int
    denominator_after: int | None
    at: str


class Revisions(BaseModel):
    items: list[RevisionRow]
    next: str | None


class Vacancies(BaseModel):
    items: list[Sums]
    next: str | None
    total: Sums


DOMESTIC = "nationality VNM"
SPLIT_DOMESTIC = {"nationality": DOMESTIC, "residence": "country of residence VNM"}


@blueprint.get("/statistics/occupancy")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=OccupancyPageQuery, answers={200: Occupancy, 304: None})
def statistics_occupancy(query: OccupancyPageQuery) -> Response:
    """Occupancy, guest nights and arrivals of a period, exact at this instant.

    ``total`` is that of all rows, also of those on other pages. With the last ``ETag`` in
    ``If-None-Match`` the answer is a 304 while it would be the same.
    """
    limit, after = api.per_page(query.per_page), _after(query.cursor)
    asked = _asked(BY, query.by)
    table = occupancy(asked.period, by=asked.by, filters=asked.filters)
    shown, cursor = table.rows, None
    if asked.by == "establishment":
        shown, cursor = _page(table.rows, after, limit)
    compared = _compared(asked)
    rows = listing([{**as_dict(row), **compared(row.key)} for row in shown], cursor)
    total = {**as_dict(table.total), **compared("total")}
    pace = {"pace": _pace(asked)} if total.get("comparison", True) is None else {}
    return api.revalidated({**rows, "total": total, "domestic": DOMESTIC, **pace})


def _pace(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "ago": row.ago,
            "as_of": row.as_of.isoformat(),
            "as_of_before": row.as_of_before.isoformat(),
            "nights": AHEAD,
            "now": row.now,
            "before": row.before,
            "change": row.change,
        }
        for row in booking_pace(asked.filters)
    ]


def _compared(asked: Asked) -> Callable[[str], dict[str, Any]]:
    """Return what adds a row's comparison, or nothing where none is asked for."""
    if asked.compare is None:
        return lambda key: {}
    found = comparisons.comparisons(
        asked.period, by=asked.by, basis=asked.compare, filters=asked.filters
    )
    return lambda key: {"comparison": comparisons.as_dict(found.get(key))}


def _after(cursor: str | None) -> str | None:
    values = api.read_cursor(cursor, 1)
    if values is not None and not isinstance(values[0], str):
        raise invalid_parameter("cursor", "invalid_format")
    return values[0] if values else None


def _page(
    rows: Sequence[Figures], after: str | None, limit: int
) -> tuple[list[Figures], str | None]:
    """Return the rows behind a key, and the cursor of the next page if there is one."""
    left = sorted((row for row in rows if after is None or row.key > after), key=lambda r: r.key)
    shown = left[:limit]
    return shown, api.cursor_of([shown[-1].key]) if len(left) > limit else None


@blueprint.get("/statistics/origins")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=OriginsQuery, answers={200: Origins, 304: None})
def statistics_origins(query: OriginsQuery) -> Response:
    """Where guests come from, by nationality or by the country they live in."""
    asked = _asked(ORIGINS_BY, query.by)
    rows = origins(
        asked.period, by=asked.by, basis=asked.basis, split=asked.split, filters=asked.filters
    )
    total = occupancy(asked.period, by="year", filters=asked.filters).total
    items = [
        {
            "key": row.key,
            "guests": row.guests,
            "domestic": row.domestic,
            "foreign": row.foreign,
            "unknown": row.unknown,
            "share": row.share,
            "countries": row.countries if asked.by != "country" else None,
            "status": row.status,
        }
        for row in rows
    ]
    return api.revalidated(
        {
            **listing(items, None),
            "basis": asked.basis,
            "split": asked.split,
            "domestic": SPLIT_DOMESTIC[asked.split],
            "reporting_rooms_share": total.reporting_rooms_share,
        }
    )


@blueprint.get("/statistics/revisions")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=RevisionsQuery, answers={200: Revisions, 304: None})
def statistics_revisions(query: RevisionsQuery) -> Response:
    """Final monthly figures of the town and its units that changed afterwards, latest first."""
    asked = _asked({"unit": ""}, "unit")
    items = [
        {
            "month": f"{row.month:%Y-%m}",
            "unit": None if row.scope == TOWN else row.scope,
            "indicator": row.indicator.name,
            "before": row.before,
            "after": row.after,
            "numerator_before": row.over_before,
            "denominator_before": row.under_before,
            "numerator_after": row.over_after,
            "denominator_after": row.under_after,
            "at": api.iso(row.at),
        }
        for row in revisions(asked.period, asked.filters)
    ]
    return api.revalidated(listing(items, None))


@blueprint.get("/statistics/vacancy")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=VacancyQuery, answers={200: Vacancies, 304: None})
def statistics_vacancy(query: VacancyQuery) -> Response:
    """Rooms and beds vacant now, of how many rooms that is known, and who comes and goes.

    Cheap to poll like ``/statistics/now``, but for a single house, each look at which is audited.
    """
    tag = scoped_tag(own_units())
    if query.establishment is None and is_known(tag):
        return unchanged(tag)
    asked = _asked(VACANCY_KEYS, query.by, dated=False)
    rows, total = vacant_now(by=asked.by, filters=asked.filters)
    return tagged({**listing([as_sums(row) for row in rows], None), "total": as_sums(total)}, tag)


def _asked(choices: Any, by: str, *, dated: bool = True) -> Asked:
    """Return the question of the request, within what its key may see; a fault is a 422."""
    values = {**request.args.to_dict(), "by": by}
    if not dated:
        values |= {"from": "2000-01-01", "to": "2000-01-02"}
    form = StatisticsForm(values, by=dict.fromkeys(choices, ""), units=own_units())
    asked = form.asked()
    if asked is None:
        raise form.problem()
    asked = permitted(asked)
    account_for_houses(asked)
    return asked
