"""What the daily close says, to programs in English and on pages in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.stays.day_close.closing import Difference, Fault

# Codes of the API that only the daily close has.
WORDS = {
    "contradicts": "The values contradict each other",
    "differs_from_stays": "It is not what the stays say",
}


def fault_detail(fault: Fault) -> str:
    """Return why the value can't be, for a program."""
    if fault.code == "not_possible":
        return f"between 0 and {fault.limit} is possible"
    return WORDS[fault.code]


def difference_detail(found: Difference) -> str:
    return f"said {found.said}, known {found.known}"


def fault_words(fault: Fault) -> str:
    """Return why the value can't be, for the page."""
    if fault.code == "not_possible":
        return _("Nhiều nhất là %(n)s.", n=fault.limit)
    if fault.field == "zero":
        return _("Chỉ chọn một: đóng cửa, hoặc mở cửa mà không có khách.")
    return _("Ngày đóng cửa hoặc không có khách thì số phòng bán phải là 0.")


def day_fault_words(code: str) -> str:
    if code == "in_future":
        return _("Ngày này chưa đến, chưa chốt được.")
    return _("Ngày này quá xa, không chốt được nữa.")


def difference_words(found: Difference) -> str:
    """Name the difference between what was typed and what is known."""
    if found.field == "rooms_sold":
        typed = ngettext("%(num)s phòng", "%(num)s phòng", found.said)
        stays = ngettext("%(num)s phòng", "%(num)s phòng", found.known)
        return _("Bạn ghi bán %(typed)s, theo lượt lưu trú là %(stays)s.", typed=typed, stays=stays)
    typed = ngettext("%(num)s phòng", "%(num)s phòng", found.said)
    stays = ngettext("%(num)s phòng", "%(num)s phòng", found.known)
    return _("Bạn ghi sửa %(typed)s, theo lịch phòng là %(stays)s.", typed=typed, stays=stays)


def state_words(state: str) -> str:
    """Say what a day is."""
    return {
        "closed": _("Đã chốt"),
        "activity": _("Tự chốt nhờ có hoạt động"),
        "shut": _("Đóng cửa theo lịch"),
        "due": _("Chưa đến hạn"),
        "missed": _("Chưa báo"),
    }[state]
