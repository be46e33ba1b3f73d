"""Occupancy by the definitions, one guest and one night after another, without any SQL of ours."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from app import dates
from app.availability.models import ReportedDay, TakenNight
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Closure, Establishment, RoomAssignment
from app.statistics.queries import Figures
from app.stays.day_close.models import DayClose
from app.stays.models import Stay


@dataclass
class Sums:
    figures: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    houses: set[int] = field(default_factory=set)
    reporting: set[int] = field(default_factory=set)


def _all(model: Any) -> list[Any]:
    return list(db.session.scalars(select(model).execution_options(populate_existing=True)))


def _asleep(first: date, end: date, night: date) -> bool:
    return first <= night < end


def guests_of(stay: Stay) -> list[tuple[Any, date, date]]:
    """Each guest with their own first night and the day they left."""
    found = []
    for guest in stay.guests:
        first, end = stay.first_night, stay.last_night_end
        if guest.arrived_at:
            own = dates.first_night(guest.arrived_at)
            first = end if own > end else own if own > first else first
        if guest.departed_at:
            left = guest.departed_at.astimezone(dates.ZONE).date()
            end = left if left < end else end
        if end <= first:
            # Who comes on the day of departure belongs to the last night.
            last_night = max(stay.first_night, stay.last_night_end - timedelta(days=1))
            first = end = min(first, last_night)
        found.append((guest, first, end))
    return found


def brute_force(period: Period, *, by: str) -> tuple[dict[str, Figures], Figures]:
    """Return the rows by key, and the total."""
    nights = [night for night in period if night <= dates.today()]
    sums: dict[str, Sums] = defaultdict(Sums)
    everything = Everything()
    for house in _all(Establishment):
        if house.status in ("approved", "suspended"):
            for night in nights:
                _add(sums, everything.of(house), night, by)
    if by in ("day", "week", "month", "quarter", "year"):
        for night in nights:
            sums[_key(by, night, None, None)]
    total = _figures("total", sums.pop("total", Sums()))
    return {key: _figures(key, each) for key, each in sums.items()}, total


class Everything:
    """All rows of all tables, read once and then looked through."""

    def __init__(self) -> None:
        self.tables = {
            "assigned": _all(RoomAssignment),
            "closures": _all(Closure),
            "stays": [stay for stay in _all(Stay) if stay.status != "cancelled"],
            "taken": _all(TakenNight),
            "reported": _all(ReportedDay),
            "said": _all(DayClose),
            "classes": _all(Classification),
        }

    def of(self, house: Establishment) -> Any:
        mine = {
            name: [row for row in rows if row.establishment_id == house.id]
            for name, rows in self.tables.items()
        }
        return SimpleNamespace(house=house, **mine)


def _add(sums: dict[str, Sums], of: Any, night: date, by: str) -> None:
    beds = [each.room_type.bed_places for each in of.assigned if night in each.valid]
    closed = any(night in each.valid for each in of.closures)
    said = [each for each in of.said if each.day == night]
    if not _has_stay(of, night):
        closed = closed or any(each.closed for each in said)
    reported = bool(said) or any(each.day == night for each in of.reported)
    reports = closed or reported or _has_stay(of, night)
    opened = of.house.opened_on is None or of.house.opened_on <= night
    registered = bool(beds) or (not of.assigned and opened)
    if not (registered or reports):
        return
    amounts = {
        "rooms_registered": len(beds),
        **_capacity(of, night, beds, reports, closed),
        **_occupied(of, night),
        **_people(of.stays, night),
    }
    row = next((each for each in of.classes if night in each.valid), None)
    for key in {_key(by, night, of.house, row), "total"}:
        for name, amount in amounts.items():
            sums[key].figures[name] += amount
        sums[key].houses |= {of.house.id} if registered else set()
        sums[key].reporting |= {of.house.id} if reports else set()


def _has_stay(of: Any, night: date) -> bool:
    return any(
        _asleep(each.first_night, each.last_night_end, night)
        or each.first_night == each.last_night_end == night
        for each in of.stays
    )


def _capacity(of: Any, night: date, beds: list[int], reports: bool, closed: bool) -> dict[str, int]:
    if not reports:
        return {}
    gross = {"rooms_gross": len(beds), "bed_places": sum(beds)}
    if closed:
        return gross
    gross["rooms_commercial"] = len(beds)
    broken = [each for each in of.taken if each.night == night and each.reason == "out_of_order"]
    broken_beds = sum(_beds(of.assigned, each) for each in broken)
    return gross | {
        "rooms_net": max(0, len(beds) - len(broken)),
        "bed_places_net": max(0, sum(beds) - broken_beds),
    }


def _occupied(of: Any, night: date) -> dict[str, int]:
    held = sum(each.night == night and each.reason == "stay" for each in of.taken)
    history = sum(
        each.origin == "history" and _asleep(each.first_night, each.last_night_end, night)
        for each in of.stays
    )
    return {"rooms_occupied": held + history}


def _beds(assigned: list[Any], taken: TakenNight) -> int:
    return next(each for each in assigned if each.room_id == taken.room_id).room_type.bed_places


def _people(stays: list[Stay], night: date) -> dict[str, int]:
    amounts: dict[str, int] = defaultdict(int)
    for each in stays:
        for guest, first, end in guests_of(each):
            side = "domestic" if guest.nationality == "VNM" else "foreign"
            if _asleep(first, end, night):
                amounts["guest_nights"] += guest.persons
                amounts[f"guest_nights_{side}"] += guest.persons
            if first == night and end > first:
                amounts["arrivals"] += guest.persons
                amounts[f"arrivals_{side}"] += guest.persons
            if first == end == night:
                amounts["same_day_guests"] += guest.persons
                amounts[f"same_day_{side}"] += guest.persons
    return amounts


def _key(by: str, night: date, house: Any, row: Any) -> str:
    unit = row.unit if row else None
    return {
        "day": night.isoformat(),
        "week": "{}-W{:02}".format(*night.isocalendar()[:2]),
        "month": night.isoformat()[:7],
        "quarter": f"{night.year}-Q{'111222333444'[night.month - 1]}",
        "year": str(night.year),
        "unit": unit.code if unit else "unknown",
        "area": unit.area_code if unit else "unknown",
        "kind": row.kind if row else "unknown",
        "stars": str(row.stars) if row and row.stars else "unrated",
        "establishment": house.code if house else "",
    }[by]


def _figures(key: str, sums: Sums) -> Figures:
    """All periods of these tests lie in the running month, so everything is provisional."""
    return Figures(
        key=key,
        establishments=len(sums.houses),
        reporting_establishments=len(sums.reporting),
        **sums.figures,
    )


def brute_origins(period: Period, basis: str, split: str = "nationality") -> dict[str, int]:
    """Return guests by nationality or residence, counted when they came or on every night."""
    houses = {
        house.id for house in _all(Establishment) if house.status in ("approved", "suspended")
    }
    found: dict[str, int] = defaultdict(int)
    for each in _all(Stay):
        if each.status == "cancelled" or each.establishment_id not in houses:
            continue
        for guest, first, end in guests_of(each):
            for step in range((end - first).days):
                night = first + timedelta(days=step)
                if night in period and night <= dates.today() and (basis == "night" or not step):
                    country = guest.nationality
                    if split == "residence":
                        country = guest.residence_country or "unknown"
                    found[country] += guest.persons
    return dict(found)
