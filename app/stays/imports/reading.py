"""From the rows of an uploaded list to guests with a stay each, and what is wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from app import dates
from app.identity import normal_document
from app.registry.units import Units
from app.stays.checks import CLOCK_SLACK, EARLIEST, LONGEST_STAY, Frame, read_guest
from app.stays.forms import GUEST_FIELDS
from app.stays.inputs import Findings, GuestInput, departure_after
from app.stays.reading import Columns, Reader, find_columns, guess_columns, is_example
from app.stays.residence_names import unit_of
from app.web.sheets import Limits

# A hundred thousand rows of twenty columns; the request itself may have 16 MB.
LIMITS = Limits(
    bytes=16 * 1024 * 1024,
    unpacked=400 * 1024 * 1024,
    rows=100_020,
    letters=80_000_000,
    memory=2 * 1024 * 1024 * 1024,
    seconds=120,
)
ROWS_MOST = 100_000
# The hour of an arrival of which the list knows the date only: houses let rooms from then on.
USUAL_HOUR = 14


class NoGuests(Exception):
    """No column of the list is a name, a number or a document's text."""


class NamedUnits:
    """The units of the register; each text is looked up once."""

    def __init__(self, units: Units) -> None:
        self.units = units
        self.now = lru_cache(maxsize=4096)(units.now)
        self.named = lru_cache(maxsize=4096)(lambda text: unit_of(text, units))


@dataclass(slots=True, eq=False)
class Line:
    """One row of the list: what it said, the guest it stands for, and what became of it."""

    number: int
    texts: dict[str, str]
    found: list[dict[str, Any]] = field(default_factory=list)
    guest: GuestInput | None = None
    arrived_at: datetime | None = None
    departs_at: datetime | None = None
    room: str | None = None
    room_type: str | None = None
    reason: str = "tourism"
    reason_detail: str | None = None
    state: str = ""
    stay_id: Any = None
    # The blind index of the document, once it was asked for.
    index: bytes | None = None

    def tell(self, name: str, code: str, severity: str = "error", **values: Any) -> None:
        said = {key: str(value) for key, value in values.items()}
        self.found.append({"field": name, "code": code, "severity": severity, "values": said})

    @property
    def is_faulty(self) -> bool:
        return any(finding["severity"] == "error" for finding in self.found)

    @property
    def has_warning(self) -> bool:
        return any(finding["severity"] == "warning" for finding in self.found)

    @property
    def since(self) -> datetime:
        """The arrival of a line that can be stored."""
        return cast(datetime, self.arrived_at)

    @property
    def until(self) -> datetime:
        """The departure of a line that can be stored."""
        return cast(datetime, self.departs_at)

    @property
    def arrival(self) -> date:
        return _day_of(self.since)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a list with their columns; rows are numbered as in the file, from 1."""

    columns: Columns
    rows: Sequence[Sequence[str]]
    first: int

    def lines(self) -> Iterator[tuple[int, Sequence[str]]]:
        for number, cells in enumerate(self.rows[self.first :], self.first + 1):
            if any(cells) and not is_example(cells):
                yield number, cells


def table_of(rows: Sequence[Sequence[str]], today: date) -> Table:
    """Return the rows with their columns. Raises :class:`NoGuests`."""
    found = find_columns(rows)
    if found is not None:
        return Table(found[1], rows, found[0])
    columns = guess_columns(rows, today)
    if columns is None:
        raise NoGuests
    return Table(columns, rows, 0)


class LineReader:
    """Reads rows into lines; knows the moment and the units."""

    def __init__(
        self, columns: Columns, now: datetime, units: Units, rows: Sequence[Sequence[str]] = ()
    ) -> None:
        self.now = now
        self.today = dates.local(now).date()
        self.columns = columns
        self.reader = Reader(columns, self.today, units, rows)
        self.units = NamedUnits(units)

    def read(self, number: int, cells: Sequence[str]) -> Line:
        return self.read_texts(number, self.columns.texts(cells))

    def read_texts(self, number: int, texts: dict[str, str]) -> Line:
        """Return the line; where nothing blocks, its guest is what a check-in takes."""
        line = Line(number, texts)
        said = self.reader.read_texts(dict(texts))
        for problem in said.problems:
            line.tell(problem.field, problem.code, problem.severity, **problem.values)
        blocked = {problem.field for problem in said.errors}
        self._read_stay(line, said.fields, blocked)
        found = Findings()
        is_past = line.departs_at is not None and line.departs_at <= self.now
        frame = Frame(self.now, self.units, line.arrived_at, line.departs_at, is_new=not is_past)
        line.guest = read_guest(said.raw(), "", found, frame)
        for finding in found:
            name = finding.pointer.strip("/")
            name = GUEST_FIELDS.get(name, name)
            if name in blocked or (is_past and finding.code == "permitted_until_missing"):
                continue
            severity = "error" if finding.blocks else _severity(finding.code)
            line.tell(name, finding.code, severity, **finding.values)
        if line.is_faulty or line.guest is None:
            line.guest, line.state = None, "faulty"
        return line

    def _read_stay(self, line: Line, fields: dict[str, str], blocked: set[str]) -> None:
        line.room, line.room_type = fields.get("room"), fields.get("room_type")
        line.reason = fields.get("reason", "tourism")
        line.reason_detail = fields.get("reason_detail")
        if line.reason == "other" and not line.reason_detail:
            line.tell("reason_detail", "required")
        arrived = fields.get("arrived_at")
        if arrived is None:
            if "arrived_at" not in blocked:
                line.tell("arrived_at", "required")
            return
        line.arrived_at = self._arrival(line, arrived)
        departure = fields.get("departed_at") or fields.get("planned_departure")
        if departure is None:
            if not blocked & {"planned_departure", "departed_at"}:
                line.tell("planned_departure", "required")
        elif line.arrived_at is not None:
            line.departs_at = self._departure(line, line.arrived_at, departure)

    def _arrival(self, line: Line, text: str) -> datetime | None:
        arrived_at = _arrival_of(text)
        if "T" not in text and text == self.today.isoformat():
            arrived_at = min(arrived_at, self.now.replace(second=0, microsecond=0))
        if arrived_at > self.now + CLOCK_SLACK:
            line.tell("arrived_at", "in_future")
        elif arrived_at < EARLIEST:
            line.tell("arrived_at", "out_of_range", earliest=dates.local(EARLIEST).date())
        else:
            return arrived_at
        return None

    def _departure(self, line: Line, arrived_at: datetime, text: str) -> datetime | None:
        departs_at = _departure_of(arrived_at, text)
        if departs_at <= arrived_at:
            line.tell("planned_departure", "order")
        elif departs_at > arrived_at + LONGEST_STAY:
            latest = dates.local(arrived_at + LONGEST_STAY).date()
            line.tell("planned_departure", "out_of_range", latest=latest)
        else:
            return departs_at
        return None


# What is a fact and no slip of the pen needs no look.
_FACTS = frozenset({"unit_converted", "unit_unknown", "document_ended"})


def _severity(code: str) -> str:
    return "understood" if code in _FACTS else "warning"


@lru_cache(maxsize=8192)
def _night_of(instant: datetime) -> date:
    return dates.first_night(instant)


@lru_cache(maxsize=8192)
def _day_of(instant: datetime) -> date:
    return dates.local(instant).date()


@lru_cache(maxsize=4096)
def _arrival_of(text: str) -> datetime:
    if "T" in text:
        return dates.parse_instant(text)
    return dates.at(date.fromisoformat(text), USUAL_HOUR)


@lru_cache(maxsize=8192)
def _departure_of(arrived_at: datetime, text: str) -> datetime:
    departure: date | datetime
    departure = dates.parse_instant(text) if "T" in text else date.fromisoformat(text)
    return departure_after(arrived_at, departure)


# --- The list as a whole -------------------------------------------------------------------


def mark_doubles(lines: Sequence[Line]) -> None:
    """Mark the same document and arrival twice in the list, and one that is in two places."""
    seen: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.guest is None or not line.guest.document_number:
            continue
        earlier = seen[normal_document(line.guest.document_number)]
        same = next((other for other in earlier if overlap(line, other)), None)
        if same is None:
            earlier.append(line)
        elif same.arrival == line.arrival:
            line.state = "duplicate"
            line.tell("document_number", "same_as_line", "understood", line=same.number)
        else:
            line.state = "faulty"
            line.tell("document_number", "overlaps_line", line=same.number)


def overlap(one: Line, other: Line) -> bool:
    """Whether two lines' guests are there at the same time."""
    return one.since < other.until and other.since < one.until


