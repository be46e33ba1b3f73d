"""What is right, missing or wrong in each row of a list of guests, and which rooms it can have."""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import dates
from app.db import db
from app.identity import keyring, normal_document
from app.registry.models import Room, RoomType
from app.stays import allotting, countries
from app.stays.checks import Frame, read_guest, warn_about_party
from app.stays.forms import CITIZEN_CARD, PASSPORT, read_birth, read_day
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.groups.words import field_of
from app.stays.inputs import Finding, Findings, GuestInput, nights_between
from app.stays.models import Guest, Stay
from app.stays.queries import UnitsWhenAsked, room_types_of
from app.stays.reading import Problem

# These are facts and no slips of the pen: a row with nothing else is ready.
# A number like this may be anybody's: whose passport it is has to be asked.
_PASSPORT = re.compile(r"[A-Za-z]{1,3}[0-9][A-Za-z0-9]{4,8}")
FACTS = frozenset({"unit_converted", "unit_unknown", "long_stay"})


def is_told(finding: Finding) -> bool:
    """Whether reading only tells how it understood something."""
    problem = finding.values.get("problem")
    return problem is not None and problem.severity == "understood"


@dataclass(slots=True, eq=False)
class Place:
    """A room on the nights of a group: free, or its own already, or somebody else's."""

    room: Room
    room_type: RoomType
    is_free: bool
    stay: Stay | None = None

    @property
    def can_be_had(self) -> bool:
        return self.is_free or self.stay is not None


@dataclass(slots=True, eq=False)
class Row:
    """A draft with what was found in it; ``given`` is the guest, where nothing blocks."""

    draft: GuestDraft
    number: int
    fields: Mapping[str, Any]
    found: list[Finding] = field(default_factory=list)
    given: GuestInput | None = None
    guest: Guest | None = None
    stay: Stay | None = None

    @property
    def state(self) -> str:
        if self.draft.checked_in_at is not None:
            return "done"
        errors = [finding for finding in self.found if finding.blocks]
        if errors:
            return "missing" if all(f.code == "required" for f in errors) else "wrong"
        return "look" if self.unsure and not self.draft.confirmed else "ready"

    @property
    def unsure(self) -> list[Finding]:
        """What only warns and wants a look."""
        return [
            finding
            for finding in self.found
            if not finding.blocks and finding.code not in FACTS and not is_told(finding)
        ]

    @property
    def is_open(self) -> bool:
        return self.draft.checked_in_at is None


@dataclass(slots=True, eq=False)
class Review:
    """A group as it stands: its rows, the rooms of its nights, and how many rows are how far."""

    group: GuestGroup
    rows: list[Row]
    places: dict[str, Place]
    arrived_at: datetime

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.state for row in self.rows)

    @property
    def to_mend(self) -> list[Row]:
        """The rows that can't go in as they are."""
        return [row for row in self.rows if row.state in ("missing", "wrong")]


def review(group: GuestGroup, now: datetime) -> Review:
    """Return the rows of the group with everything that is found in them."""
    drafts = drafts_of(group.id)
    arrived_at = arrival_of(group, now)
    stays = _stays_of(drafts)
    places = places_of(group, arrived_at, stays)
    rows = _rows(drafts, stays)
    frame = Frame(now, UnitsWhenAsked(), arrived_at, group.planned_departure)
    for row in rows:
        if row.is_open:
            _read(row, frame)
    waiting = [row for row in rows if row.is_open]
    _look_for_doubles(group, waiting)
    _look_at_rooms(waiting, places, dates.local(arrived_at).date())
    return Review(group, rows, places, arrived_at)


def arrival_of(group: GuestGroup, now: datetime) -> datetime:
    """Return when the group arrives: as said, else now, or at noon of a day still to come."""
    if group.arrived_at is not None:
        return group.arrived_at
    return max(now, dates.at(group.arrival, 12)) if group.arrival > dates.today() else now


