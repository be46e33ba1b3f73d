"""A return as the workbook its form describes: texts and numbers, no formula runs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.utility import xl_cell_to_rowcol

from app.statistics.returns.forms import CERTAIN, Form, Line
from app.statistics.returns.monthly import Return, Typed, due_date
from app.web.workbooks import plain_workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKS = {"C": "", "R": "[R]", "U": "[U]"}
MARKS_EXPLAINED = "[R]: theo ghi nhớ, chưa đối chiếu nguồn. [U]: chưa chắc."
TYPED_UNIT = 1_000_000
ZERO = {
    "closed": "Báo cáo số không: cơ sở đóng cửa cả tháng.",
    "no_guests": "Báo cáo số không: cả tháng không có khách.",
}
STYLES: dict[str, dict[str, Any]] = {
    "": {"num_format": "@"},
    "title": {"bold": True, "font_size": 14, "num_format": "@"},
    "strong": {"bold": True, "num_format": "@"},
    "heading": {
        "bold": True,
        "border": 1,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "num_format": "@",
    },
    "label": {"border": 1, "text_wrap": True, "num_format": "@"},
    "number": {"border": 1, "num_format": "#,##0"},
    "amount": {"border": 1, "num_format": "#,##0.###"},
    "note": {"italic": True, "num_format": "@"},
}


def workbook(form: Form, of: Return, typed: Typed, who: Mapping[str, str]) -> bytes:
    """Return the XLSX; ``who`` has the name and address of who reports."""
    file = io.BytesIO()
    book = plain_workbook(file)
    sheet = _Sheet(book, form)
    sheet.fixed_texts(_words(form, of, who))
    sheet.headings()
    for line in form.lines:
        sheet.line(line, values(form, line, of, typed))
    sheet.notes([ZERO[of.why_zero]] if of.why_zero else [])
    book.close()
    return file.getvalue()


def _words(form: Form, of: Return, who: Mapping[str, str]) -> dict[str, str]:
    due = due_date(of.month, form)
    return {
        "code": form.code,
        "receiver": form.receiver_vi,
        "month": str(of.month.start.month),
        "year": str(of.month.start.year),
        "due": f"{due:%d/%m/%Y}",
        "name": who.get("name", ""),
        "address": who.get("address", ""),
    }


def values(form: Form, line: Line, of: Return, typed: Typed) -> list[int | float | None]:
    """Return the numbers of a line, one for each column of the form."""
    return [_value(line, column.what, of, typed) for column in form.columns]


def _value(line: Line, column: str, of: Return, typed: Typed) -> int | float | None:
    value = line.value(lambda name: of.value(column, name, typed))
    # What is typed is in đồng; the form counts millions of them.
    return value / TYPED_UNIT if value is not None and line.is_typed else value


class _Sheet:
    """The one sheet of a form, by cells as people name them."""

    def __init__(self, book: Any, form: Form) -> None:
        self.form = form
        self.sheet = book.add_worksheet(form.sheet)
        self.styles = {name: book.add_format(style) for name, style in STYLES.items()}
        for letter, width in form.widths.items():
            self.sheet.set_column(f"{letter}:{letter}", width)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 1)

    def text(self, cell: str, value: str, style: str = "") -> None:
        row, column = xl_cell_to_rowcol(cell)
        self.sheet.write_string(row, column, value, self.styles[style])

    def fixed_texts(self, words: Mapping[str, str]) -> None:
        for text in self.form.texts:
            # No formatting language: a name may hold a brace.
            value = text.value
            for name, word in words.items():
                value = value.replace(f"{{{name}}}", word)
            self.text(text.cell, value, text.style)

    def headings(self) -> None:
        layout = self.form.layout
        for column in self.form.columns:
            self.text(
                f"{column.letter}{layout['heading_row']}",
                _marked(column.vi, column.certainty),
                "heading",
            )
            if "number_row" in layout:
                self.text(f"{column.letter}{layout['number_row']}", column.number, "heading")

    def line(self, line: Line, values: Sequence[int | float | None]) -> None:
        layout = self.form.layout
        label = _marked(line.vi, line.certainty)
        self.text(f"{layout['label_column']}{line.row}", label, "label")
        for name, text in (("code_column", line.code), ("unit_column", line.unit_vi)):
            if name in layout:
                self.text(f"{layout[name]}{line.row}", text, "label")
        style = self.styles["amount" if line.is_typed else "number"]
        for column, value in zip(self.form.columns, values, strict=True):
            row, at = xl_cell_to_rowcol(f"{column.letter}{line.row}")
            if value is None:
                self.sheet.write_blank(row, at, None, style)
            else:
                self.sheet.write_number(row, at, value, style)

    def notes(self, first: Sequence[str]) -> None:
        layout = self.form.layout
        if "notes_row" not in layout:
            return
        texts = [
            *first,
            *(_marked(note.vi, note.certainty) for note in self.form.notes),
            f"Nguồn của mẫu: {self.form.source} {MARKS[self.form.certainty]}".rstrip(),
            MARKS_EXPLAINED,
        ]
        for place, text in enumerate(texts):
            self.text(f"{layout['label_column']}{layout['notes_row'] + place}", text, "note")


def _marked(text: str, certainty: str) -> str:
    return text if certainty == CERTAIN else f"{text} {MARKS[certainty]}"
