"""Uploaded sheets are read in a process of its own, and what is too much of anything is refused."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
import xlsxwriter

from app.web.sheets import LIMITS, UnreadableSheet, read_rows


def sheet(rows: int = 2, columns: int = 2) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet()
    for row in range(rows):
        for column in range(columns):
            page.write(row, column, f"{row}/{column}")
    book.close()
    return file.getvalue()


def refused(content: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableSheet) as caught:
        read_rows(content, replace(LIMITS, **limits))
    return caught.value.code


def test_a_sheet_and_a_csv_become_texts() -> None:
    assert read_rows(sheet()) == [["0/0", "0/1"], ["1/0", "1/1"]]
    text = "a;b\n1;“x\N{LINE SEPARATOR}y”\n"
    assert read_rows(text.encode()) == [["a", "b"], ["1", "“x y”"]]


def test_each_limit_is_kept_and_would_be_passed_without_it() -> None:
    content = sheet(rows=30, columns=3)
    assert len(read_rows(content)) == 30
    assert refused(content, bytes=100) == "too_large"
    assert refused(content, rows=29) == "too_many_rows"
    assert refused(content, columns=2) == "too_many_columns"
    assert refused(content, parts=3) == "too_many_parts"
    assert refused(content, unpacked=1000) == "unpacks_too_far"
    assert refused(content, letters=10) == "too_large"


def test_a_bomb_is_not_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    assert refused(file.getvalue()) == "unpacks_too_far"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04", "not_a_sheet"), (b"a\0b", "not_a_sheet"), (b"\xc3\x28,x", "not_utf8")],
)
def test_what_is_no_sheet(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_a_process_that_takes_too_much_memory_is_no_answer() -> None:
    assert refused(sheet(rows=50), memory=20_000_000) == "not_a_sheet"


def test_rows_keep_their_numbers_and_what_is_hidden_or_blank_counts_not() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet("lists").write(0, 0, "hidden")
        book.worksheets()[0].hide()
        book.add_worksheet("empty")
        page = book.add_worksheet("guests")
        page.activate()
        for row, cells in {
            2: ("Name", "Room", "Born"),
            3: ("An", None, 1),
            5: ("Chi", "7", 3),
        }.items():
            page.write_row(row, 0, cells)
        page.write(4, 0, "Bình")
        page.merge_range(3, 1, 4, 1, "101")
        grey = book.add_format({"bg_color": "gray"})
        for row in range(6, 300):
            page.write_blank(row, 250, None, grey)
    rows = read_rows(file.getvalue(), replace(LIMITS, rows=10))
    assert rows == [
        [], [], ["Name", "Room", "Born"], ["An", "101", "1"], ["Bình", "101"], ["Chi", "7", "3"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("LIST, OF ALL\n\nname;street\nAn;1 Lê Lợi, VT\nBình;2, 3, Lê Lai", ["An", "1 Lê Lợi, VT"]),
        ("sep=;\nx,y,z;1\n\nAn;2,5", ["An", "2,5"]),
        ("qr,room\n077|x|An|1|M|a|2,7\n077|x|Bình|1|M|a|2,8\n077|An,9", ["077|An", "9"]),
        ("name,note\nBình,7\n\nAn,\"two\nlines\"" + "\n,,,," * 40, ["An", "two lines"]),
    ],
)  # fmt: skip
def test_the_separator_of_a_csv_is_the_steady_one(text: str, row: list[str]) -> None:
    assert read_rows(text.encode(), replace(LIMITS, rows=10, columns=9))[3] == row


def test_an_old_or_locked_workbook_says_so() -> None:
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) == "old_or_locked"
    assert refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == "not_a_sheet"
