"""What only warns about a party of an import: too full a room, long stays, rooms that lack."""

from __future__ import annotations

from app import dates
from app.dates import Period
from app.stays.checks import LONG_STAY_NIGHTS, warn_about_party
from app.stays.imports.rooms import Planned, Rooms, runs
from app.stays.inputs import Findings


def warn(plan: Planned, rooms: Rooms) -> None:
    """Tell the lines of a party what a check-in would be warned of."""
    party = plan.party
    capacity = rooms.capacity.get(party.room_type_id or 0, 0)
    if party.room_type_id and len(party.lines) > capacity:
        for line in party.lines:
            line.tell("room", "over_capacity", "warning")
    if plan.joins:
        return
    nights = (party.last_night_end - party.first_night).days
    if nights >= LONG_STAY_NIGHTS:
        party.lines[0].tell("planned_departure", "long_stay", "warning")
    if not plan.given:
        _warn_about_rooms(plan, nights, rooms)
    found = Findings()
    guests = tuple(line.guest for line in party.lines if line.guest)
    warn_about_party(guests, found, dates.local(party.arrived_at).date())
    for finding in found:
        place = int(finding.pointer.split("/")[2])
        party.lines[place].tell("date_of_birth", finding.code, "warning")


def _warn_about_rooms(plan: Planned, nights: int, rooms: Rooms) -> None:
    line = plan.party.lines[0]
    if len(plan.nights) < nights:
        whole = Period(plan.party.first_night, plan.party.last_night_end)
        lacking = [str(night) for night in whole if night not in plan.nights]
        line.tell("room", "overbooked", "warning", nights=", ".join(lacking))
    if len(set(plan.nights.values())) > 1:
        said = ", ".join(runs(plan.nights, rooms.number_of))
        line.tell("room", "must_move", "warning", rooms=said)
