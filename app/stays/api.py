"""The JSON API of stays."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from flask import Response

from app import dates
from app.availability.reservations import ReservationUsedUp
from app.availability.taking import RoomTaken
from app.db import db
from app.registry.access import api_establishment
from app.registry.models import Establishment, Room, RoomType
from app.stays import changes, queries
from app.stays.access import stay_or_404
from app.stays.api_schemas import (
    ChangedAnswer,
    CheckOutBody,
    ExtendBody,
    GuestAnswer,
    MoveBody,
    NightAnswer,
    ReasonBody,
    RevealAnswer,
    StayAnswer,
    StayBody,
    StayItem,
    StayList,
    StayPatch,
    StayQuery,
    StoredAnswer,
    WarningAnswer,
)
from app.stays.changes import NotInHouse
from app.stays.check_in import Done, check_in, find_room, find_room_type
from app.stays.checks import read_departure, read_stay
from app.stays.corrections import correct
from app.stays.fields import instant_of, limited, text_of
from app.stays.inputs import Findings, Refused, refusal
from app.stays.models import Guest, Stay
from app.stays.queries import UnitsWhenAsked
from app.stays.revealing import reveal, shown
from app.stays.words import WORDS, detail
from app.web import api
from app.web.api import endpoint
from app.web.problems import FIELD_CODES, FieldError, Problem, invalid_parameter
from app.web.security import principal, requires

blueprint = api.blueprint("stays")

for code, words in WORDS.items():
    FIELD_CODES.setdefault(code, words[0])


@contextmanager
def told() -> Iterator[None]:
    """Turn what an operation refuses into a problem that names the place, never the value."""
    try:
        yield
    except Refused as refused:
        raise Problem("invalid", errors=_errors(refused.findings)) from None
    except RoomTaken as taken:
        nights = [str(night) for night in taken.nights]
        faults = [
            FieldError("room_taken", f"taken on {night}", pointer="/room") for night in nights
        ]
        raise Problem("room_taken", errors=faults, nights=nights) from None
    except NotInHouse:
        raise Problem("not_in_house") from None
    except ReservationUsedUp:
        raise Problem("reservation_used_up") from None


def _errors(findings: Findings) -> list[FieldError]:
    return [
        FieldError(finding.code, detail(finding), pointer=finding.pointer)
        for finding in findings.errors
    ]


# --- Arriving ------------------------------------------------------------------------------


@blueprint.post("/stays")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=StayBody, answers={201: StoredAnswer}, write=True)
def create(body: StayBody) -> tuple[StoredAnswer, int]:
    """Register an arrival: takes the room's nights and owes the declaration of each guest."""
    with told():
        return _stored(_check_in(body)), 201


@blueprint.post("/stays/validate")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=StayBody, answers={200: StoredAnswer})
def validate(body: StayBody) -> StoredAnswer:
    """Answer as POST /stays would, and store nothing."""
    try:
        with told():
            answer = _stored(_check_in(body))
    finally:
        db.session.rollback()
    answer.id = None
    return answer


def _check_in(body: StayBody) -> Done:
    house = api_establishment(body.establishment)
    given, found = read_stay(body.model_dump(), now=dates.now(), units=UnitsWhenAsked())
    if given is None:
        raise Refused(found)
    done = check_in(house, given, by=principal())
    return Done(done.stay, done.nights, [*found.warnings, *done.warnings])


def _stored(done: Done) -> StoredAnswer:
    return StoredAnswer(
        id=str(done.stay.id),
        room=_room(done.stay, done.nights),
        nights=_nights(done.nights),
        warnings=_warnings(done),
    )


def _room(stay: Stay, nights: dict[Any, Room | None]) -> str | None:
    """Return the room of the first night, or the one used by the hour."""
    if not stay.is_same_day:
        first = next(iter(nights.values()), None)
        return first.number if first else None
    room = db.session.get(Room, stay.room_id) if stay.room_id else None
    return room.number if room else None


def _nights(nights: dict[Any, Room | None]) -> list[NightAnswer]:
    return [
        NightAnswer(night=str(night), room=room.number if room else None)
        for night, room in nights.items()
    ]


