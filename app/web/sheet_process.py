"""Reads one spreadsheet or CSV from standard input and prints its rows; a process of its own.

Run by ``app.web.sheets``, never imported by the application: a file that makes the parser loop,
grow or crash takes down this process alone. It imports nothing of the application.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any


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
    if not content.startswith(b"PK"):
        return _csv(content)
    return _rows(_workbook(content, limits), 0)


def _every_sheet(content: bytes, limits: dict[str, int]) -> Iterator[list[str]]:
    """All sheets one after another; each row begins with the name of its sheet."""
    workbook = _workbook(content, limits)
    for number, name in enumerate(workbook.sheet_names):
        for row in _rows(workbook, number):
            yield [name, *row]


def _limited(rows: Iterable[list[str]], limits: dict[str, int]) -> Iterator[list[str]]:
    letters = 0
    for number, row in enumerate(rows, 1):
        letters += sum(map(len, row))
        if letters > limits["letters"]:
            raise Unreadable("too_large")
        if number > limits["rows"]:
            raise Unreadable("too_many_rows")
        if len(row) > limits["columns"]:
            raise Unreadable("too_many_columns")
        yield [cell[: limits["cell"]] for cell in row]


def _workbook(content: bytes, limits: dict[str, int]) -> Any:
    _refuse_bomb(content, limits)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (CalamineError, ValueError):
        raise Unreadable("not_a_sheet") from None


def _rows(workbook: Any, number: int) -> Iterator[list[str]]:
    from python_calamine import CalamineError

    try:
        sheet = workbook.get_sheet_by_index(number)
        rows = sheet.iter_rows()
    except (CalamineError, IndexError, ValueError):
        raise Unreadable("not_a_sheet") from None
    # The reader begins where the first filled row is; a person counts from the first.
    for _ in range((sheet.start or (0, 0))[0]):
        yield []
    for cells in rows:
        yield [_text(cell) for cell in cells]


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
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("not_utf8") from None
    if "\0" in text:
        raise Unreadable("not_a_sheet")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=first.count))
    try:
        yield from reader
    except csv.Error:
        raise Unreadable("not_a_sheet") from None


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
