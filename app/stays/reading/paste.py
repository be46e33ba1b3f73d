"""A pasted list (a spreadsheet's cells, a message of Zalo) as rows of texts; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date

from app.registry.units import Units
from app.stays.reading.columns import Columns, find_columns, is_example
from app.stays.reading.guessing import guess_columns, is_document_text
from app.stays.reading.rows import Reader, ReadGuest
from app.text import tidy

LINES_MOST = 500
_BULLET = re.compile(r"^\s*(?:[-•*+]|[0-9]{1,3}\s*[.)/:\-])\s*(?=\S)")
_SEPARATORS = (r"\t", r"\s*;\s*", r"\s*\|\s*", r"\s+[-–—]\s+", r"\s*,\s*", r"\s{2,}")
_MRZ_LINE = re.compile(r"[A-Z0-9<«‹ ]{28,50}")
# What can be found in a line without separators.
_DATE = r"(?:ns|sn|sinh(?: ngày| năm)?:?)?\s*[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-](?:[0-9]{4}|[0-9]{2})"
_NUMBER = r"(?:cccd|cmnd|hc|passport|sđt|sdt|đt|số)?:?\s*\+?[A-Z]{0,2}[0-9]{7,12}"
_SEX = r"(?<=\s)(?:nam|nữ|male|female)(?=\s|$)"
_PIECE = re.compile(rf"{_DATE}(?![0-9])|{_NUMBER}(?![0-9])|{_SEX}", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:ns|sn|sinh(?: ngày| năm)?|cccd|cmnd|hc|passport|sđt|sdt|đt|số):?\s*", re.I
)


def read_paste(text: str, today: date, units: Units | None = None) -> list[ReadGuest]:
    """Return the guests of a pasted text, one a row, in their order."""
    rows = split_paste(text)
    return [guest for _number, guest in read_rows(rows, today, units)]


def read_rows(
    rows: Sequence[Sequence[str]], today: date, units: Units | None = None
) -> Iterator[tuple[int, ReadGuest]]:
    """Yield (number of the row from 1, guest) of a table with headings or without."""
    found = find_columns(rows)
    first, columns = found if found else (0, guess_columns(rows, today))
    if columns is None:
        columns = Columns({0: "full_name"}, guessed=True)
    reader = Reader(columns, today, units, rows[first:])
    for number, cells in enumerate(rows[first:], first + 1):
        if any(cells) and not is_example(cells):
            yield number, reader.read(cells)


def split_paste(text: str) -> list[list[str]]:
    """Return the cells of a pasted text; machine-readable lines that belong together are one."""
    lines = [line for line in _lines(text) if line.strip()][:LINES_MOST]
    if any("\t" in line for line in lines):
        return [[tidy(cell) for cell in line.split("\t")] for line in _joined(text)]
    lines = list(_together(lines))
    separator = _separator([line for line in lines if not is_document_text(line)])
    return [_cells(line, separator) for line in lines]


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n|\u2028", text)


def _joined(text: str) -> Iterator[str]:
    """Yield a spreadsheet's rows; a cell with a line break comes in quotes."""
    if '"' not in text:
        yield from (line for line in _lines(text) if line.strip())
        return
    for row in csv.reader(io.StringIO(text), delimiter="\t"):
        if any(row):
            yield "\t".join(cell.replace("\n", " ") for cell in row)


def _together(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines, those of one machine-readable zone (2 × 44, 2 × 36, 3 × 30) as one."""
    waiting: list[str] = []
    for line in lines:
        is_part = bool(_MRZ_LINE.fullmatch(line.strip())) and ("<" in line or bool(waiting))
        if is_part:
            waiting.append(line.strip())
            size = len(waiting[0].replace(" ", ""))
            if len(waiting) == (3 if size < 33 else 2):
                yield "\n".join(waiting)
                waiting = []
            continue
        if waiting:
            yield "\n".join(waiting)
            waiting = []
        yield line
    if waiting:
        yield "\n".join(waiting)


def _separator(lines: Sequence[str]) -> str | None:
    """Return what parts the cells in most of the lines."""
    for separator in _SEPARATORS:
        cut = sum(len(re.split(separator, _BULLET.sub("", line).strip())) > 2 for line in lines)
        if lines and cut * 2 > len(lines):
            return separator
    for separator in _SEPARATORS:
        cut = sum(len(re.split(separator, _BULLET.sub("", line).strip())) > 1 for line in lines)
        if lines and cut * 3 > len(lines) * 2:
            return separator
    return None


def _cells(line: str, separator: str | None) -> list[str]:
    if is_document_text(line):
        return [line.strip()]
    line = _BULLET.sub("", line).strip()
    if separator is not None:
        return [_LABEL.sub("", tidy(cell)) for cell in re.split(separator, line)]
    return _pieces(line)


def _pieces(line: str) -> list[str]:
    """Cut a line without separators around its dates, numbers and sex; the name comes first."""
    found = [match.group().strip() for match in _PIECE.finditer(line)]
    name = tidy(_PIECE.sub(" ", line)).strip(" ,.-:()")
    return [name, *(_LABEL.sub("", piece) for piece in found)]