def _warnings(done: Done) -> list[WarningAnswer]:
    return [
        WarningAnswer(pointer=finding.pointer, code=finding.code, detail=detail(finding))
        for finding in done.warnings
    ]


# --- Reading -------------------------------------------------------------------------------


@blueprint.get("/stays")
@requires("front_desk", "manager")
@endpoint(tag="Stays", query=StayQuery, answers={200: StayList})
def index(query: StayQuery) -> dict[str, Any]:
    """List stays, the latest first: no names, no documents."""
    house = api_establishment(query.establishment)
    limit = api.per_page(query.per_page)
    if query.state is not None and query.state not in queries.STATES:
        raise invalid_parameter("state", "unknown_code")
    rows = queries.listed(
        house.id,
        state=query.state,
        day=_day(query.date),
        room=query.room,
        after=_after(query.cursor),
        limit=limit + 1,
    )
    items = [_item(row) for row in rows[:limit]]
    last = rows[limit - 1].stay if len(rows) > limit else None
    next_cursor = None
    if last is not None:
        next_cursor = api.cursor_of([last.first_night, last.arrived_at.isoformat(), last.id])
    return api.listing([item.model_dump() for item in items], next_cursor)


def _day(text: str | None) -> Any:
    try:
        return dates.parse_date(text) if text else None
    except ValueError:
        raise invalid_parameter("date", "invalid_format") from None


def _after(cursor: str | None) -> tuple[date, datetime, uuid.UUID] | None:
    values = api.read_cursor(cursor, 3)
    if values is None:
        return None
    try:
        night, arrived_at, stay_id = values
        return date.fromisoformat(night), datetime.fromisoformat(arrived_at), uuid.UUID(stay_id)
    except (TypeError, ValueError, AttributeError):
        raise invalid_parameter("cursor", "invalid_format") from None


def _item(row: queries.StayRow) -> StayItem:
    stay = row.stay
    return StayItem(
        id=str(stay.id),
        state=row.state,
        room=row.room,
        room_type=str(stay.room_type_id),
        arrived_at=api.iso(stay.arrived_at) or "",
        planned_departure=api.iso(stay.planned_departure) or "",
        departed_at=api.iso(stay.departed_at),
        nights=(stay.last_night_end - stay.first_night).days,
        people=row.people,
        source=stay.source,
        filed_elsewhere=stay.filed_elsewhere,
        version=stay.record_version,
    )


@blueprint.get("/stays/<uuid:stay_id>")
@requires("front_desk", "manager")
@endpoint(tag="Stays", answers={200: StayAnswer})
def show(stay_id: uuid.UUID) -> Response:
    """Return one stay, its guests masked."""
    stay = stay_or_404(stay_id)
    [row] = queries.rows_of([stay])
    answer = StayAnswer(
        **_item(row).model_dump(),
        reason=stay.reason,
        reason_detail=stay.reason_detail,
        reservation=str(stay.reservation_id) if stay.reservation_id else None,
        rooms=_nights(queries.rooms_by_night(stay)),
        guests=[_guest(guest) for guest in stay.guests],
    )
    return api.with_etag(answer, stay.record_version)


def _guest(guest: Guest, *, whole: bool = False) -> GuestAnswer:
    identity = shown(guest, whole=whole)
    return GuestAnswer(
        id=str(guest.id),
        full_name=identity["full_name"],
        date_of_birth=identity["date_of_birth"],
        birth_date_precision=guest.birth_date_precision,
        sex=guest.sex,
        age_band=guest.age_band,
        nationality=guest.nationality,
        persons=guest.persons,
        document={
            "type": guest.document_type,
            "number": identity["document_number"],
            "name": identity["document_name"],
        },
        phone=identity["phone"],
        residence={
            "kind": guest.residence_kind,
            "country": guest.residence_country,
            "unit": guest.residence_unit,
            "address": identity["address"],
        },
        permitted_until=str(guest.permitted_until) if guest.permitted_until else None,
        arrived_at=api.iso(guest.arrived_at),
        departed_at=api.iso(guest.departed_at),
        due_at=api.iso(guest.due_at),
        filing_state=guest.filing_state,
    )


