"""Dirty cells are understood or named: names, numbers, dates, words, columns, pasted lists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.stays.reading import (
    Columns,
    Reader,
    ReadGuest,
    columns_of,
    find_columns,
    read_paste,
    read_rows,
)
from app.stays.reading.days import read_day
from app.stays.reading.names import is_wrong_font
from app.stays.reading.numbers import read_number, read_phone
from app.stays.reading.words import READING
from app.stays.words import WORDS
from app.text import tidy

TODAY = date(2026, 11, 24)


def read(**texts: str) -> ReadGuest:
    return Reader(Columns({}), TODAY).read_texts(texts)


def notes(guest: ReadGuest, name: str) -> set[str]:
    return {problem.code for problem in guest.problems if problem.field == name}


# column, cell, what it means, the code that is told
UGLY: list[tuple[str, str, str | None, str | None]] = [
    ("full_name", "Nguyeenx Vawn A", "Nguyễn Văn A", "name_keystrokes_mended"),
    ("full_name", "Nguye6n4 Va8n A", "Nguyễn Văn A", "name_keystrokes_mended"),
    ("full_name", "NGUYEENX THIJ HOAF", "NGUYỄN THỊ HÒA", "name_keystrokes_mended"),
    ("full_name", "Nguyễn  Văn   An ", "Nguyễn Văn An", None),
    ("full_name", "Nguyễn Văn An", "Nguyễn Văn An", None),
    ("full_name", "TRẦN THỊ B", "TRẦN THỊ B", None),
    ("full_name", "Ông Lê Văn C", "Lê Văn C", None),
    ("full_name", "3. Lê Văn C", "Lê Văn C", None),
    ("full_name", "Mary Lan", "Mary Lan", None),
    ("full_name", "Nguyeãn Vaên A", "Nguyeãn Vaên A", "wrong_font"),
    ("full_name", "NguyÔn V¨n A", "NguyÔn V¨n A", "wrong_font"),
    ("document_number", "79090123456", "079090123456", "zeros_restored"),
    ("document_number", "1090123456", "001090123456", "zeros_restored"),
    ("document_number", "7.9090123456E+10", "079090123456", "zeros_restored"),
    ("document_number", "7.909E+10", "7.909E+10", "number_digits_lost"),
    ("document_number", "99090123456", "99090123456", "number_digits_lost"),
    ("document_number", "079090123456.0", "079090123456", "number_cleaned"),
    ("document_number", "'079090123456", "079090123456", "number_cleaned"),
    ("document_number", '="079090123456"', "079090123456", "number_cleaned"),
    ("document_number", "079 090 123 456", "079090123456", None),
    ("document_number", "O79O9O123456", "079090123456", "letters_for_digits"),
    ("document_number", "CCCD: 079090123456", "079090123456", None),
    ("document_number", "b1234567", "B1234567", None),
    ("date_of_birth", "31/01/1990", "1990-01-31", None),
    ("date_of_birth", "1990-01-31 00:00:00", "1990-01-31", None),
    ("date_of_birth", "32904", "1990-01-31", "serial_date"),
    ("date_of_birth", "31.1.90", "1990-01-31", "two_digit_year"),
    ("date_of_birth", "5-6-15", "2015-06-05", "two_digit_year"),
    ("date_of_birth", "01/31/1990", "1990-01-31", "day_month_swapped"),
    ("date_of_birth", "31011990", "1990-01-31", "compact_date"),
    ("date_of_birth", "1021990", "1990-02-01", "compact_date"),
    ("date_of_birth", "31 tháng 1 năm 1990", "1990-01-31", None),
    ("date_of_birth", "31-Jan-1990", "1990-01-31", None),
    ("date_of_birth", "1990", "1990", "year_only"),
    ("date_of_birth", "00/00/1990", "1990", "year_only"),
    ("date_of_birth", "31/02/1990", None, "not_a_date"),
    ("date_of_birth", "02/1990", None, "day_missing"),
    ("sex", "Nữ", "F", None),
    ("sex", "nu", "F", None),
    ("sex", "NAM", "M", None),
    ("sex", "M - Nam", "M", None),
    ("sex", "female", "F", None),
    ("sex", "Bà", "F", None),
    ("sex", "Nuwx", "F", None),
    ("sex", "?", None, "unknown_sex"),
    ("nationality", "Việt Nam", "VNM", None),
    ("nationality", "VNM - Viet Nam", "VNM", None),
    ("nationality", "Hàn Quốc", "KOR", None),
    ("nationality", "korean", "KOR", None),
    ("nationality", "D", "DEU", None),
    ("nationality", "de", "DEU", None),
    ("nationality", "Đức", "DEU", None),
    ("nationality", "RUS - Russia", "RUS", None),
    ("nationality", "Mỹ", "USA", None),
    ("nationality", "Narnia", None, "unknown_nationality"),
    ("phone", "903123456", "0903123456", "phone_completed"),
    ("phone", "84903123456", "+84903123456", "phone_completed"),
    ("phone", "+84 903 123 456", "+84903123456", None),
    ("phone", "0903.123.456 / 0908111222", "0903123456", "first_of_several"),
    ("phone", "9.03E+08", "9.03E+08", "number_digits_lost"),
    ("arrived_at", "20/11/2026 14:05", "2026-11-20T14:05:00+07:00", None),
    ("arrived_at", "46346.5", "2026-11-20T12:00:00+07:00", "serial_date"),
    ("arrived_at", "14h30 20/11/2026", "2026-11-20T14:30:00+07:00", None),
    ("permitted_until", "30/12/2026", "2026-12-30", None),
    ("room", "P.101", "101", None),
    ("room", "101.0", "101", None),
    ("room", "Phòng 305", "305", None),
    ("reason", "3 - Học tập", "study", None),
    ("reason", "nghỉ mát", "tourism", None),
    ("residence_kind", "1 - Thường trú", "permanent", None),
]


@pytest.mark.parametrize(("name", "cell", "meant", "code"), UGLY)
def test_an_ugly_cell_is_understood_or_named(name, cell, meant, code) -> None:
    guest = read(**{name: tidy(cell)})
    assert guest.fields.get(name) == meant
    if code is None:
        assert not guest.errors
    else:
        assert code in notes(guest, name)
    for problem in guest.problems:
        assert problem.code in READING or problem.code in WORDS


def test_a_foreigners_name_is_never_changed_but_the_other_reading_is_proposed() -> None:
    guest = read(full_name="Nguyeenx Vawn A", nationality="USA")
    assert guest.fields["full_name"] == "Nguyeenx Vawn A"
    [problem] = [p for p in guest.problems if p.field == "full_name"]
    assert (problem.severity, problem.proposal) == ("warning", "Nguyễn Văn A")


@pytest.mark.parametrize(
    ("others", "born", "code"),
    [
        (["12/25/1990", "05/05/1991"], None, "day_or_month"),
        (["12/25/1990", "25/12/1990"], "1990-03-02", None),
        (["02/03/1991"], "1990-03-02", None),
    ],
)
def test_a_column_with_the_month_first_names_what_could_be_either(others, born, code) -> None:
    rows = [["Họ tên", "Ngày sinh"], ["An An", "02/03/1990"], *(["Chi", day] for day in others)]
    guest = next(guest for _, guest in read_rows(rows, TODAY))
    assert guest.fields.get("date_of_birth") == born
    assert notes(guest, "date_of_birth") == ({code} if code else set())


@pytest.mark.parametrize(
    ("born", "sex", "whole"),
    [
        (date(1990, 1, 1), "M", True),
        (None, None, True),
        (date(1991, 1, 1), "M", False),
        (date(1990, 1, 1), "F", False),
    ],
)
def test_zeros_come_back_only_where_birth_and_sex_agree(born, sex, whole) -> None:
    found = read_number("79090123456", foreign=False, kind=None, born=born, sex=sex)
    assert (found.text == "079090123456", found.fault is None) == (whole, whole)


def test_the_type_of_document_follows_from_number_and_nationality() -> None:
    assert read(document_number="079090123456").fields["document_type"] == "citizen_id"
    assert read(document_number="273456789").fields["document_type"] == "old_id"
    assert read(document_number="C1234567").fields["document_type"] == "passport"
    foreign = read(document_number="123456789", nationality="USA")
    assert foreign.fields["document_type"] == "passport"
    said = read(document_number="079090123456", document_type="8 - Thẻ Căn cước")
    assert said.fields["document_type"] == "identity_card"
    wrong = read(document_number="273456789", document_type="CCCD")
    assert wrong.fields["document_type"] == "old_id"
    assert "document_type_replaced" in notes(wrong, "document_type")


def test_a_former_province_is_named_and_another_ones_ward_stays_an_address() -> None:
    guest = read(province="Bình Dương", ward="Phường 2", address="1 Lê Lợi")
    assert guest.fields["address"] == "1 Lê Lợi, Phường 2, Bình Dương"
    [problem] = [p for p in guest.problems if p.code == "province_merged"]
    assert problem.values == {"province": "TP. Hồ Chí Minh"}
    coded = read(ward="701926506 - Phường Vũng Tàu")
    assert coded.fields["residence_unit"] == "26506"


# --- Columns -----------------------------------------------------------------------------------

DOMESTIC = (
    "STT|HỌ TÊN (*)|NGÀY SINH (*)|GIỚI TÍNH (*)|QUỐC TỊCH (*)|LOẠI GIẤY TỜ (*)|TÊN GIẤY TỜ|"
    "SỐ GIẤY TỜ (*)|SỐ ĐIỆN THOẠI|NƠI CƯ TRÚ HIỆN NAY|TỈNH/ THÀNH PHỐ|PHƯỜNG/ XÃ/ ĐẶC KHU|"
    "ĐỊA CHỈ CHI TIẾT|NGÀY ĐẾN (*)|NGÀY ĐI DỰ KIẾN (*)|SỐ PHÒNG/ KHOA|LÝ DO CƯ TRÚ (*)|"
    "NHẬP LÝ DO|GHI CHÚ"
)
DOMESTIC_FIELDS = (
    "full_name date_of_birth sex nationality document_type document_name document_number phone "
    "residence_kind province ward address arrived_at planned_departure room reason reason_detail "
    "note"
)
ASM = (
    "STT|Họ và tên (*)|Ngày, tháng, năm sinh (*)|Giới tính (*)|Quốc gia (*)|Quốc tịch (*)|"
    "Loại giấy tờ (*)|Tên giấy tờ (*)|Số giấy tờ (*)|Số điện thoại|Loại cư trú (*)|Tỉnh/TP (*)|"
    "Quận/Huyện (*)|Phường/Xã/Đặc khu (*)|Địa chỉ chi tiết (*)|Thời gian lưu trú (từ ngày) (*)|"
    "Thời gian lưu trú (đến ngày)|Lý do lưu trú (*)|Tên phòng/Khoa (*)"
)
ASM_FIELDS = (
    "full_name date_of_birth sex residence_country nationality document_type document_name "
    "document_number phone residence_kind province district ward address arrived_at "
    "planned_departure reason room"
)
FOREIGN = (
    "STT|HỌ TÊN|NGÀY SINH|NGÀY SINH ĐÚNG ĐẾN|GIỚI TÍNH|MÃ QUỐC TỊCH|SỐ HỘ CHIẾU|SỐ PHÒNG|NGÀY ĐẾN|"
    "NGÀY ĐI DỰ KIẾN|NGÀY TRẢ PHÒNG|THỜI HẠN ĐƯỢC PHÉP TẠM TRÚ TẠI VIỆT NAM"
)
FOREIGN_FIELDS = (
    "full_name date_of_birth birth_mark sex nationality document_number room arrived_at "
    "planned_departure departed_at permitted_until"
)


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (DOMESTIC, DOMESTIC_FIELDS),
        (ASM, ASM_FIELDS),
        (FOREIGN, FOREIGN_FIELDS),
        ("Full name|DOB|Sex|Passport No.|Nationality", "full_name date_of_birth sex "
         "document_number nationality"),
        ("ho ten|ngay sinh|gt|so cccd|sdt|phong", "full_name date_of_birth sex document_number "
         "phone room"),
    ],
)  # fmt: skip
def test_headings_are_known(headings, fields) -> None:
    found = columns_of(headings.split("|"))
    assert found is not None
    assert list(found.places.values()) == fields.split()


def test_the_fourth_row_of_the_portals_template_is_an_example_whatever_it_holds() -> None:
    rows = [["DANH SÁCH"], DOMESTIC.split("|"), ["", "<Họ và tên>"], ["1", "Lê Văn A"], ["2", "B"]]
    found = find_columns(rows)
    assert found is not None
    assert (found[0], found[1].template) == (4, "tblt_vn_import")


PASTES: list[tuple[str, dict[str, Any]]] = [
    (
        "Nguyễn Văn A\t01/02/1990\t079090123456\tNam\t101",
        {"full_name": "Nguyễn Văn A", "date_of_birth": "1990-02-01", "sex": "M", "room": "101"},
    ),
    (
        "1. Trần Thị B, 5/3/85, 079185000123, nữ",
        {"full_name": "Trần Thị B", "date_of_birth": "1985-03-05", "sex": "F"},
    ),
    (
        "Nguyễn Văn A - 01/02/1990 - 079090123456 - Nam",
        {"document_number": "079090123456", "nationality": "VNM"},
    ),
    (
        "Nguyễn Văn A 01/02/1990 079090123456 nam",
        {"full_name": "Nguyễn Văn A", "document_number": "079090123456", "sex": "M"},
    ),
    (
        "JOHN SMITH\t25/12/1980\tC01X00T47\tUSA\tM",
        {"nationality": "USA", "document_type": "passport", "document_number": "C01X00T47"},
    ),
    (
        "079090123456|271234567|Nguyễn Văn Thử|01021990|Nam|1 Trần Phú|01012022",
        {"full_name": "Nguyễn Văn Thử", "document_number": "079090123456"},
    ),
    (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        {"full_name": "ERIKSSON ANNA MARIA", "document_number": "L898902C3", "sex": "F"},
    ),
]


@pytest.mark.parametrize(("text", "fields"), PASTES)
def test_a_paste_without_headings_is_understood(text, fields) -> None:
    [guest] = read_paste(text, TODAY)
    assert {name: guest.fields.get(name) for name in fields} == fields


# --- Properties --------------------------------------------------------------------------------

FEW = settings(max_examples=60, deadline=None)
BIRTHS = st.dates(date(1930, 1, 1), TODAY - timedelta(days=1))


@FEW
@given(BIRTHS, st.sampled_from(("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d%m%Y")))
def test_a_date_is_read_as_it_was_written(day, form) -> None:
    assert read_day(day.strftime(form), latest=TODAY, birth=True).day == day


@FEW
@given(BIRTHS)
def test_a_serial_number_is_the_date_it_was(day) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert read_day(str(serial), latest=TODAY, birth=True).day == day


@FEW
@given(BIRTHS, st.integers(0, 999_999), st.sampled_from("MF"))
def test_what_excel_ate_of_a_personal_number_comes_back(born, tail, sex) -> None:
    century = (born.year // 100 - 19) * 2 + (sex == "F")
    whole = f"077{century}{born:%y}{tail:06d}"
    found = read_number(str(int(whole)), foreign=False, kind=None, born=born, sex=sex)
    assert (found.text, found.fault) == (whole, None)


@FEW
@given(st.dictionaries(st.sampled_from([row[0] for row in UGLY]), st.text(max_size=40)))
def test_no_cell_breaks_the_reader(texts) -> None:
    guest = read(**texts)
    assert all(isinstance(value, str) for value in guest.fields.values())
    guest.raw()


@FEW
@given(st.text(max_size=200))
def test_no_paste_breaks_the_reader(text) -> None:
    read_paste(text, TODAY)


@FEW
@given(st.text("0123456789+- ./E", max_size=20), st.booleans())
def test_a_telephone_is_read_or_named(text, foreign) -> None:
    found = read_phone(text, foreign=foreign)
    assert found.fault or found.text.lstrip("+").isdigit()


@pytest.mark.parametrize("name", ["Nguyễn Văn An", "Đỗ Thị Ngọc Ánh", "José Muñoz", "Zoë Brontë"])
def test_good_names_are_of_no_old_font(name) -> None:
    assert not is_wrong_font(name)
