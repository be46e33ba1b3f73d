"""Tables as CSV files: dates as ISO, numbers unrounded, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: Any) -> str:
    """Return the value as text that stays text in a spreadsheet."""
    if value is None:
        return ""
    text = str(value)
    risky = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if risky and isinstance(value, str) else text


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return the table with a byte order mark, by which spreadsheets know its encoding."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([cell(heading) for heading in headings])
    writer.writerows([cell(value) for value in row] for row in rows)
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + file.getvalue()


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Answer with the table as a download."""
    response = Response(csv_text(headings, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
