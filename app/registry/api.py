"""The JSON API of registry: houses, units, places, holidays in public; a house's room types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, abort, request
from pydantic import BaseModel, ConfigDict, Field

from app import dates
from app.dates import Period
from app.registry import queries
from app.registry.access import api_establishment, api_room_type
from app.registry.models import KINDS, RoomType
from app.registry.queries import HouseFilter, HouseRow
from app.registry.records import house_details, house_record
from app.registry.units import UnitAmbiguous, UnitNotFound, Units
from app.web import api
from app.web.api import PageQuery, Query, answer, endpoint, listing
from app.web.problems import invalid_parameter
from app.web.security import public, requires

blueprint = api.blueprint("registry")

CHANGES_SELDOM = 3_600
CHANGES_DAILY = 300
HOLIDAY_YEARS_MOST = 5


class Answer(BaseModel):
    """Base of what the endpoints answer; here for the description only."""

    model_config = ConfigDict(extra="allow")


class UnitRef(Answer):
    code: str
    name: str


class Location(Answer):
    lat: float
    lon: float


class HouseAnswer(Answer):
    code: str
    name: str
    name_en: str | None
    kind: str | None
    stars: int | None
    unit: UnitRef | None
    address: str | None
    location: Location | None
    phone: str | None


class HouseList(Answer):
    items: list[HouseAnswer]
    next: str | None


class PublicRoomType(Answer):
    id: str
    name: str
    name_en: str | None
    capacity: int
    list_price: int | None


class HouseDetails(HouseAnswer):
    room_types: list[PublicRoomType]


class UnitAnswer(UnitRef):
    kind: str
    area: UnitRef
    valid_from: date
    formerly: list[UnitRef]


class UnitList(Answer):
    items: list[UnitAnswer]
    next: str | None


class PlaceAnswer(Answer):
    code: str
    name: str
    name_en: str | None
    aliases: list[str]
    location: Location
    unit: str | None


class PlaceList(Answer):
    items: list[PlaceAnswer]
    next: str | None


class HolidayAnswer(Answer):
    date: date
    code: str
    name: str
    name_en: str
    source: str


class HolidayList(Answer):
    items: list[HolidayAnswer]
    next: str | None


class RoomTypeAnswer(Answer):
    id: str
    code: str | None
    name: str
    name_en: str | None
    capacity: int
    bed_places: int
    list_price: int | None
    rooms: list[str]
    kept_by: str


class RoomTypeList(Answer):
    items: list[RoomTypeAnswer]
    next: str | None


class HouseQuery(PageQuery):
    """Several values of ``unit``, ``kind`` and ``stars`` are separated by commas."""

    q: str = ""
    unit: str = ""
    kind: str = ""
    stars: str = ""


class HolidayQuery(Query):
    """``from`` included, ``to`` excluded; this year and the next where nothing is said."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    start: str | None = Field(None, alias="from", description="2026-01-01")
    end: str | None = Field(None, alias="to", description="the day after the last one")


# --- Public --------------------------------------------------------------------------------


@blueprint.get("/establishments")
@public
@endpoint(tag="Establishments", query=HouseQuery, answers={200: HouseList})
def establishments(query: HouseQuery) -> Response:
    """Houses in force, in the order of their names; no vacancy is claimed."""
    which = HouseFilter(
        q=query.q[:200],
        units=_units(query.unit),
        kinds=_values(query.kind, "kind", lambda text: text if text in KINDS else None),
        stars=_values(query.stars, "stars", _stars),
        statuses=["approved"],
    )
    limit = api.per_page(query.per_page)
    after = api.read_cursor(query.cursor, 2)
    if after and not all(isinstance(value, str) for value in after):
        raise invalid_parameter("cursor", "invalid_format")
    rows = queries.houses_after(which, after, limit + 1)
    items = [house_record(row) for row in rows[:limit]]
    return cached(listing(items, _next(rows, limit)), CHANGES_DAILY)


def _next(rows: list[HouseRow], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1].house
    return api.cursor_of([last.folded, last.code])


@blueprint.get("/establishments/<code>")
@public
@endpoint(tag="Establishments", answers={200: HouseDetails})
def establishment(code: str) -> Response:
    """One house in force, with its room types and list prices."""
    row = queries.house_row(code)
    if row is None or row.house.status != "approved":
        abort(404)
    return cached(house_details(row, queries.room_types(row.house.id)), CHANGES_DAILY)


@blueprint.get("/units")
@public
@endpoint(tag="Reference", answers={200: UnitList})
def units() -> Response:
    """The wards, communes and special zones of today, each with those it was formed from."""
    former = queries.former_units()
    items = [
        {
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind,
            "area": {"code": unit.area_code, "name": unit.area.name},
            "valid_from": unit.valid_from.isoformat(),
            "formerly": [{"code": old.code, "name": old.name} for old in former.get(unit.id, [])],
        }
        for unit in queries.units_today()
    ]
    return cached(listing(items, None), CHANGES_SELDOM)


