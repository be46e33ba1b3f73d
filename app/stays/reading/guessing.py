"""What the columns of a list without headings hold, by their contents; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from app.stays.reading.catalogues import country_of, document_type_of, sex_of
from app.stays.reading.columns import Columns
from app.stays.reading.days import read_day
from app.stays.reading.numbers import bare

SAMPLE = 60
MOST = 0.6
STAY_DAYS = timedelta(days=400)


def is_document_text(cell: str) -> bool:
    return cell.count("|") >= 6 or ("<<" in cell and len(cell) > 25)


def is_phone(cell: str) -> bool:
    number = bare(cell)[0]
    return bool(re.fullmatch(r"0[35789][0-9]{8}|\+?84[35789][0-9]{8}|02[0-9]{9}", number))


def is_number(cell: str) -> bool:
    """Whether a cell looks like the number of a document, perhaps as a spreadsheet left it."""
    if re.fullmatch(r"[0-9][.,][0-9]+E\+?1[01]", cell.strip(), re.IGNORECASE):
        return True
    number = bare(cell)[0]
    if re.fullmatch(r"[0-9]{9}|[0-9]{11,12}", number):
        return True
    return bool(re.fullmatch(r"(?=(?:[A-Z]*[0-9]){4})[A-Z]{1,3}[A-Z0-9]{5,9}", number))


def is_date(cell: str) -> bool:
    found = read_day(cell, birth=True)
    return found.day is not None and "compact_date" not in found.notes


def is_compact_date(cell: str) -> bool:
    return len(cell.strip()) in (7, 8) and read_day(cell, birth=True).day is not None


def is_room(cell: str) -> bool:
    return bool(re.fullmatch(r"(?:[Pp]\.?|phòng |Phòng )?[A-Za-z]{0,2}-?[0-9]{1,4}[A-Za-z]?", cell))


def is_name(cell: str) -> bool:
    letters = sum(c.isalpha() for c in cell)
    return " " in cell.strip() and letters >= 4 and letters * 10 >= len(cell) * 7


# The first kind that most cells of a column are is what the column holds.
KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("document_text", is_document_text),
    ("sex", lambda cell: len(cell) < 12 and sex_of(cell) is not None),
    ("phone", is_phone),
    ("document_number", is_number),
    ("date", is_date),
    ("date", is_compact_date),
    ("document_type", lambda cell: len(cell) > 1 and document_type_of(cell) is not None),
    ("nationality", lambda cell: len(cell) > 1 and country_of(cell) is not None),
    ("room", is_room),
    ("full_name", is_name),
)


def guess_columns(rows: Sequence[Sequence[str]], today: date) -> Columns | None:
    """Return the columns of rows without headings; None where neither name nor number shows."""
    sample = [row for row in rows if any(row)][:SAMPLE]
    width = max((len(row) for row in sample), default=0)
    places: dict[int, str] = {}
    dates: list[int] = []
    for at in range(width):
        cells = [row[at] for row in sample if at < len(row) and row[at]]
        kind = None if _is_counting(cells) else kind_of(cells)
        if kind == "date":
            dates.append(at)
        elif kind == "full_name" and "full_name" in places.values():
            places.setdefault(at, "address") if "address" not in places.values() else None
        elif kind is not None and kind not in places.values():
            places[at] = kind
    places |= _name_dates(sample, dates, today, set(places.values()))
    names = set(places.values())
    if not names & {"full_name", "document_number", "document_text"}:
        return None
    return Columns(places, guessed=True)


def kind_of(cells: Sequence[str]) -> str | None:
    """Return what most of the cells are."""
    if not cells:
        return None
    for name, fits in KINDS:
        if sum(map(fits, cells)) >= MOST * len(cells):
            return name
    return None


def _is_counting(cells: Sequence[str]) -> bool:
    """Whether a column numbers the rows: 1, 2, 3 …"""
    numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 5]
    if len(numbers) < len(cells) or not numbers:
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] < 100


def _name_dates(
    rows: Sequence[Sequence[str]], columns: Sequence[int], today: date, names: set[str]
) -> dict[int, str]:
    """Tell births from arrivals and departures: the latter lie within a year or so of today."""
    found: dict[int, str] = {}
    for at in columns:
        days = [read_day(row[at], latest=today, birth=True).day for row in rows if at < len(row)]
        near = [day for day in days if day and abs(day - today) < STAY_DAYS]
        known = [day for day in days if day]
        if len(near) * 2 <= len(known) and "date_of_birth" not in found.values():
            found[at] = "date_of_birth"
        elif "arrived_at" not in found.values():
            found[at] = "arrived_at"
        elif "planned_departure" not in found.values():
            found[at] = "planned_departure"
        elif "permitted_until" not in found.values():
            found[at] = "permitted_until"
    if len(columns) == 1 and "arrived_at" in found.values():
        # A baby born this year: where there is one date only, it is the birth.
        return dict.fromkeys(found, "date_of_birth")
    return {at: name for at, name in found.items() if name not in names}
