"""The spreadsheets the portal imports; every cell is written as text and runs no formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from app.declarations import catalogues
from app.declarations.records import Record
from app.web.workbooks import plain_workbook

DOMESTIC_TITLE = (
    "DANH SÁCH THÔNG BÁO LƯU TRÚ CHO CÔNG DÂN VIỆT NAM "
    "(*Vui lòng không xóa dữ liệu mẫu; hãy thêm thông tin từ dòng tiếp theo)"
)
# Heading, hint and example of each column of tblt_vn_import.xlsx.
DOMESTIC_COLUMNS = (
    ("STT", "Mẫu dữ liệu", "[EXAMPLE]"),
    ("HỌ TÊN (*)", "<Họ và tên gồm chữ cái và ký tự>", "[TEST] NGUYỄN QUANG MINH"),
    ("NGÀY SINH (*)", "<Giá trị: dd/mm/yyyy>", "10/02/1999"),
    ("GIỚI TÍNH (*)", "<Giá trị: F - Nữ, M - Nam>", "M - Nam"),
    ("QUỐC TỊCH (*)", "<Chọn Quốc tịch theo  Sheet [DANH_MUC]>", "VNM - Viet Nam"),
    ("LOẠI GIẤY TỜ (*)", "<Chọn Loại Giấy Tờ theo  Sheet [DANH_MUC]>", "1 - Thẻ CCCD"),
    ("TÊN GIẤY TỜ", "<Bắt buộc nhập với Giấy tờ khác >", ""),
    ("SỐ GIẤY TỜ (*)", "<Bắt buộc nhập: Số giấy tờ>", "034099009984"),
    ("SỐ ĐIỆN THOẠI", "<Không bắt buộc>", "03669541874"),
    ("NƠI CƯ TRÚ HIỆN NAY", "<Chọn Nơi cư trú  Sheet [DANH_MUC]>", "1 - Thường trú"),
    ("TỈNH/ THÀNH PHỐ", "<Chọn Tỉnh/Thành phố  Sheet [TINH_THANH]>", "101 - TP. Hà Nội"),
    (
        "PHƯỜNG/ XÃ/ ĐẶC KHU",
        "<Chọn Phường/Xã/Đặc khu  Sheet [PHUONG_XA]>",
        "101900565 - Xã Gia Lâm",
    ),
    ("ĐỊA CHỈ CHI TIẾT", "<Nhập thông tin địa chỉ chi tiết>", "Ngõ 3/6A"),
    ("NGÀY ĐẾN (*)", "<dd/MM/yyyy>", "20/03/2026"),
    ("NGÀY ĐI DỰ KIẾN (*)", "<dd/MM/yyyy>", "30/04/2026"),
    ("SỐ PHÒNG/ KHOA", "< Nhập tên Phòng/Khoa>", "205A0"),
    ("LÝ DO CƯ TRÚ (*)", "<Chọn Lý do cư trú theo  Sheet [DANH_MUC]>", "3 - Học tập"),
    ("NHẬP LÝ DO", "<Bắt buộc nhập với Lý do cư trú là Mục đích khác >", ""),
    ("GHI CHÚ", "", ""),
)
FOREIGN_TITLE = "DANH SÁCH HỒ SƠ KBTT"
FOREIGN_COLUMNS = (
    ("STT", "1"),
    ("HỌ TÊN", "[TEST] SAMPLE"),
    ("NGÀY SINH", "01/01/1990"),
    ("NGÀY SINH ĐÚNG ĐẾN", "D - Ngày"),
    ("GIỚI TÍNH", "F - Nữ"),
    ("MÃ QUỐC TỊCH", "VNM - Viet Nam"),
    ("SỐ HỘ CHIẾU", "[TEST] AVAD123"),
    ("SỐ PHÒNG", "P134"),
    ("NGÀY ĐẾN", "20/10/2026"),
    ("NGÀY ĐI DỰ KIẾN", "22/10/2026"),
    ("NGÀY TRẢ PHÒNG", "22/10/2026"),
    ("THỜI HẠN ĐƯỢC PHÉP TẠM TRÚ TẠI VIỆT NAM", "30/10/2026"),
)
ASM_COLUMNS = (
    "STT",
    "Họ và tên (*)",
    "Ngày, tháng, năm sinh (*)",
    "Giới tính (*)",
    "Quốc gia (*)",
    "Quốc tịch (*)",
    "Loại giấy tờ (*)",
    "Tên giấy tờ (*)",
    "Số giấy tờ (*)",
    "Số điện thoại",
    "Loại cư trú (*)",
    "Tỉnh/TP (*)",
    "Quận/Huyện (*)",
    "Phường/Xã/Đặc khu (*)",
    "Địa chỉ chi tiết (*)",
    "Thời gian lưu trú (từ ngày) (*)",
    "Thời gian lưu trú (đến ngày)",
    "Lý do lưu trú (*)",
    "Tên phòng/Khoa (*)",
)
FORMER_DISTRICT = "Quận/Huyện_cũ"
BIRTH_MARKS = {"D": "D - Ngày", "Y": "Y - Năm"}


def day(value: date | datetime | None) -> str:
    """A date as the templates want it: ``dd/MM/yyyy``."""
    return value.strftime("%d/%m/%Y") if value else ""


def domestic(records: Sequence[Record]) -> bytes:
    """Return tblt_vn_import.xlsx: row 4 stays the example, for the portal skips it unread."""
    form = catalogues.format_of("domestic_xlsx")
    headings, hints, example = zip(*DOMESTIC_COLUMNS, strict=True)
    with _book() as (book, file):
        sheet = _Sheet(book, form.sheet)
        sheet.row(1, [DOMESTIC_TITLE])
        sheet.row(2, headings)
        sheet.row(3, hints)
        sheet.row(form.example_row or 4, example)
        for number, record in enumerate(records, 1):
            sheet.row((form.first_row or 5) + number - 1, _domestic_row(number, record))
        _list(book, "TINH_THANH", ["TỈNH/ THÀNH PHỐ"], [_labels("provinces")])
        _list(book, "PHUONG_XA", ["PHƯỜNG/ XÃ/ ĐẶC KHU"], [_labels("wards")])
        names = ("documents", "residences", "reasons", "sexes", "nationalities")
        titles = ["LOẠI GIẤY TỜ", "NƠI CƯ TRÚ", "LÝ DO CƯ TRÚ", "GIỚI TÍNH", "QUỐC TỊCH"]
        _list(book, "DANH_MUC", titles, [_labels(name) for name in names])
    return file.getvalue()


def _domestic_row(number: int, record: Record) -> list[str]:
    ward = catalogues.find("wards", record.unit)
    return [
        str(number),
        record.full_name,
        day(record.born),
        catalogues.label("sexes", record.sex),
        catalogues.label("nationalities", record.nationality),
        catalogues.label("documents", record.document_type),
        record.document_name if record.document_type == "other" else "",
        record.document_number,
        record.phone,
        catalogues.label("residences", record.residence_kind),
        # The two go together: a ward of another province is not known here.
        catalogues.label("provinces", "79") if ward else "",
        ward.label if ward else "",
        record.address,
        day(record.arrived_at),
        day(record.departs_at),
        record.room,
        catalogues.label("reasons", record.reason),
        record.reason_detail if record.reason == "other" else "",
        record.note,
    ]


def foreign(records: Sequence[Record]) -> bytes:
    """Return the sheet KBTT for foreign guests."""
    form = catalogues.format_of("foreign_xlsx")
    headings, example = zip(*FOREIGN_COLUMNS, strict=True)
    with _book() as (book, file):
        sheet = _Sheet(book, form.sheet)
        sheet.row(1, [FOREIGN_TITLE])
        sheet.row(2, headings)
        sheet.row(form.example_row or 3, example)
        for number, record in enumerate(records, 1):
            sheet.row((form.first_row or 4) + number - 1, _foreign_row(number, record))
        titles = ["NGÀY SINH ĐÚNG ĐẾN", "GIỚI TÍNH", "QUỐC TỊCH"]
        lists = [list(BIRTH_MARKS.values()), _labels("sexes"), _labels("nationalities")]
        _list(book, "Lookup", titles, lists)
    return file.getvalue()


def _foreign_row(number: int, record: Record) -> list[str]:
    return [
        str(number),
        record.full_name,
        day(record.born),
        BIRTH_MARKS[record.birth_mark],
        catalogues.label("sexes", record.sex),
        catalogues.label("nationalities", record.nationality),
        record.document_number,
        record.room,
        day(record.arrived_at),
        day(record.departs_at),
        day(record.departed_at),
        day(record.permitted_until),
    ]


def asm(records: Sequence[Record]) -> bytes:
    """Return the template of the older software, for guests of any nationality."""
    form = catalogues.format_of("asm_xlsx")
    with _book() as (book, file):
        sheet = _Sheet(book, form.sheet)
        sheet.row(1, ASM_COLUMNS)
        for number, record in enumerate(records, 1):
            sheet.row((form.first_row or 2) + number - 1, _asm_row(number, record))
    return file.getvalue()


def _asm_row(number: int, record: Record) -> list[str]:
    document = catalogues.find("documents", record.document_type)
    ward = catalogues.find("wards", record.unit)
    nationality = catalogues.label("nationalities", record.nationality)
    moment = "%d/%m/%Y %H:%M:%S"
    return [
        str(number),
        record.full_name,
        day(record.born),
        catalogues.label("sexes", record.sex),
        nationality,
        nationality,
        document.label if document else "",
        record.document_name or (document.name if document else ""),
        record.document_number,
        record.phone,
        catalogues.label("residences", record.residence_kind),
        catalogues.label("provinces", "79") if ward else "",
        FORMER_DISTRICT if ward else "",
        ward.label if ward else "",
        record.address,
        record.arrived_at.strftime(moment),
        record.departs_at.strftime(moment),
        catalogues.label("reasons", record.reason),
        record.room,
    ]


# --- Writing -------------------------------------------------------------------------------


@contextmanager
def _book() -> Any:
    file = io.BytesIO()
    book = plain_workbook(file)
    yield book, file
    book.close()


class _Sheet:
    """A sheet whose cells all have the format “text”, so that leading zeros stay."""

    def __init__(self, book: Any, name: str) -> None:
        self.sheet = book.add_worksheet(name)
        self.text = book.add_format({"num_format": "@"})
        self.sheet.set_column(0, 25, 22, self.text)

    def row(self, number: int, cells: Iterable[str]) -> None:
        """Write a row, counted from 1 as people do; empty cells are left out."""
        for column, cell in enumerate(cells):
            if cell:
                self.sheet.write_string(number - 1, column, cell, self.text)


def _list(book: Any, name: str, titles: Sequence[str], lists: Sequence[Sequence[str]]) -> None:
    sheet = _Sheet(book, name)
    sheet.row(1, titles)
    for number in range(max(map(len, lists))):
        sheet.row(number + 2, [cells[number] if number < len(cells) else "" for cells in lists])


def _labels(name: Any) -> list[str]:
    return [entry.label for entry in catalogues.entries(name)]