@blueprint.post("/stays/<uuid:stay_id>/reveal")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=ReasonBody, answers={200: RevealAnswer}, write=True, keep_answer=False)
def show_identity(stay_id: uuid.UUID, body: ReasonBody) -> RevealAnswer:
    """Return the guests whole, for a reason that the audit keeps."""
    stay = stay_or_404(stay_id)
    with told():
        reveal(stay, reason=body.reason, by=principal())
    return RevealAnswer(
        id=str(stay.id), guests=[_guest(guest, whole=True) for guest in stay.guests]
    )


# --- Changing ------------------------------------------------------------------------------


@blueprint.patch("/stays/<uuid:stay_id>")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=StayPatch, answers={200: ChangedAnswer}, write=True)
def change(stay_id: uuid.UUID, body: StayPatch) -> Response:
    """Correct a stay by a merge patch; a guest with an ``id`` is merged, one without is added."""
    stay = changes.locked(stay_or_404(stay_id))
    api.require_version(stay.record_version)
    with told():
        patch = body.model_dump(exclude_unset=True)
        return _changed(correct(stay, patch, units=UnitsWhenAsked(), now=dates.now()))


@blueprint.post("/stays/<uuid:stay_id>/extend")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=ExtendBody, answers={200: ChangedAnswer}, write=True)
def extend(stay_id: uuid.UUID, body: ExtendBody) -> Response:
    """Change the planned departure, to later or earlier."""
    stay = stay_or_404(stay_id)
    with told():
        found = Findings()
        departure = read_departure(
            text_of(body.model_dump(), "planned_departure"),
            "/planned_departure",
            found,
            stay.arrived_at,
            dates.now(),
        )
        if departure is None:
            raise Refused(found)
        found.refuse()
        return _changed(changes.extend(stay, departure))


@blueprint.post("/stays/<uuid:stay_id>/move")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=MoveBody, answers={200: ChangedAnswer}, write=True)
def move(stay_id: uuid.UUID, body: MoveBody) -> Response:
    """Move the party to another room from tonight, or from a later night of its stay."""
    stay = stay_or_404(stay_id)
    with told():
        room, room_type = _target(stay, body)
        since = None
        if body.since is not None:
            try:
                since = dates.parse_date(body.since)
            except ValueError:
                raise refusal("/from", "invalid_format") from None
        return _changed(changes.move(stay, room=room, room_type=room_type, since=since))


def _target(stay: Stay, body: MoveBody) -> tuple[Room | None, RoomType | None]:
    house = db.session.get_one(Establishment, stay.establishment_id)
    if body.room:
        room = find_room(house, body.room)
        if room is None:
            raise refusal("/room", "not_found")
        return room, None
    if not body.room_type:
        raise refusal("/room", "required")
    room_type = find_room_type(house, body.room_type)
    if room_type is None:
        raise refusal("/room_type", "not_found")
    return None, room_type


@blueprint.post("/stays/<uuid:stay_id>/check-out")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=CheckOutBody, answers={200: ChangedAnswer}, write=True)
def check_out(stay_id: uuid.UUID, body: CheckOutBody) -> Response:
    """Note that the party has left, now or at the time given."""
    stay = stay_or_404(stay_id)
    with told():
        found = Findings()
        at = instant_of(body.model_dump(), "departed_at", "/departed_at", found)
        found.refuse()
        return _changed(changes.check_out(stay, at))


@blueprint.post("/stays/<uuid:stay_id>/cancel")
@requires("front_desk", "manager")
@endpoint(tag="Stays", body=ReasonBody, answers={200: ChangedAnswer}, write=True)
def cancel(stay_id: uuid.UUID, body: ReasonBody) -> Response:
    """Take back a check-in that was a mistake; everything it used is given back."""
    stay = stay_or_404(stay_id)
    with told():
        reason = limited(body.model_dump(), "reason", "/reason", found := Findings())
        found.refuse()
        return _changed(changes.cancel(stay, reason=reason, by=principal()))


def _changed(done: Done) -> Response:
    stay = done.stay
    [row] = queries.rows_of([stay])
    answer = ChangedAnswer(
        **{**_stored(done).model_dump(), "room": row.room},
        state=row.state,
        planned_departure=api.iso(stay.planned_departure) or "",
        departed_at=api.iso(stay.departed_at),
        version=stay.record_version,
    )
    return api.with_etag(answer, stay.record_version)
