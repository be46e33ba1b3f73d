"""The JSON API of availability: nights of room types, and who keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import Response
from sqlalchemy import select

from app import dates
from app.availability import operations, queries
from app.availability.api_schemas import (
    ConfirmedList,
    HouseBody,
    NightBody,
    NightList,
    NightsBody,
    RoomTypeAnswer,
    RoomTypePatch,
    RowList,
    RowsBody,
    SpanQuery,
)
from app.availability.operations import NightEdit, NotPossible
from app.availability.queries import NightState
from app.dates import Period
from app.db import db
from app.registry.access import api_establishment, api_room_type, establishment_or_404
from app.registry.models import Establishment, RoomType
from app.registry.rooms import CodeTaken
from app.web import api
from app.web.api import endpoint, iso, listing
from app.web.problems import FieldError, Problem, invalid, invalid_parameter
from app.web.security import principal, requires

blueprint = api.blueprint("availability")

SHOWN = 31
NIGHTS_READ = 400
FAULTS_NAMED = 100


# --- Nights --------------------------------------------------------------------------------


@blueprint.get("/room-types/<key>/nights")
@requires("front_desk", "manager")
@endpoint(tag="Nights", query=SpanQuery, answers={200: NightList})
def nights(key: str, query: SpanQuery) -> dict[str, Any]:
    """Each night of a room type; ``vacant`` is null where it is unknown."""
    room_type = api_room_type(key)
    found = queries.nights(_period(query), room_type_ids=[room_type.id])
    return listing([_night_record(state) for state in found], None)


@blueprint.put("/room-types/<key>/nights")
@requires("front_desk", "manager")
@endpoint(tag="Nights", body=NightsBody, answers={200: NightList}, write=True)
def put_nights(key: str, body: NightsBody) -> dict[str, Any]:
    """Change the nights listed and no other: they become known. All or none."""
    room_type = api_room_type(key)
    house = db.session.get_one(Establishment, room_type.establishment_id)
    states = _put(house, body.nights, [room_type.id] * len(body.nights))
    return listing([_night_record(state) for state in states], None)


@blueprint.put("/nights")
@requires("front_desk", "manager")
@endpoint(tag="Nights", body=RowsBody, answers={200: RowList}, write=True)
def put_rows(body: RowsBody) -> dict[str, Any]:
    """Change nights of many room types of a house, each row with its ``room_type``."""
    house = api_establishment(body.establishment)
    type_ids = _room_type_ids(house, [row.room_type for row in body.nights])
    states = _put(house, body.nights, type_ids)
    return listing(
        [_night_record(state) | {"room_type": str(state.room_type_id)} for state in states], None
    )


def _put(
    house: Establishment, rows: Sequence[NightBody], type_ids: Sequence[int]
) -> list[NightState]:
    """Store the rows and return what they are now, in their order."""
    places = _places(rows, type_ids)
    edits = [
        NightEdit(
            type_id,
            row.night,
            vacant=row.vacant,
            price=row.price,
            sets_price="price" in row.model_fields_set,
        )
        for row, type_id in zip(rows, type_ids, strict=True)
    ]
    try:
        operations.set_nights(house, edits)
    except NotPossible as refused:
        raise Problem("invalid", errors=_not_possible(refused, places)) from None
    found = queries.nights_of(list(places))
    return sorted(found, key=lambda state: places[state.room_type_id, state.night])


def _places(rows: Sequence[NightBody], type_ids: Sequence[int]) -> dict[tuple[int, date], int]:
    """Return where each pair stands in the body; a night twice or too far away is named."""
    allowed = operations.allowed_nights()
    places: dict[tuple[int, date], int] = {}
    faults = []
    for index, (row, type_id) in enumerate(zip(rows, type_ids, strict=True)):
        code = None
        if row.night not in allowed:
            code = "out_of_range"
        elif places.setdefault((type_id, row.night), index) != index:
            code = "duplicate"
        if code:
            faults.append(FieldError(code, str(row.night), pointer=f"/nights/{index}/night"))
    if faults:
        raise Problem("invalid", errors=faults[:FAULTS_NAMED])
    return places


def _not_possible(
    refused: NotPossible, places: dict[tuple[int, date], int]
) -> Iterable[FieldError]:
    return [
        FieldError(
            "not_possible",
            f"{state.night}: at most {state.possible}",
            pointer=f"/nights/{places[state.room_type_id, state.night]}/vacant",
        )
        for state in refused.states[:FAULTS_NAMED]
    ]


def _room_type_ids(house: Establishment, keys: Sequence[str]) -> list[int]:
    """Return the house's room types under these ids or own codes; each unknown one is named."""
    types = db.session.execute(
        select(RoomType.id, RoomType.code).where(RoomType.establishment_id == house.id)
    ).all()
    known = {code: type_id for type_id, code in types if code}
    known |= {str(type_id): type_id for type_id, _ in types}
    unknown = [index for index, key in enumerate(keys) if key not in known]
    if unknown:
        detail = "The house has no such room type"
        errors = [
            FieldError("not_found", detail, pointer=f"/nights/{index}/room_type")
            for index in unknown[:FAULTS_NAMED]
        ]
        raise Problem("invalid", errors=errors)
    return [known[key] for key in keys]


