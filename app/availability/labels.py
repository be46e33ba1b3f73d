"""How pages name a room type, a weekday, a price in a narrow cell, the facts of a night."""

from __future__ import annotations

from datetime import date

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from app.availability.queries import NightState
from app.registry.models import RoomType
from app.web.filters import ENGLISH_WEEKDAYS, VIETNAMESE_WEEKDAYS, day, english, money, number

# Channels that programs name by a code; what a desk wrote in its own words is shown as it is.
CHANNEL_NAMES: dict[str, LazyString] = {
    "direct": _l("Trực tiếp với cơ sở"),
    "phone": _l("Điện thoại"),
    "ota": _l("Trang đặt phòng"),
    "agency": _l("Công ty du lịch"),
}
THOUSAND, MILLION = 1_000, 1_000_000


def room_type_name(room_type: RoomType) -> str:
    """Return the type's name in the reader's language."""
    return (room_type.name_en if english() else None) or room_type.name


def channel_name(channel: str | None) -> str | None:
    """Return how a channel reads in the reader's language."""
    return str(CHANNEL_NAMES.get(channel, channel)) if channel else None


def weekday_names() -> tuple[str, ...]:
    return ENGLISH_WEEKDAYS if english() else VIETNAMESE_WEEKDAYS


def weekday(night: date) -> str:
    return weekday_names()[night.weekday()]


def short_money(price: int) -> str:
    """Return "900k" or "1,25tr" for a cell that has no room for more; small prices whole."""
    if price >= MILLION:
        places = 0 if price % MILLION == 0 else 1 if price % (MILLION // 10) == 0 else 2
        unit = "M" if english() else "tr"
        return f"{number(price / MILLION, places)}{unit}"
    return f"{number(round(price / THOUSAND))}k" if price >= THOUSAND else number(price)


def night_names(nights: list[date], most: int = 5) -> str:
    """Name some nights, and say how many more there are."""
    names = ", ".join(day(night) for night in nights[:most])
    more = len(nights) - most
    return names if more <= 0 else _("%(names)s và %(more)s đêm nữa", names=names, more=more)


def night_facts(state: NightState) -> str:
    """Say how the vacancy of a night comes about."""
    parts = [ngettext("%(num)s phòng", "%(num)s phòng", state.total)]
    counts = [
        (state.taken, _("%(n)s đang có khách", n=state.taken)),
        (state.open_reservations, _("%(n)s đã đặt", n=state.open_reservations)),
        (state.withheld, _("%(n)s giữ lại", n=state.withheld)),
        (state.blocked, _("%(n)s trang đặt phòng giữ", n=state.blocked)),
        (state.out_of_order, _("%(n)s đang sửa", n=state.out_of_order)),
    ]
    parts += [words for count, words in counts if count]
    if state.price is not None:
        parts.append(money(state.price))
    return " · ".join(parts)


def register(blueprint: Blueprint) -> None:
    """Make the names available to templates."""
    labels = (room_type_name, channel_name, weekday, short_money, night_facts, night_names)
    for label in labels:
        blueprint.add_app_template_filter(label)
