"""Reads one spreadsheet or CSV from standard input and prints its rows; a process of its own.

Run by ``app.web.sheets``, never imported by the application: a file that makes the parser loop,
grow or crash takes down this process alone. It imports nothing of the application.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import resource
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

# What .xls begins with, and an .xlsx that is locked with a password.
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_MERGED_MOST, _MERGED_ROWS = 50_000, 100
# The separators of a CSV are counted in its first lines, a title above the headings has none.
_LOOKED_AT = 20


class Unreadable(Exception):
    """The file is of another kind, broken, or over a limit; the code says which."""


def main() -> int:
    limits = json.loads(sys.argv[1])
    memory = limits["memory"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
    content = sys.stdin.buffer.read(limits["bytes"] + 1)
    try:
        if len(content) > limits["bytes"]:
            raise Unreadable("too_large")
        rows = _every_sheet(content, limits) if "every" in sys.argv[2:] else _first(content, limits)
        for row in _limited(rows, limits):
            print(json.dumps(row))  # noqa: T201 This is its answer.
    except Unreadable as error:
        print(json.dumps({"error": str(error)}))  # noqa: T201
    return 0


def _first(content: bytes, limits: dict[str, int]) -> Iterator[list[str]]:
    """The first sheet that a person opening the file would see filled."""
    if content.startswith(_OLD_OFFICE):
        raise Unreadable("old_or_locked")
    if not content.startswith(b"PK"):
        return _csv(content)
    workbook = _workbook(content, limits)
    shown = [at for at, sheet in enumerate(workbook.sheets_metadata) if _is_shown(sheet)]
    for at in shown[: limits["parts"]]:
        rows = _rows(workbook, at)
        for first in rows:
            return itertools.chain([first], rows)
    return iter(())


def _is_shown(sheet: Any) -> bool:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    is_table = sheet.typ == SheetTypeEnum.WorkSheet
    return bool(is_table and sheet.visible == SheetVisibleEnum.Visible)


def _every_sheet(content: bytes, limits: dict[str, int]) -> Iterator[list[str]]:
    """All sheets one after another; each row begins with the name of its sheet."""
    workbook = _workbook(content, limits)
    for number, name in enumerate(workbook.sheet_names):
        for row in _rows(workbook, number):
            yield [name, *row]


def _limited(rows: Iterable[list[str]], limits: dict[str, int]) -> Iterator[list[str]]:
    """The rows within the limits; what is blank at the end of a row or of the file counts not."""
    letters = blank = 0
    for number, row in enumerate(rows, 1):
        while row and not row[-1].strip():
            row.pop()
        if not row:
            blank += 1
            continue
        letters += sum(map(len, row))
        if letters > limits["letters"]:
            raise Unreadable("too_large")
        if number > limits["rows"]:
            raise Unreadable("too_many_rows")
        if len(row) > limits["columns"]:
            raise Unreadable("too_many_columns")
        yield from itertools.repeat([], blank)
        blank = 0
        yield [cell[: limits["cell"]] for cell in row]


def _workbook(content: bytes, limits: dict[str, int]) -> Any:
    _refuse_bomb(content, limits)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (CalamineError, ValueError):
        raise Unreadable("not_a_sheet") from None


def _rows(workbook: Any, number: int) -> Iterator[list[str]]:
    """The rows of a sheet from its first, filled or not."""
    from python_calamine import CalamineError

    try:
        sheet = workbook.get_sheet_by_index(number)
        rows = sheet.iter_rows()
        merged = _merged_down(sheet)
    except (CalamineError, IndexError, ValueError):
        raise Unreadable("not_a_sheet") from None
    said: dict[int, str] = {}
    for at, cells in enumerate(rows):
        row = [_text(cell) for cell in cells]
        for column, is_top in merged.get(at, ()):
            if is_top:
                said[column] = row[column]
            row[column] = said.get(column, "")
        yield row


def _merged_down(sheet: Any) -> dict[int, list[tuple[int, bool]]]:
    """By row, the columns in which it lies in a merged cell, and whether it is the cell's first.

    One room or one date merged down over several guests is said of each of them; a cell merged
    across is a title.
    """
    merged: dict[int, list[tuple[int, bool]]] = {}
    if sheet.start is None:
        return merged
    left, (last, right) = sheet.start[1], sheet.end
    for (top, column), (bottom, other) in (sheet.merged_cell_ranges or [])[:_MERGED_MOST]:
        if column != other or not left <= column <= right or bottom - top >= _MERGED_ROWS:
            continue
        for row in range(top, min(bottom, last) + 1):
            merged.setdefault(row, []).append((column - left, row == top))
    return merged


def _refuse_bomb(content: bytes, limits: dict[str, int]) -> None:
    """Refuse what unpacks to far more than its size, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError):
        raise Unreadable("not_a_sheet") from None
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > limits["parts"]:
        raise Unreadable("too_many_parts")
    if unpacked > limits["unpacked"] or unpacked > limits["ratio"] * max(len(content), 10_000):
        raise Unreadable("unpacks_too_far")


def _csv(content: bytes) -> Iterator[list[str]]:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in content:
        raise Unreadable("not_a_sheet")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("not_utf8") from None
    if "\0" in text:
        raise Unreadable("not_a_sheet")
    said = re.match(r"sep=([,;\t|])\r?\n", text)
    separator = said[1] if said else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from reader
    except csv.Error:
        raise Unreadable("not_a_sheet") from None


def _separator(text: str) -> str:
    """Return what parts the cells: as many times in most of the first lines.

    The first line alone may be a title, and commas in addresses come in any number.
    """
    lines = text[: _LOOKED_AT * 2_000].split("\n", _LOOKED_AT)[:_LOOKED_AT]
    # The text of a card's QR code holds "|" itself, so that must stand in the headings.
    candidates = ",;\t|" if "|" in lines[0] else ",;\t"

    def steadiness(separator: str) -> tuple[int, int]:
        counts = Counter(line.count(separator) for line in lines if separator in line)
        return max(((lines, count) for count, lines in counts.items()), default=(0, 0))

    return max(candidates, key=steadiness)


def _text(cell: Any) -> str:
    """A cell as a person would have typed it: 12.0 is 12, a date is ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main())
