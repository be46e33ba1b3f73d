"""The drawings of statistics, as the options of a chart; each has its table on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, literal, select
from sqlalchemy.orm import aliased

from app import dates
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.statistics import words
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.indicators import INDICATORS
from app.statistics.origins import Origin
from app.statistics.queries import Figures, ended, occupancy
from app.statistics.report import BARS_DRAWN, Report
from app.web.filters import english, number, percent

CALENDAR_NIGHTS = 400
# The calendar's colours run from quiet to full; below a fifth all nights look alike.
CALENDAR_LOW, CALENDAR_HIGH = 0.2, 1.0
COUNTRIES_DRAWN = 12
# A line of so many steps is worth zooming into.
ZOOM_FROM = 45
# Houses are listed by their code: nobody is held up as the fullest or the emptiest.
NOT_RANKED = ("establishment",)

Chart = dict[str, Any]


def occupancy_chart(of: Report) -> Chart:
    """Net occupancy of each row, with last year's behind it."""
    if not of.by_time:
        return _ranking(of, lambda row: row.occupancy_net, percent)
    now = [row.occupancy_net for row in of.rows]
    before = [of.behind.get(row.key, Figures()).occupancy_net for row in of.rows]
    series = [{"name": _("Kỳ này"), "data": now, "as": "now"}]
    if any(value is not None for value in before):
        name = words.before_short(of.asked.compare)
        series.append({"name": name, "data": before, "as": "before"})
    highest = max((value for value in [*now, *before] if value is not None), default=0)
    return {
        "kind": "line" if len(of.rows) > 1 else "bar",
        "format": "percent",
        "max": 1 if highest <= 1 else None,
        "labels": _labels(of),
        "series": series,
        "marks": _holiday_marks(of) if of.asked.by == "day" else [],
        "zoom": len(of.rows) > ZOOM_FROM,
        **_tools(),
    }


def guests_chart(of: Report) -> Chart:
    """Guest nights of each row; over time domestic and foreign on each other."""
    if not of.by_time:
        return _ranking(of, lambda row: row.guest_nights, number)
    domestic = [row.guest_nights_domestic for row in of.rows]
    foreign = [row.guest_nights_foreign for row in of.rows]
    return _stacked(_labels(of), domestic, foreign)


def countries_chart(rows: Sequence[Origin], names: dict[str, str]) -> Chart:
    """The foreign countries most guests come from."""
    foreign = [row for row in rows if row.foreign][:COUNTRIES_DRAWN]
    guests = [row.guests for row in foreign]
    labels = [names[row.key] for row in foreign]
    return bars(labels, guests, [number(value) for value in guests])


def periods_chart(rows: Sequence[Origin], by: str) -> Chart:
    """Guests over time, domestic and foreign on each other."""
    return _stacked(
        [words.short(by, row.key) for row in rows],
        [row.domestic for row in rows],
        [row.foreign for row in rows],
        [row.unknown for row in rows],
    )


def _stacked(
    labels: list[str], domestic: list[int], foreign: list[int], unknown: Sequence[int] = ()
) -> Chart:
    return {
        "kind": "stacked",
        "format": "number",
        "labels": labels,
        "series": [
            {"name": _("Trong nước"), "data": domestic},
            {"name": _("Quốc tế"), "data": foreign},
            *([{"name": _("Chưa rõ"), "data": unknown}] if any(unknown) else []),
        ],
        "zoom": len(labels) > ZOOM_FROM,
        **_tools(),
    }


def bars(labels: list[str], values: Sequence[float | None], texts: list[str]) -> Chart:
    """Lying bars, each with its name before and its number behind it."""
    ink = {"color": "--ink", "fontSize": 13}
    data = [
        {"value": value, "label": {"formatter": words_shown}}
        for value, words_shown in zip(values, texts, strict=True)
    ][:BARS_DRAWN]
    option = {
        "legend": {"show": False},
        "tooltip": {"trigger": "item"},
        "grid": {"left": 4, "right": 72, "top": 28, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": labels[:BARS_DRAWN],
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": ink,
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 18,
                "data": data,
                "label": {"show": True, "position": "right", **ink},
            }
        ],
    }
    return {"kind": "raw", "option": option, **_tools()}


def _tools() -> Chart:
    """The words of the buttons beside a drawing."""
    return {"tools": {"save": _("Lưu ảnh"), "zoom": _("Phóng to"), "back": _("Xem lại cả kỳ")}}


def _ranking(
    of: Report, figure: Callable[[Figures], float | None], shown: Callable[[Any], str]
) -> Chart:
    """The parts of the area from the most to the least, with the number behind each bar."""
    rows = list(of.rows)
    if of.asked.by not in NOT_RANKED:
        rows.sort(key=lambda row: -(figure(row) or 0))
    rows = rows[:BARS_DRAWN]
    labels = [of.names.get(row.key, row.key) for row in rows]
    return bars(labels, [figure(row) for row in rows], [shown(figure(row)) for row in rows])


def _labels(of: Report) -> list[str]:
    return [words.short(of.asked.by, row.key) for row in of.rows]


def _holiday_marks(of: Report) -> list[Chart]:
    places = {row.key: place for place, row in enumerate(of.rows)}
    marks = []
    for run in _runs(of.period):
        inside = [places[day.isoformat()] for day in run if day.isoformat() in places]
        if inside:
            # A single night is as wide as the way to the next one.
            last = max(inside[-1], min(inside[0] + 1, len(places) - 1))
            marks.append({"label": _holiday_name(run), "from": inside[0], "to": last})
    return marks


