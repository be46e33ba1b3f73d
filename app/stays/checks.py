"""Reading a check-in from plain values (JSON or a form) and checking it without a database; pure.

What blocks is an error, what only warns lets the check-in pass: the arrival of a guest must always
be registrable, since the law outranks the counter.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app import dates
from app.identity import normal_document
from app.stays import countries, fields
from app.stays.fields import Raw, Units, choice, instant_of, limited, text_of
from app.stays.inputs import Findings, GuestInput, StayInput
from app.stays.models import AGE_BANDS, REASONS, SOURCES

CLOCK_SLACK = timedelta(minutes=5)
EARLIEST = dates.at(date(2000, 1, 1), 0)
LONGEST_STAY = timedelta(days=366)
LONG_STAY_NIGHTS = 30
LONG_AGO = timedelta(hours=24)
CHILD = 14
ADULT = 18
GUESTS_MOST = 100
IDENTITY = frozenset({"full_name", "date_of_birth", "document", "phone"})
_LOOKS_LIKE_NUMBER = re.compile(r"(?<![0-9])([0-9]{9}|[0-9]{12})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the fields of a guest are compared with."""

    now: datetime
    units: Units
    arrived_at: datetime | None = None
    departs_at: datetime | None = None
    filed_elsewhere: bool = False
    # Whether this guest is new here: an old correction is not asked for a date that has passed.
    is_new: bool = True


def read_stay(raw: Raw, *, now: datetime, units: Units) -> tuple[StayInput | None, Findings]:
    """Return the check-in as typed values, None where something blocks, and all findings."""
    found = Findings()
    arrived_at = _arrival(raw, found, now)
    departure = _departure(raw, found, arrived_at, now)
    filed_elsewhere = bool(raw.get("filed_elsewhere"))
    departs_at = _instant(arrived_at, departure)
    frame = Frame(now, units, arrived_at, departs_at, filed_elsewhere)
    guests = _guests(raw, found, frame)
    words = _words(raw, found)
    if found.errors or arrived_at is None or departure is None:
        return None, found
    stay = StayInput(
        arrived_at=arrived_at,
        departure=departure,
        guests=tuple(guests),
        room=text_of(raw, "room"),
        room_type=text_of(raw, "room_type"),
        filed_elsewhere=filed_elsewhere,
        **words,
    )
    _warn_about_time(stay, found, now)
    warn_about_party(stay.guests, found, dates.local(arrived_at).date())
    return stay, found


def _arrival(raw: Raw, found: Findings, now: datetime) -> datetime | None:
    arrived_at = instant_of(raw, "arrived_at", "/arrived_at", found)
    if arrived_at is None:
        if text_of(raw, "arrived_at") is None:
            found.error("/arrived_at", "required")
        return None
    if arrived_at > now + CLOCK_SLACK:
        found.error("/arrived_at", "in_future")
        return None
    if arrived_at < EARLIEST:
        found.error("/arrived_at", "out_of_range", earliest=dates.local(EARLIEST).date())
        return None
    return arrived_at


def _departure(
    raw: Raw, found: Findings, arrived_at: datetime | None, now: datetime
) -> date | datetime | None:
    return read_departure(
        text_of(raw, "planned_departure"), "/planned_departure", found, arrived_at, now
    )


def read_departure(
    text: str | None, pointer: str, found: Findings, arrived_at: datetime | None, now: datetime
) -> date | datetime | None:
    """Return a departure given as a date (noon) or an instant."""
    if text is None:
        found.error(pointer, "required")
        return None
    departure: date | datetime
    try:
        departure = dates.parse_instant(text) if "T" in text else dates.parse_date(text)
    except ValueError:
        found.error(pointer, "invalid_format")
        return None
    latest = max(arrived_at or now, now) + LONGEST_STAY
    if (departure if isinstance(departure, datetime) else dates.at(departure, 12)) > latest:
        # The day itself may be too late in the evening, so the limit said is the day before.
        found.error(pointer, "out_of_range", latest=dates.local(latest).date() - dates.ONE_DAY)
        return None
    departs_at = _instant(arrived_at, departure)
    if arrived_at is not None and departs_at is not None and departs_at <= arrived_at:
        found.error(pointer, "order")
        return None
    return departure


