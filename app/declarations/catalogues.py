"""The portal's catalogues, formats, fines and contacts: dated rows, each with its source."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, Protocol, TypeVar

from app import dates
from app.config import folder

Name = Literal["nationalities", "documents", "reasons", "residences", "sexes", "provinces", "wards"]


class Dated(Protocol):
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


AnyDated = TypeVar("AnyDated", bound=Dated)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a catalogue: our code, the portal's, and how the portal spells the name.

    ``mark`` says how sure it is: C confirmed by a source, R recalled or inferred, U unsure.
    """

    code: str
    portal_code: str
    name: str
    valid_from: date
    valid_to: date | None
    mark: str
    source: str

    @property
    def label(self) -> str:
        """The whole text a cell of the template holds: ``1 - Thẻ CCCD``."""
        return f"{self.portal_code} - {self.name}"


@dataclass(frozen=True, slots=True)
class Format:
    """A form the portal takes: where its example row stands and where the data begin."""

    format: str
    kind: str
    sheet: str
    example_row: int | None
    first_row: int | None
    valid_from: date
    valid_to: date | None
    mark: str
    source: str


@dataclass(frozen=True, slots=True)
class Fine:
    """What a lodging risks that fails to declare so many guests; information, not advice."""

    guests_from: int
    guests_to: int | None
    vnd_from: int
    vnd_to: int
    valid_from: date
    valid_to: date | None
    mark: str
    source: str
    source_vi: str


@dataclass(frozen=True, slots=True)
class Contact:
    """The commune police of a unit; ``phone`` is empty where no published number is known."""

    unit: str
    name: str
    phone: str
    valid_from: date
    valid_to: date | None
    mark: str
    source: str


def in_force(rows: Iterable[AnyDated], day: date) -> list[AnyDated]:
    """Return the rows valid on a day; before the first template was seen, the first one counts."""
    rows = list(rows)
    first = min((row.valid_from for row in rows), default=day)
    asked = max(day, first)
    return [
        row
        for row in rows
        if row.valid_from <= asked and (row.valid_to is None or asked < row.valid_to)
    ]


def entries(name: Name, day: date | None = None) -> list[Entry]:
    """Return a catalogue as it is on a day, today if none is given, in the portal's order."""
    return in_force(_catalogue(name), day or dates.local(dates.now()).date())


def find(name: Name, code: str | None) -> Entry | None:
    """Return the row of one of our codes today."""
    return next((entry for entry in entries(name) if code and entry.code == code), None)


def label(name: Name, code: str | None) -> str:
    """Return ``mã - nhãn``, or nothing where the portal has no such row."""
    entry = find(name, code)
    return entry.label if entry else ""


def portal_code(name: Name, code: str | None) -> str:
    entry = find(name, code)
    return entry.portal_code if entry else ""


def code_of_portal(name: Name, text: str) -> str | None:
    """Return our code for a cell of the portal: its code, ``mã - nhãn``, or the bare name."""
    wanted = text.strip().casefold()
    for entry in entries(name):
        if wanted in (entry.portal_code.casefold(), entry.label.casefold(), entry.name.casefold()):
            return entry.code
    head = wanted.partition(" - ")[0]
    return next((e.code for e in entries(name) if e.portal_code.casefold() == head), None)


def format_of(name: str) -> Format:
    rows = [row for row in _formats() if row.format == name]
    return in_force(rows, dates.local(dates.now()).date())[-1]


def fine_for(guests: int, day: date) -> Fine | None:
    """Return the tier so many undeclared guests fall in, None before the first rule or for none."""
    for fine in _fines():
        is_valid = fine.valid_from <= day and (fine.valid_to is None or day < fine.valid_to)
        if is_valid and fine.guests_from <= guests <= (fine.guests_to or guests):
            return fine
    return None


def contact_of(unit_code: str | None) -> Contact | None:
    """Return the commune police of a unit today."""
    today = dates.local(dates.now()).date()
    rows = [row for row in _contacts() if row.unit == unit_code]
    return next(iter(in_force(rows, today)), None)


# --- Reading the files ---------------------------------------------------------------------


def _rows(name: str) -> list[dict[str, str]]:
    path = folder("seeds") / "reference" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _since(row: dict[str, str]) -> tuple[date, date | None, str, str]:
    until = dates.parse_date(row["valid_to"]) if row["valid_to"] else None
    return dates.parse_date(row["valid_from"]), until, row["mark"], row["source"]


def _number(text: str) -> int | None:
    return int(text) if text else None


@lru_cache(maxsize=16)
def _catalogue(name: Name) -> tuple[Entry, ...]:
    return tuple(
        Entry(row["code"], row["portal_code"], row["name"], *_since(row))
        for row in _rows(f"portal_{name}")
    )


@lru_cache(maxsize=1)
def _formats() -> tuple[Format, ...]:
    return tuple(
        Format(
            row["format"],
            row["kind"],
            row["sheet"],
            _number(row["example_row"]),
            _number(row["first_row"]),
            *_since(row),
        )
        for row in _rows("portal_formats")
    )


@lru_cache(maxsize=1)
def _fines() -> tuple[Fine, ...]:
    return tuple(
        Fine(
            int(row["guests_from"]),
            _number(row["guests_to"]),
            int(row["vnd_from"]),
            int(row["vnd_to"]),
            *_since(row),
            row.get("source_vi") or row["source"],
        )
        for row in _rows("filing_fines")
    )


@lru_cache(maxsize=1)
def _contacts() -> tuple[Contact, ...]:
    return tuple(
        Contact(row["unit"], row["name"], row["phone"], *_since(row))
        for row in _rows("police_contacts")
    )
