"""Loading past stays without identity, many at a time; the same file again changes nothing."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import text

from app import dates
from app.audit.operations import record
from app.availability.taking import nights_changed
from app.db import db, new_id
from app.registry.models import Establishment
from app.registry.versions import mark_changed
from app.stays import countries
from app.stays.queries import room_types_of
from app.text import fold, tidy
from app.web.security import Principal

COLUMNS = (
    "reference",
    "arrival_date",
    "departure_date",
    "room_type",
    "adults",
    "children",
    "babies",
    "country",
)
REFERENCE_LONGEST = 60
PERSONS_MOST = 500
NIGHTS_MOST = 731
CHUNK = 20_000
# What other systems write where they do not know a number, and how spreadsheets write whole ones.
NOT_SAID = frozenset({"", "NA", "N/A", "NAN", "NULL", "NONE"})
_WHOLE = re.compile(r"([0-9]{1,6})(?:\.0*)?", re.ASCII)


class UnreadableFile(Exception):
    """The file is no CSV with the columns asked for; the message says what is wrong."""


class BadRow(Exception):
    """A row that can't be taken, with the reason."""


@dataclass(slots=True)
class Outcome:
    """What became of a file: rows stored, rows known already, and each row that failed."""

    new: int = 0
    known: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    unknown_countries: Counter[str] = field(default_factory=Counter)
    # Rows that say in words that a number of persons is not known, by column.
    uncounted: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.new + self.known + len(self.faults)


@dataclass(frozen=True, slots=True)
class Past:
    """One row: one room for a period, and who was in it by kind."""

    reference: str
    first_night: date
    last_night_end: date
    room_type_id: int
    adults: int
    children: int
    babies: int
    country: str


def read(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by column) of a CSV file in UTF-8, split by commas or semicolons."""
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableFile(f"not UTF-8 in line {line}") from None
    first = decoded.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter)
    headings = [heading.strip() for heading in next(reader, [])]
    missing = [column for column in COLUMNS[:3] if column not in headings]
    if missing:
        raise UnreadableFile(f"the first line lacks {', '.join(missing)}")
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, dict(zip(headings, cells, strict=False))
    except csv.Error as error:
        raise UnreadableFile(f"line {reader.line_num} is not CSV: {error}") from None


def load(
    house: Establishment, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: Principal
) -> Outcome:
    """Store the rows of a house; a reference it knows already is left as it is."""
    outcome = Outcome()
    reader = _Reader(house, outcome)
    good = reader.good(rows)
    while chunk := list(islice(good, CHUNK)):
        _store(house, chunk, outcome, by)
    mark_changed(house.id)
    record(
        "history_imported",
        by=by,
        establishment_id=house.id,
        new=outcome.new,
        known=outcome.known,
        failed=len(outcome.faults),
    )
    return outcome


class _Reader:
    """Turns rows into past stays of one house, and collects what is wrong with them."""

    def __init__(self, house: Establishment, outcome: Outcome) -> None:
        self.outcome = outcome
        self.today = dates.local(dates.now()).date()
        self.seen: set[str] = set()
        self.days: dict[str, date] = {}
        types = room_types_of(house.id)
        self.only_type = types[0].id if len(types) == 1 else None
        self.types = {fold(room_type.name): room_type.id for room_type in types}
        self.types |= {str(room_type.id): room_type.id for room_type in types}
        self.types |= {fold(room_type.code): room_type.id for room_type in types if room_type.code}

    def good(self, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Iterator[Past]:
        for line, cells in rows:
            try:
                yield self._past(cells)
            except BadRow as fault:
                self.outcome.faults.append((line, str(fault)))

    def _past(self, cells: Mapping[str, str]) -> Past:
        reference = tidy(cells.get("reference", ""))
        if not reference or len(reference) > REFERENCE_LONGEST:
            raise BadRow(f"reference: needed, up to {REFERENCE_LONGEST} characters")
        if reference in self.seen:
            raise BadRow("reference: a line above has the same")
        arrival = self._day(cells, "arrival_date")
        departure = self._day(cells, "departure_date")
        if departure < arrival:
            raise BadRow("departure_date: before the arrival")
        if departure > self.today:
            raise BadRow("departure_date: the stay has not ended yet")
        if (departure - arrival).days > NIGHTS_MOST:
            raise BadRow(f"departure_date: more than {NIGHTS_MOST} nights")
        past = Past(
            reference,
            arrival,
            departure,
            self._room_type(cells),
            self._count(cells, "adults"),
            self._count(cells, "children"),
            self._count(cells, "babies"),
            self._country(cells),
        )
        self.seen.add(reference)
        return past

    def _day(self, cells: Mapping[str, str], name: str) -> date:
        written = (cells.get(name) or "").strip()
        if written not in self.days:
            try:
                self.days[written] = dates.parse_date(written)
            except ValueError:
                raise BadRow(f"{name}: a date is written as 2026-01-31") from None
        return self.days[written]

    def _room_type(self, cells: Mapping[str, str]) -> int:
        named = fold(cells.get("room_type") or "")
        found = self.types.get(named) if named else self.only_type
        if found is None:
            raise BadRow("room_type: none of the house's codes, ids or names")
        return found

    def _count(self, cells: Mapping[str, str], name: str) -> int:
        written = (cells.get(name) or "").strip()
        if written.upper() in NOT_SAID:
            self.outcome.uncounted[name] += bool(written)
            return 0
        whole = _WHOLE.fullmatch(written)
        if not whole or int(whole[1]) > PERSONS_MOST:
            raise BadRow(f"{name}: a whole number up to {PERSONS_MOST}")
        return int(whole[1])

    def _country(self, cells: Mapping[str, str]) -> str:
        code = (cells.get("country") or "").strip().upper()
        if countries.is_known(code):
            return code
        self.outcome.unknown_countries[code or "(empty)"] += 1
        return countries.UNKNOWN


# --- Storing -------------------------------------------------------------------------------

STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS past_stay (
    id uuid, reference text, room_type_id integer, arrived_at timestamptz,
    departed_at timestamptz, first_night date, last_night_end date
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS past_guest (
    id uuid, stay_id uuid, position smallint, persons smallint, age_band text, nationality text
) ON COMMIT DROP;
TRUNCATE past_stay, past_guest
"""
STAYS = text("""
INSERT INTO stay (id, establishment_id, room_type_id, origin, reference, status, arrived_at,
                  planned_departure, departed_at, first_night, last_night_end, filed_elsewhere,
                  created_by)
SELECT id, :house, room_type_id, 'history', reference, 'departed', arrived_at,
       departed_at, departed_at, first_night, last_night_end, true, :actor
FROM past_stay
ON CONFLICT (establishment_id, reference) DO NOTHING
""")
GUESTS = text("""
INSERT INTO guest (id, stay_id, establishment_id, position, persons, age_band, nationality,
                   filing_state)
SELECT past_guest.id, stay_id, :house, position, persons, age_band, nationality, 'elsewhere'
FROM past_guest JOIN stay ON stay.id = past_guest.stay_id
""")
NIGHTS = text("""
SELECT DISTINCT night::date
FROM past_stay JOIN stay ON stay.id = past_stay.id,
     generate_series(stay.first_night, greatest(stay.last_night_end - 1, stay.first_night),
                     interval '1 day') AS night
""")


