"""The emergency roll: who is in which room of a house at this moment, and who may be gone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.audit.operations import record
from app.db import db
from app.identity import SealBroken
from app.registry.models import Establishment
from app.stays.models import AGE_BANDS, Guest
from app.stays.queries import StayRow, rows_of
from app.stays.revealing import SHOWN_FOR, UNREADABLE
from app.stays.tonight import MOST, open_stays
from app.web.security import Principal

NAMED = "roll_named"
CHILDREN, ADULTS, ELDERLY = AGE_BANDS
UNKNOWN = "unknown"
BANDS = (CHILDREN, ADULTS, ELDERLY, UNKNOWN)

log = structlog.get_logger()


@dataclass(slots=True)
class Party:
    """One stay in a room: how many people of which age, and their names as they may be shown."""

    people: int
    by_band: dict[str, int]
    names: list[str]
    planned_departure: datetime
    by_the_hour: bool
    may_be_gone: bool
    stay_id: uuid.UUID
    needs_help: bool


@dataclass(slots=True)
class RollRoom:
    """A room with somebody in it; without a number it is known of nobody where they sleep."""

    number: str | None
    parties: list[Party] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(party.people for party in self.parties)

    @property
    def needs_help(self) -> bool:
        return any(party.needs_help for party in self.parties)

    @property
    def may_be_gone(self) -> bool:
        """Whether all of them have passed their departure."""
        return all(party.may_be_gone for party in self.parties)


@dataclass(slots=True)
class Roll:
    """Everybody in the house, room by room, as of one instant."""

    at: datetime
    rooms: list[RollRoom]
    is_cut: bool = False

    @property
    def parties(self) -> list[Party]:
        return [party for room in self.rooms for party in room.parties]

    @property
    def people(self) -> int:
        return sum(party.people for party in self.parties)

    @property
    def may_be_gone(self) -> int:
        return sum(party.people for party in self.parties if party.may_be_gone)

    @property
    def need_help(self) -> int:
        """Number of rooms with somebody who needs help to get out."""
        return sum(room.needs_help for room in self.rooms)

    @property
    def by_the_hour(self) -> int:
        return sum(party.people for party in self.parties if party.by_the_hour)

    @property
    def by_band(self) -> dict[str, int]:
        return {band: sum(party.by_band[band] for party in self.parties) for band in BANDS}


def roll(house: Establishment, *, with_names: bool = False, nameless: bool = False) -> Roll:
    """Return who is in the house now, those past their departure as well: they may be there.

    Names are shortened to initials and the last word, or whole where the reader has said that it
    is an emergency; ``nameless`` leaves them out unread.
    """
    now = dates.now()
    stays = open_stays(house.id)
    rooms: dict[str | None, RollRoom] = {}
    for row in rows_of(stays):
        party = _party(row, now)
        if not nameless:
            party.names = _names(_there(row, now), with_names=with_names)
        if party.people:
            rooms.setdefault(row.room, RollRoom(row.room)).parties.append(party)
    return Roll(now, _in_order(rooms.values()), len(stays) >= MOST)


def _in_order(rooms: Iterable[RollRoom]) -> list[RollRoom]:
    """Put rooms where help is needed first, then all as one walks past them.

    Those whose room nobody knows stand at the end.
    """
    return sorted(rooms, key=lambda room: (not room.needs_help, _walk(room.number)))


def _walk(number: str | None) -> tuple[bool, int, str]:
    return (number is None, len(number or ""), number or "")


def _there(row: StayRow, now: datetime) -> list[Guest]:
    return [guest for guest in row.stay.guests if _is_there(guest, now)]


def _party(row: StayRow, now: datetime) -> Party:
    by_band = dict.fromkeys(BANDS, 0)
    for guest in _there(row, now):
        by_band[guest.age_band or UNKNOWN] += guest.persons
    return Party(
        people=sum(by_band.values()),
        by_band=by_band,
        names=[],
        planned_departure=row.stay.planned_departure,
        by_the_hour=row.stay.is_same_day,
        may_be_gone=row.state == "overdue",
        stay_id=row.stay.id,
        needs_help=row.stay.needs_help,
    )


def _is_there(guest: Guest, now: datetime) -> bool:
    """Whether this guest of the party has come and has not left before the others."""
    has_come = guest.arrived_at is None or guest.arrived_at <= now
    has_left = guest.departed_at is not None and guest.departed_at <= now
    return has_come and not has_left


def _names(guests: Sequence[Guest], *, with_names: bool) -> list[str]:
    return [name for guest in guests if (name := _name(guest, with_names=with_names))]


def _name(guest: Guest, *, with_names: bool) -> str:
    """Return a name; one that does not open must not keep the roll from being printed."""
    try:
        return (guest.full_name or "") if with_names else guest.masked_name
    except SealBroken:
        log.error("seal broken", guest=str(guest.id))
        return UNREADABLE


def show_names(house: Establishment, *, by: Principal) -> None:
    """Write down that this person prints the roll with whole names, for an emergency."""
    people = roll(house).people
    record(
        NAMED,
        by=by,
        establishment_id=house.id,
        subject=f"roll:{house.id}",
        reason="emergency",
        people=people,
    )


def shows_names(house: Establishment, by: Principal) -> bool:
    """Whether this person asked for the names of this house's roll in the last minutes."""
    statement = select(AuditEvent.id).where(
        AuditEvent.action == NAMED,
        AuditEvent.actor == by.actor,
        AuditEvent.establishment_id == house.id,
        AuditEvent.at > dates.now() - SHOWN_FOR,
    )
    return db.session.scalar(statement.limit(1)) is not None
