"""The JSON API of statistics, for officials' keys; a ward's key sees its ward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from pydantic import BaseModel, Field

from app.statistics.access import OFFICIALS, account_for_houses, own_units, permitted
from app.statistics.forms import BY, ORIGINS_BY, Asked, StatisticsForm
from app.statistics.queries import Figures, occupancy, origins
from app.statistics.rows import as_dict
from app.statistics.vacancy import KEYS as VACANCY_KEYS
from app.statistics.vacancy import vacant_now
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

    per_page: int = 20
    cursor: str | None = None


class OriginsQuery(OccupancyQuery):
    """Guests by nationality or month, counted on arrival or on every night."""

    by: str = Field("country", description="month | country")
    basis: str = Field("arrival", description="arrival | night")


class VacancyQuery(WhereQuery):
    by: str = Field("unit", description="unit | area | kind | stars")


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
    status: str


class Occupancy(BaseModel):
    items: list[OccupancyRow]
    next: str | None
    total: OccupancyRow
    domestic: str


class OriginRow(BaseModel):
    """Guests of a country (ISO 3166-1 alpha-3, by nationality) or of a month with its countries."""

    key: str
    guests: int
    domestic: int
    foreign: int
    share: float | None
    countries: dict[str, int] | None
    status: str


class Origins(BaseModel):
    items: list[OriginRow]
    next: str | None
    basis: str
    domestic: str


class VacancyRow(BaseModel):
    """Rooms of tonight; of those beyond ``rooms_known`` nobody said, or too long ago."""

    key: str
    rooms_registered: int
    rooms_known: int
    rooms_vacant: int
    establishments: int
    reporting_establishments: int
    reporting_rooms_share: float | None


class Vacancies(BaseModel):
    items: list[VacancyRow]
    next: str | None
    total: VacancyRow


DOMESTIC = "nationality VNM"


@blueprint.get("/statistics/occupancy")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=OccupancyPageQuery, answers={200: Occupancy})
def statistics_occupancy(query: OccupancyPageQuery) -> dict[str, Any]:
    """Occupancy, guest nights and arrivals of a period, exact at this instant.

    ``total`` is that of all rows, also of those on other pages.
    """
    limit, after = api.per_page(query.per_page), _after(query.cursor)
    asked = _asked(BY, query.by)
    table = occupancy(asked.period, by=asked.by, filters=asked.filters)
    shown, cursor = table.rows, None
    if asked.by == "establishment":
        shown, cursor = _page(table.rows, after, limit)
    rows = listing([as_dict(row) for row in shown], cursor)
    return {**rows, "total": as_dict(table.total), "domestic": DOMESTIC}


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
@endpoint(tag=TAG, query=OriginsQuery, answers={200: Origins})
def statistics_origins(query: OriginsQuery) -> dict[str, Any]:
    """Where guests come from, by nationality."""
    asked = _asked(ORIGINS_BY, query.by)
    rows = origins(asked.period, by=asked.by, basis=asked.basis, filters=asked.filters)
    items = [
        {
            "key": row.key,
            "guests": row.guests,
            "domestic": row.domestic,
            "foreign": row.foreign,
            "share": row.share,
            "countries": row.countries if asked.by == "month" else None,
            "status": row.status,
        }
        for row in rows
    ]
    return {**listing(items, None), "basis": asked.basis, "domestic": DOMESTIC}


@blueprint.get("/statistics/vacancy")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=VacancyQuery, answers={200: Vacancies})
def statistics_vacancy(query: VacancyQuery) -> dict[str, Any]:
    """Rooms vacant now, and of how many rooms that is known."""
    asked = _asked(VACANCY_KEYS, query.by, dated=False)
    rows, total = vacant_now(by=asked.by, filters=asked.filters)
    items = [VacancyRow.model_validate(row, from_attributes=True) for row in rows]
    return {
        **listing([item.model_dump() for item in items], None),
        "total": VacancyRow.model_validate(total, from_attributes=True).model_dump(),
    }


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
