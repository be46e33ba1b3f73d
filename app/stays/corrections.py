"""Correcting what was written about a stay and its guests, and adding or removing a guest."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app import dates
from app.availability.taking import acted
from app.db import db
from app.stays import checks, deadlines
from app.stays.changes import NotInHouse
from app.stays.check_in import Done
from app.stays.checks import CLOCK_SLACK, Frame, read_guest, refuse_doubles, warn_about_party
from app.stays.countries import is_foreign
from app.stays.fields import Raw, Units, instant_of, text_of
from app.stays.guests import fill_guest, new_guest, refuse_guests_already_here
from app.stays.inputs import Findings, GuestInput
from app.stays.models import Guest, Stay
from app.stays.queries import rooms_by_night

MINUTE = timedelta(minutes=1)


def correct(stay: Stay, patch: Mapping[str, Any], *, units: Units, now: datetime) -> Done:
    """Apply a merge patch to a stay, locked by the caller; all or nothing.

    In ``guests`` an entry with an ``id`` is merged into that guest (``removed: true`` takes a
    guest out who was entered by mistake), one without is added; guests not named stay.
    Raises ``Refused``, and ``NotInHouse`` for a stay that was cancelled or has no guests to name.
    """
    if stay.status == "cancelled" or stay.origin != "live":
        raise NotInHouse
    found = Findings()
    changed = set(stay.fact_nights) if {"guests", "arrived_at"} & patch.keys() else set()
    _correct_words(stay, patch, found)
    if "arrived_at" in patch:
        _correct_arrival(stay, patch, found, now)
    if patch.get("guests"):
        _correct_guests(stay, patch["guests"], found, Frame(now, units, *_times(stay)))
    found.refuse()
    stay.record_version += 1
    db.session.flush()
    acted(stay.establishment_id, [stay.room_type_id], changed)
    return Done(stay, rooms_by_night(stay), found.warnings)


def _times(stay: Stay) -> tuple[datetime, datetime, bool]:
    return stay.arrived_at, stay.departed_at or stay.planned_departure, stay.filed_elsewhere


def _correct_words(stay: Stay, patch: Mapping[str, Any], found: Findings) -> None:
    if "note" in patch:
        stay.note = checks.read_note(patch, found)
    if {"reason", "reason_detail"} & patch.keys():
        raw = {"reason": stay.reason, "reason_detail": stay.reason_detail, **patch}
        words = checks.read_reason(raw, found)
        stay.reason, stay.reason_detail = words["reason"] or "tourism", words["reason_detail"]


def _correct_arrival(stay: Stay, patch: Mapping[str, Any], found: Findings, now: datetime) -> None:
    """Correct the time of arrival within its night; another night is another check-in."""
    arrived_at = instant_of(patch, "arrived_at", "/arrived_at", found)
    if arrived_at is None:
        if not found.errors:
            found.error("/arrived_at", "required")
        return
    if arrived_at > now + CLOCK_SLACK:
        found.error("/arrived_at", "in_future")
    elif dates.first_night(arrived_at) != dates.first_night(stay.arrived_at):
        night = dates.first_night(stay.arrived_at)
        begins = dates.at(night, dates.DAY_BEGINS.hour)
        ends = dates.at(night + dates.ONE_DAY, dates.DAY_BEGINS.hour) - MINUTE
        found.error("/arrived_at", "out_of_range", earliest=begins, latest=ends)
    elif arrived_at >= (stay.departed_at or stay.planned_departure):
        found.error("/arrived_at", "order")
    else:
        stay.arrived_at = arrived_at
        for guest in stay.guests:
            if guest.due_at is not None and guest.arrived_at is None:
                guest.due_at = deadlines.due_at(arrived_at, foreign=is_foreign(guest.nationality))


# --- Guests --------------------------------------------------------------------------------


def _correct_guests(stay: Stay, given: list[Raw], found: Findings, frame: Frame) -> None:
    if len(given) + len(stay.guests) > 2 * checks.GUESTS_MOST:
        found.error("/guests", "too_many")
        return
    known = {guest.id: guest for guest in stay.guests}
    targets: dict[int, Guest | None] = {}
    inputs: dict[int, GuestInput] = {}
    removed: list[Guest] = []
    for place, raw in enumerate(given):
        at = f"/guests/{place}"
        target = _target(raw, at, known, found)
        if raw.get("removed") and target is not None:
            removed.append(target)
            continue
        merged = _merged(raw, at, target, found, frame)
        if merged is not None:
            targets[place], inputs[place] = target, merged
    _compare(stay, targets, inputs, removed, found, frame)
    if found.errors:
        return
    for guest in removed:
        stay.guests.remove(guest)
    for place, guest_input in inputs.items():
        _write(stay, targets[place], guest_input)


def _target(raw: Raw, at: str, known: Mapping[uuid.UUID, Guest], found: Findings) -> Guest | None:
    """Return the guest whom an entry corrects, None for one to be added."""
    text = text_of(raw, "id")
    if text is None:
        return None
    try:
        return known[uuid.UUID(text)]
    except (KeyError, ValueError):
        found.error(f"{at}/id", "not_found")
        return None


def _merged(
    raw: Raw, at: str, target: Guest | None, found: Findings, frame: Frame
) -> GuestInput | None:
    if target is None:
        return read_guest({**raw, "id": None}, at, found, frame)
    old = Frame(
        frame.now,
        frame.units,
        frame.arrived_at,
        frame.departs_at,
        frame.filed_elsewhere,
        is_new="permitted_until" in raw,
    )
    return read_guest(merge(raw_of(target), raw), at, found, old)


def _compare(
    stay: Stay,
    targets: Mapping[int, Guest | None],
    inputs: Mapping[int, GuestInput],
    removed: list[Guest],
    found: Findings,
    frame: Frame,
) -> None:
    """Check the party as it would be: nobody twice, nobody here already, children not alone."""
    untouched = [
        guest for guest in stay.guests if guest not in targets.values() and guest not in removed
    ]
    if not untouched and not inputs and not stay.filed_elsewhere:
        found.error("/guests", "required")
    last = max(inputs, default=-1) + 1
    party: list[GuestInput | None] = [inputs.get(place) for place in range(last)]
    # Those who are not in the patch come first, so that the fault is named where it was made.
    others = [_as_input(guest) for guest in untouched]
    doubled = Findings()
    refuse_doubles([*others, *party], doubled)
    for finding in doubled:
        place = int(finding.pointer.split("/")[2]) - len(others)
        found.error(f"/guests/{place}/document/number", finding.code)
    if stay.status == "in_house" and not found.errors:
        refuse_guests_already_here(
            stay.establishment_id, inputs, stay.arrived_at, stay.planned_departure, but=stay.id
        )
    everybody = tuple(guest for guest in [*party, *others] if guest is not None)
    if frame.arrived_at and not removed:
        warn_about_party(everybody, found, dates.local(frame.arrived_at).date())


def _write(stay: Stay, target: Guest | None, given: GuestInput) -> None:
    if target is None:
        position = max((guest.position for guest in stay.guests), default=-1) + 1
        stay.guests.append(new_guest(stay, given, position))
    else:
        fill_guest(target, stay, given)


def _as_input(guest: Guest) -> GuestInput:
    born = guest.date_of_birth
    return GuestInput(
        nationality=guest.nationality,
        document_number=guest.document_number,
        date_of_birth=dates.parse_date(born) if born else None,
    )


def raw_of(guest: Guest) -> dict[str, Any]:
    """Return a guest in the API's form, identity included; never to be stored."""

    def text(value: Any) -> str | None:
        return value.isoformat() if value else None

    return {
        "full_name": guest.full_name,
        "date_of_birth": guest.date_of_birth,
        "birth_date_precision": guest.birth_date_precision,
        "sex": guest.sex,
        "age_band": guest.age_band,
        "nationality": guest.nationality,
        "document": {
            "type": guest.document_type,
            "number": guest.document_number,
            "name": guest.document_name,
        },
        "phone": guest.phone,
        "residence": {
            "kind": guest.residence_kind,
            "country": guest.residence_country,
            "unit": guest.residence_unit,
            "address": guest.address,
        },
        "permitted_until": text(guest.permitted_until),
        "arrived_at": text(guest.arrived_at),
        "departed_at": text(guest.departed_at),
        "persons": guest.persons,
    }


def merge(old: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch applied (RFC 7396): null removes, objects are merged."""
    merged = dict(old)
    for name, value in patch.items():
        if isinstance(value, Mapping):
            inner = merged.get(name)
            merged[name] = merge(inner if isinstance(inner, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged
