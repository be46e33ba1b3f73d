"""Somebody who keeps every release, knows every house, asks for vacancies, and solves linear
programs over all of it at once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from app.statistics.open_data.basis import Basis, measures_of

COUNTRIES = ("VNM", "KOR", "CHN", "RUS", "USA", "FRA", "AUS", "BTN")
UNITS = ("U1", "U2", "U3", "U4", "U5", "U6")
KINDS = ("hotel", "homestay", "villa", "ship", "campsite")
DAYS = [f"2026-10-{day:02d}" for day in range(1, 8)]
NONE_HIDDEN: frozenset[Any] = frozenset()


def invented_basis(seed: int, houses: int = 36) -> Basis:
    """A town of a few large houses and many small ones, some alone in their unit or kind."""
    dice = random.Random(seed)
    basis: Basis = {"guests": [], "rooms": [], "days": [], "coverage": [1, 1], "hidden": []}
    for house in range(1, houses + 1):
        unit = dice.choices(UNITS, weights=(14, 10, 7, 3, 1, 1))[0]
        kind = dice.choices(KINDS, weights=(14, 10, 5, 1, 1))[0]
        stars = dice.choices(("unrated", "2", "3", "4", "5"), weights=(16, 8, 6, 2, 1))[0]
        size = dice.choice((4, 6, 8, 10, 15, 20, 60 if kind == "hotel" else 8))
        _add_house(basis, dice, (house, unit, kind, stars), size)
    return basis


def _add_house(basis: Basis, dice: random.Random, row: tuple[Any, ...], size: int) -> None:
    days, told = [], [0, 0]
    for day in DAYS:
        rooms = dice.randint(0, size)
        nights = rooms + dice.randint(0, rooms)
        vacant = size - rooms
        least, most = (rooms, rooms) if vacant < 8 else (0, size - 8)
        told[0] += least
        told[1] += most
        days.append([row[0], day, nights, dice.randint(0, nights), rooms, size, least, most])
    rooms, nights, arrivals = (sum(d[i] for d in days) for i in (4, 2, 3))
    basis["days"] += days
    basis["rooms"].append([*row, rooms, size * len(DAYS), *told])
    basis["guests"] += _by_country(dice, row, nights, arrivals)


def _by_country(
    dice: random.Random, row: tuple[Any, ...], nights: int, arrivals: int
) -> list[list[Any]]:
    split: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    weights = (60, 12, 8, 4, 3, 1, 0.5, 0.05)
    for country in dice.choices(COUNTRIES, weights=weights, k=nights):
        split[country][0] += 1
    for _ in range(arrivals):
        country = dice.choice([c for c, (n, a) in split.items() if a < n])
        split[country][1] += 1
    return [[*row, country, *sums] for country, sums in sorted(split.items())]


# --- Linear programs ---------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """One release: which rows it shows with which bounds, by column, of the town it was made of."""

    basis: Basis
    shown: Mapping[tuple[str, tuple[str, str]], tuple[int, int]]


def view_of(basis: Basis, tables: Mapping[str, Any], *, off: int = 2) -> View:
    """Read what a release says; each number may be off by what rounding hides."""
    shown = {}
    for table, content in tables.items():
        for row in content["rows"]:
            key = "" if table == "month" else row["key"]
            for name in ("guest_nights", "arrivals", "rooms_occupied"):
                value = row.get(name)
                if value is not None:
                    shown[name, (table, key)] = (value - off, value + off)
    return View(basis, shown)


class Attack:
    """All releases of a month in one program; unchanged houses are the same in each of them."""

    def __init__(self, views: Sequence[View], *, vacancies: bool = True) -> None:
        self.views, self.vacancies = views, vacancies
        self.places: dict[Any, int] = {}
        self.bounds: list[tuple[float, float | None]] = []
        self.rows: list[dict[int, float]] = []
        self.limits: list[float] = []
        for view in views:
            self._add(view)

    def _add(self, view: View) -> None:
        totals: dict[Any, dict[int, float]] = defaultdict(dict)
        for measure in measures_of(view.basis):
            cells: dict[Any, dict[int, float]] = defaultdict(dict)
            for part in measure.parts:
                at = self._place(view, measure.name, part)
                total = (measure.name, part.house, measure.within_house)
                totals[total][at] = 1
                for cell in part.cells:
                    cells[cell][at] = 1
                if not measure.within_house:
                    cells["month", ""][at] = 1
            for cell, terms in cells.items():
                low, high = view.shown.get((measure.name, cell), (None, None))
                if low is not None:
                    self._less(terms, high)
                    self._less(dict.fromkeys(terms, -1), -low)
        self._same_totals(totals)

    def _place(self, view: View, name: str, part: Any) -> int:
        """The unknown of a part; the same in two releases where the house corrected nothing."""
        mark = (name, part.house, part.cells, self._version(view, part.house))
        if mark not in self.places:
            self.places[mark] = len(self.bounds)
            rooms = name == "rooms_occupied"
            known = rooms and self.vacancies
            self.bounds.append((part.least, part.most) if known else (0, None))
            if not rooms and name == "arrivals":
                nights = self.places[("guest_nights", *mark[1:])]
                self._less({self.places[mark]: 1, nights: -1}, 0)
        return self.places[mark]

    def _version(self, view: View, house: int) -> str:
        return repr([[r for r in view.basis[n] if r[0] == house] for n in ("guests", "days")])

    def _same_totals(self, totals: Mapping[Any, Mapping[int, float]]) -> None:
        for (name, house, within), terms in totals.items():
            if within:
                other = totals.get((name, house, False), {})
                both = {**terms, **dict.fromkeys(other, -1)}
                self._less(both, 0)
                self._less({at: -value for at, value in both.items()}, 0)

    def _less(self, terms: Mapping[int, float], limit: float) -> None:
        self.rows.append(dict(terms))
        self.limits.append(limit)

    def interval(self, terms: Iterable[tuple[int, float]]) -> tuple[float, float]:
        """Return the least and the most a sum of unknowns can be."""
        aim = np.zeros(len(self.bounds))
        for at, value in terms:
            aim[at] += value
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * aim,
                A_ub=self._matrix(),
                b_ub=self.limits,
                bounds=self.bounds,
                method="highs",
            )
            ends.append(np.inf * -sign if found.status == 3 else sign * found.fun)
        return ends[0], ends[1]

    def _matrix(self) -> Any:
        if not hasattr(self, "matrix"):
            at = [(i, j, v) for i, row in enumerate(self.rows) for j, v in row.items()]
            i, j, v = zip(*at, strict=True)
            self.matrix = csr_matrix((v, (i, j)), shape=(len(self.rows), len(self.bounds)))
        return self.matrix

    def width(self, view: View, name: str, cell: tuple[str, str]) -> float:
        """Return how wide the interval of one row of a release is."""
        low, high = self.interval(
            (self._place(view, name, part), 1)
            for measure in measures_of(view.basis)
            if measure.name == name
            for part in measure.parts
            if cell in part.cells
        )
        return high - low

    def change_of(self, house: int, name: str) -> tuple[float, float]:
        """Return between what a house's sum changed from the first release to the last."""
        terms: list[tuple[int, float]] = []
        for view, sign in ((self.views[0], -1.0), (self.views[-1], 1.0)):
            for measure in measures_of(view.basis):
                if measure.name == name and not measure.within_house:
                    terms += [
                        (self._place(view, name, part), sign)
                        for part in measure.parts
                        if part.house == house
                    ]
        return self.interval(terms)


def known_anyway(basis: Basis, name: str, cell: tuple[str, str]) -> bool:
    """Whether the vacancies alone tell a row, whatever is published."""
    parts = [
        part
        for measure in measures_of(basis)
        if measure.name == name == "rooms_occupied"
        for part in measure.parts
        if cell in part.cells
    ]
    return bool(parts) and sum(part.most - part.least for part in parts) < 5
