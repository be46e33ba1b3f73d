"""What the page of the forecast shows: its chart, its busiest night, its tables as files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app import dates
from app.dates import ONE_DAY, Period
from app.statistics.forecast import words
from app.statistics.forecast.queries import Expected, Night
from app.web.filters import day, english, percent

LEAST_WEIGHT = 0.02


def headings() -> list[str]:
    return [
        _("Đêm"),
        _("Dự báo"),
        _("Thấp (80 %)"),
        _("Cao (80 %)"),
        _("Mốc so sánh"),
        _("Đã đặt"),
        _("Buồng sẵn sàng"),
        _("Năm trước, khớp ngày lễ"),
        _("Cách tính"),
    ]


def definitions(found: Expected) -> list[tuple[str, str]]:
    """What the columns of a file mean, and how far off forecasts were."""
    said = [
        (_("Dự báo"), _("Số buồng có khách được chờ đợi trong đêm, của các cơ sở có trong sổ.")),
        (
            _("Thấp, cao (80 %)"),
            _("Cứ năm lần thì bốn lần con số thật nằm giữa hai số này, theo các sai số đã qua."),
        ),
        (
            _("Mốc so sánh"),
            _("Trung bình của tuần trước và cùng thứ năm trước, khớp Tết và ngày lễ."),
        ),
        (_("Đã đặt"), _("Buồng đã có khách hoặc đặt trước, biết vào sáng ngày lập dự báo.")),
        (_("Lập từ số liệu đến sáng"), found.as_of.isoformat()),
    ]
    return said + [
        (
            words.nights(band["first"], band["last"]),
            _(
                "Dùng %(method)s; WAPE %(wape)s, của mốc so sánh %(other)s; trúng khoảng %(share)s",
                method=words.shown(band["method"]),
                wape=percent(band["wape"]),
                other=percent(band["benchmark"]["wape"]),
                share=percent(band["coverage"]),
            ),
        )
        for band in found.bands
    ]


def busiest(found: Expected) -> Night:
    return max(found.nights, key=lambda night: night.point)


def rows(found: Expected) -> list[tuple[Any, ...]]:
    """The table as a file holds it: rooms to a tenth, which is finer than anybody can know."""
    return [
        (
            night.night.isoformat(),
            round(night.point, 1),
            round(night.low80, 1),
            round(night.high80, 1),
            round(night.benchmark, 1),
            night.on_the_books,
            night.capacity,
            night.last_year,
            words.shown(night.method),
        )
        for night in found.nights
    ]


def weights(found: Expected) -> list[tuple[str, float]]:
    """The voices in the forecast that count, in words, the loudest first."""
    return [
        (words.method(name), weight)
        for name, weight in sorted(found.report["weights"].items(), key=lambda w: (-w[1], w[0]))
        if weight >= LEAST_WEIGHT
    ]


def chart(found: Expected) -> dict[str, Any]:
    """The last weeks, the nights to come with their interval, last year's behind both."""
    before = found.before
    # Nights that passed since it was made have neither a figure here nor a forecast any more.
    nights = [night for night, _rooms, _year in before] + [n.night for n in found.nights]
    blank: list[Any] = [None] * len(before)
    after = [None] * len(found.nights)
    series = [
        {"name": _("Buồng có khách"), "as": "now", "data": [r for _n, r, _y in before] + after},
        {"name": _("Dự báo"), "as": "forecast", "data": blank + _rounded(found, "point")},
        {
            "name": _("Bốn lần trong năm nằm trong khoảng"),
            "as": "band",
            "data": blank + [[round(n.low80), round(n.high80)] for n in found.nights],
        },
        {
            "name": _("Năm trước, khớp ngày lễ"),
            "as": "before",
            "data": [y for _n, _r, y in before] + [n.last_year for n in found.nights],
        },
    ]
    if found.report["books"] is not None:
        booked = [night.on_the_books for night in found.nights]
        series.append({"name": _("Đã đặt"), "as": "plain", "data": blank + booked})
    return {
        "kind": "line",
        "format": "number",
        "labels": [day(night) for night in nights],
        "series": series,
        "marks": list(_holidays(nights)),
    }


def _rounded(found: Expected, name: str) -> list[int]:
    return [round(getattr(night, name)) for night in found.nights]


def _holidays(nights: list[date]) -> Iterator[dict[str, Any]]:
    """The days off within the nights, with their names."""
    places = {night: place for place, night in enumerate(nights)}
    for year in range(nights[0].year, nights[-1].year + 1):
        for run in dates.holiday_runs(year):
            days = Period(run.first, run.last + ONE_DAY)
            inside = [places[night] for night in days if night in places]
            if inside:
                yield {"label": _holiday_name(days), "from": inside[0], "to": inside[-1]}


def _holiday_name(days: Period) -> str:
    first = dates.holidays_between(days)[0]
    if "Tết" in first.name_vi and "Dương" not in first.name_vi:
        return _("Tết")
    return first.name_en if english() else first.name_vi
