"""The words for what became of a list's rows: English for programs, the reader's for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.stays.reading.words import READING
from app.stays.words import WORDS

# What only a whole list can find.
OWN: dict[str, tuple[str, LazyString]] = {
    "same_as_line": (
        "The same guest and arrival as in line %(line)s",
        _l("Trùng khách và ngày đến ở dòng %(line)s."),
    ),
    "overlaps_line": (
        "The guest of line %(line)s is in the house on these days with the same document",
        _l("Giấy tờ này ở dòng %(line)s cũng có mặt trong những ngày ấy."),
    ),
    "room_unknown": (
        "The house has no room of this number",
        _l("Cơ sở không có phòng số này."),
    ),
    "room_type_unknown": (
        "The house has no room type of this name, code or id",
        _l("Cơ sở không có loại phòng này."),
    ),
    "room_taken": (
        "The room is taken on these nights: %(nights)s",
        _l("Phòng đã có khách các đêm: %(nights)s."),
    ),
}
FIELDS: dict[str, LazyString] = {
    "full_name": _l("Họ tên"),
    "surname": _l("Họ"),
    "given_name": _l("Tên"),
    "date_of_birth": _l("Ngày sinh"),
    "birth_mark": _l("Ngày sinh đúng đến"),
    "sex": _l("Giới tính"),
    "nationality": _l("Quốc tịch"),
    "document_type": _l("Loại giấy tờ"),
    "document_number": _l("Số giấy tờ"),
    "document_name": _l("Tên giấy tờ"),
    "document_text": _l("Mã QR hoặc dòng máy đọc"),
    "permitted_until": _l("Được phép tạm trú đến"),
    "phone": _l("Điện thoại"),
    "residence_kind": _l("Nơi cư trú hiện nay"),
    "residence_country": _l("Quốc gia"),
    "residence_unit": _l("Phường, xã"),
    "province": _l("Tỉnh, thành phố"),
    "district": _l("Quận, huyện"),
    "ward": _l("Phường, xã"),
    "address": _l("Địa chỉ"),
    "arrived_at": _l("Ngày đến"),
    "planned_departure": _l("Ngày đi"),
    "departed_at": _l("Ngày trả phòng"),
    "room": _l("Phòng"),
    "room_type": _l("Loại phòng"),
    "reason": _l("Lý do lưu trú"),
    "reason_detail": _l("Nói rõ lý do"),
    "note": _l("Ghi chú"),
}
STATES: dict[str, tuple[str, LazyString]] = {
    "stored": ("fine", _l("Đã ghi")),
    "would_store": ("fine", _l("Sẽ ghi")),
    "duplicate": ("sea", _l("Đã có")),
    "warning": ("look", _l("Được, cần xem")),
    "faulty": ("late", _l("Sai, chờ sửa")),
}
FAILURES: dict[str, tuple[str, LazyString]] = {
    "too_large": ("The file is too large", _l("Tệp quá lớn; xin chia ra.")),
    "too_many_rows": ("More than 100,000 rows", _l("Hơn 100.000 dòng; xin chia tệp.")),
    "too_many_columns": ("Too many columns", _l("Quá nhiều cột.")),
    "too_many_parts": ("Too many parts", _l("Tệp có quá nhiều phần; xin lưu lại bằng Excel.")),
    "unpacks_too_far": ("The file unpacks to far too much", _l("Tệp nén bất thường, không nhận.")),
    "too_slow": ("Reading the file takes too long", _l("Đọc tệp quá lâu; xin chia ra.")),
    "not_utf8": ("The CSV is not UTF-8", _l("Lưu lại tệp dạng “CSV UTF-8”.")),
    "old_or_locked": (
        "An old Excel file (.xls) or one with a password",
        _l("Tệp Excel cũ (.xls) hoặc có mật khẩu; xin lưu lại dạng .xlsx, bỏ mật khẩu."),
    ),
    "not_a_sheet": ("Not a spreadsheet", _l("Không đọc được: cần Excel (.xlsx) hoặc CSV.")),
    "no_guests": (
        "No column holds names, numbers or documents",
        _l("Không thấy cột họ tên hay số giấy tờ nào."),
    ),
}


def detail_of(finding: Mapping[str, Any]) -> str:
    """Return the English words of a finding."""
    return _words(finding)[0] % finding["values"] + _limits(finding)


def message_of(finding: Mapping[str, Any]) -> str:
    """Return the words of a finding in the reader's language."""
    values = finding["values"]
    if "earliest" in values:
        return _("Sớm nhất là %(min)s.", min=values["earliest"])
    if "latest" in values:
        return _("Muộn nhất là %(max)s.", max=values["latest"])
    return str(_words(finding)[1]) % values


def _words(finding: Mapping[str, Any]) -> tuple[str, LazyString]:
    code = finding["code"]
    found = OWN.get(code) or READING.get(code) or WORDS.get(code)
    return found or WORDS["invalid_format"]


def _limits(finding: Mapping[str, Any]) -> str:
    ends = [
        f"{name} {finding['values'][name]}"
        for name in ("earliest", "latest")
        if name in finding["values"]
    ]
    return f": {', '.join(ends)}" if ends else ""
