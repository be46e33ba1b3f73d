"""An attack by linear programming on everything that is published finds nothing that is hidden."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from app.statistics.open_data.basis import Basis, measures_of
from app.statistics.open_data.corrections import Published, correction
from app.statistics.open_data.disclosure import (
    PROTECTION,
    Cell,
    Measure,
    Part,
    hidden_rows,
    is_ambiguous,
    seen,
    thresholded,
)
from app.statistics.open_data.tables import COLUMNS, COUNTED, rows_of, true_sums
from tests.statistics.attack import DAYS, Attack, View, invented_basis, known_anyway, view_of

SEEDS = range(4)
MONTH = "2026-10"


def publish(basis: Basis) -> tuple[dict[str, Any], set[Cell]]:
    """Return the tables as the first release has them."""
    measures = measures_of(basis)
    hidden = hidden_rows(measures, thresholded(measures))
    assert hidden is not None
    rows = rows_of(MONTH, basis, hidden, {})
    return {table: {"version": 1, "rows": rows[table]} for table in COLUMNS}, hidden


def recovered(attack: Attack, view: View, hidden: set[Cell]) -> list[tuple[str, Cell]]:
    """Return the hidden rows that the attack knows to less than the protection."""
    names = {cell: COLUMNS[cell[0]] for cell in hidden}
    return [
        (name, cell)
        for cell in sorted(hidden)
        for name in COUNTED
        if name in names[cell]
        and not known_anyway(view.basis, name, cell)
        and attack.width(view, name, cell) < PROTECTION - 1e-6
    ]


def exact(basis: Basis, hidden: set[Cell]) -> View:
    """The tables as they would be without rounding."""
    shown = {
        (name, cell): (sum(sums.values()),) * 2
        for name, cells in true_sums(basis).items()
        for cell, sums in cells.items()
        if cell not in hidden
    }
    return View(basis, shown)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_row_is_recovered(seed: int) -> None:
    basis = invented_basis(seed)
    tables, hidden = publish(basis)
    assert hidden, "the town has something to hide"
    view = view_of(basis, tables)
    assert recovered(Attack([view]), view, hidden) == []


def test_without_rounding_and_further_hiding_rows_are_recovered() -> None:
    """The negative control: the same attack on exact tables with the plain thresholds alone."""
    basis = invented_basis(1, houses=24)
    hidden = thresholded(measures_of(basis))
    view = exact(basis, hidden)
    assert recovered(Attack([view]), view, hidden)


# --- Successive releases -----------------------------------------------------------------------


def corrected(basis: Basis, houses: Sequence[int], more: int) -> Basis:
    """The same town after these houses have added guests and rooms they had forgotten."""
    after = copy.deepcopy(basis)
    for house in houses:
        guests = next(row for row in after["guests"] if row[0] == house)
        day = next(row for row in after["days"] if row[0] == house)
        guests[5], guests[6] = guests[5] + more, guests[6] + more
        day[2], day[3] = day[2] + more, day[3] + more
    return after


def in_visible_rows(basis: Basis, hidden: set[Cell]) -> list[int]:
    """Return houses that stand in the same unit, kind and stars, all of them shown."""
    alike: dict[Any, list[int]] = {}
    for row in basis["rooms"]:
        cells = (("unit", row[1]), ("kind", row[2]), ("stars", row[3]))
        if not set(cells) & hidden:
            alike.setdefault(cells, []).append(row[0])
    return max(alike.values(), key=len)


def naive(basis: Basis, hidden: set[Cell]) -> dict[str, Any]:
    """A correction as one would make it without thought: every row counted and rounded anew."""
    rows = rows_of(MONTH, basis, hidden, {})
    return {table: {"version": 2, "rows": rows[table]} for table in COLUMNS}


def test_the_correction_of_one_house_is_not_published_and_naively_it_would_tell_it() -> None:
    basis = invented_basis(0)
    tables, hidden = publish(basis)
    house = in_visible_rows(basis, hidden)[0]
    after = corrected(basis, [house], 120)
    first = Published(1, tables, {**basis, "hidden": sorted(hidden)})
    assert correction([first], after) is None
    views = [view_of(basis, tables), view_of(after, naive(after, hidden))]
    low, high = Attack(views).change_of(house, "guest_nights")
    assert (low, high) == (pytest.approx(120, abs=8), pytest.approx(120, abs=8))


def test_what_several_houses_correct_is_published_and_tells_none_of_them() -> None:
    basis = invented_basis(0)
    tables, hidden = publish(basis)
    houses = in_visible_rows(basis, hidden)[:4]
    assert len(houses) == 4
    after = corrected(basis, houses, 60)
    first = Published(1, tables, {**basis, "hidden": sorted(hidden)})
    allowed = correction([first], after)
    assert allowed is not None
    changed, hidden_after = allowed
    assert {"month", "unit", "kind", "stars"} <= changed
    assert hidden <= hidden_after, "what was hidden stays hidden"
    before = {table: tables[table]["rows"] for table in tables}
    rows = rows_of(MONTH, after, hidden_after, before)
    second = {
        table: {"version": 2, "rows": rows[table]} if table in changed else tables[table]
        for table in COLUMNS
    }
    new = {name: table for name, table in second.items() if table["version"] == 2}
    views = [view_of(basis, tables), view_of(after, new, off=2)]
    attack = Attack(views)
    for house in houses:
        low, high = attack.change_of(house, "guest_nights")
        assert high - low >= 60, "no house's correction is known to within half of it"
    assert recovered(attack, views[1], hidden_after & hidden) == []


def test_a_number_is_kept_until_it_is_off_by_more_than_a_step() -> None:
    basis = invented_basis(0)
    tables, hidden = publish(basis)
    houses = in_visible_rows(basis, hidden)[:4]
    after = corrected(basis, houses, 1)
    before = {table: tables[table]["rows"] for table in tables}
    assert rows_of(MONTH, after, hidden, before)["month"] == before["month"]


# --- Vacancies of single days beside the table of days -----------------------------------------


@pytest.mark.parametrize(("days", "hides"), [(("2", "3"), False), (("2", "2"), True)])
def test_houses_hide_each_other_only_on_days_when_both_are_uncertain(
    days: tuple[str, str], hides: bool
) -> None:
    """What vacancies leave open of a day, its row tells of the only house left open."""
    told = [(house, "C", day) for house in (3, 4, 5) for day in "23"]
    parts = [
        *(Part(h, (("unit", u), ("day", d)), 20, least=20, most=20) for h, u, d in told),
        Part(1, (("unit", "A"), ("day", days[0])), 20, most=40),
        Part(2, (("unit", "B"), ("day", days[1])), 20, most=40),
    ]
    known = seen(Measure("rooms_occupied", parts), {("unit", "A"), ("unit", "B")})
    assert is_ambiguous(known, ("unit", "A")) is hides


def test_rooms_are_proved_by_house_and_day_and_empty_days_have_no_guests() -> None:
    basis = invented_basis(0)
    basis["days"][0][2:5] = 0, 0, 0
    moved = [["moved", "U6", "hotel", "3"], ["moved", "U5", "hotel", "3"]]
    basis["rooms"] += [[*row, 4, 20, 0, 20] for row in moved]
    basis["days"].append(["moved", DAYS[0], 4, 4, 4, 20, 0, 20, "U5", "hotel", "3"])
    measures = measures_of(basis)
    rooms = next(m for m in measures if m.name == "rooms_occupied")
    assert dict(rooms.parts[-1].cells) == {
        "unit": "U5",
        "kind": "hotel",
        "stars": "3",
        "day": DAYS[0],
    }
    nights = next(m for m in measures if m.name == "guest_nights" and m.within_house)
    assert [part.most for part in nights.parts[:1]] == [0]
    assert nights.parts[-1].most > 4
