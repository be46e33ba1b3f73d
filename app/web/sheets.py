"""Reading an uploaded spreadsheet or CSV outside the web process, within limits."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from app.text import tidy

PROCESS = Path(__file__).with_name("sheet_process.py")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be at most: packed, unpacked, in parts, rows and time."""

    bytes: int = 8 * 1024 * 1024
    unpacked: int = 200 * 1024 * 1024
    parts: int = 200
    # A spreadsheet of ordinary cells packs to a tenth or so; a bomb to a thousandth.
    ratio: int = 200
    rows: int = 20_000
    columns: int = 200
    cell: int = 2_000
    letters: int = 20_000_000
    memory: int = 1024 * 1024 * 1024
    seconds: int = 20


class UnreadableSheet(Exception):
    """The file can't be read; ``code`` says why: ``too_large``, ``not_a_sheet``, …"""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


LIMITS = Limits()


def read_rows(content: bytes, limits: Limits = LIMITS) -> list[list[str]]:
    """Return the rows of the first sheet (XLSX) or of a CSV (UTF-8) as tidied texts.

    Row n of the file is item n - 1. Raises ``UnreadableSheet``.
    """
    return _read(content, limits)


def read_sheets(content: bytes, limits: Limits = LIMITS) -> dict[str, list[list[str]]]:
    """Return the rows of every sheet of a workbook by its name. Raises ``UnreadableSheet``."""
    sheets: dict[str, list[list[str]]] = {}
    for name, *cells in _read(content, limits, "every"):
        sheets.setdefault(name, []).append(cells)
    return sheets


def _read(content: bytes, limits: Limits, *options: str) -> list[list[str]]:
    if len(content) > limits.bytes:
        raise UnreadableSheet("too_large")
    command = [sys.executable, "-I", str(PROCESS), json.dumps(asdict(limits)), *options]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=limits.seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnreadableSheet("too_slow") from None
    if done.returncode != 0:
        raise UnreadableSheet("not_a_sheet")
    return _rows(done.stdout.decode("utf-8", "replace").splitlines())


def _rows(lines: list[str]) -> list[list[str]]:
    rows = []
    for line in lines:
        row = json.loads(line)
        if isinstance(row, dict):
            raise UnreadableSheet(str(row["error"]))
        rows.append([tidy(cell) for cell in row])
    return rows