def _store(house: Establishment, chunk: list[Past], outcome: Outcome, by: Principal) -> None:
    """Copy a chunk beside the tables and take over what is new, with its guests."""
    connection = db.session.connection()
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(STAGING)
        with cursor.copy("COPY past_stay FROM STDIN") as copy:
            ids = [_copy_stay(copy, past) for past in chunk]
        with cursor.copy("COPY past_guest FROM STDIN") as copy:
            for stay_id, past in zip(ids, chunk, strict=True):
                _copy_guests(copy, stay_id, past)
    values = {"house": house.id, "actor": by.actor}
    stored: Any = connection.execute(STAYS, values)
    connection.execute(GUESTS, values)
    outcome.new += stored.rowcount
    outcome.known += len(chunk) - stored.rowcount
    nights_changed(house.id, db.session.scalars(NIGHTS).all())


def _copy_stay(copy: Any, past: Past) -> uuid.UUID:
    stay_id = new_id()
    arrived_at, departed_at = _times(past.first_night, past.last_night_end)
    copy.write_row(
        (
            stay_id,
            past.reference,
            past.room_type_id,
            arrived_at,
            departed_at,
            past.first_night,
            past.last_night_end,
        )
    )
    return stay_id


def _times(first_night: date, last_night_end: date) -> tuple[datetime, datetime]:
    """Return hours that are usual; the file knows dates only."""
    departed_at = dates.departure_instant(last_night_end)
    if first_night == last_night_end:
        return departed_at - timedelta(hours=2), departed_at
    return dates.at(first_night, 14), departed_at


def _copy_guests(copy: Any, stay_id: uuid.UUID, past: Past) -> None:
    groups = ((past.adults, None), (past.children, "0-15"), (past.babies, "0-15"))
    for position, (persons, age_band) in enumerate(groups):
        if persons:
            copy.write_row((new_id(), stay_id, position, persons, age_band, past.country))
