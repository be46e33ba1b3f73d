"""Figures beside those of another time: the period before, last year, last year by holidays.

Every comparison is made twice: over all houses, and over those only that reported on both sides,
whom no house that came, went or fell silent disturbs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.dates import Period
from app.statistics.indicators import INDICATORS
from app.statistics.matching import SIDES, Matched, matched
from app.statistics.periods import BY_TIME, Pairing, around, pairing, parts
from app.statistics.queries import KEYS, Figures, Filters, ended, first_fact_night
from app.statistics.rollup.reading import level_of

TOTAL = "total"
_ROW = "row"


@dataclass(frozen=True, slots=True)
class Pair:
    """The same figures of two times."""

    now: Figures
    before: Figures

    def change(self, name: str) -> float | None:
        """By which fraction the figure grew: 0.05 is 5 % more; None over zero or over nothing."""
        now, before = INDICATORS[name].of(self.now), INDICATORS[name].of(self.before)
        return None if now is None or not before else now / before - 1

    def points(self, name: str) -> float | None:
        """By how many points of 100 a rate differs."""
        now, before = INDICATORS[name].of(self.now), INDICATORS[name].of(self.before)
        return None if now is None or before is None else 100 * (now - before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row beside its past: over all houses, and over those reporting both times."""

    basis: str
    pairing: Pairing
    all: Pair
    matched: Pair


def comparisons(
    period: Period,
    *,
    by: str,
    basis: str,
    filters: Filters | None = None,
    rows: bool = True,
    matched_keys: Collection[str] | None = None,
) -> dict[str, Comparison]:
    """Return the comparison of each row by its key, and of ``total``.

    A key is missing where nothing is known of the time it compares with. Where rows are times,
    houses may be matched for some of them only: of the others the matched figures are nothing.
    """
    nights, first = ended(period), first_fact_night()
    if nights is None or first is None:
        return {}
    pairings = _pairings(period, nights, by if rows else "", basis, first)
    if not pairings:
        return {}
    sums = _sums(pairings, by, filters or Filters(), matched_keys)
    return {key: _comparison(basis, pairings, key, sums) for key in sorted(sums)}


def _pairings(
    period: Period, nights: Period, by: str, basis: str, first: date
) -> dict[str, Pairing]:
    """Return what each row of time compares with, or all other rows as one, and the total."""
    whole = pairing(nights, whole=period, by=TOTAL, basis=basis, first=first)
    found = {TOTAL: whole} if whole else {}
    if by in BY_TIME:
        for key, part in parts(nights, by):
            own = pairing(part, whole=around(part.start, by), by=by, basis=basis, first=first)
            if own and own.whole:
                found[key] = own
    elif by and whole:
        found[_ROW] = whole
    return found


def _comparison(basis: str, pairings: Mapping[str, Pairing], key: str, sums: Matched) -> Comparison:
    own = sums[key]

    def pair(matched: bool) -> Pair:
        nothing = Figures(key=key)
        return Pair(own.get(("now", matched), nothing), own.get(("before", matched), nothing))

    return Comparison(basis, pairings.get(key) or pairings[_ROW], pair(False), pair(True))


def _sums(
    pairings: Mapping[str, Pairing], by: str, filters: Filters, keys: Collection[str] | None
) -> Matched:
    """Return by key, and by (side, whether only matched houses count), the figures."""
    rows_of_parts = _ROW in pairings
    if TOTAL in pairings and len(pairings) > 1 and not rows_of_parts:
        # The total is read by whole months, which rows of nights would cut.
        total = {TOTAL: pairings[TOTAL]}
        rows = {key: each for key, each in pairings.items() if key != TOTAL}
        return _sums(total, by, filters, None) | _sums(rows, by, filters, keys)
    condition, values = filters.condition()
    found: Matched = {name: {} for name in pairings if name != _ROW}
    return found | matched(
        {side: {name: getattr(each, side) for name, each in pairings.items()} for side in SIDES},
        key=f"CASE m.key WHEN '{_ROW}' THEN {KEYS[by]} ELSE m.key END"
        if rows_of_parts
        else "m.key",
        level=level_of(*filters.parts, *((by,) if rows_of_parts else ())),
        house="JOIN establishment e ON e.id = f.establishment_id"
        if rows_of_parts and by == "establishment"
        else "",
        condition=condition,
        house_id=filters.house_id,
        values=values,
        matched_keys=None if rows_of_parts or keys is None else {TOTAL, *keys} & set(pairings),
    )


def as_dict(comparison: Comparison | None) -> dict[str, Any] | None:
    """Return the comparison as programs get it: changes are fractions, 0.05 is 5 % more."""
    if comparison is None:
        return None
    return {
        "basis": comparison.basis,
        "complete": comparison.pairing.whole,
        "period": _dates(comparison.pairing.period, len(comparison.pairing.now)),
        "period_before": _dates(comparison.pairing.period_before, len(comparison.pairing.before)),
        "all": _side(comparison.all),
        "matched": _side(comparison.matched),
    }


def _dates(period: Period, nights: int) -> dict[str, Any]:
    return {"from": period.start.isoformat(), "to": period.end.isoformat(), "nights": nights}


def _side(pair: Pair) -> dict[str, Any]:
    return {
        name: {
            "now": indicator.of(pair.now),
            "before": indicator.of(pair.before),
            "change": pair.change(name),
        }
        for name, indicator in INDICATORS.items()
    }