def _night_record(state: NightState) -> dict[str, Any]:
    """One night as the house itself sees it."""
    return {
        "night": state.night.isoformat(),
        "total": state.total,
        "out_of_order": state.out_of_order,
        "taken": state.taken,
        "reserved": state.reserved,
        "vacant": state.vacant,
        "price": state.price,
        "confirmed_at": iso(state.confirmed_at),
    }


def _period(query: SpanQuery) -> Period:
    allowed = operations.allowed_nights()
    start = query.start or dates.today()
    if start not in allowed:
        raise invalid_parameter("from", "out_of_range")
    end = query.end or start + SHOWN * dates.ONE_DAY
    if end <= start:
        raise invalid_parameter("to", "order")
    if (end - start).days > NIGHTS_READ:
        raise invalid_parameter("to", "out_of_range", f"At most {NIGHTS_READ} nights")
    return Period(start, end)


# --- Room types ----------------------------------------------------------------------------


@blueprint.patch("/room-types/<key>")
@requires("manager")
@endpoint(tag="Room types", body=RoomTypePatch, answers={200: RoomTypeAnswer}, write=True)
def change_room_type(key: str, body: RoomTypePatch) -> Response:
    """Change a room type's own data, or who keeps its vacancies, by a merge patch."""
    room_type = api_room_type(key)
    house = db.session.get_one(Establishment, room_type.establishment_id)
    establishment_or_404(house.code, to="manage")
    operations.locked_type(room_type)
    api.require_version(room_type.record_version)
    values = body.model_dump(exclude_unset=True)
    keeper = values.pop("kept_by", None)
    try:
        operations.change_room_type(room_type, values, keeper, by=principal())
    except CodeTaken:
        raise invalid("/code", "duplicate") from None
    return api.with_etag(_room_type_record(room_type), room_type.record_version)


def _room_type_record(room_type: RoomType) -> dict[str, Any]:
    names = ("code", "name", "name_en", "capacity", "bed_places", "list_price", "amenities")
    return {
        "id": str(room_type.id),
        **{name: getattr(room_type, name) for name in names},
        "kept_by": room_type.kept_by,
        "confirmed_at": iso(room_type.confirmed_at),
        "version": room_type.record_version,
    }


@blueprint.post("/room-types/<key>/still-right")
@requires("front_desk", "manager")
@endpoint(tag="Room types", body=HouseBody, answers={200: ConfirmedList}, write=True)
def confirm_type(key: str, body: HouseBody) -> dict[str, Any]:
    """Say that what is known of the room type is still right, for all its nights."""
    room_type = api_room_type(key)
    house = db.session.get_one(Establishment, room_type.establishment_id)
    return _confirm(house, [room_type])


@blueprint.post("/still-right")
@requires("front_desk", "manager")
@endpoint(tag="Room types", body=HouseBody, answers={200: ConfirmedList}, write=True)
def confirm_house(body: HouseBody) -> dict[str, Any]:
    """Say that what is known of all room types of the house is still right."""
    house = api_establishment(body.establishment)
    return _confirm(house, house.room_types)


def _confirm(house: Establishment, types: Sequence[RoomType]) -> dict[str, Any]:
    operations.confirm(house, [room_type.id for room_type in types])
    items = [
        {"id": str(t.id), "kept_by": t.kept_by, "confirmed_at": iso(t.confirmed_at)} for t in types
    ]
    return listing(items, None)
