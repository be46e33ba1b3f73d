"""How the registry's codes read on a page, in the reader's language."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

KIND_NAMES: dict[str, LazyString] = {
    "hotel": _l("Khách sạn"),
    "resort": _l("Khu nghỉ dưỡng"),
    "villa": _l("Biệt thự"),
    "apartment": _l("Căn hộ"),
    "ship": _l("Tàu thuỷ lưu trú"),
    "guest_house": _l("Nhà nghỉ"),
    "homestay": _l("Homestay"),
    "campsite": _l("Bãi cắm trại"),
    "other": _l("Cơ sở lưu trú khác"),
}

STATUS_NAMES: dict[str, LazyString] = {
    "applied": _l("Chờ duyệt"),
    "approved": _l("Đang hoạt động"),
    "suspended": _l("Tạm ngừng"),
    "rejected": _l("Bị từ chối"),
}

AMENITY_NAMES: dict[str, LazyString] = {
    "pool": _l("Hồ bơi"),
    "sea_view": _l("Nhìn ra biển"),
    "beachfront": _l("Sát biển"),
    "breakfast": _l("Ăn sáng"),
    "restaurant": _l("Nhà hàng"),
    "bar": _l("Quầy bar"),
    "parking": _l("Bãi đỗ xe"),
    "ev_charging": _l("Sạc xe điện"),
    "wifi": _l("Wi-Fi"),
    "air_conditioning": _l("Máy lạnh"),
    "kitchen": _l("Bếp"),
    "pets": _l("Cho mang thú cưng"),
    "spa": _l("Spa"),
    "gym": _l("Phòng tập"),
    "elevator": _l("Thang máy"),
    "balcony": _l("Ban công"),
    "bathtub": _l("Bồn tắm"),
    "family_room": _l("Phòng gia đình"),
    "accessible": _l("Lối đi cho xe lăn"),
    "meeting_room": _l("Phòng họp"),
    "airport_transfer": _l("Đưa đón sân bay"),
    "karaoke": _l("Karaoke"),
    "bbq": _l("Nướng BBQ"),
}

MISSING_NAMES: dict[str, LazyString] = {
    "unit": _l("Phường, xã"),
    "location": _l("Vị trí trên bản đồ"),
    "rooms": _l("Số phòng"),
    "phone": _l("Điện thoại"),
    "licence": _l("Giấy phép"),
    "stars": _l("Hạng sao"),
}

STARS = (1, 2, 3, 4, 5)


def unit_name(name: str) -> str:
    """Return a unit's name in the reader's language: «Phường Rạch Dừa», “Rạch Dừa ward”."""
    locale = get_locale()
    if locale is None or locale.language == "vi":
        return name
    for kind, words in (
        ("Phường ", _("Phường %(name)s")),
        ("Xã ", _("Xã %(name)s")),
        ("Đặc khu ", _("Đặc khu %(name)s")),
    ):
        own = name.removeprefix(kind)
        if own != name and not own.isdecimal():
            return words % {"name": own}
    return name