def _instant(arrived_at: datetime | None, departure: date | datetime | None) -> datetime | None:
    if arrived_at is None or departure is None:
        return None
    return StayInput(arrived_at, departure).planned_departure


def _words(raw: Raw, found: Findings) -> dict[str, Any]:
    """Return what is said about the stay as a whole."""
    reservation = text_of(raw, "reservation")
    source = choice(raw, "source", SOURCES, "/source", found)
    if reservation is not None and source == "walk_in":
        found.error("/reservation", "contradiction")
    return {
        "source": source or ("reservation" if reservation else "walk_in"),
        "reservation": reservation,
        "note": read_note(raw, found),
        **read_reason(raw, found),
    }


def read_reason(raw: Raw, found: Findings) -> dict[str, str | None]:
    """Return the reason of the stay; "other" needs words."""
    reason = choice(raw, "reason", REASONS, "/reason", found) or "tourism"
    detail = limited(raw, "reason_detail", "/reason_detail", found)
    if reason == "other" and detail is None:
        found.error("/reason_detail", "required")
    return {"reason": reason, "reason_detail": detail}


def read_note(raw: Raw, found: Findings) -> str | None:
    note = limited(raw, "note", "/note", found)
    if note and holds_number(note):
        found.warn("/note", "note_holds_number")
    return note


def holds_number(text: str) -> bool:
    """Whether a text holds digits as long as those of an identity card."""
    return _LOOKS_LIKE_NUMBER.search(re.sub(r"[ .\-]", "", text)) is not None


def _guests(raw: Raw, found: Findings, frame: Frame) -> list[GuestInput]:
    given = raw.get("guests") or []
    if not given and not frame.filed_elsewhere:
        found.error("/guests", "required")
    if len(given) > GUESTS_MOST:
        found.error("/guests", "too_many")
        return []
    guests = [read_guest(guest, f"/guests/{i}", found, frame) for i, guest in enumerate(given)]
    refuse_doubles(guests, found)
    return [guest for guest in guests if guest is not None]


def refuse_doubles(guests: list[GuestInput | None], found: Findings) -> None:
    """Refuse the same document twice in one party."""
    seen: set[str] = set()
    for index, guest in enumerate(guests):
        if guest is None or guest.document_number is None:
            continue
        number = normal_document(guest.document_number)
        if number in seen:
            found.error(f"/guests/{index}/document/number", "duplicate")
        seen.add(number)


def read_guest(raw: Raw, at: str, found: Findings, frame: Frame) -> GuestInput | None:
    """Return one guest, or None where the nationality, on which the rules depend, is missing."""
    nationality = fields.nationality(raw, f"{at}/nationality", found)
    arrived_at, departed_at = _own_times(raw, at, found, frame)
    sex = choice(raw, "sex", ("M", "F"), f"{at}/sex", found)
    if nationality is None:
        return None
    values: dict[str, Any] = {
        "nationality": nationality,
        "sex": sex,
        "arrived_at": arrived_at,
        "departed_at": departed_at,
        "id": _id(raw, at, found),
    }
    if frame.filed_elsewhere:
        return GuestInput(**values, **_without_identity(raw, at, found, frame))
    if sex is None and text_of(raw, "sex") is None:
        found.error(f"{at}/sex", "required")
    return GuestInput(**values, **_identity(raw, at, found, frame, nationality, sex))


def _id(raw: Raw, at: str, found: Findings) -> uuid.UUID | None:
    value = text_of(raw, "id")
    try:
        return uuid.UUID(value) if value else None
    except ValueError:
        found.error(f"{at}/id", "not_found")
        return None


