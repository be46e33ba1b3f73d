"""Figures beside those of another time: the period before, last year, last year by holidays.

Every comparison is made twice: over all houses, and over those only that reported on both sides,
whom no house that came, went or fell silent disturbs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import text

from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics.facts import NOW, now_parameters
from app.statistics.indicators import INDICATORS
from app.statistics.periods import BY_TIME, Pairing, around, pairing, parts
from app.statistics.queries import KEYS, SUMS, Figures, Filters, ended, first_fact_night

TOTAL = "total"
_ROW = "row"
_NAMES = [each.name for each in fields(Figures) if each.name not in ("key", "status")]
_COLUMNS = ", ".join(_NAMES)
_ADDED_UP = ", ".join(f"sum(h.{name}) AS {name}" for name in _NAMES)

# The same statement about two spans of time: the names of its parts are its own in each of them.
_OF_SIDE = """
    SELECT {key} AS key, f.establishment_id, {sums}
    FROM ({facts} SELECT * FROM fact_now) f
    JOIN unnest(CAST(:{side}_keys AS text[]), CAST(:{side}_nights AS date[])) AS m (key, night)
      ON m.night = f.night
    {house} WHERE {condition} GROUP BY 1, 2
"""
_SIDES = ("now", "before")


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
    period: Period, *, by: str, basis: str, filters: Filters | None = None, rows: bool = True
) -> dict[str, Comparison]:
    """Return the comparison of each row by its key, and of ``total``.

    A key is missing where nothing is known of the time it compares with.
    """
    nights, first = ended(period), first_fact_night()
    if nights is None or first is None:
        return {}
    pairings = _pairings(period, nights, by if rows else "", basis, first)
    if not pairings:
        return {}
    sums = _sums(pairings, by, filters or Filters())
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


def _comparison(
    basis: str, pairings: Mapping[str, Pairing], key: str, sums: Mapping[str, Mapping[Any, Figures]]
) -> Comparison:
    own = sums[key]

    def pair(matched: bool) -> Pair:
        nothing = Figures(key=key)
        return Pair(own.get(("now", matched), nothing), own.get(("before", matched), nothing))

    return Comparison(basis, pairings.get(key) or pairings[_ROW], pair(False), pair(True))


def _sums(
    pairings: Mapping[str, Pairing], by: str, filters: Filters
) -> dict[str, dict[Any, Figures]]:
    """Return by key, and by (side, whether only matched houses count), the figures."""
    condition, values = filters.condition()
    key = "m.key" if by in BY_TIME else f"CASE m.key WHEN '{_ROW}' THEN {KEYS[by]} ELSE m.key END"
    house = "JOIN establishment e ON e.id = f.establishment_id" if by == "establishment" else ""
    sides = {}
    for side in _SIDES:
        mine = {name: getattr(each, side) for name, each in pairings.items()}
        values |= _parameters(side, mine, filters.house_id)
        facts = NOW.replace(":first", f":{side}_first").replace(":last", f":{side}_last")
        sides[side] = _OF_SIDE.format(
            key=key, sums=SUMS, facts=facts, side=side, house=house, condition=condition
        )
    found: dict[str, dict[Any, Figures]] = {name: {} for name in pairings if name != _ROW}
    for row in db.session.execute(text(_statement(sides)), values):
        added: dict[str, Any] = {name: int(row._mapping[name]) for name in _NAMES}
        place = (row.side, row.matched)
        found.setdefault(row.key, {})[place] = Figures(key=row.key, **added)
    return found


def _parameters(
    side: str, nights: Mapping[str, Iterable[date]], house_id: int | None
) -> dict[str, Any]:
    pairs = [(name, night) for name, each in nights.items() for night in each]
    every = [night for _, night in pairs]
    common = now_parameters(Period(min(every), max(every) + ONE_DAY), house_id)
    return {
        f"{side}_keys": [name for name, _ in pairs],
        f"{side}_nights": every,
        f"{side}_first": common.pop("first"),
        f"{side}_last": common.pop("last"),
        **common,
    }


def _statement(sides: Mapping[str, str]) -> str:
    """Return the sums of both sides over all houses and over those that report on both."""
    parts_of = [
        f"SELECT '{side}' AS side, h.key, {str(matched).upper()} AS matched, {_ADDED_UP}"
        f" FROM {side}_house h {'JOIN both_house USING (key, establishment_id)' if matched else ''}"
        " GROUP BY h.key"
        for side in _SIDES
        for matched in (False, True)
    ]
    return f"""
        WITH now_house AS MATERIALIZED ({sides["now"]}),
        before_house AS MATERIALIZED ({sides["before"]}),
        both_house AS MATERIALIZED (
            SELECT key, establishment_id FROM now_house n JOIN before_house b
            USING (key, establishment_id)
            WHERE n.reporting_establishments > 0 AND b.reporting_establishments > 0
        )
        {" UNION ALL ".join(parts_of)}
    """


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
