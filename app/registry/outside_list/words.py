"""What a compared list says on pages and in files: results, decisions, and why two houses match."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.text import fold

RESULT_NAMES: dict[str, LazyString] = {
    "absent": _l("Không có trong sổ"),
    "probable": _l("Có lẽ có"),
    "found": _l("Có trong sổ"),
    "waiting": _l("Đang so"),
}
KINDS_SAID = {
    "nha nghi": "guest_house",
    "guest house": "guest_house",
    "homestay": "homestay",
    "resort": "resort",
    "villa": "villa",
    "biet thu": "villa",
    "can ho": "apartment",
    "apartment": "apartment",
}
RESULT_TAGS = {"absent": "late", "probable": "look", "found": "fine", "waiting": "quiet"}
DECISION_NAMES: dict[str, LazyString] = {
    "same": _l("Chính là cơ sở này"),
    "drafted": _l("Đã lập hồ sơ chờ duyệt"),
    "to_visit": _l("Cần đến xem"),
    "none": _l("Không phải cơ sở lưu trú ở đây"),
}
FAULTS: dict[str, LazyString] = {
    "too_large": _l("Tệp quá lớn; xin chia ra."),
    "too_many_rows": _l("Hơn 10.000 dòng; xin chia tệp."),
    "too_many_columns": _l("Quá nhiều cột."),
    "too_many_parts": _l("Tệp có quá nhiều phần; xin lưu lại bằng Excel."),
    "unpacks_too_far": _l("Tệp nén bất thường, không nhận."),
    "too_slow": _l("Đọc tệp quá lâu; xin chia ra."),
    "old_or_locked": _l(
        "Tệp Excel cũ (.xls) hoặc có mật khẩu; xin lưu lại dạng .xlsx, bỏ mật khẩu."
    ),
    "not_utf8": _l("Lưu lại tệp dạng “CSV UTF-8”."),
    "not_a_sheet": _l("Không đọc được: cần Excel (.xlsx) hoặc CSV."),
    "no_name": _l("Không thấy cột tên cơ sở; hãy đặt tiêu đề cột là “Tên”."),
    "empty": _l("Danh sách không có cơ sở nào."),
}


def kind_said(name: str) -> str:
    """Return the kind a name speaks of, a hotel where it speaks of none."""
    folded = fold(name)
    return next((kind for words, kind in KINDS_SAID.items() if words in folded), "hotel")


def fault_words(code: str) -> str:
    return str(FAULTS.get(code, FAULTS["not_a_sheet"]))


def evidence_words(evidence: dict[str, Any]) -> list[str]:
    """Return why the two match, or do not, one line for each thing that is known."""
    if not evidence:
        return []
    found = [_("tên giống %(share)s %%", share=round(100 * evidence["name"]))]
    phone, metres, address = (evidence.get(name) for name in ("phone", "metres", "address"))
    if phone is not None:
        found.append(_("cùng số điện thoại") if phone else _("số điện thoại khác"))
    if metres is not None:
        found.append(_distance(metres))
    if address is not None:
        found.append(_("địa chỉ giống %(share)s %%", share=round(100 * address)))
    return found


def _distance(metres: int) -> str:
    if metres < 1_000:
        return _("cách %(n)s m", n=metres)
    return _("cách %(n)s km", n=round(metres / 1_000))
