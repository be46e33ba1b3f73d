"""Tables as CSV and XLSX: dates as ISO, numbers unrounded, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from flask_babel import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from app import dates
from app.web.filters import moment
from app.web.workbooks import plain_workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 40
# What a sheet's cell can hold at most.
LONGEST = 32_767


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with what one has to know to read it, years later and far from the page."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    period: str
    area: str
    # What each figure is called and how it is made.
    definitions: Sequence[tuple[str, str]] = field(default_factory=tuple)


def wanted(value: str | None) -> str | None:
    """Return the format of a file that is asked for, None for a page."""
    return value if value in FORMATS else None


def answer(form: str, name: str, sheet: Sheet) -> Response:
    """Answer with the table as a download, in one of the FORMATS."""
    content: str | bytes = (
        csv_text(sheet.headings, sheet.rows) if form == "csv" else xlsx_bytes(sheet)
    )
    response = Response(content, content_type=FORMATS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


# --- CSV ------------------------------------------------------------------------------------


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


# --- XLSX -----------------------------------------------------------------------------------


def xlsx_bytes(sheet: Sheet) -> bytes:
    """Return a workbook of the table and its definitions; every cell is text, none is run."""
    file = io.BytesIO()
    with plain_workbook(file) as book:
        text, bold = (book.add_format({"num_format": "@", "bold": bold}) for bold in (False, True))
        head = [
            (sheet.title,),
            (_("Kỳ"), sheet.period),
            (_("Phạm vi"), sheet.area),
            (_("Nguồn"), _("Sổ lưu trú Vũng Tàu, tính từ từng lượt lưu trú")),
            (_("Lập lúc"), moment(dates.now())),
        ]
        _write(book.add_worksheet(_("Số liệu")), head, sheet.headings, sheet.rows, text, bold)
        _write(
            book.add_worksheet(_("Cách tính")),
            [(_("Mỗi con số là gì"),)],
            [_("Tên"), _("Cách tính")],
            sheet.definitions,
            text,
            bold,
        )
    return file.getvalue()


def _write(
    sheet: Any,
    head: Sequence[Sequence[str]],
    headings: Sequence[str],
    rows: Sequence[Sequence[Any]],
    text: Any,
    bold: Any,
) -> None:
    """Write a few lines of words, an empty one, the headings, which stay in sight, and the rows."""
    for number, line in enumerate(head):
        _line(sheet, number, line, bold if number == 0 else text)
    first = len(head) + 1
    _line(sheet, first, headings, bold)
    for number, row in enumerate(rows, start=first + 1):
        _line(sheet, number, row, text)
    for column, heading in enumerate(headings):
        widest = max([len(str(heading)), *(len(str(row[column])) for row in rows[:200])])
        sheet.set_column(column, column, min(widest + 2, WIDEST), text)
    sheet.freeze_panes(first + 1, 0)
    last = (first + len(rows), max(len(headings) - 1, 0))
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_corner(*last)}"})


def _line(sheet: Any, number: int, cells: Sequence[Any], form: Any) -> None:
    for column, value in enumerate(cells):
        if value is not None:
            sheet.write_string(number, column, str(value)[:LONGEST], form)


def _corner(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column))