def drafts_of(group_id: uuid.UUID) -> Sequence[GuestDraft]:
    """Return the drafts of a list in their order, as the database has them now."""
    statement = (
        select(GuestDraft)
        .where(GuestDraft.group_id == group_id)
        .order_by(GuestDraft.position, GuestDraft.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).all()


def _stays_of(drafts: Sequence[GuestDraft]) -> dict[uuid.UUID, Stay]:
    ids = {draft.stay_id for draft in drafts if draft.stay_id}
    if not ids:
        return {}
    statement = select(Stay).where(Stay.id.in_(ids)).options(selectinload(Stay.guests))
    return {stay.id: stay for stay in db.session.scalars(statement)}


def _rows(drafts: Sequence[GuestDraft], stays: Mapping[uuid.UUID, Stay]) -> list[Row]:
    rows = []
    for number, draft in enumerate(drafts, start=1):
        stay = stays.get(draft.stay_id) if draft.stay_id else None
        guest = next((g for g in stay.guests if g.id == draft.guest_id), None) if stay else None
        fields = draft.fields if draft.checked_in_at is None else {}
        rows.append(Row(draft, number, fields, guest=guest, stay=stay))
    return rows


# --- One guest -----------------------------------------------------------------------------


def raw_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the API would be told of its guest."""
    born, precision = read_birth(fields.get("date_of_birth"))
    return {
        "full_name": fields.get("full_name"),
        "date_of_birth": born,
        "birth_date_precision": precision,
        "sex": fields.get("sex"),
        "nationality": fields.get("nationality"),
        "document": {
            "type": fields.get("document_type"),
            "number": fields.get("document_number"),
            "name": fields.get("document_name"),
        },
        "permitted_until": read_day(fields.get("permitted_until")),
        "phone": fields.get("phone"),
        "residence": {
            "kind": fields.get("residence_kind"),
            "unit": fields.get("residence_unit"),
            "address": fields.get("address"),
        },
    }


def settled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with a nationality and a type of document where the number says them."""
    values = {name: text for name, text in fields.items() if text}
    number = re.sub(r"[\s.\-]", "", values.get("document_number", ""))
    if "nationality" not in values and not _PASSPORT.fullmatch(number):
        values["nationality"] = countries.VIETNAM
    if "document_type" not in values and "nationality" in values:
        foreign = countries.is_foreign(values["nationality"])
        values["document_type"] = PASSPORT if foreign else CITIZEN_CARD
    return values


def _read(row: Row, frame: Frame) -> None:
    found = Findings()
    row.given = read_guest(raw_of(row.fields), "", found, frame)
    problems = [Problem(**note) for note in row.fields.get("notes", ())]
    told = {problem.field for problem in problems if problem.blocks}
    for problem in problems:
        _note(found, problem)
    # What could not be read is not said to be missing besides.
    row.found = [f for f in found if f.code != "required" or field_of(f) not in told]
    if found.errors:
        row.given = None


def _note(found: Findings, problem: Problem) -> None:
    """Say what reading noticed; what was merely understood is told and asks for nothing."""
    pointer = f"/{problem.field}"
    if problem.blocks:
        found.error(pointer, problem.code, problem=problem)
    else:
        found.warn(pointer, problem.code, problem=problem)


def _look_for_doubles(group: GuestGroup, rows: Sequence[Row]) -> None:
    """Find the same document twice in the list, and those of guests who are in the house."""
    numbered = {row: row.given.document_number for row in rows if row.given} if rows else {}
    here = _already_here(group, [number for number in numbered.values() if number])
    seen: set[str] = set()
    for row, number in numbered.items():
        if not number:
            continue
        normal = normal_document(number)
        if normal in seen:
            _add(row, "/document/number", "duplicate")
        elif normal in here:
            _add(row, "/document/number", "already_here")
        seen.add(normal)


def _already_here(group: GuestGroup, numbers: Sequence[str]) -> set[str]:
    index = keyring().blind_index
    house = group.establishment_id
    by_index = {index(n, establishment_id=house): normal_document(n) for n in numbers}
    if not by_index:
        return set()
    found = db.session.scalars(
        select(Guest.document_index)
        .join(Stay, Stay.id == Guest.stay_id)
        .where(
            Guest.establishment_id == house,
            Guest.document_index.in_(list(by_index)),
            Guest.departed_at.is_(None),
            Stay.status == "in_house",
            Stay.planned_departure > arrival_of(group, dates.now()),
        )
    )
    return {by_index[value] for value in found if value}


def _add(row: Row, pointer: str, code: str, *, blocks: bool = True) -> None:
    row.found.append(Finding(pointer, code, blocks))


# --- Rooms ---------------------------------------------------------------------------------


def places_of(
    group: GuestGroup, arrived_at: datetime, stays: Mapping[uuid.UUID, Stay]
) -> dict[str, Place]:
    """Return every room of the house by its number, with whether the group can have it."""
    period = nights_between(arrived_at, group.planned_departure)
    own = {s.room_id: s for s in stays.values() if s.room_id and s.status == "in_house"}
    places: dict[str, Place] = {}
    for room_type in room_types_of(group.establishment_id):
        if period is None:
            rooms, busy = _by_the_hour(room_type, arrived_at, group.planned_departure)
        else:
            found = allotting.candidates(room_type.id, period, arrived_at)
            rooms = [c.room for c in found]
            busy = {c.room.id for c in found if c.blocked}
        for room in rooms:
            place = Place(room, room_type, room.id not in busy, own.get(room.id))
            if room.number not in places or place.can_be_had:
                places[room.number] = place
    return places


def _by_the_hour(
    room_type: RoomType, since: datetime, until: datetime
) -> tuple[list[Room], set[int]]:
    rooms = allotting.rooms_of_type(room_type.id, dates.first_night(since))
    if until <= since:
        return rooms, set()
    return rooms, allotting.in_use([room.id for room in rooms], since, until)


def _look_at_rooms(rows: Sequence[Row], places: Mapping[str, Place], arrival: date) -> None:
    by_room: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.draft.room:
            by_room[row.draft.room].append(row)
        else:
            _add(row, "/room", "required")
    for number, together in by_room.items():
        place = places.get(number)
        if place is None or not place.can_be_had:
            for row in together:
                _add(row, "/room", "room_unknown" if place is None else "room_taken")
        else:
            _look_at_party(together, place, arrival)


def _look_at_party(rows: Sequence[Row], place: Place, arrival: date) -> None:
    """Warn of a room that is too full, and of children without an adult."""
    already = len(place.stay.guests) if place.stay else 0
    for position, row in enumerate(rows, start=already + 1):
        if position > place.room_type.capacity:
            _add(row, "/room", "over_capacity", blocks=False)
    if already:
        return
    read = [row for row in rows if row.given is not None]
    found = Findings()
    warn_about_party(tuple(row.given for row in read if row.given), found, arrival)
    for finding in found:
        _guests, index, name = finding.pointer.strip("/").split("/")
        _add(read[int(index)], f"/{name}", finding.code, blocks=False)
