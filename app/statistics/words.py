"""How keys of statistics read on a page: a day, a month, a unit, a kind, a country."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import ARRAY, Text, any_, literal, select

from app.dates import Period
from app.db import db
from app.registry.models import Establishment
from app.registry.units import Units
from app.registry.words import KIND_NAMES, unit_name
from app.statistics import periods
from app.statistics.queries import UNKNOWN, UNRATED, Filters
from app.stays import countries
from app.web import filters as shown
from app.web.locale import selected

ENGLISH_MONTHS = dict(enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun"), start=1))
ENGLISH_MONTHS |= dict(enumerate(("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=7))


def names_of(by: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the name of each key; a key without one is its own."""
    wanted = list(keys)
    named = _NAMES[by](wanted)
    return {key: named.get(key, key) for key in wanted}


def day(key: str) -> str:
    return shown.day(date.fromisoformat(key))


def month(key: str) -> str:
    year, number = key.split("-")
    if shown.english():
        return f"{ENGLISH_MONTHS[int(number)]} {year}"
    return _("Tháng %(month)s/%(year)s", month=int(number), year=year)


def month_short(key: str) -> str:
    year, number = key.split("-")
    if shown.english():
        return f"{ENGLISH_MONTHS[int(number)]} {year[2:]}"
    return f"{int(number)}/{year}"


def week(key: str) -> str:
    """«Tuần 48 (T2 23/11 – CN 29/11/2026)»."""
    whole = periods.of_key(key, "week")
    if whole is None:
        return key
    return _("Tuần %(week)s (%(period)s)", week=int(key[-2:]), period=period(whole))


def quarter(key: str) -> str:
    return _("Quý %(quarter)s/%(year)s", quarter=key[-1], year=key[:4])


def short(by: str, key: str) -> str:
    """Return the key as it stands below a drawing, where there is little room."""
    if by == "week":
        return _("T.%(week)s/%(year)s", week=int(key[-2:]), year=key[2:4])
    if by == "quarter":
        return _("Q%(quarter)s/%(year)s", quarter=key[-1], year=key[:4])
    if by == "year":
        return key
    return day(key) if by == "day" else month_short(key)


def before_short(basis: str | None) -> str:
    """Return what the figures behind this period's are, for the legend of a drawing."""
    if basis == "previous":
        return _("Kỳ trước")
    return _("Năm trước, khớp lễ") if basis == "last_year_aligned" else _("Năm trước")


def _weeks(keys: list[str]) -> dict[str, str]:
    return {key: week(key) for key in keys}


def _quarters(keys: list[str]) -> dict[str, str]:
    return {key: quarter(key) for key in keys}


def _years(keys: list[str]) -> dict[str, str]:
    return {key: _("Năm %(year)s", year=key) for key in keys}


def _days(keys: list[str]) -> dict[str, str]:
    return {key: day(key) for key in keys}


def _months(keys: list[str]) -> dict[str, str]:
    return {key: month(key) for key in keys}


def _units(keys: list[str]) -> dict[str, str]:
    known = Units.load().today
    named = {key: unit_name(known[key].name) for key in keys if key in known}
    return {**named, UNKNOWN: _("Chưa rõ phường, xã")}


def _areas(keys: list[str]) -> dict[str, str]:
    known = Units.load().areas
    named = {key: known[key].name for key in keys if key in known}
    return {**named, UNKNOWN: _("Chưa rõ vùng")}


def _kinds(keys: list[str]) -> dict[str, str]:
    named = {key: str(KIND_NAMES[key]) for key in keys if key in KIND_NAMES}
    return {**named, UNKNOWN: _("Chưa rõ loại")}


def _stars(keys: list[str]) -> dict[str, str]:
    return {
        key: _("Chưa xếp hạng") if key == UNRATED else _("%(stars)s sao", stars=key) for key in keys
    }


def _houses(keys: list[str]) -> dict[str, str]:
    rows = db.session.execute(
        select(Establishment.code, Establishment.name).where(
            # One array, however many there are: a thousand parameters take longer than the query.
            Establishment.code == any_(literal(keys, ARRAY(Text)))
        )
    )
    return {code: f"{name} ({code})" for code, name in rows}


def _countries(keys: list[str]) -> dict[str, str]:
    named = {key: countries.name(key, selected()) for key in keys}
    return {**named, UNKNOWN: _("Chưa rõ nơi cư trú")}


_NAMES: Mapping[str, Callable[[list[str]], dict[str, str]]] = {
    "day": _days,
    "week": _weeks,
    "quarter": _quarters,
    "year": _years,
    "month": _months,
    "unit": _units,
    "area": _areas,
    "kind": _kinds,
    "stars": _stars,
    "establishment": _houses,
    "country": _countries,
}


def period(of: Period) -> str:
    """«1/10 – 23/11/2026»: the nights, the last one included; a whole month by its name."""
    last = of.end.toordinal() - 1
    end = date.fromordinal(last)
    if of == Period.month(of.start.year, of.start.month):
        return month(f"{of.start:%Y-%m}")
    if of == periods.around(of.start, "year"):
        return _("Năm %(year)s", year=of.start.year)
    if of.start.year != end.year:
        return f"{of.start.day}/{of.start.month}/{of.start.year} – {end.day}/{end.month}/{end.year}"
    if of.start == end:
        return shown.day(of.start, year=True)
    return f"{of.start.day}/{of.start.month} – {end.day}/{end.month}/{end.year}"


def scope(filters: Filters) -> str:
    """Return in words which houses count: «Phường Vũng Tàu · Khách sạn · 4 sao»."""
    parts: list[str] = []
    asked = {
        "unit": filters.units,
        "area": filters.areas,
        "kind": filters.kinds,
        "stars": filters.stars,
    }
    for by, codes in asked.items():
        if codes:
            named = names_of(by, codes)
            parts.append(", ".join(named.get(code, code) for code in codes))
    if not (filters.units or filters.areas):
        parts.insert(0, _where(filters))
    return " · ".join(parts)


def _where(filters: Filters) -> str:
    if filters.within is None:
        return _("Toàn địa bàn")
    named = names_of("unit", sorted(filters.within))
    return ", ".join(named.get(code, code) for code in sorted(filters.within))
