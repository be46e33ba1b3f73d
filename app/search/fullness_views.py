"""The page of how full the town is for the next six months, in steps, with the holidays named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.dates import Holiday, Period, next_month
from app.registry.words import unit_name
from app.search.fullness import Level, TownNight, town_nights
from app.search.geography import geography
from app.search.links import Parameters, search_url
from app.search.vacancies import Result
from app.web.discovery import indexed
from app.web.filters import english
from app.web.locale import carry
from app.web.pages import page
from app.web.security import public

blueprint = Blueprint("fullness", __name__)

MONTHS = 6
CACHE_SECONDS = 120


class FullLinks(NamedTuple):
    """Where to go on from a search that found nothing, or next to nothing."""

    calendar_url: str
    watch_url: str | None


def full_links(result: Result, shown: Parameters) -> FullLinks | None:
    """Return the ways on where a search for dates left next to nothing."""
    from app.search.next_steps import FEW_RESULTS

    if result.wish.stay is None or result.total >= FEW_RESULTS:
        return None
    area = {"unit": shown["unit"]} if shown.get("unit") in _areas() else {}
    return FullLinks(
        _address("/search/calendar", area),
        _address("/search/watch", {**shown}),
    )


def _address(path: str, parameters: Parameters) -> str:
    return search_url(parameters).replace("/search", path, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """A night of the page."""

    day: date
    level: Level | None
    holiday: Holiday | None
    url: str | None

    @property
    def is_weekend(self) -> bool:
        return self.day.weekday() >= 4 and self.day.weekday() != 6


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """A month as weeks from Monday on; None where the day is another month's or over."""

    first: date
    weeks: list[list[Cell | None]]
    holidays: list[tuple[str, list[date]]]


@blueprint.get("/search/calendar")
@public
@indexed
def calendar() -> ResponseReturnValue:
    """How full the town or one of its areas is; a night leads to the search for it."""
    area = request.args.get("unit", "")
    area = area if area in _areas() else ""
    units = geography().units_of(area) if area else ()
    period = shown_period(dates.today())
    response = page(
        "search/calendar.html",
        months=months(town_nights(period, units), area),
        areas=sorted(_areas().items(), key=lambda item: item[1]),
        area=area,
        area_name=unit_name(_areas()[area]) if area else None,
        is_known=any(night.level for night in town_nights(period, units)),
    )
    return _cached(response)


def _areas() -> dict[str, str]:
    return geography().area_names


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return response


def shown_period(today: date) -> Period:
    """Return the nights from today to the end of the fifth month after this one."""
    end = next_month(today)
    for _month in range(MONTHS - 1):
        end = next_month(end)
    return Period(today, end)


def months(nights: list[TownNight], area: str) -> list[CalendarMonth]:
    """Return the months of the nights, each night in its step."""
    found = {night.night: night for night in nights}
    holidays = {one.date: one for one in dates.holidays_between(shown_period(nights[0].night))}
    return [
        _month(Period(first, next_month(first)), found, holidays, area)
        for first in dict.fromkeys(night.night.replace(day=1) for night in nights)
    ]


def _month(
    days: Period, nights: dict[date, TownNight], holidays: dict[date, Holiday], area: str
) -> CalendarMonth:
    cells: list[Cell | None] = [None] * days.start.weekday()
    named: dict[str, list[date]] = {}
    for day in days:
        night = nights.get(day)
        holiday = holidays.get(day) if night else None
        if holiday:
            named.setdefault(_name(holiday), []).append(day)
        url = search_url(_one_night(day, area)) if night else None
        cells.append(Cell(day, night.level, holiday, url) if night else None)
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[at : at + 7] for at in range(0, len(cells), 7)]
    return CalendarMonth(days.start, weeks, list(named.items()))


def _name(holiday: Holiday) -> str:
    """Return what the run of days is called that a holiday belongs to."""
    if holiday.code == "tet":
        return _("Tết Nguyên Đán")
    if holiday.code == "national_day":
        return _("Quốc khánh")
    return holiday.name_en if english() else holiday.name_vi


def _one_night(day: date, area: str) -> Parameters:
    stay = Period.of(day, 1)
    found = {"check_in": stay.start.isoformat(), "check_out": stay.end.isoformat()}
    return carry({**found, "unit": area} if area else found)


def level_words() -> dict[str, tuple[int | str, str]]:
    """Return each level's step of the scale of colours and its word."""
    return {
        "many": (4, _("nhiều phòng")),
        "few": (2, _("còn ít")),
        "full": (0, _("gần kín")),
    }


@blueprint.app_template_global("level_words")
def _level_words() -> dict[str, tuple[int | str, str]]:
    return level_words()
