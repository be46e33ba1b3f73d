"""The sums of single houses in a month, from which the open data of the month are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text

from app.dates import Period
from app.db import db
from app.statistics.open_data.disclosure import ENDLESS, GUESTS, Measure, Part
from app.statistics.queries import KEYS
from app.statistics.reading import now as facts_now

Basis = dict[str, Any]

# The public search tells how many rooms of a room type are vacant, up to this many.
VACANCY_TOLD = 8

_HOUSE = f"f.establishment_id, {KEYS['unit']}, {KEYS['kind']}, {KEYS['stars']}"
_NET = (
    "CASE WHEN f.reporting AND NOT f.closed THEN greatest(f.rooms - f.out_of_order, 0) ELSE 0 END"
)
# Where fewer rooms are vacant than the search tells at most, anybody can know how many are taken.
_TOLD = f"f.rooms - f.rooms_occupied < {VACANCY_TOLD} * greatest(t.types, 1)"
_LEAST = f"CASE WHEN {_TOLD} THEN f.rooms_occupied ELSE 0 END"
_MOST = (
    f"CASE WHEN {_TOLD} THEN f.rooms_occupied"
    f" ELSE f.rooms - {VACANCY_TOLD} * greatest(t.types, 1) END"
)
_TYPES = "(SELECT establishment_id, count(*) AS types FROM room_type GROUP BY establishment_id) t"
_GUESTS = f"""
    SELECT {_HOUSE}, o.country, sum(o.guest_nights), sum(o.arrivals)
    FROM origin_now o JOIN fact_now f USING (establishment_id, night)
    WHERE o.guest_nights > 0 OR o.arrivals > 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
_ROOMS = f"""
    SELECT {_HOUSE}, sum(f.rooms_occupied), sum({_NET}), sum({_LEAST}), sum({_MOST})
    FROM fact_now f LEFT JOIN {_TYPES} ON t.establishment_id = f.establishment_id
    WHERE f.registered OR f.rooms_occupied > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_DAYS = f"""
    SELECT f.establishment_id, to_char(f.night, 'YYYY-MM-DD'),
        f.guest_nights_domestic + f.guest_nights_foreign, f.arrivals_domestic + f.arrivals_foreign,
        f.rooms_occupied, {_NET}, {_LEAST}, {_MOST}, {KEYS["unit"]}, {KEYS["kind"]}, {KEYS["stars"]}
    FROM fact_now f LEFT JOIN {_TYPES} ON t.establishment_id = f.establishment_id
    WHERE f.registered OR f.rooms_occupied > 0 ORDER BY 1, 2
"""
_COVERAGE = """
    SELECT coalesce(sum(f.rooms) FILTER (WHERE f.reporting), 0), coalesce(sum(f.rooms), 0)
    FROM fact_now f
"""


def basis_of(month: Period) -> Basis:
    """Return the sums of each house in the month, as they stand at this instant."""
    reporting, registered = _rows(_COVERAGE, month)[0]
    rooms = _rows(_ROOMS, month)
    times = Counter(row[0] for row in rooms)
    return {
        "guests": _rows(_GUESTS, month),
        "rooms": rooms,
        # Where a house was in one place and class all month, its only row of rooms says so.
        "days": [row if times[row[0]] > 1 else row[:8] for row in _rows(_DAYS, month)],
        "coverage": [reporting, registered],
    }


def _rows(query: str, month: Period) -> list[list[Any]]:
    start, values = facts_now(month)
    found = db.session.execute(text(f"{start} {query}"), values)
    return [[_plain(value) for value in row] for row in found]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def measures_of(basis: Basis) -> list[Measure]:
    """Return what is counted in the tables of a month.

    Rooms are counted by house and day, because the vacancies told of a single day and the table of
    days narrow each other: two houses whose uncertain days never meet cannot stand in for each
    other. Of guests no such thing is told, and their days are a matter of their own: whatever
    moves between two days of one house leaves every other table as it is. Each measure is proved
    by itself; the attack in the tests joins them.
    """
    guests, rooms, days = basis["guests"], basis["rooms"], basis["days"]
    classes = {row[0]: row for row in reversed(rooms)}
    return [
        Measure("guest_nights", list(_guest_parts(guests, rooms, "guest_nights"))),
        Measure("arrivals", list(_guest_parts(guests, rooms, "arrivals"))),
        Measure("rooms_occupied", [_room_part(row, classes[row[0]]) for row in days]),
        *(
            Measure(name, [_day_part(row, name) for row in days], within_house=True)
            for name in GUESTS
        ),
    ]


def _house_cells(row: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    return ("unit", row[1]), ("kind", row[2]), ("stars", row[3])


def _guest_parts(
    guests: Sequence[Sequence[Any]], rooms: Sequence[Sequence[Any]], name: str
) -> Iterator[Part]:
    for row in guests:
        nights, arrivals = row[5], row[6]
        cells = (*_house_cells(row), ("country", row[4]))
        if name == "guest_nights":
            yield Part(row[0], cells, nights, least=min(arrivals, nights))
        else:
            yield Part(row[0], cells, arrivals)
    # A house without a guest stands in its rows too.
    with_guests = {tuple(row[:4]) for row in guests}
    for row in rooms:
        if tuple(row[:4]) not in with_guests:
            yield Part(row[0], _house_cells(row), 0, most=ENDLESS if row[4] else 0)


def _room_part(row: Sequence[Any], house: Sequence[Any]) -> Part:
    rooms, _, least, most = row[4:8]
    of_house = _house_cells(("", *row[8:]) if len(row) > 8 else house)
    cells = (*of_house, ("day", row[1]))
    return Part(row[0], cells, rooms, least=least, most=max(most, rooms))


def _day_part(row: Sequence[Any], name: str) -> Part:
    house, cells, (nights, arrivals, rooms) = row[0], (("day", row[1]),), row[2:5]
    value, least = (nights, min(arrivals, nights)) if name == "guest_nights" else (arrivals, 0)
    # Where all rooms were vacant, and perhaps seen to be, nobody can have slept.
    return Part(house, cells, value, least=least, most=ENDLESS if rooms else value)


def rooms_available(basis: Basis) -> dict[tuple[str, str], int]:
    """Return the room nights on offer in each row; capacity is public, so it is not thresholded."""
    sums: dict[tuple[str, str], int] = {}
    for row in basis["rooms"]:
        for cell in (*_house_cells(row), ("month", "")):
            sums[cell] = sums.get(cell, 0) + row[5]
    for row in basis["days"]:
        cell = ("day", row[1])
        sums[cell] = sums.get(cell, 0) + row[5]
    return sums
