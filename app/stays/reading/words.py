"""The words for what reading a list notices: English for programs, the reader's for people."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.stays.reading.problems import Problem
from app.stays.words import WORDS

# code → (English detail, words on the screen). The codes are public: none is renamed.
READING: dict[str, tuple[str, LazyString]] = {
    "name_keystrokes_mended": (
        "Telex or VNI keystrokes in the name were turned into marks",
        _l("Đã sửa dấu gõ Telex hoặc VNI còn sót trong tên; xin nhìn lại."),
    ),
    "wrong_font": (
        "The text was typed with an old font (TCVN3, VNI) and can't be read",
        _l("Chữ gõ bằng phông cũ (TCVN3, VNI) nên không đọc được; xin gõ lại bằng Unicode."),
    ),
    "zeros_restored": (
        "The zeros that the spreadsheet took away in front were put back",
        _l("Excel đã cắt số 0 ở đầu; đã thêm lại."),
    ),
    "number_digits_lost": (
        "The spreadsheet cut digits off the number; they can't be restored",
        _l("Excel đã làm mất chữ số; xin gõ lại số từ giấy tờ."),
    ),
    "number_cleaned": (
        "Signs that a spreadsheet adds to a number were taken off",
        _l("Đã bỏ dấu thừa của bảng tính trong số."),
    ),
    "letters_for_digits": (
        "Letters O and I within the number were read as digits",
        _l("Đã đọc chữ O, I trong số thành chữ số 0, 1; xin nhìn lại."),
    ),
    "serial_date": (
        "A spreadsheet's number was read as a date (1900 system)",
        _l("Số của Excel đã được đọc thành ngày; xin nhìn lại."),
    ),
    "compact_date": (
        "Digits without separators were read as day, month, year",
        _l("Các chữ số liền nhau đã được đọc thành ngày, tháng, năm."),
    ),
    "two_digit_year": (
        "The year had two digits; the century was filled in",
        _l("Năm chỉ có hai chữ số; đã điền thế kỷ, xin nhìn lại."),
    ),
    "day_month_swapped": (
        "Read as month before day, since no month has that number",
        _l("Đã đọc là tháng trước ngày sau; xin nhìn lại."),
    ),
    "day_or_month": (
        "Other dates of this column have the month before the day: write this one as YYYY-MM-DD",
        _l("Cột này có ngày viết tháng trước; xin ghi rõ kiểu năm-tháng-ngày, như 2026-12-24."),
    ),
    "day_missing": (
        "The day of the month is missing",
        _l("Thiếu ngày trong tháng; xin điền đủ ngày, tháng, năm."),
    ),
    "not_a_date": (
        "This is no date, or one that does not exist",
        _l("Không phải ngày có thật; xin viết như 31/01/1990."),
    ),
    "year_only": (
        "Only the year of birth is known",
        _l("Chỉ có năm sinh."),
    ),
    "unknown_sex": (
        "Neither male nor female was understood",
        _l("Không hiểu giới tính; xin ghi Nam hoặc Nữ."),
    ),
    "unknown_nationality": (
        "No country was understood",
        _l("Không hiểu quốc tịch; xin chọn trong danh mục."),
    ),
    "nationality_from_number": (
        "Taken for a Vietnamese citizen by the number of the document",
        _l("Hiểu là người Việt Nam theo số giấy tờ."),
    ),
    "unknown_document_type": (
        "No type of document was understood",
        _l("Không hiểu loại giấy tờ; xin chọn trong danh mục."),
    ),
    "document_type_guessed": (
        "The type of document was taken from its number",
        _l("Loại giấy tờ được hiểu theo số; xin nhìn lại."),
    ),
    "document_type_replaced": (
        "The number is that of another type of document than said",
        _l("Số không hợp loại giấy tờ đã ghi; đã hiểu theo số, xin nhìn lại."),
    ),
    "unknown_reason": (
        "No reason of stay was understood; tourism is meant",
        _l("Không hiểu lý do lưu trú; đã ghi là du lịch."),
    ),
    "unknown_residence_kind": (
        "No kind of residence was understood",
        _l("Không hiểu loại nơi cư trú; để trống."),
    ),
    "first_of_several": (
        "The first of several was taken",
        _l("Có nhiều giá trị; đã lấy giá trị đầu."),
    ),
    "phone_completed": (
        "The telephone number was completed",
        _l("Đã điền đủ số điện thoại."),
    ),
    "phone_unreadable": (
        "This is no telephone number",
        _l("Không phải số điện thoại; xin xem lại."),
    ),
    "province_merged": (
        "The former province is part of %(province)s today",
        _l("Tỉnh cũ, nay thuộc %(province)s."),
    ),
    "unit_ambiguous": (
        "The name is that of several units: %(units)s",
        _l("Tên này có thể là: %(units)s. Xin chọn lại."),
    ),
    "read_from_document": (
        "Read from the text of a document",
        _l("Đọc từ mã QR hoặc dòng máy đọc trên giấy tờ."),
    ),
    "document_check": (
        "A check of the document's text fails here",
        _l("Mã trên giấy tờ không khớp ở chỗ này; xin so lại với giấy tờ."),
    ),
    "columns_guessed": (
        "The list has no headings; the columns were understood by what is in them",
        _l("Danh sách không có dòng tiêu đề; cột được hiểu theo nội dung."),
    ),
}


def message_of(problem: Problem) -> str:
    """Return the words in the reader's language."""
    fallback = WORDS["invalid_format"]
    words = READING.get(problem.code) or WORDS.get(problem.code, fallback)
    return str(words[1]) % problem.values
