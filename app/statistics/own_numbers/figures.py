"""A house's own numbers, month by month, beside last year's and the mean of houses like it.

A mean is shown only where no house can be read from it. Houses alike are cut into groups that do
not overlap, so that no mean less another leaves a few: the houses of one kind and stars in a ward
that has enough of them, and together those of all wards that have too few. The reader's own house
is never in its mean; behind it stand at least ``LEAST`` others, none of which is more than half of
the denominator, nor of all with the reader's own. Means are rounded, and of months that are over.

What this does not keep: all but one of a group who lay their own figures together know the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import text

from app import dates
from app.dates import Period
from app.db import db
from app.statistics.indicators import (
    ARRIVALS,
    GUEST_NIGHTS,
    INDICATORS,
    ROOMS_NET,
    ROOMS_OCCUPIED,
    Part,
    Style,
)
from app.statistics.origins import Origin, origins
from app.statistics.periods import months_later
from app.statistics.queries import UNKNOWN, UNRATED, Figures, Filters, occupancy, ratio
from app.statistics.rollup.reading import of_houses, spans

MONTHS = 13
LEAST = 5
WARD, ELSEWHERE = "ward", "elsewhere"


@dataclass(frozen=True, slots=True)
class Measure:
    """A fraction of two sums; ``decimals`` is how exactly a mean of others is told."""

    name: str
    label: LazyString
    words: LazyString
    over: Part
    under: Part
    style: Style
    decimals: int

    def of(self, figures: Figures) -> float | None:
        return ratio(self.over.of(figures), self.under.of(figures))


def _measure(name: str, over: Part, under: Part, decimals: int) -> Measure:
    known = INDICATORS[name]
    return Measure(name, known.label, known.words, over, under, known.style, decimals)


FOREIGN_NIGHTS = Part("guest_nights_foreign", _l("ngày khách quốc tế"))
MEASURES = {
    measure.name: measure
    for measure in (
        _measure("occupancy_net", ROOMS_OCCUPIED, ROOMS_NET, 2),
        _measure("average_stay", GUEST_NIGHTS, ARRIVALS, 1),
        _measure("guests_per_room", GUEST_NIGHTS, ROOMS_OCCUPIED, 1),
        Measure(
            "foreign_share",
            _l("Tỷ trọng khách quốc tế"),
            _l("Ngày khách của khách không mang quốc tịch Việt Nam, chia cho mọi ngày khách."),
            FOREIGN_NIGHTS,
            GUEST_NIGHTS,
            "percent",
            2,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Peers:
    """The mean of other houses, over how many of them, and where they are."""

    mean: float
    houses: int
    where: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the house: now, a year before, and the mean of others by the measure's name."""

    key: str
    is_over: bool
    now: Figures
    before: Figures
    peers: dict[str, Peers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """Thirteen months, the latest first, and where the guests of the last twelve came from."""

    months: Sequence[Month]
    countries: Sequence[Origin]
    countries_before: dict[str, Origin]

    @property
    def is_known(self) -> bool:
        return any(month.now.rooms_gross for month in self.months)


def own_numbers(establishment_id: int) -> OwnNumbers:
    """Return the house's numbers up to yesterday's night; those of others from whole months."""
    today = dates.today()
    this = dates.month_start(today)
    filters = Filters(house_id=establishment_id)
    first = months_later(this, 1 - MONTHS)
    found = occupancy(Period(months_later(first, -12), today), by="month", filters=filters)
    own = {row.key: row for row in found.rows}
    means = peers(establishment_id, Period(first, this))
    keys = [f"{months_later(this, -back):%Y-%m}" for back in range(MONTHS)]
    months = [
        Month(
            key,
            key != keys[0],
            own.get(key, Figures(key=key)),
            own.get(_year_before(key), Figures(key=_year_before(key))),
            means.get(key, {}),
        )
        for key in keys
    ]
    before = Period(months_later(first, -12), first)
    return OwnNumbers(
        months,
        _countries(Period(first, this), filters),
        {row.key: row for row in _countries(before, filters)},
    )


def _year_before(key: str) -> str:
    return f"{int(key[:4]) - 1}{key[4:]}"


def _countries(period: Period, filters: Filters) -> list[Origin]:
    return origins(period, by="country", basis="night", filters=filters)


# --- The mean of others ---------------------------------------------------------------------

# Houses of a kind the reader's was in those months: without them its own groups can't be known.
_OTHERS = f"""
, own_kind AS (
    SELECT DISTINCT kind FROM house_now
    WHERE establishment_id = :own AND kind <> '{UNKNOWN}'
)
SELECT to_char(f.night, 'YYYY-MM') AS month, f.establishment_id AS house_id,
       f.unit_code AS ward, f.kind, f.stars, sum(f.nights) AS nights,
       sum(rooms_net) AS rooms_net, sum(rooms_occupied) AS rooms_occupied,
       sum(guest_nights_domestic + guest_nights_foreign) AS guest_nights,
       sum(guest_nights_foreign) AS guest_nights_foreign,
       sum(arrivals_domestic + arrivals_foreign) AS arrivals
FROM house_now f JOIN own_kind USING (kind) WHERE f.unit_code <> '{UNKNOWN}'
GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class HouseMonth:
    """What one house did in a month, and the class and ward it did it in."""

    month: str
    house_id: int
    ward: str
    kind: str
    stars: int | None
    nights: int
    figures: Figures


def peers(establishment_id: int, period: Period) -> dict[str, dict[str, Peers]]:
    """Return by month and measure the mean of the houses in the group of this one."""
    if period.start >= period.end:
        return {}
    found: dict[str, dict[str, Peers]] = {}
    for month, houses in _by_month(_house_months(establishment_id, period)).items():
        for name, measure in MEASURES.items():
            shown = mean_of_others(establishment_id, houses, measure)
            if shown is not None:
                found.setdefault(month, {})[name] = shown
    return found


def _house_months(establishment_id: int, period: Period) -> list[HouseMonth]:
    start, values = of_houses(spans({"peers": period}))
    sums = [part.name for measure in MEASURES.values() for part in (measure.over, measure.under)]
    return [
        HouseMonth(
            row.month,
            row.house_id,
            row.ward,
            row.kind,
            None if row.stars == UNRATED else int(row.stars),
            int(row.nights),
            Figures(**{name: int(row._mapping[name]) for name in sums}),  # type: ignore[arg-type]
        )
        for row in db.session.execute(text(start + _OTHERS), values | {"own": establishment_id})
    ]


def _by_month(rows: Iterable[HouseMonth]) -> dict[str, list[HouseMonth]]:
    """Return the houses of each month; one that moved or was reclassified is in one group alone."""
    longest: dict[tuple[str, int], HouseMonth] = {}
    for row in sorted(rows, key=lambda row: (row.nights, row.ward, row.kind, row.stars or 0)):
        longest[row.month, row.house_id] = row
    found: dict[str, list[HouseMonth]] = {}
    for row in longest.values():
        found.setdefault(row.month, []).append(row)
    return found


def mean_of_others(
    establishment_id: int, houses: Sequence[HouseMonth], measure: Measure
) -> Peers | None:
    """Return the mean of the other houses of the group, None where it would give one away."""
    own = next((row for row in houses if row.house_id == establishment_id), None)
    if own is None:
        return None
    group, where = _group(own, houses, measure)
    others = [row for row in group if row.house_id != establishment_id]
    theirs = [measure.under.of(row.figures) for row in others]
    mine = measure.under.of(own.figures)
    if len(others) < LEAST or _is_dominated(theirs) or _is_dominated([*theirs, mine]):
        return None
    mean = sum(measure.over.of(row.figures) for row in others) / sum(theirs)
    return Peers(round(mean, measure.decimals), len(others), where)


def _is_dominated(parts: Sequence[int]) -> bool:
    return 2 * max(parts, default=0) > sum(parts)


def _group(
    own: HouseMonth, houses: Sequence[HouseMonth], measure: Measure
) -> tuple[list[HouseMonth], str]:
    """Return the houses the own one is in a group with, itself among them, and where they are.

    Every house of the class gets the same groups from the same figures, so they don't overlap.
    """
    alike = [
        row
        for row in houses
        if (row.kind, row.stars) == (own.kind, own.stars) and measure.under.of(row.figures) > 0
    ]
    wards: dict[str, list[HouseMonth]] = {}
    for row in alike:
        wards.setdefault(row.ward, []).append(row)
    stands_alone = {ward for ward, rows in wards.items() if len(rows) > LEAST}
    if own.ward in stands_alone:
        return wards[own.ward], WARD
    return [row for row in alike if row.ward not in stands_alone], ELSEWHERE
