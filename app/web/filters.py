"""How templates print days, moments, money and ages, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from app.dates import ZONE, now
from app.web.locale import locale_spoken

VIETNAMESE_WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
ENGLISH_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NO_BREAK = "\N{NO-BREAK SPACE}"
NOTHING = "–"
_VIETNAMESE_MARKS = str.maketrans(",.", ".,")

Number = int | float | Decimal


def init_app(app: Flask) -> None:
    for filter_ in (day, moment, money, number, percent, ago):
        app.add_template_filter(filter_)


def english() -> bool:
    locale = locale_spoken()
    return locale is not None and locale.language == "en"


def day(value: date | datetime | None, year: bool | None = None) -> str:
    """«T7 28/11»; the year is added where it is not this one, or as asked."""
    if value is None:
        return NOTHING
    when = value.astimezone(ZONE).date() if isinstance(value, datetime) else value
    names = ENGLISH_WEEKDAYS if english() else VIETNAMESE_WEEKDAYS
    shown = f"{names[when.weekday()]}{NO_BREAK}{when.day}/{when.month}"
    this_year = now().astimezone(ZONE).year
    with_year = when.year != this_year if year is None else year
    return f"{shown}/{when.year}" if with_year else shown


def moment(value: datetime | None) -> str:
    """«14:05 T7 28/11», on the clock of Vũng Tàu."""
    if value is None:
        return NOTHING
    local = value.astimezone(ZONE)
    return f"{local:%H:%M}{NO_BREAK}{day(local)}"


def number(value: Number | None, decimals: int = 0) -> str:
    """«1.234,5» in Vietnamese, «1,234.5» in English; a dash for what is unknown."""
    if value is None:
        return NOTHING
    shown = f"{value:,.{decimals}f}"
    return shown if english() else shown.translate(_VIETNAMESE_MARKS)


def money(value: Number | None) -> str:
    """«900.000 ₫»: whole đồng."""
    return NOTHING if value is None else f"{number(value)}{NO_BREAK}₫"


def percent(value: Number | None, decimals: int = 1) -> str:
    """«67,3 %» of a fraction such as 0.673."""
    return NOTHING if value is None else f"{number(value * 100, decimals)}{NO_BREAK}%"


def ago(value: datetime | None) -> str:
    """«12 phút trước»: how long since, in the largest unit that fits."""
    if value is None:
        return NOTHING
    minutes = int((now() - value).total_seconds() // 60)
    if minutes < 1:
        return _("vừa xong")
    if minutes < 60:
        return ngettext("%(num)s phút trước", "%(num)s phút trước", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s giờ trước", "%(num)s giờ trước", minutes // 60)
    return ngettext("%(num)s ngày trước", "%(num)s ngày trước", minutes // (24 * 60))
