"""Reading CSV and XLSX files as rows of texts, after checks of their size, packed and unpacked."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from app.text import tidy

BYTES_MOST = 64 * 1024 * 1024
UNPACKED_MOST = 400 * 1024 * 1024
# A spreadsheet of ordinary cells packs to a tenth or so; a bomb to a thousandth.
RATIO_MOST = 200
ROWS_MOST = 100_000
COLUMNS_MOST = 200
CELL_MOST = 10_000
DELIMITERS = ",;\t|"

Cell = str | float | int | bool | date | datetime | time | timedelta | None


class UnreadableFile(Exception):
    """The file is too large, of another kind, or broken; the message says which."""


@dataclass(frozen=True)
class Row:
    """One row: its line as a person counts it in the file, and its cells as tidied texts."""

    line: int
    cells: dict[str, str]


def read(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Return the headings and the rows of a CSV (UTF-8) or XLSX file; empty rows are left out."""
    size = path.stat().st_size
    if size > BYTES_MOST:
        raise UnreadableFile(f"larger than {BYTES_MOST // 2**20} MB")
    content = path.read_bytes()
    lines = _sheet(content) if content.startswith(b"PK") else _csv(content)
    first = next(lines, None)
    if first is None:
        raise UnreadableFile("the file is empty")
    headings = _headings(first[1])
    return headings, _rows(headings, lines)


def _headings(cells: Sequence[str]) -> list[str]:
    headings = [tidy(cell) for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise UnreadableFile("the first line holds no headings")
    if len(headings) > COLUMNS_MOST:
        raise UnreadableFile(f"more than {COLUMNS_MOST} columns")
    named = [heading for heading in headings if heading]
    twice = {heading for heading in named if named.count(heading) > 1}
    if twice:
        raise UnreadableFile(f"two columns are headed “{min(twice)}”")
    return headings


def _rows(headings: list[str], lines: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    count = 0
    for line, cells in lines:
        texts = [tidy(cell[:CELL_MOST]) for cell in cells[: len(headings)]]
        if not any(texts):
            continue
        count += 1
        if count > ROWS_MOST:
            raise UnreadableFile(f"more than {ROWS_MOST} rows: split the file")
        texts += [""] * (len(headings) - len(texts))
        yield Row(line, {head: text for head, text in zip(headings, texts, strict=True) if head})


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile(f"line {line} is not CSV: {error}") from None
        yield line, cells


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableFile(f"not UTF-8 in line {line}: save it as “CSV UTF-8”") from None


def _sheet(content: bytes) -> Iterator[tuple[int, list[str]]]:
    _refuse_bomb(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
        rows = sheet.iter_rows()
    except (CalamineError, IndexError, ValueError):
        raise UnreadableFile("not a spreadsheet that can be read") from None
    # The reader begins where the sheet's first filled row is.
    start = (sheet.start or (0, 0))[0] + 1
    for number, cells in enumerate(rows, start):
        yield number, [_text(cell) for cell in cells]


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        raise UnreadableFile("not a spreadsheet that can be read") from None
    if unpacked > UNPACKED_MOST or unpacked > RATIO_MOST * max(len(content), 10_000):
        raise UnreadableFile("the spreadsheet unpacks to far more than it should")


def _text(cell: Cell) -> str:
    """A cell as a person would have typed it: 12.0 is 12, a date is ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
