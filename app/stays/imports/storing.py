"""Storing many parties at once: their nights, stays and guests are copied, conflicts are told."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from app import dates
from app.availability.taking import RoomTaken, acted
from app.dates import Period
from app.db import db, new_id
from app.identity import Keyring, keyring
from app.registry.models import Establishment, Room
from app.stays import allotting, countries, deadlines
from app.stays.check_in import check_in
from app.stays.imports.reading import Line, Party
from app.stays.imports.rooms import Planned, Rooms
from app.stays.imports.warnings import warn
from app.stays.inputs import GuestInput, Refused, StayInput
from app.stays.models import Guest, Stay
from app.web.security import Principal

SEALED = ("full_name", "date_of_birth", "document_number", "document_name", "phone", "address")
PLAIN = (
    "birth_date_precision",
    "sex",
    "age_band",
    "nationality",
    "document_type",
    "residence_kind",
    "residence_country",
    "residence_unit",
    "permitted_until",
)
STAY_COLUMNS = (
    "id, establishment_id, room_type_id, room_id, origin, status, arrived_at, planned_departure,"
    " departed_at, first_night, last_night_end, source, reason, reason_detail_sealed, created_by"
)
GUEST_COLUMNS = (
    "id, stay_id, establishment_id, position, document_index, arrived_at, departed_at, due_at,"
    f" filing_state, {', '.join(f'{name}_sealed' for name in SEALED)}, {', '.join(PLAIN)}"
)
STAGING = text("""
CREATE TEMPORARY TABLE IF NOT EXISTS import_night (
    room_id integer, night date, room_type_id integer, stay_id uuid
) ON COMMIT DROP
""")
TAKE = text("""
WITH taken AS (
    INSERT INTO taken_night (room_id, night, establishment_id, room_type_id, reason, stay_id)
    SELECT room_id, night, :house, room_type_id, 'stay', stay_id FROM import_night
    ORDER BY room_id, night
    ON CONFLICT DO NOTHING
    RETURNING room_id, night, stay_id
)
SELECT asked.stay_id, asked.night FROM import_night AS asked
LEFT JOIN taken USING (room_id, night, stay_id)
WHERE taken.room_id IS NULL
ORDER BY asked.night
""")


@dataclass(slots=True, eq=False)
class Known:
    """A guest of the house who carries a document of the list: when, and in which stay."""

    since: datetime
    until: datetime
    stay_id: uuid.UUID
    room_id: int | None


class Store:
    """Stores parties of one house in the running transaction; the caller commits."""

    def __init__(
        self,
        house: Establishment,
        by: Principal,
        now: datetime,
        room_mates: Collection[uuid.UUID] = (),
    ) -> None:
        self.house, self.by, self.now = house, by, now
        # Stays of the same list, which a row that is mended afterwards may join.
        self.room_mates = list(room_mates)
        self.house_id = house.id
        self.rooms = Rooms(house)
        self.keys: Keyring = keyring()

    def store(self, parties: Sequence[Party]) -> None:
        """Store what can be; each line's state, findings and stay say what became of it."""
        planned = self._without_used_rooms(self._placed(self._without_known(parties)))
        self.rooms.load_free([plan.party for plan in planned])
        live = [plan for plan in planned if self._is_by_the_hour_now(plan)]
        for plan in live:
            self._check_in(plan)
        bulk = [plan for plan in planned if plan not in set(live)]
        bulk = self._take_nights(bulk)
        self._copy(bulk)
        self._note_nights(bulk)

    # --- Who is known already ------------------------------------------------------------

    def _without_known(self, parties: Sequence[Party]) -> list[tuple[Party, Known | None]]:
        """Leave out the guests that an earlier list or the desk has entered.

        Whoever shared the room with one of them joins that stay.
        """
        known = self._known([line for party in parties for line in party.lines])
        left: list[tuple[Party, Known | None]] = []
        for party in parties:
            host: Known | None = None
            new: list[Line] = []
            for line in party.lines:
                same = self._same(line, known.get(self._index(line), ()))
                if same is None:
                    new.append(line)
                elif dates.local(same.since).date() == line.arrival:
                    line.state, line.stay_id = "duplicate", same.stay_id
                    host = host or same
                else:
                    line.state = "faulty"
                    line.tell("document_number", "already_here")
            party.lines = new
            if new:
                left.append((party, host))
        return left

    @staticmethod
    def _same(line: Line, known: Iterable[Known]) -> Known | None:
        here = [k for k in known if k.since < line.until and line.since < k.until]
        on_day = [k for k in here if dates.local(k.since).date() == line.arrival]
        return next(iter(on_day or here), None)

    def _index(self, line: Line) -> bytes:
        if line.index is None:
            number = line.guest.document_number if line.guest else None
            house = self.house_id
            line.index = self.keys.blind_index(number, establishment_id=house) if number else b""
        return line.index

    def _known(self, lines: Sequence[Line]) -> dict[bytes, list[Known]]:
        """Return who carries these documents; check-ins with one of them wait until the commit."""
        indexes = sorted({self._index(line) for line in lines} - {b""})
        keys = [int.from_bytes(index[:8], "big", signed=True) for index in indexes]
        db.session.execute(
            text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key"),
            {"keys": keys},
        ).all()
        until = func.coalesce(Guest.departed_at, Stay.departed_at, Stay.planned_departure)
        since = func.coalesce(Guest.arrived_at, Stay.arrived_at)
        rows = db.session.execute(
            select(Guest.document_index, since, until, Stay.id, Stay.room_id)
            .join(Stay, Stay.id == Guest.stay_id)
            .where(
                Guest.establishment_id == self.house_id,
                Guest.document_index == func.any(literal(indexes, ARRAY(BYTEA))),
                Stay.status != "cancelled",
            )
        )
        known: dict[bytes, list[Known]] = defaultdict(list)
        for row in rows:
            known[row[0] or b""].append(Known(*row[1:]))
        return known

    # --- Rooms -----------------------------------------------------------------------------

    def _placed(self, parties: Sequence[tuple[Party, Known | None]]) -> list[Planned]:
        """Find the room or the room type that each party names."""
        planned = []
        for party, host in parties:
            plan = Planned(party, new_id())
            if self._place(plan, host):
                planned.append(plan)
        return planned

    def _place(self, plan: Planned, host: Known | None) -> bool:
        party, line = plan.party, plan.party.lines[0]
        named = self.rooms.room_type(line.room_type) if line.room_type else None
        if line.room:
            party.room_id = self.rooms.room(line.room)
            if party.room_id is None:
                return _refuse(party, "room", "room_unknown")
            joined = self._joined(party, host)
            if joined is not None:
                plan.stay_id, plan.joins = joined, True
                return True
            return self._given_room(plan)
        party.room_type_id = named or self.rooms.only_type
        if party.room_type_id is None:
            code = "room_type_unknown" if line.room_type else "required"
            return _refuse(party, "room_type" if line.room_type else "room", code)
        return True

    def _joined(self, party: Party, host: Known | None) -> uuid.UUID | None:
        """Return the stay in the party's room which it is a part of."""
        if host is not None and host.room_id == party.room_id:
            return host.stay_id
        if not self.room_mates:
            return None
        return db.session.scalar(
            select(Stay.id)
            .where(
                Stay.id.in_(self.room_mates),
                Stay.room_id == party.room_id,
                Stay.status != "cancelled",
                Stay.arrived_at < party.departs_at,
                Stay.planned_departure > party.arrived_at,
            )
            .order_by(Stay.arrived_at)
            .limit(1)
        )

    def _given_room(self, plan: Planned) -> bool:
        party, room_id = plan.party, plan.party.room_id or 0
        plan.given = True
        if party.is_same_day:
            party.room_type_id = self.rooms.type_on(room_id, party.first_night)
            if party.room_type_id is None:
                return _refuse(party, "room", "room_taken", nights=party.first_night)
            return True
        nights = list(Period(party.first_night, party.last_night_end))
        missing = [night for night in nights if self.rooms.type_on(room_id, night) is None]
        if missing:
            return _refuse(party, "room", "room_taken", nights=", ".join(map(str, missing)))
        party.room_type_id = self.rooms.type_on(room_id, nights[0])
        plan.nights = dict.fromkeys(nights, room_id)
        return True

    def _without_used_rooms(self, planned: Sequence[Planned]) -> list[Planned]:
        """Refuse a room for a party that is here now while another uses it by the hour."""
        now, soon = self.now, self.now + allotting.MOMENT
        here = [p for p in planned if p.given and p.party.departs_at > now and p.nights]
        ids = sorted({plan.party.room_id or 0 for plan in here})
        busy = set(allotting.used_by_the_hour(ids, now, soon)) if ids else set()
        refused = [plan for plan in here if plan.party.room_id in busy]
        for plan in refused:
            _refuse(plan.party, "room", "room_taken", nights=plan.party.first_night)
        return [plan for plan in planned if plan not in refused]

    def _take_nights(self, planned: Sequence[Planned]) -> list[Planned]:
        """Take all nights at once; a given room that somebody has is told, and the rest stays."""
        for plan in planned:
            if not plan.given and not plan.joins and not plan.party.is_same_day:
                plan.nights = self.rooms.allot(plan.party)
        self._lock_rooms(planned)
        taken: dict[uuid.UUID, list[date]] = defaultdict(list)
        for stay_id, night in self._take(planned):
            taken[stay_id].append(night)
        refused = {plan.stay_id for plan in planned if plan.given and plan.stay_id in taken}
        if refused:
            db.session.execute(
                text("DELETE FROM taken_night WHERE stay_id = ANY(:ids)"), {"ids": list(refused)}
            )
        for plan in planned:
            nights = taken.get(plan.stay_id, [])
            if plan.stay_id in refused:
                said = ", ".join(map(str, nights))
                _refuse(plan.party, "room", "room_taken", nights=said)
            else:
                # Somebody was quicker with a room of the type: the party is overbooked that night.
                for night in nights:
                    plan.nights.pop(night, None)
        return [plan for plan in planned if plan.stay_id not in refused]

    def _lock_rooms(self, planned: Sequence[Planned]) -> None:
        """Keep rooms from being retired or given another type until the commit."""
        ids = sorted({room_id for plan in planned for room_id in plan.nights.values()})
        statement = select(Room.id).where(Room.id.in_(ids)).order_by(Room.id)
        db.session.execute(statement.with_for_update(read=True, key_share=True)).all()

    def _take(self, planned: Sequence[Planned]) -> Sequence[Any]:
        rows = [
            (room_id, night, self.rooms.type_on(room_id, night), plan.stay_id)
            for plan in planned
            for night, room_id in plan.nights.items()
        ]
        if not rows:
            return []
        connection = db.session.connection()
        connection.execute(STAGING)
        connection.execute(text("TRUNCATE import_night"))
        copy_rows("import_night", "room_id, night, room_type_id, stay_id", rows)
        return connection.execute(TAKE, {"house": self.house_id}).all()

    # --- A party that is using a room by the hour right now ----------------------------------

    def _is_by_the_hour_now(self, plan: Planned) -> bool:
        return plan.party.is_same_day and plan.party.departs_at > self.now and not plan.joins

    def _check_in(self, plan: Planned) -> None:
        party = plan.party
        given = StayInput(
            arrived_at=party.arrived_at,
            departure=party.departs_at,
            guests=tuple(line.guest for line in party.lines if line.guest),
            room=self.rooms.number_of.get(party.room_id or 0),
            room_type=str(party.room_type_id) if party.room_type_id else None,
            reason=party.lines[0].reason,
            reason_detail=party.lines[0].reason_detail,
        )
        try:
            with db.session.begin_nested():
                done = check_in(self.house, given, by=self.by)
        except RoomTaken as taken:
            _refuse(party, "room", "room_taken", nights=", ".join(map(str, taken.nights)))
        except Refused as refused:
            for finding in refused.findings.errors:
                _refuse(party, "room", finding.code)
        else:
            for line in party.lines:
                line.stay_id, line.state = done.stay.id, "stored"

    # --- Writing -----------------------------------------------------------------------------

    def _copy(self, planned: Sequence[Planned]) -> None:
        stays = [self._stay_row(plan) for plan in planned if not plan.joins]
        copy_rows("stay", STAY_COLUMNS, stays)
        places = self._places([plan.stay_id for plan in planned if plan.joins])
        guests = []
        for plan in planned:
            for line in plan.party.lines:
                guests.append(self._guest_row(plan, line, places[plan.stay_id]))
                places[plan.stay_id] += 1
                line.stay_id, line.state = plan.stay_id, "stored"
            warn(plan, self.rooms)
        copy_rows("guest", GUEST_COLUMNS, guests)

    def _places(self, stay_ids: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
        """Return how many guests the stays have that others join."""
        rows = db.session.execute(
            select(Guest.stay_id, func.count())
            .where(Guest.stay_id.in_(stay_ids))
            .group_by(Guest.stay_id)
        )
        return Counter({row[0]: row[1] for row in rows})

    def _stay_row(self, plan: Planned) -> tuple[Any, ...]:
        party, line = plan.party, plan.party.lines[0]
        gone = party.departs_at <= self.now
        last = max(plan.nights) if plan.nights else None
        room_id = plan.nights[last] if last else party.room_id
        return (
            plan.stay_id,
            self.house_id,
            party.room_type_id,
            room_id,
            "live",
            "departed" if gone else "in_house",
            party.arrived_at,
            party.departs_at,
            party.departs_at if gone else None,
            party.first_night,
            party.last_night_end,
            "walk_in",
            line.reason,
            self._sealed_reason(line, plan.stay_id),
            self.by.actor,
        )

    def _sealed_reason(self, line: Line, stay_id: uuid.UUID) -> bytes | None:
        if not line.reason_detail:
            return None
        return self.keys.seal(line.reason_detail, row=stay_id, field="stay.reason_detail")

    def _guest_row(self, plan: Planned, line: Line, position: int) -> tuple[Any, ...]:
        guest, guest_id = line.guest, new_id()
        assert guest is not None
        foreign = countries.is_foreign(guest.nationality)
        complete = not foreign or guest.permitted_until is not None
        party = plan.party
        return (
            guest_id,
            plan.stay_id,
            self.house_id,
            position,
            self._index(line) or None,
            None if line.since == party.arrived_at and not plan.joins else line.since,
            self._own_departure(plan, line),
            _due_at(line.since, foreign),
            "ready" if complete else "draft",
            *self._sealed(guest, guest_id),
            *(getattr(guest, name) for name in PLAIN),
        )

    def _own_departure(self, plan: Planned, line: Line) -> datetime | None:
        """A guest who left before the party, or who joined one that has its own times."""
        if line.until > self.now or (line.until == plan.party.departs_at and not plan.joins):
            return None
        return line.until

    def _sealed(self, guest: GuestInput, guest_id: uuid.UUID) -> Iterable[bytes | None]:
        seal = self.keys.seal
        for name in SEALED:
            value = getattr(guest, name)
            if value is None:
                yield None
            else:
                written = value.isoformat() if isinstance(value, date) else value
                yield seal(written, row=guest_id, field=f"guest.{name}")

    def _note_nights(self, planned: Sequence[Planned]) -> None:
        nights: set[date] = set()
        for plan in planned:
            party = plan.party
            whole = Period(party.first_night, party.last_night_end) if not party.is_same_day else ()
            nights |= {party.first_night, *whole}
        if planned:
            types = {p.party.room_type_id for p in planned if p.party.room_type_id}
            acted(self.house_id, types, nights)


def _refuse(party: Party, name: str, code: str, **values: Any) -> bool:
    for line in party.lines:
        line.state = "faulty"
        line.tell(name, code, **values)
    return False


def copy_rows(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Copy rows into a table, many times faster than inserting them."""
    driver: Any = db.session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=4096)
def _due_at(arrived_at: datetime, foreign: bool) -> datetime | None:
    return deadlines.due_at(arrived_at, foreign=foreign)
