"""What a correction of published tables may change, so that the difference tells nobody's figures.

The difference of two releases is a table too, and is held to the same rule: it must come from
three houses or more, none of them with more than half. A table in which a row, or all its hidden
rows together, changed by fewer is left as it was published before, and so is one that would tell a
hidden row together with the earlier release; everything is where the total changed by fewer. What
was hidden once stays hidden.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.statistics.open_data.basis import Basis, measures_of
from app.statistics.open_data.disclosure import (
    STEP,
    Cell,
    Known,
    Measure,
    Part,
    shared_enough,
    thresholded,
    weak_rows,
)
from app.statistics.open_data.tables import (
    COLUMNS,
    COUNTED,
    KEPT_WITHIN,
    counted,
    near,
    true_sums,
)


@dataclass(frozen=True)
class Published:
    """A release as a correction looks at it."""

    version: int
    tables: Mapping[str, Any]
    basis: Basis

    @classmethod
    def read(cls, version: int, content: str, basis: Basis) -> Published:
        return cls(version, json.loads(content)["tables"], basis)

    @property
    def hidden(self) -> set[Cell]:
        return {(table, key) for table, key in self.basis["hidden"]}

    def row(self, cell: Cell) -> Mapping[str, Any] | None:
        rows = self.tables.get(cell[0], {}).get("rows", ())
        # The only row of the month's table is named by the month.
        return next((row for row in rows if cell[0] == "month" or row["key"] == cell[1]), None)


def correction(
    releases: Sequence[Published], basis: Basis
) -> tuple[frozenset[str], set[Cell]] | None:
    """Return the tables that may be corrected and the rows to hide; None if nothing may be."""
    measures = measures_of(basis)
    hidden = thresholded(measures).union(*(release.hidden for release in releases))
    tables = frozenset(
        table for table in COLUMNS if _may_change(table, releases, basis, measures, hidden)
    )
    if "month" not in tables:
        return None
    # A row shown before and hidden now cannot be taken back: nothing to prove about it.
    shown = {cell for cell in hidden if any(r.row(cell) and cell not in r.hidden for r in releases)}
    while weak := _weak(releases, basis, tables, hidden - shown):
        left = [table for table in sorted(tables) if table not in ("month", "day")]
        if not left:
            return None
        tables -= {weak[0] if weak[0] in tables else left[0]}
    return tables, hidden


def _weak(
    releases: Sequence[Published], basis: Basis, tables: frozenset[str], hidden: set[Cell]
) -> Cell | None:
    """Return a hidden row that could be worked out if these tables were published anew."""
    count = len(measures_of(basis))
    known = [_known(index, releases, basis, tables, hidden) for index in range(count)]
    return next(weak_rows(known, hidden), None)


def _may_change(
    table: str,
    releases: Sequence[Published],
    basis: Basis,
    measures: Sequence[Measure],
    hidden: set[Cell],
) -> bool:
    version = releases[-1].tables[table]["version"]
    before = next(release.basis for release in releases if release.version == version)
    if table == "month":
        then, now = true_sums(before), true_sums(basis)
        return all(
            _told_by_enough(now[name]["month", ""], then[name]["month", ""]) for name in COUNTED
        )
    earlier = measures_of(before)
    return all(
        _column_may_change(
            table, counted(measures, name, table), counted(earlier, name, table), hidden
        )
        for name in COLUMNS[table]
        if name in COUNTED
    ) and _rows_of(table, measures) >= _rows_of(table, earlier)


def _rows_of(table: str, measures: Sequence[Measure]) -> set[Cell]:
    return {c for m in measures for part in m.parts for c in part.cells if c[0] == table}


def _column_may_change(table: str, now: Measure, before: Measure, hidden: set[Cell]) -> bool:
    current, earlier = now.by_cell(), before.by_cell()
    hidden_now: dict[int, int] = defaultdict(int)
    hidden_before: dict[int, int] = defaultdict(int)
    for cell in (cell for cell in current.keys() | earlier.keys() if cell[0] == table):
        sums, was = current.get(cell, {}), earlier.get(cell, {})
        if cell in hidden:
            _add(hidden_now, sums)
            _add(hidden_before, was)
        elif not _told_by_enough(sums, was):
            return False
    return _told_by_enough(hidden_now, hidden_before)


def _add(total: dict[int, int], sums: Mapping[int, int]) -> None:
    for house, value in sums.items():
        total[house] += value


def _told_by_enough(now: Mapping[int, int], before: Mapping[int, int]) -> bool:
    changes = {
        house: now.get(house, 0) - before.get(house, 0) for house in now.keys() | before.keys()
    }
    return not any(changes.values()) or shared_enough(changes)


# --- All releases together ---------------------------------------------------------------------


def _known(
    index: int,
    releases: Sequence[Published],
    basis: Basis,
    tables: frozenset[str],
    hidden: set[Cell],
) -> Known:
    """Return a measure as whoever keeps every release sees it, the one to come included."""
    everything = [measures_of(release.basis)[index] for release in releases]
    current = measures_of(basis)[index]
    known = Known(_narrowed(current, everything), now=current)
    for release, measure in zip(releases, everything, strict=True):
        _publish(known, measure, release)
    for cell, sums in current.by_cell().items():
        if cell[0] in tables and cell not in hidden:
            true = sum(sums.values())
            before = releases[-1].row(cell) or {}
            _tell(known, cell, true, near(before.get(current.name), true))
    return known


def _publish(known: Known, measure: Measure, release: Published) -> None:
    for cell, sums in measure.by_cell().items():
        row = release.row(cell)
        if release.tables[cell[0]]["version"] != release.version or not row:
            continue
        value = row.get(measure.name)
        if value is not None:
            _tell(known, cell, sum(sums.values()), value)


def _tell(known: Known, cell: Cell, true: int, value: int) -> None:
    """Publish a number; one that a correction left alone may be off by a whole step."""
    off = KEPT_WITHIN if abs(true - value) > STEP // 2 else STEP // 2
    known.publish(cell, true, value - off, value + off)


def _narrowed(current: Measure, earlier: Sequence[Measure]) -> Measure:
    """Return the parts with what could have moved in every release alike."""
    room: dict[tuple[int, tuple[Cell, ...]], list[tuple[int, int]]] = defaultdict(list)
    for measure in earlier:
        for part in measure.parts:
            room[part.house, part.cells].append((part.value - part.least, part.most - part.value))
    return Measure(
        current.name,
        [
            _narrow(part, room[part.house, part.cells], len(earlier), current.within_house)
            for part in current.parts
        ],
        current.within_house,
    )


def _narrow(part: Part, room: Sequence[tuple[int, int]], times: int, within_house: bool) -> Part:
    # A day that was seen to be empty then cannot move there; the house may have moved it since.
    then = [each for each in room if any(each) or not within_house]
    both = [*then, (part.value - part.least, part.most - part.value)]
    down = min(each[0] for each in both)
    # Where the house stood in no such row before, it could not have had more there then.
    up = min(each[1] for each in both) if len(room) == times else 0
    return Part(part.house, part.cells, part.value, part.value - down, part.value + up)
