"""An independent addition, in Python, of the sums kept ready, and its comparison with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics.models import Fact, FactOrigin
from app.statistics.recount import Difference
from app.statistics.rollup.models import FactMonth, FactSum, FactZero, OriginSum

Key = tuple[Any, ...]
NAMES = (
    *("rooms_registered", "rooms_gross", "rooms_net", "rooms_commercial", "rooms_occupied"),
    *("bed_places", "bed_places_net", "guest_nights_domestic", "guest_nights_foreign"),
    *("arrivals_domestic", "arrivals_foreign", "same_day_domestic", "same_day_foreign"),
)


@dataclass(slots=True)
class Sum:
    """What a row of sums holds: numbers in the order of ``NAMES``, and the houses behind them."""

    numbers: list[int] = field(default_factory=lambda: [0] * len(NAMES))
    registered: set[int] = field(default_factory=set)
    reporting: set[int] = field(default_factory=set)

    def add(self, fact: Any, numbers: Sequence[int]) -> None:
        self.numbers = [one + other for one, other in zip(self.numbers, numbers, strict=True)]
        if fact.registered:
            self.registered.add(fact.establishment_id)
        if fact.reporting:
            self.reporting.add(fact.establishment_id)


def differences() -> Iterator[Difference]:
    """Compare the sums of every month with its facts; none where there is neither."""
    tables = (Fact, FactSum, FactMonth, OriginSum, FactZero)
    firsts = [db.session.scalar(select(db.func.min(table.night))) for table in tables]
    lasts = [db.session.scalar(select(db.func.max(table.night))) for table in tables]
    known = [day for day in (*firsts, *lasts) if day is not None]
    if not known:
        return
    for month in Period(dates.month_start(min(known)), max(known) + ONE_DAY).months():
        whole = Period(month.start, dates.next_month(month.start))
        yield from _different(_stored_sums(whole), *_counted_sums(whole))
        yield from _different(_stored_origins(whole), _counted_origins(whole))
        yield from _different(_stored_zeros(whole), _counted_zeros(whole))


def _different(stored: dict[Key, Any], counted: dict[Key, Any], *more: Any) -> Iterator[Difference]:
    for each in more:
        counted |= each
    for key in sorted(stored.keys() | counted.keys(), key=str):
        if stored.get(key) != counted.get(key):
            night, *where = key
            words = " ".join(map(str, where))
            yield Difference(words, night, "sums", stored.get(key), counted.get(key))


# --- From the facts -------------------------------------------------------------------------


def _levels(fact: Any) -> list[tuple[str, ...]]:
    """Return level, unit, area, kind and stars of each row the fact is a part of."""
    unit, area = fact.unit_code or "unknown", fact.area_code or "unknown"
    kind, stars = fact.kind or "unknown", str(fact.stars or "unrated")
    return [
        ("cell", unit, area, kind, stars),
        ("unit", unit, area, "*", "*"),
        ("area", "*", area, "*", "*"),
        ("kind", "*", "*", kind, "*"),
        ("stars", "*", "*", "*", stars),
        ("all", "*", "*", "*", "*"),
    ]


def _numbers(fact: Any) -> list[int]:
    told, is_open = int(fact.reporting), int(fact.reporting and not fact.closed)
    return [
        fact.rooms,
        fact.rooms * told,
        max(fact.rooms - fact.out_of_order, 0) * is_open,
        fact.rooms * is_open,
        fact.rooms_occupied,
        fact.bed_places * told,
        max(fact.bed_places - fact.bed_places_out_of_order, 0) * is_open,
        fact.guest_nights_domestic,
        fact.guest_nights_foreign,
        fact.arrivals_domestic,
        fact.arrivals_foreign,
        fact.same_day_domestic,
        fact.same_day_foreign,
    ]


def _facts(month: Period) -> Iterator[Any]:
    inside = Fact.night >= month.start, Fact.night < month.end
    yield from db.session.execute(select(*Fact.__table__.columns).where(*inside))


def _counted_sums(month: Period) -> tuple[dict[Key, Any], dict[Key, Any]]:
    sums: dict[Key, Sum] = defaultdict(Sum)
    houses: dict[Key, Sum] = defaultdict(Sum)
    nights: dict[Key, int] = defaultdict(int)
    for fact in _facts(month):
        numbers, levels = _numbers(fact), _levels(fact)
        for level in levels:
            sums[fact.night, "day", *level].add(fact, numbers)
            sums[month.start, "month", *level].add(fact, numbers)
        own = (month.start, "house", fact.establishment_id, *levels[0][1:])
        houses[own].add(fact, numbers)
        nights[own] += 1
    return (
        {key: (each.numbers, each.registered, each.reporting) for key, each in sums.items()},
        {
            key: (each.numbers, bool(each.registered), bool(each.reporting), nights[key])
            for key, each in houses.items()
        },
    )


def _counted_origins(month: Period) -> dict[Key, Any]:
    levels = {(fact.establishment_id, fact.night): _levels(fact) for fact in _facts(month)}
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    inside = FactOrigin.night >= month.start, FactOrigin.night < month.end
    for row in db.session.execute(select(*FactOrigin.__table__.columns).where(*inside)):
        numbers = (row.guest_nights, row.arrivals, row.same_day_guests)
        for level in levels.get((row.establishment_id, row.night), []):
            for night, span in ((row.night, "day"), (month.start, "month")):
                key = (night, span, *level, row.country, row.residence)
                found[key] = [a + b for a, b in zip(found[key], numbers, strict=True)]
    return dict(found)


def _counted_zeros(month: Period) -> dict[Key, Any]:
    """Return the nights without guests in wards whose other houses were 70 % full or more."""
    wards: dict[Key, list[Any]] = defaultdict(list)
    for fact in _facts(month):
        if fact.reporting and not fact.closed and fact.rooms > 0 and fact.unit_code is not None:
            wards[fact.unit_code, fact.night].append(fact)
    found: dict[Key, Any] = {}
    for facts in wards.values():
        free = {fact.establishment_id: fact.rooms - fact.out_of_order for fact in facts}
        occupied, rooms = sum(fact.rooms_occupied for fact in facts), sum(free.values())
        for fact in facts:
            around = rooms - free[fact.establishment_id]
            is_zero = fact.registered and fact.rooms_occupied == 0 and 10 * occupied >= 7 * around
            if len(facts) > 3 and is_zero:
                found[fact.night, "zero", fact.establishment_id] = _own(fact)
    return found


def _own(row: Any) -> Key:
    return row.unit_code, row.area_code, row.kind, row.stars


# --- What is stored -------------------------------------------------------------------------


def _rows(table: Any, month: Period) -> Iterator[Any]:
    inside = table.night >= month.start, table.night < month.end
    yield from db.session.execute(select(*table.__table__.columns).where(*inside))


def _codes(row: Any) -> tuple[str, ...]:
    return row.unit_code, row.area_code, row.kind, row.stars


def _stored_sums(month: Period) -> dict[Key, Any]:
    found: dict[Key, Any] = {
        (row.night, row.span, row.level, *_codes(row)): (
            [getattr(row, name) for name in NAMES],
            _houses(row.registered_houses),
            _houses(row.reporting_houses),
        )
        for row in _rows(FactSum, month)
    }
    return found | {
        (row.night, "house", row.establishment_id, *_codes(row)): (
            [getattr(row, name) for name in NAMES],
            row.registered,
            row.reporting,
            row.nights,
        )
        for row in _rows(FactMonth, month)
    }


def _stored_origins(month: Period) -> dict[Key, Any]:
    return {
        (row.night, row.span, row.level, *_codes(row), row.country, row.residence): [
            row.guest_nights,
            row.arrivals,
            row.same_day_guests,
        ]
        for row in _rows(OriginSum, month)
    }


def _stored_zeros(month: Period) -> dict[Key, Any]:
    return {(row.night, "zero", row.establishment_id): _own(row) for row in _rows(FactZero, month)}


def _houses(bits: str) -> set[int]:
    return {place for place, bit in enumerate(str(bits)) if bit == "1"}
