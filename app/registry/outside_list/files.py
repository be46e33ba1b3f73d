"""A compared list as CSV and XLSX: every cell a text, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _

from app.registry.models import Establishment
from app.registry.outside_list.models import OutsideRow
from app.registry.outside_list.words import DECISION_NAMES, RESULT_NAMES, evidence_words
from app.web.workbooks import plain_workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Rows = Iterable[tuple[OutsideRow, Establishment | None]]


def answer(form: str, name: str, rows: Rows) -> Response:
    """Answer with the list and what became of it as a download, in one of the FORMATS."""
    table = [_headings(), *(_line(row, house) for row, house in rows)]
    content: str | bytes = _csv(table) if form == "csv" else _xlsx(table)
    response = Response(content, content_type=FORMATS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


def _headings() -> list[str]:
    return [
        *(_("Dòng"), _("Tên trong danh sách"), _("Địa chỉ"), _("Điện thoại"), "lat", "lon"),
        *(_("Kết quả"), _("Điểm khớp"), _("Vì sao"), _("Mã trong sổ"), _("Tên trong sổ")),
        *(_("Quyết định"), _("Ghi chú")),
    ]


def _line(row: OutsideRow, house: Establishment | None) -> list[Any]:
    return [
        *(row.line, row.name, row.address, row.phone, row.lat, row.lon),
        *(str(RESULT_NAMES[row.result]), row.score, "; ".join(evidence_words(row.evidence))),
        *((house.code, house.name) if house else (None, None)),
        str(DECISION_NAMES[row.decision]) if row.decision else None,
        row.note,
    ]


def _cell(value: Any) -> str:
    """Return the value as text that stays text in a spreadsheet."""
    said = "" if value is None else str(value)
    risky = isinstance(value, str) and said.lstrip(" ").startswith(FORMULA_STARTS)
    return f"'{said}" if risky else said


def _csv(table: Sequence[Sequence[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([_cell(value) for value in line] for line in table)
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + file.getvalue()


def _xlsx(table: Sequence[Sequence[Any]]) -> bytes:
    file = io.BytesIO()
    with plain_workbook(file) as book:
        text, bold = (book.add_format({"num_format": "@", "bold": bold}) for bold in (False, True))
        sheet = book.add_worksheet()
        for number, line in enumerate(table):
            for column, value in enumerate(line):
                if value is not None:
                    sheet.write_string(number, column, str(value), text if number else bold)
        sheet.set_column(0, len(table[0]) - 1, 20, text)
        sheet.freeze_panes(1, 0)
    return file.getvalue()