def _runs(period: Period) -> list[Period]:
    years = range(period.start.year, period.end.year + 1)
    runs = [run for year in years for run in dates.holiday_runs(year)]
    return [Period(run.first, run.last + dates.ONE_DAY) for run in runs]


def _holiday_name(run: Period) -> str:
    """«Tết» for whichever of its days comes first, else what the first day is called."""
    first = dates.holidays_between(run)[0]
    if "Tết" in first.name_vi and "Dương" not in first.name_vi:
        return _("Tết")
    return first.name_en if english() else first.name_vi


# --- The calendar and the map ---------------------------------------------------------------

Night = tuple[date, float | None, str, str]


def calendar(of: Report, formula_url: Callable[..., str]) -> list[Night]:
    """Return (night, occupancy, words, address) of every night; none of a period too long."""
    if len(of.period) > CALENDAR_NIGHTS or ended(of.asked.period) is None:
        return []
    rows = of.table.rows
    if of.asked.by != "day":
        rows = occupancy(of.period, by="day", filters=of.asked.filters).rows
    return [
        (
            date.fromisoformat(row.key),
            row.occupancy_net,
            percent(row.occupancy_net),
            formula_url("occupancy_net", row.key, by="day"),
        )
        for row in rows
    ]


def calendar_chart(nights: Sequence[Night], formula_url: Callable[..., str]) -> Chart | None:
    """The nights as coloured squares, weekday by week, holidays marked with a point."""
    if not nights:
        return None
    period = Period(nights[0][0], nights[-1][0] + dates.ONE_DAY)
    holidays = [
        [each.date.isoformat(), each.name_en if english() else each.name_vi]
        for each in dates.holidays_between(period)
    ]
    return {
        "kind": "calendar",
        "format": "percent",
        "range": [nights[0][0].isoformat(), nights[-1][0].isoformat()],
        "scale": [CALENDAR_LOW, CALENDAR_HIGH],
        "data": [[night.isoformat(), value] for night, value, _words, _url in nights],
        "holidays": holidays,
        "link": formula_url("occupancy_net", "KEY", by="day"),
        **_tools(),
    }


def holiday_names(nights: Sequence[Night]) -> list[tuple[date, str]]:
    """Return the holidays among the nights, for those who read the calendar as text."""
    if not nights:
        return []
    period = Period(nights[0][0], nights[-1][0] + dates.ONE_DAY)
    return [
        (each.date, each.name_en if english() else each.name_vi)
        for each in dates.holidays_between(period)
    ]


def wards_map(of: Report) -> Chart | None:
    """A circle for each ward amid its houses: as large as its rooms, as dark as it is full."""
    if of.asked.by != "unit":
        return None
    places = _ward_places()
    points = [
        {
            "name": of.names.get(row.key, row.key),
            "at": places[row.key],
            "value": row.occupancy_net,
            "size": row.rooms_net,
            "words": percent(row.occupancy_net),
        }
        for row in of.rows
        if row.key in places
    ]
    if not points:
        return None
    return {
        "kind": "map",
        "format": "percent",
        "scale": [CALENDAR_LOW, CALENDAR_HIGH],
        "points": points,
        **_tools(),
    }


def _ward_places() -> dict[str, list[float]]:
    """Return by unit the middle of its houses, as [longitude, latitude]."""
    heir = aliased(Unit)
    code = func.coalesce(heir.code, Unit.code)
    rows = db.session.execute(
        select(code, func.avg(Establishment.lon), func.avg(Establishment.lat))
        .join(Classification, Classification.establishment_id == Establishment.id)
        .join(Unit, Unit.id == Classification.unit_id)
        .outerjoin(heir, heir.id == Unit.successor_id)
        .where(
            Establishment.status.in_(COUNTED_STATUSES),
            Establishment.lat.is_not(None),
            Classification.valid.contains(literal(dates.today(), db.Date)),
        )
        .group_by(code)
    )
    return {row[0]: [round(row[1], 5), round(row[2], 5)] for row in rows}


# --- In words -------------------------------------------------------------------------------


def summary(of: Report, name: str) -> str:
    """Return what a drawing shows in one sentence, which is all that a screen reader has of it."""
    indicator = INDICATORS[name]

    def shown(row: Figures) -> str:
        value = indicator.of(row)
        return percent(value) if indicator.style == "percent" else number(value)

    known = [row for row in of.rows if indicator.of(row) is not None]
    words_of = _("%(label)s cả kỳ: %(total)s.", label=indicator.label, total=shown(of.table.total))
    if len(known) > 1 and of.asked.by not in NOT_RANKED:
        most = max(known, key=lambda row: indicator.of(row) or 0)
        least = min(known, key=lambda row: indicator.of(row) or 0)
        words_of += " " + _(
            "Cao nhất %(most)s (%(most_at)s), thấp nhất %(least)s (%(least_at)s).",
            most=shown(most),
            most_at=of.names[most.key],
            least=shown(least),
            least_at=of.names[least.key],
        )
    if of.by_time and name == "occupancy_net" and of.behind:
        words_of += " " + _("Đường nhạt: %(before)s.", before=_behind_words(of))
    return words_of


def _behind_words(of: Report) -> str:
    if of.asked.compare is not None:
        return words.before_short(of.asked.compare).lower()
    return _("cùng thứ trong tuần của năm trước") if of.asked.by == "day" else _("năm trước")