@dataclass(slots=True, eq=False)
class Party:
    """Lines that are one stay: the same room at overlapping times; without a room each is one."""

    lines: list[Line]
    arrived_at: datetime
    departs_at: datetime
    room_id: int | None = None
    room_type_id: int | None = None

    @property
    def first_night(self) -> date:
        return _night_of(self.arrived_at)

    @property
    def last_night_end(self) -> date:
        return max(_day_of(self.departs_at), self.first_night)

    @property
    def is_same_day(self) -> bool:
        return self.first_night == self.last_night_end

    def shares_room_with(self, line: Line) -> bool:
        """Whether a line of the same room is of this stay: on its nights, or in its hours."""
        first = _night_of(line.since)
        by_hour = self.is_same_day or first >= _day_of(line.until)
        if by_hour:
            return line.since < self.departs_at
        return first < self.last_night_end


def parties_of(lines: Sequence[Line]) -> list[Party]:
    """Group the lines that can be stored; in the order of their first lines."""
    by_room: dict[str, list[Line]] = defaultdict(list)
    parties: list[Party] = []
    for line in lines:
        if line.guest is None or line.arrived_at is None or line.departs_at is None:
            continue
        if line.room:
            by_room[line.room].append(line)
        else:
            parties.append(Party([line], line.arrived_at, line.departs_at))
    for together in by_room.values():
        parties += _in_one_room(together)
    return sorted(parties, key=lambda party: party.lines[0].number)


def _in_one_room(lines: list[Line]) -> Iterator[Party]:
    """Yield the parties of a room one after another."""
    party: Party | None = None
    for line in sorted(lines, key=lambda line: (line.since, line.number)):
        if party is not None and party.shares_room_with(line):
            party.lines.append(line)
            party.departs_at = max(party.departs_at, line.until)
            continue
        if party is not None:
            yield party
        party = Party([line], line.since, line.until)
    if party is not None:
        yield party
