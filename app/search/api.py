"""The JSON API of search: vacancies, and the public calendars of a house and of the town."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app import dates
from app.availability.queries import public_calendar
from app.dates import Period
from app.db import db
from app.registry.models import KINDS, Establishment
from app.search.documents import SEARCHABLE_DAYS
from app.search.fullness import town_nights
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS
from app.search.readings import search
from app.search.records import result_record
from app.search.vacancies import Timings
from app.web import api
from app.web.api import Query, answer, endpoint, listing
from app.web.problems import Problem, invalid_parameter
from app.web.security import public

blueprint = api.blueprint("search")

USUAL_NIGHTS = 31
MOST_NIGHTS = 400
MOST_TOWN_NIGHTS = 190


class Answer(BaseModel):
    """Base of what the endpoints answer; here for the description only."""

    model_config = ConfigDict(extra="allow")


class VacancyQuery(Query):
    """``q`` may hold everything in words; parameters given apart win over words.

    Several values of ``unit``, ``kind``, ``stars`` and ``amenities`` are separated by commas.
    Without dates houses are found and no vacancy is claimed.
    """

    q: str = Field("", description="A sentence: “ks gần bãi sau 2 người 24/12-26/12 dưới 1tr”")
    check_in: str = Field("", description="From today to today + 365; alone it is one night")
    check_out: str = Field("", description="At most 30 nights after check_in")
    rooms: str = Field("", description="1-8, 1 where nothing is said")
    adults: str = Field("", description="2 where nothing is said")
    children: str = Field("", description="0 where nothing is said; babies included")
    unit: str = Field("", description="Codes of units or areas; any of them")
    kind: str = Field("", description=f"Any of {', '.join(KINDS)}")
    stars: str = Field("", description="Any of 1-5")
    amenities: str = Field("", description="All of them")
    price_min: str = Field("", description="VND; compared with the price of the dearest night")
    price_max: str = ""
    near: str = Field("", description="lat,lon")
    radius_km: str = ""
    bbox: str = Field("", description="lat0,lon0,lat1,lon1")
    sort: str = Field("", description="relevance, price, distance or stars")
    page: str = ""
    per_page: str = Field("", description="1-100, 20 where nothing is said")
    lang: str = Field("", description="vi or en")


class VacancyList(Answer):
    total: int
    page: int
    per_page: int
    engine: str
    understood: dict[str, Any]
    facets: dict[str, dict[str, int]]
    relaxed: list[str] = Field(
        default_factory=list,
        description="What was said in words and left out, since no house has all of it: near,"
        " amenities, stars, price; absent where nothing was",
    )
    items: list[dict[str, Any]]


class PublicNight(Answer):
    night: str
    vacancy: str | None


class PublicNights(Answer):
    items: list[PublicNight]
    next: str | None


class TownNightAnswer(Answer):
    night: str
    houses: int | None
    free: int | None
    few: int | None
    full: int | None
    full_share: float | None


class TownNights(Answer):
    items: list[TownNightAnswer]
    next: str | None


class CalendarQuery(Query):
    """``from`` included, ``to`` excluded; the coming 31 nights where nothing is said."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    start: str = Field("", alias="from")
    end: str = Field("", alias="to")


class TownQuery(CalendarQuery):
    unit: str = ""
    kind: str = ""


@blueprint.get("/vacancies")
@public
@endpoint(tag="Vacancies", query=VacancyQuery, answers={200: VacancyList})
def vacancy_list(query: VacancyQuery) -> Response:
    """Houses with a room type that is vacant on every night, has room for all and fits the rest.

    ``total`` and ``facets`` count houses; what is printed of an item is read anew from the
    register. ``engine`` is ``database`` where the search without tolerance for slips answered.
    """
    timings = Timings()
    asked, result = search(arguments(), timings)
    if result is None:
        raise Problem("invalid", errors=asked.faults)
    response = answer(result_record(asked, result))
    response.headers["Server-Timing"] = timings.header()
    return uncached(response)


@blueprint.get("/establishments/<code>/calendar")
@public
@endpoint(tag="Vacancies", query=CalendarQuery, answers={200: PublicNights})
def house_calendar(code: str, query: CalendarQuery) -> Response:
    """A house's nights: ``free``, ``few`` (1-2 rooms), ``full``, or null where it is unknown."""
    period = _period(query, MOST_NIGHTS)
    house = db.session.scalar(
        select(Establishment.id).where(
            Establishment.code == code, Establishment.status == SHOWN_STATUS
        )
    )
    if house is None:
        abort(404)
    nights = public_calendar(house, period)
    items = [{"night": night.isoformat(), "vacancy": word} for night, word in nights.items()]
    return uncached(answer(listing(items, None)))


@blueprint.get("/vacancies/calendar")
@public
@endpoint(tag="Vacancies", query=TownQuery, answers={200: TownNights})
def town_calendar(query: TownQuery) -> Response:
    """How full the town is each night, by houses; null where fewer than three are known."""
    period = _period(query, MOST_TOWN_NIGHTS)
    units = _codes("unit", query.unit, lambda code: geography().units_of(code))
    kinds = _codes("kind", query.kind, lambda code: (code,) if code in KINDS else ())
    items = [
        {
            "night": one.night.isoformat(),
            "houses": one.houses,
            "free": one.free,
            "few": one.few,
            "full": one.full,
            "full_share": one.full_share,
        }
        for one in town_nights(period, units, kinds)
    ]
    return uncached(answer(listing(items, None)))


def arguments() -> dict[str, str]:
    """Return the query's values; those of a repeated parameter (a form's boxes) as one list."""
    return {name: ",".join(values) for name, values in request.args.lists()}


def uncached(response: Response) -> Response:
    """Have a cache ask again: what is printed is true at the moment it is printed."""
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _period(query: CalendarQuery, most: int) -> Period:
    today = dates.today()
    start = _day("from", query.start) or today
    end = _day("to", query.end) or start + USUAL_NIGHTS * dates.ONE_DAY
    if not today <= start <= today + SEARCHABLE_DAYS * dates.ONE_DAY:
        raise invalid_parameter("from", "out_of_range")
    if end <= start:
        raise invalid_parameter("to", "order")
    if (end - start).days > most:
        raise invalid_parameter("to", "out_of_range")
    return Period(start, end)


def _day(parameter: str, text: str) -> Any:
    try:
        return dates.parse_date(text) if text else None
    except ValueError:
        raise invalid_parameter(parameter, "invalid_format") from None


def _codes(parameter: str, text: str, read: Any) -> list[str]:
    codes: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = read(part)
        if not found:
            raise invalid_parameter(parameter, "unknown_code")
        codes += found
    return codes