def _identity(
    raw: Raw, at: str, found: Findings, frame: Frame, nationality: str, sex: str | None
) -> dict[str, Any]:
    foreign = countries.is_foreign(nationality)
    arrival = dates.local(frame.arrived_at).date() if frame.arrived_at else None
    born, precision = fields.birth(raw, at, found, arrival=arrival)
    document = fields.document(raw, at, found, foreign=foreign)
    if document.number and not foreign and document.type in fields.NUMBERED:
        pointer = f"{at}/document/number"
        fields.compare_number(document.number, pointer, found, sex=sex, born=born)
    residence = fields.residence(raw, at, found, frame.units)
    return {
        "full_name": fields.full_name(raw, f"{at}/full_name", found, foreign=foreign),
        "date_of_birth": born,
        "birth_date_precision": precision,
        "age_band": fields.band_of(born, arrival) if born and arrival else None,
        "document_type": document.type,
        "document_number": document.number,
        "document_name": document.name,
        "phone": fields.phone(raw, f"{at}/phone", found, foreign=foreign),
        "residence_kind": residence.kind,
        "residence_country": residence.country,
        "residence_unit": residence.unit,
        "address": residence.address,
        "permitted_until": _permitted_until(raw, at, found, frame) if foreign else None,
    }


def _permitted_until(raw: Raw, at: str, found: Findings, frame: Frame) -> date | None:
    leaves = dates.local(frame.departs_at).date() if frame.departs_at else None
    today = dates.local(frame.now).date() if frame.is_new else date.min
    return fields.permitted_until(raw, f"{at}/permitted_until", found, today=today, leaves=leaves)


def _without_identity(raw: Raw, at: str, found: Findings, frame: Frame) -> dict[str, Any]:
    """Return what statistics read; whatever identifies is dropped here and stored nowhere."""
    if any(raw.get(name) for name in IDENTITY):
        found.warn(at, "identity_not_kept")
    given = raw.get("residence") or {}
    country = fields.country(given, "country", f"{at}/residence/country", found)
    band = choice(raw, "age_band", AGE_BANDS, f"{at}/age_band", found)
    if band is None and frame.arrived_at and text_of(raw, "date_of_birth"):
        arrival = dates.local(frame.arrived_at).date()
        born, _precision = fields.birth(raw, at, found, arrival=arrival)
        band = fields.band_of(born, arrival) if born else None
    return {"residence_country": country, "age_band": band, "persons": raw.get("persons") or 1}


def _own_times(
    raw: Raw, at: str, found: Findings, frame: Frame
) -> tuple[datetime | None, datetime | None]:
    """Return a guest's own arrival and departure, where they differ from the party's."""
    arrived_at = instant_of(raw, "arrived_at", f"{at}/arrived_at", found)
    departed_at = instant_of(raw, "departed_at", f"{at}/departed_at", found)
    for name, instant in (("arrived_at", arrived_at), ("departed_at", departed_at)):
        if instant is not None and instant > frame.now + CLOCK_SLACK:
            found.error(f"{at}/{name}", "in_future")
    since = frame.arrived_at
    if arrived_at and since and arrived_at < since:
        found.error(f"{at}/arrived_at", "out_of_range", earliest=since)
    if arrived_at and frame.departs_at and arrived_at >= frame.departs_at:
        found.error(f"{at}/arrived_at", "out_of_range", latest=frame.departs_at)
    begins = arrived_at or since
    if departed_at and begins and departed_at < begins:
        found.error(f"{at}/departed_at", "order")
    return None if arrived_at == since else arrived_at, departed_at


def _warn_about_time(stay: StayInput, found: Findings, now: datetime) -> None:
    if stay.arrived_at < now - LONG_AGO:
        found.warn("/arrived_at", "arrived_long_ago")
    warn_if_long(stay.arrived_at, stay.planned_departure, found)


def warn_if_long(arrived_at: datetime, departs_at: datetime, found: Findings) -> None:
    """Warn from 30 nights on, when temporary residence must be registered.

    The law counts dates: an arrival after midnight is of its own, whatever night the house sold.
    """
    days = dates.local(departs_at).date() - dates.local(arrived_at).date()
    if days.days >= LONG_STAY_NIGHTS:
        found.warn("/planned_departure", "long_stay")


def warn_about_party(guests: tuple[GuestInput, ...], found: Findings, arrival: date) -> None:
    """Warn of children below 14 who are in the room without an adult."""
    ages = [
        (index, fields.age_at(guest.date_of_birth, arrival))
        for index, guest in enumerate(guests)
        if guest.date_of_birth is not None
    ]
    if any(age >= ADULT for _, age in ages):
        return
    for index, age in ages:
        if age < CHILD:
            found.warn(f"/guests/{index}/date_of_birth", "child_alone")
