"""How a forecast reads on a page: its methods, its bands of nights, its errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.statistics.forecast.core.outlook import BASELINE, COMBINATION

METHODS: Mapping[str, Any] = {
    "recent weeks": _l("cùng thứ trong mấy tuần gần nhất"),
    "recent months": _l("cùng thứ trong mấy tháng gần đây"),
    "last year at the level of four weeks": _l("năm trước, nâng theo mức của bốn tuần qua"),
    "last year at the level of three months": _l("năm trước, nâng theo mức của ba tháng qua"),
    "recent weeks moved by last year's season": _l("mấy tuần gần nhất, chuyển theo mùa năm trước"),
    "recent weeks moved half": _l("mấy tuần gần nhất, chuyển nửa phần theo mùa năm trước"),
    "calendar regression": _l("hồi quy theo thứ, mùa, Tết và ngày lễ"),
    "books, pick-up added": _l("số phòng đã đặt, cộng số thường đặt thêm"),
    "books, pick-up multiplied": _l("số phòng đã đặt, nhân theo tỷ lệ thường đã đặt"),
    "books and what is usual": _l("số phòng đã đặt, phần còn lại như thường lệ"),
    BASELINE: _l("mốc so sánh"),
}
SHOWN = {COMBINATION: _l("dự báo"), BASELINE: _l("mốc so sánh")}


def method(name: str) -> str:
    return str(METHODS.get(name, name))


def shown(name: str) -> str:
    """Which of the two stands in a row."""
    return str(SHOWN[name])


def nights(first: int, last: int) -> str:
    return _("Đêm thứ %(first)s–%(last)s", first=first, last=last)