@blueprint.get("/places")
@public
@endpoint(tag="Reference", answers={200: PlaceList})
def places() -> Response:
    """Beaches, hills, streets and sights that one can search near; positions are approximate."""
    items = [
        {
            "code": place.code,
            "name": place.name,
            "name_en": place.name_en,
            "aliases": place.aliases,
            "location": {"lat": place.lat, "lon": place.lon},
            "unit": place.unit_code,
            "source": place.source,
        }
        for place in queries.places()
    ]
    return cached(listing(items, None), CHANGES_SELDOM)


@blueprint.get("/holidays")
@public
@endpoint(tag="Reference", query=HolidayQuery, answers={200: HolidayList})
def holidays(query: HolidayQuery) -> Response:
    """The days off from ``from`` to before ``to``, computed or announced."""
    this_year = dates.today().year
    start = _day("from", query.start) or date(this_year, 1, 1)
    end = _day("to", query.end) or date(start.year + 2, 1, 1)
    if end <= start:
        raise invalid_parameter("to", "order")
    if start.year < 1990 or end.year > 2100 or end.year - start.year > HOLIDAY_YEARS_MOST:
        raise invalid_parameter("to", "out_of_range")
    items = [
        {
            "date": holiday.date.isoformat(),
            "code": holiday.code,
            "name": holiday.name_vi,
            "name_en": holiday.name_en,
            "source": holiday.source,
        }
        for holiday in dates.holidays_between(Period(start, end))
    ]
    return cached(listing(items, None), CHANGES_SELDOM)


# --- Establishment -------------------------------------------------------------------------


@blueprint.get("/room-types")
@requires("front_desk", "manager")
@endpoint(tag="Room types", query=PageQuery, answers={200: RoomTypeList})
def room_types(query: PageQuery) -> dict[str, Any]:
    """The room types of the house, each with the rooms it has today."""
    house = api_establishment()
    limit = api.per_page(query.per_page)
    after = api.read_cursor(query.cursor, 2)
    if after and not all(isinstance(value, int) for value in after):
        raise invalid_parameter("cursor", "invalid_format")
    found = [
        room_type
        for room_type in queries.room_types(house.id)
        if after is None or (room_type.position, room_type.id) > tuple(after)
    ]
    shown = found[:limit]
    numbers = queries.numbers_by_type([room_type.id for room_type in shown])
    last = shown[-1] if len(found) > limit else None
    return listing(
        [room_type_record(room_type, numbers[room_type.id]) for room_type in shown],
        api.cursor_of([last.position, last.id]) if last else None,
    )


@blueprint.get("/room-types/<key>")
@requires("front_desk", "manager")
@endpoint(tag="Room types", answers={200: RoomTypeAnswer})
def room_type(key: str) -> Response:
    """One room type, by its id or the sender's own code, with the ETag a change needs."""
    found = api_room_type(key)
    numbers = queries.numbers_by_type([found.id])
    return api.with_etag(room_type_record(found, numbers[found.id]), found.record_version)


def room_type_record(room_type: RoomType, numbers: list[str]) -> dict[str, Any]:
    """A room type as the house itself sees it."""
    return {
        "id": str(room_type.id),
        "code": room_type.code,
        "name": room_type.name,
        "name_en": room_type.name_en,
        "capacity": room_type.capacity,
        "bed_places": room_type.bed_places,
        "list_price": room_type.list_price,
        "rooms": numbers,
        "kept_by": room_type.kept_by,
        "confirmed_at": api.iso(room_type.confirmed_at),
        "version": room_type.record_version,
    }


# --- Reading parameters --------------------------------------------------------------------


def _values(text: str, parameter: str, read: Callable[[str], Any]) -> list[Any]:
    values = [read(part.strip()) for part in text.split(",") if part.strip()]
    if None in values:
        raise invalid_parameter(parameter, "unknown_code")
    return values


def _stars(text: str) -> int | None:
    if text == "unrated":
        return 0
    return int(text) if text in ("1", "2", "3", "4", "5") else None


def _units(text: str) -> list[str]:
    """Codes of today for units and areas, old codes and names among them."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        return []
    known = Units.load()
    try:
        return [code for part in parts for code in known.codes(part)]
    except (UnitNotFound, UnitAmbiguous):
        raise invalid_parameter("unit", "unknown_code") from None


def _day(parameter: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return dates.parse_date(text)
    except ValueError:
        raise invalid_parameter(parameter, "invalid_format") from None


def cached(result: dict[str, Any], seconds: int) -> Response:
    """Answer with what lets browsers and proxies keep it, and ask again cheaply."""
    response = answer(result)
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.vary.add("Authorization")
    response.add_etag()
    response.make_conditional(request)
    return response
