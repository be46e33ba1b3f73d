"""Entering the guests of a house that files with the portal first, from the portal's own list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app import dates
from app.audit.operations import record
from app.availability.taking import RoomTaken
from app.dates import ONE_DAY
from app.db import db
from app.declarations.portal_list import PortalRow
from app.declarations.reconciling import Outcome
from app.registry.models import Establishment
from app.stays.check_in import check_in
from app.stays.checks import read_stay
from app.stays.inputs import Refused
from app.stays.queries import UnitsWhenAsked, room_types_of
from app.web.security import Principal

# The list tells the day of the arrival only; an afternoon is when guests come.
ARRIVAL_HOUR = 14
PERSONAL_NUMBER_LENGTH = 12

Party = tuple[str, date, date]


@dataclass(slots=True)
class TakenOver:
    """How many stays and guests were entered, and the lines that could not be, each with why."""

    stays: int = 0
    guests: int = 0
    faults: dict[int, list[str]] = field(default_factory=dict)


def take_over(
    house: Establishment, rows: Sequence[PortalRow], outcome: Outcome, *, by: Principal
) -> TakenOver:
    """Check in whoever the portal has and this register lacks: one stay a room and period.

    They are confirmed from the start, since the portal's list is where they come from. A row that
    fails is named with its line and the codes of its faults; the others go in.
    """
    done = TakenOver()
    unknown = set(outcome.unknown_lines)
    for (room, arrival, departure), party in _parties(rows, unknown, done).items():
        _enter(house, room, arrival, departure, party, done, by)
    lost = unknown - set(done.faults)
    outcome.unknown_lines = sorted(unknown - lost)
    record("taken_over", by=by, establishment_id=house.id, kind="portal", guests=done.guests)
    return done


def _parties(
    rows: Sequence[PortalRow], unknown: set[int], done: TakenOver
) -> dict[Party, list[PortalRow]]:
    """Put guests of one room and period together; a row without a day of arrival is a fault."""
    found: dict[Party, list[PortalRow]] = defaultdict(list)
    today = dates.local(dates.now()).date()
    for row in rows:
        if row.line not in unknown:
            continue
        arrival, departure = row.values.get("arrived_at"), row.values.get("departure")
        if not isinstance(arrival, date):
            done.faults[row.line] = ["arrived_at"]
            continue
        leaves = departure if isinstance(departure, date) else arrival + ONE_DAY
        if leaves < today:
            done.faults[row.line] = ["departure_past"]
            continue
        found[str(row.values.get("room", "")), arrival, leaves].append(row)
    return found


def _enter(
    house: Establishment,
    room: str,
    arrival: date,
    departure: date,
    party: Sequence[PortalRow],
    done: TakenOver,
    by: Principal,
) -> None:
    now = dates.now()
    arrived_at = min(dates.at(arrival, ARRIVAL_HOUR), dates.local(now))
    raw: dict[str, Any] = {
        "arrived_at": arrived_at.isoformat(timespec="seconds"),
        "planned_departure": departure.isoformat(),
        "guests": [_guest(row) for row in party],
        **_place(house, room),
    }
    given, found = read_stay(raw, now=now, units=UnitsWhenAsked())
    try:
        if given is None:
            raise Refused(found)
        with db.session.begin_nested():
            stay = check_in(house, given, by=by).stay
            for guest in stay.guests:
                guest.filing_state, guest.first_sent_at = "confirmed", now
    except Refused as refused:
        _blame(party, refused, done)
        return
    except RoomTaken:
        done.faults.update({row.line: ["room_taken"] for row in party})
        return
    done.stays += 1
    done.guests += len(party)


def _place(house: Establishment, room: str) -> dict[str, str]:
    """Return the room, or any of the first type where the list names none."""
    if room:
        return {"room": room}
    types = room_types_of(house.id)
    return {"room_type": str(types[0].id)} if types else {}


def _guest(row: PortalRow) -> dict[str, Any]:
    values = row.values
    nationality = str(values.get("nationality") or _likely_nationality(row))
    foreign = nationality != "VNM"
    number = row.document_number
    if not foreign and number.isdigit():
        number = number.zfill(PERSONAL_NUMBER_LENGTH)
    is_personal = len(number) == PERSONAL_NUMBER_LENGTH and number.isdigit()
    kind = "citizen_id" if is_personal and not foreign else "passport"
    return {
        "full_name": values.get("full_name"),
        "date_of_birth": _text(values.get("date_of_birth")),
        "sex": values.get("sex"),
        "nationality": nationality,
        "document": {"type": kind, "number": number},
        "permitted_until": _text(values.get("permitted_until")) if foreign else None,
    }


def _likely_nationality(row: PortalRow) -> str:
    """The list of domestic guests may leave the nationality out; a passport needs it said."""
    return "VNM" if row.document_number.isdigit() else ""


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date | datetime) else None


def _blame(party: Sequence[PortalRow], refused: Refused, done: TakenOver) -> None:
    """Name the faults at the lines they belong to; those of the whole party at each."""
    for finding in refused.findings.errors:
        parts = finding.pointer.split("/")
        is_guest = len(parts) > 2 and parts[1] == "guests" and parts[2].isdigit()
        lines = [party[int(parts[2])].line] if is_guest else [row.line for row in party]
        name = parts[-1] or "stay"
        for line in lines:
            done.faults.setdefault(line, []).append(f"{name}:{finding.code}")
    for row in party:
        # One faulty guest keeps the whole room out, which the others' lines have to say.
        done.faults.setdefault(row.line, ["party_incomplete"])
