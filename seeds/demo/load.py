"""Bringing invented houses into the database by COPY, a batch of houses at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from psycopg import errors
from sqlalchemy import text

from app import dates
from app.dates import Period
from app.db import db
from app.identity import Keyring
from app.stays.deadlines import due
from app.text import fold
from seeds.demo import names
from seeds.demo.houses import DESCRIPTION, DESCRIPTION_EN, DemoHouse
from seeds.demo.people import make_identity
from seeds.demo.timeline import DemoReservation, DemoStay, Timeline

Row = tuple[Any, ...]
AGES = {"fresh": (2, 150), "ageing": (4 * 60, 20 * 60), "stale": (26 * 60, 60 * 60)}
PRICED_DAYS = 365
LABELLED_DAYS = 14

COLUMNS = {
    "establishment": "id code name name_en folded description description_en status licence_no"
    " licence_on opened_on address lat lon phone amenities source is_demo",
    "classification": "establishment_id valid kind stars unit_id",
    "room_type": "id establishment_id name name_en capacity bed_places list_price list_price_on"
    " position confirmed_at all_known",
    "room": "id establishment_id number floor",
    "room_assignment": "establishment_id room_id room_type_id valid",
    "closure": "establishment_id valid reason",
    "reported_day": "establishment_id day at",
    "room_type_night": "room_type_id night price withheld",
    "reservation": "id establishment_id reference room_type_id arrival departure rooms people"
    " channel label_sealed",
    "stay": "id establishment_id room_type_id room_id status arrived_at planned_departure"
    " departed_at first_night last_night_end source reason filed_elsewhere created_by",
    "taken_night": "room_id night establishment_id room_type_id reason stay_id",
    "guest": "id stay_id establishment_id position persons full_name_sealed date_of_birth_sealed"
    " document_number_sealed document_index birth_date_precision sex age_band nationality"
    " document_type permitted_until filing_state due_at first_sent_at",
}


class Loader:
    """Collects the rows of a batch of houses and copies them in, table by table.

    Ids come from the database's own sequences, those of stays and guests from the house's random
    state, so that the same seed gives the same town.
    """

    def __init__(
        self,
        *,
        period: Period,
        now: datetime,
        identity_since: date,
        unit_ids: dict[str, int],
        keyring: Keyring,
    ) -> None:
        self.period = period
        self.now = now
        self.today = dates.hotel_day(now)
        self.identity_since = identity_since
        self.unit_ids = unit_ids
        self.keyring = keyring
        self.rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self.counts = dict.fromkeys(COLUMNS, 0)

    def add(self, house: DemoHouse, timeline: Timeline, random: Random) -> None:
        """Add one house with all that happened in it; ``random`` is the house's own state."""
        self.random = random
        house_id = self._reserve("establishment", 1)[0]
        types = self._reserve("room_type", len(house.types))
        rooms = self._reserve("room", sum(len(type_.numbers) for type_ in house.types))
        self._register(house, house_id)
        self._rooms(house, house_id, types, rooms)
        self._nights(house, types, timeline)
        self.rows["closure"] += [
            (house_id, _range(closure.start, closure.end), "Sửa chữa")
            for closure in timeline.closures
        ]
        if house.freshness != "unknown":
            self._reported(house_id)
        for number, reservation in enumerate(timeline.reservations):
            self._reservation(house_id, types, number, reservation)
        for stay in timeline.stays:
            self._stay(house, house_id, types, rooms, stay)
        self.rows["taken_night"] += [
            (rooms[room], night, house_id, types[type_index], "out_of_order", None)
            for type_index, room, night in timeline.out_of_order
        ]

    def flush(self) -> None:
        """Copy the collected rows and forget them."""
        connection = db.session.connection().connection.driver_connection
        assert connection is not None
        with connection.cursor() as cursor:
            for table, columns in COLUMNS.items():
                rows = self.rows[table]
                names_ = ", ".join(columns.split())
                with cursor.copy(f"COPY {table} ({names_}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                self.counts[table] += len(rows)
                rows.clear()

    def _reserve(self, table: str, count: int) -> Sequence[int]:
        statement = text(
            "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
        )
        return list(db.session.scalars(statement, {"table": table, "count": count}))

    def _register(self, house: DemoHouse, house_id: int) -> None:
        self.rows["establishment"].append(
            (
                house_id,
                house.code,
                house.name,
                house.name_en,
                fold(f"{house.name} {house.name_en}"),
                DESCRIPTION,
                DESCRIPTION_EN,
                "approved",
                f"DEMO-{house.number:05d}",
                house.opened_on,
                house.opened_on,
                house.address,
                house.lat,
                house.lon,
                house.phone,
                house.amenities,
                "demo",
                True,
            )
        )
        unit_id = self.unit_ids[house.unit_code]
        since = house.reclassified_on
        if since is None:
            self.rows["classification"].append(
                (house_id, _range(None, None), house.kind, house.stars, unit_id)
            )
            return
        before = house.stars - 1 if house.stars and house.stars > 1 else None
        self.rows["classification"] += [
            (house_id, _range(None, since), house.kind, before, unit_id),
            (house_id, _range(since, None), house.kind, house.stars, unit_id),
        ]

    def _rooms(
        self, house: DemoHouse, house_id: int, types: Sequence[int], rooms: Sequence[int]
    ) -> None:
        confirmed_at = None
        if house.freshness != "unknown":
            minutes = self.random.randint(*AGES[house.freshness])
            confirmed_at = self.now - timedelta(minutes=minutes)
        index = 0
        for position, (type_id, type_) in enumerate(zip(types, house.types, strict=True)):
            self.rows["room_type"].append(
                (
                    type_id,
                    house_id,
                    type_.name,
                    type_.name_en,
                    type_.capacity,
                    type_.bed_places,
                    type_.price,
                    self.today - timedelta(days=self.random.randint(10, 300)),
                    position,
                    confirmed_at,
                    confirmed_at is not None,
                )
            )
            for number in type_.numbers:
                self.rows["room"].append((rooms[index], house_id, number, number[:-2]))
                self.rows["room_assignment"].append(
                    (house_id, rooms[index], type_id, _range(house.opened_on, None))
                )
                index += 1

    def _nights(self, house: DemoHouse, types: Sequence[int], timeline: Timeline) -> None:
        """Add weekend and holiday prices, and now and then a withheld room."""
        held = _rooms_held(timeline)
        for index, (type_id, type_) in enumerate(zip(types, house.types, strict=True)):
            for night in Period.of(self.today, PRICED_DAYS):
                price = self._price(house, type_.price, night)
                withheld = 0
                if night < self.period.end and self.random.random() < 0.02:
                    withheld = int(held.get((index, night), 0) < len(type_.numbers))
                if price is not None or withheld:
                    self.rows["room_type_night"].append((type_id, night, price, withheld))

    def _price(self, house: DemoHouse, price: int, night: date) -> int | None:
        if house.weekend_price is None:
            return None
        if dates.holidays_between(Period.of(night, 2)):
            factor = house.weekend_price + 0.3
        elif night.weekday() in (4, 5):
            factor = house.weekend_price
        else:
            return None
        return round(price * factor / 10_000) * 10_000

    def _reported(self, house_id: int) -> None:
        for night in self.period:
            if night <= self.today and self.random.random() < 0.93:
                self.rows["reported_day"].append((house_id, night, dates.at(night, 20)))

    def _reservation(
        self, house_id: int, types: Sequence[int], number: int, reservation: DemoReservation
    ) -> None:
        row_id = self._uuid(self.now - timedelta(days=1))
        label = None
        if reservation.arrival < self.today + timedelta(days=LABELLED_DAYS):
            name = names.person(self.random.choice("MF"), foreign=False, random=self.random)
            label = self.keyring.seal(name, row=row_id, field="reservation.label")
        self.rows["reservation"].append(
            (
                row_id,
                house_id,
                f"DEMO-{number + 1:05d}",
                types[reservation.type],
                reservation.arrival,
                reservation.departure,
                reservation.rooms,
                reservation.people,
                reservation.channel,
                label,
            )
        )

    def _stay(
        self,
        house: DemoHouse,
        house_id: int,
        types: Sequence[int],
        rooms: Sequence[int],
        stay: DemoStay,
    ) -> None:
        stay_id = self._uuid(stay.arrived_at)
        type_id, room_id = types[stay.type], rooms[stay.room]
        same_day = stay.first_night == stay.end
        planned = stay.departed_at if same_day else dates.at(stay.planned_end, 12)
        gone = stay.departed_at is not None
        self.rows["stay"].append(
            (
                stay_id,
                house_id,
                type_id,
                room_id,
                "departed" if gone else "in_house",
                stay.arrived_at,
                planned,
                stay.departed_at,
                stay.first_night,
                stay.end,
                stay.source,
                stay.reason,
                house.files_elsewhere,
                "demo",
            )
        )
        self.rows["taken_night"] += [
            (room_id, night, house_id, type_id, "stay", stay_id)
            for night in _nights(stay.first_night, stay.end)
        ]
        self.rows["guest"] += self._guests(house, house_id, stay_id, stay)

    def _guests(
        self, house: DemoHouse, house_id: int, stay_id: uuid.UUID, stay: DemoStay
    ) -> Iterable[Row]:
        if stay.first_night < self.identity_since or house.files_elsewhere:
            return self._groups(house_id, stay_id, stay)
        people = [False] * stay.adults + [True] * stay.children
        return [
            self._guest(house_id, stay_id, stay, position, child)
            for position, child in enumerate(people)
        ]

    def _groups(self, house_id: int, stay_id: uuid.UUID, stay: DemoStay) -> Iterable[Row]:
        """Return adults and children as one row each, without identity."""
        for position, (persons, band) in enumerate(((stay.adults, None), (stay.children, "0-15"))):
            if persons:
                guest_id = self._uuid(stay.arrived_at)
                yield (
                    guest_id, stay_id, house_id, position, persons, None, None, None, None, None,
                    None, band, stay.nationality, None, None, "elsewhere", None, None,
                )  # fmt: skip

    def _guest(
        self, house_id: int, stay_id: uuid.UUID, stay: DemoStay, position: int, child: bool
    ) -> Row:
        guest_id = self._uuid(stay.arrived_at)
        identity = make_identity(
            guest_id,
            house_id,
            nationality=stay.nationality,
            child=child,
            arrival=stay.first_night,
            keyring=self.keyring,
            random=self.random,
        )
        domestic = stay.nationality == "VNM"
        limit = due(stay.arrived_at, "domestic" if domestic else "foreign").limit
        sent_at = stay.arrived_at + timedelta(minutes=self.random.randint(4, 90))
        sent = stay.first_night < self.today or (sent_at < self.now and self.random.random() < 0.7)
        return (
            guest_id, stay_id, house_id, position, 1, identity.name, identity.birth,
            identity.document, identity.index, "day", identity.sex, identity.age_band,
            stay.nationality, identity.document_type, identity.permitted_until,
            "sent" if sent else "ready", limit, sent_at if sent else None,
        )  # fmt: skip

    def _uuid(self, instant: datetime) -> uuid.UUID:
        """Return a UUID version 7 of this instant (RFC 9562) from the town's own random state."""
        milliseconds = int(instant.timestamp() * 1000)
        low = self.random.getrandbits(74)
        value = (
            milliseconds << 80 | 0x7 << 76 | (low >> 62) << 64 | 0b10 << 62 | low & (1 << 62) - 1
        )
        return uuid.UUID(int=value)


def _range(start: date | None, end: date | None) -> str:
    """Return the text of a half-open daterange."""
    return f"{'(' if start is None else '['}{start or ''},{end or ''})"


def _nights(start: date, end: date) -> Iterable[date]:
    return (start + timedelta(days=day) for day in range((end - start).days))


def _rooms_held(timeline: Timeline) -> dict[tuple[int, date], int]:
    """Return how many rooms of each type are held on each night, for whatever reason."""
    held: dict[tuple[int, date], int] = {}
    for type_index, _room, night in timeline.out_of_order:
        held[type_index, night] = held.get((type_index, night), 0) + 1
    for stay in timeline.stays:
        for night in _nights(stay.first_night, stay.end):
            held[stay.type, night] = held.get((stay.type, night), 0) + 1
    for booked in timeline.reservations:
        for night in _nights(booked.arrival, booked.departure):
            held[booked.type, night] = held.get((booked.type, night), 0) + booked.rooms
    return held


def without_triggers(work: Callable[[], None]) -> None:
    """Run the bulk load without row triggers and foreign-key checks where the role may do that.

    The rows are consistent by construction, and the tests check the result; checking each of
    millions of rows would take most of the time.
    """
    with suppress(errors.InsufficientPrivilege), db.session.begin_nested():
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    work()
