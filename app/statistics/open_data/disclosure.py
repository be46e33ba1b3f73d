"""Which figures may be published: thresholds, rounding, and the proof that nothing hidden is told.

A row is shown only where at least three houses stand behind each of its numbers, none has more
than half, and there are ten guests. Every number is rounded to 5 by itself, totals too. Rows that
are hidden must also stay unknown to whoever adds and subtracts what is shown: for each of them
another town is looked for that would have been published in exactly the same way and in which the
row is at least :data:`PROTECTION` larger or smaller. Where there is none, a further row is hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

STEP = 5
LEAST_HOUSES = 3
LEAST_GUESTS = 10
PROTECTION = 5
GUESTS = ("guest_nights", "arrivals")
ENDLESS = 1 << 40

Cell = tuple[str, str]
Sums = Mapping[int, int]


def rounded(value: int) -> int:
    """Return the nearest multiple of 5."""
    return STEP * ((value + STEP // 2) // STEP)


@dataclass(frozen=True, slots=True)
class Part:
    """What one house adds to a measure in one row of each table.

    ``least`` and ``most`` are what anybody can know of it without our tables: from the public
    count of vacant rooms, or because nobody arrives without staying.
    """

    house: int
    cells: tuple[Cell, ...]
    value: int
    least: int = 0
    most: int = ENDLESS


@dataclass(frozen=True, slots=True)
class Measure:
    """One counted thing and its parts; parts ``within_house`` only trade with the same house's."""

    name: str
    parts: Sequence[Part]
    within_house: bool = False

    def houses(self, inside: Iterable[Part] | None = None) -> dict[int, int]:
        """Return the sum of each house."""
        sums: dict[int, int] = defaultdict(int)
        for part in self.parts if inside is None else inside:
            sums[part.house] += part.value
        return sums

    def by_cell(self) -> dict[Cell, dict[int, int]]:
        """Return the sum of each house in each row."""
        sums: dict[Cell, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for part in self.parts:
            for cell in part.cells:
                sums[cell][part.house] += part.value
        return sums


def shared_enough(sums: Sums) -> bool:
    """Whether three houses or more stand behind a number and none has more than half of it."""
    amounts = [abs(value) for value in sums.values() if value]
    return len(amounts) >= LEAST_HOUSES and 2 * max(amounts) <= sum(amounts)


def may_be_shown(name: str, sums: Sums) -> bool:
    """Whether the rule of three houses, of half and of ten guests holds for a number."""
    if name in GUESTS and sum(sums.values()) < LEAST_GUESTS:
        return False
    return shared_enough(sums)


def thresholded(measures: Sequence[Measure]) -> set[Cell]:
    """Return the rows that fail the rule in any of their measures."""
    return {
        cell
        for measure in measures
        for cell, sums in measure.by_cell().items()
        if not may_be_shown(measure.name, sums)
    }


# --- What somebody could know ------------------------------------------------------------------


@dataclass(slots=True)
class Slack:
    """By how much the true sum of a published row could be larger or smaller unnoticed."""

    up: int
    down: int


@dataclass(slots=True)
class Group:
    """Parts that stand in the same rows; they can stand in for each other."""

    cells: frozenset[Cell]
    house: int | None
    up: int = 0
    down: int = 0


@dataclass(slots=True)
class Known:
    """One measure as the public sees it: the published rows, and what is known without them."""

    measure: Measure
    # Where corrections narrow what can move, the parts as they are now.
    now: Measure | None = None
    slack: dict[Cell, list[Slack]] = field(default_factory=lambda: defaultdict(list))
    _groups: list[Group] = field(default_factory=list)

    def groups(self) -> list[Group]:
        """Return the groups of the parts, to be moved freely; they are found once."""
        self._groups = self._groups or _groups(self.measure)
        return [replace(group) for group in self._groups]

    def publish(self, cell: Cell, true: int, low: int, high: int) -> None:
        self.slack[cell].append(Slack(high - true, true - low))


def is_ambiguous(known: Known, cell: Cell) -> bool:
    """Whether a hidden row could be larger or smaller by enough, for all that is known.

    A row that is known from elsewhere to less than that has nothing left to protect.
    """
    up = _moved(known, cell, up=True)
    if up >= PROTECTION or up + _moved(known, cell, up=False) >= PROTECTION:
        return True
    inside = [part for part in (known.now or known.measure).parts if cell in part.cells]
    return sum(part.most - part.least for part in inside) < PROTECTION


def _moved(known: Known, cell: Cell, *, up: bool) -> int:
    """Return how far the row can be moved, by giving its parts what others lose or the reverse.

    Each such exchange leaves the total, and every published row that holds both, as they are; in
    the rows that hold one of the two it must be covered by what rounding hides.
    """
    slack = {row: [Slack(s.up, s.down) for s in each] for row, each in known.slack.items()}
    groups = known.groups()
    inside = [group for group in groups if cell in group.cells]
    outside: dict[int | None, list[Group]] = defaultdict(list)
    for group in groups:
        if cell not in group.cells:
            outside[group.house].append(group)
    moved = 0
    for own in inside:
        for other in outside[own.house]:
            gains, loses = (own, other) if up else (other, own)
            amount = min(gains.up, loses.down, PROTECTION - moved)
            if amount > 0:
                moved += _exchange(gains, loses, amount, slack)
                if moved >= PROTECTION:
                    return moved
    return moved


def _exchange(gains: Group, loses: Group, amount: int, slack: dict[Cell, list[Slack]]) -> int:
    """Move as much as stays unnoticed and return it."""
    above = [s for row in gains.cells - loses.cells for s in slack.get(row, ())]
    below = [s for row in loses.cells - gains.cells for s in slack.get(row, ())]
    amount = min([amount, *(s.up for s in above), *(s.down for s in below)])
    if amount <= 0:
        return 0
    for each in above:
        each.up, each.down = each.up - amount, each.down + amount
    for each in below:
        each.up, each.down = each.up + amount, each.down - amount
    gains.up, loses.down = gains.up - amount, loses.down - amount
    return amount


def _groups(measure: Measure) -> list[Group]:
    found: dict[tuple[tuple[Cell, ...], int | None], Group] = {}
    for part in measure.parts:
        house = part.house if measure.within_house else None
        group = found.setdefault((part.cells, house), Group(frozenset(part.cells), house))
        group.up += part.most - part.value
        group.down += part.value - part.least
    return list(found.values())


# --- Hiding more -------------------------------------------------------------------------------


def weak_rows(known: Sequence[Known], hidden: Iterable[Cell]) -> Iterator[Cell]:
    """Yield the hidden rows that could be worked out."""
    held = [(each, {cell for part in each.measure.parts for cell in part.cells}) for each in known]
    for cell in sorted(hidden):
        if any(cell in cells and not is_ambiguous(each, cell) for each, cells in held):
            yield cell


def hidden_rows(measures: Sequence[Measure], hidden: set[Cell]) -> set[Cell] | None:
    """Return the rows to hide: those given, and as many more as keep these from being told.

    None where even the total would tell one, with what anybody can ask elsewhere.
    """
    hidden = set(hidden)
    while True:
        known = [seen(measure, hidden) for measure in measures]
        weak = next(weak_rows(known, hidden), None)
        if weak is None:
            return hidden
        also = _next_to_hide(measures, hidden, weak)
        if also is None:
            return None
        hidden.add(also)


def seen(measure: Measure, hidden: set[Cell]) -> Known:
    """Return a measure as the public sees it when all but these rows are shown, rounded."""
    known = Known(measure)
    for cell, sums in measure.by_cell().items():
        if cell not in hidden:
            true = sum(sums.values())
            around = rounded(true)
            known.publish(cell, true, around - STEP // 2, around + STEP // 2)
    return known


def _next_to_hide(measures: Sequence[Measure], hidden: set[Cell], weak: Cell) -> Cell | None:
    """Return the smallest shown row of the same table; with none left, one that shares parts."""
    sizes: dict[Cell, int] = defaultdict(int)
    beside: set[Cell] = set()
    for measure in measures:
        for part in measure.parts:
            for cell in part.cells:
                sizes[cell] += part.value
            if weak in part.cells:
                beside.update(part.cells)
    shown = [cell for cell in sizes if cell not in hidden]
    same = [cell for cell in shown if cell[0] == weak[0]]
    left = same or [cell for cell in shown if cell in beside]
    return min(left, key=lambda cell: (sizes[cell], cell), default=None)
