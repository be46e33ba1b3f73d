"""The sums of two times, over all houses and over those that report on both: one statement.

Over all houses they are read from sums of cells. Of the houses that report on both sides the sums
are those of all, less the houses that don't: these are known from the sets of houses, mostly few,
and read one by one. Where rows are single houses anyway, each is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import text

from app.db import db
from app.statistics.queries import Figures, figures_of
from app.statistics.rollup.reading import Spans, of_cells, of_houses, of_one_house, spans
from app.statistics.rollup.sums import ADDED

SIDES = ("now", "before")
HOUSES = ("establishments", "reporting_establishments")

Values = dict[str, Any]
# By key, and by (side, whether only matched houses count).
Matched = dict[str, dict[tuple[str, bool], Figures]]

_SUMS = ", ".join(f"sum(f.{name}) AS {name}" for name in ADDED)
_AGAIN = ", ".join(f"sum(h.{name}) AS {name}" for name in (*ADDED, *HOUSES))
# The same about two spans of time: the names of its parts are its own in each of them.
_NIGHTS = """
    JOIN unnest(CAST(:keys AS text[]), CAST(:spans AS text[]), CAST(:nights AS date[]))
      AS m (key, span, night) ON m.span = f.span AND m.night = f.night
"""
_OF_HOUSES = f"""
    SELECT {{key}} AS key, f.establishment_id, {_SUMS},
           bool_or(f.registered)::int AS establishments,
           bool_or(f.reporting)::int AS reporting_establishments
    FROM ({{source}} SELECT * FROM house_now) f {_NIGHTS} {{house}}
    WHERE {{condition}} GROUP BY 1, 2
"""
_OF_CELLS = f"""
    SELECT {{key}} AS key, {_SUMS}, bit_or(f.registered_houses) AS registered,
           bit_or(f.reporting_houses) AS reporting
    FROM ({{source}} SELECT * FROM cell_now) f {_NIGHTS} WHERE {{condition}} GROUP BY 1
"""
# Houses with facts that don't report on both sides; of a row where none does, nothing is matched.
_OUT = """
    SELECT e.id FROM establishment e CROSS JOIN (
        SELECT bit_or(a.houses & ~b.houses) AS houses
        FROM (SELECT key, registered | reporting AS houses FROM now_cell
              UNION ALL SELECT key, registered | reporting FROM before_cell) a
        JOIN both_sides b USING (key) WHERE bit_count(b.houses) > 0
    ) o WHERE get_bit(o.houses, e.id) = 1
"""
_OUT_OF_SIDE = f"""
    SELECT {{key}} AS key, {_SUMS}
    FROM ({{source}} SELECT * FROM house_now h
          WHERE h.establishment_id IN (SELECT id FROM out_house)) f
    {_NIGHTS} JOIN both_sides b ON b.key = {{key}}
    WHERE {{condition}} AND get_bit(b.houses, f.establishment_id) = 0 GROUP BY 1
"""


def matched(
    sides: Mapping[str, Mapping[str, Iterable[date]]],
    *,
    key: str,
    level: str,
    house: str,
    condition: str,
    house_id: int | None,
    values: Values,
    matched_keys: Collection[str] | None = None,
) -> Matched:
    """Return the figures of both sides, whose nights stand under the names of their rows.

    ``key`` makes the key of the answer from the name ``m.key`` and the fact ``f``. Houses are
    matched for these keys only, or for all; of a single house there is nothing to save by it.
    """
    nights = {side: spans(sides[side]) for side in SIDES}
    parts = {"key": key, "house": house, "condition": condition}
    if house or house_id is not None:
        statement, more = _by_house(nights, parts, house_id)
    else:
        of_keys = matched_keys if matched_keys is not None else set(sides["now"])
        out = {side: spans(_only(sides[side], of_keys)) for side in SIDES} if of_keys else None
        statement, more = _by_cell(nights, out, parts, level)
    # The planner expects a handful of rows from parts that are tens of thousands.
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    db.session.execute(text("SET LOCAL work_mem = '64MB'"))
    rows = db.session.execute(text(statement), values | more).all()
    db.session.execute(text("SET LOCAL enable_nestloop = on"))
    found: Matched = {}
    for row in rows:
        found.setdefault(row.key, {})[row.side, row.matched] = figures_of(row._mapping)
    return found


def _by_house(
    nights: Mapping[str, Spans], parts: Mapping[str, str], house_id: int | None
) -> tuple[str, Values]:
    def source(of: Spans) -> tuple[str, Values]:
        return of_houses(of) if house_id is None else of_one_house(of.period, house_id)

    sides, values = _of_sides(_OF_HOUSES, nights, source, parts)
    joined = {False: "", True: "JOIN both_house USING (key, establishment_id)"}
    rows = [
        f"SELECT '{side}' AS side, h.key, {str(only).upper()} AS matched, {_AGAIN}"
        f" FROM {side}_house h {join} GROUP BY h.key"
        for side in SIDES
        for only, join in joined.items()
    ]
    statement = f"""
        WITH now_house AS MATERIALIZED ({sides["now"]}),
        before_house AS MATERIALIZED ({sides["before"]}),
        both_house AS MATERIALIZED (
            SELECT key, establishment_id FROM now_house n JOIN before_house b
            USING (key, establishment_id)
            WHERE n.reporting_establishments > 0 AND b.reporting_establishments > 0
        )
        {" UNION ALL ".join(rows)}
    """
    return statement, values


def _only(named: Mapping[str, Iterable[date]], keys: Collection[str]) -> dict[str, Iterable[date]]:
    return {name: nights for name, nights in named.items() if name in keys}


def _by_cell(
    nights: Mapping[str, Spans],
    matched_nights: Mapping[str, Spans] | None,
    parts: Mapping[str, str],
    level: str,
) -> tuple[str, Values]:
    cells, values = _of_sides(_OF_CELLS, nights, lambda of: of_cells(of, level=level), parts)
    statement = f"""
        WITH now_cell AS MATERIALIZED ({cells["now"]}),
        before_cell AS MATERIALIZED ({cells["before"]})
    """
    every = [_row_of_cells(side) for side in SIDES]
    if matched_nights is None:
        return statement + " UNION ALL ".join(every), values
    outs, more = _of_sides(_OUT_OF_SIDE, matched_nights, of_houses, parts, prefix="out_")
    # Where rows are parts of the town their names are made by the statement itself.
    all_rows = nights["now"].rows == matched_nights["now"].rows
    some = "" if all_rows else "WHERE key = ANY(CAST(:matched_keys AS text[]))"
    more["matched_keys"] = sorted({name for name, _, _ in matched_nights["now"].rows})
    statement += f""",
        both_sides AS MATERIALIZED (
            SELECT key, n.reporting & b.reporting AS houses
            FROM now_cell n JOIN before_cell b USING (key) {some}
        ),
        out_house AS MATERIALIZED ({_OUT}),
        now_out AS MATERIALIZED ({outs["now"]}),
        before_out AS MATERIALIZED ({outs["before"]})
    """
    both = [_row_of_both(side) for side in SIDES]
    return statement + " UNION ALL ".join([*every, *both]), values | more


def _row_of_cells(side: str) -> str:
    added = ", ".join(f"c.{name}" for name in ADDED)
    return (
        f"SELECT '{side}' AS side, c.key, FALSE AS matched, {added},"
        " bit_count(c.registered) AS establishments,"
        f" bit_count(c.reporting) AS reporting_establishments FROM {side}_cell c"
    )


def _row_of_both(side: str) -> str:
    left = ", ".join(f"c.{name} - coalesce(o.{name}, 0)" for name in ADDED)
    return (
        f"SELECT '{side}', c.key, TRUE, {left}, bit_count(c.registered & b.houses),"
        f" bit_count(b.houses) FROM {side}_cell c JOIN both_sides b USING (key)"
        f" LEFT JOIN {side}_out o USING (key) WHERE bit_count(b.houses) > 0"
    )


def _of_sides(
    statement: str,
    nights: Mapping[str, Spans],
    source: Callable[[Spans], tuple[str, Values]],
    parts: Mapping[str, str],
    *,
    prefix: str = "",
) -> tuple[dict[str, str], Values]:
    """Return the statement about each side, and the parameters of both under names of their own."""
    made: dict[str, str] = {}
    values: Values = {}
    for side in SIDES:
        beginning, more = source(nights[side])
        names, kinds, firsts = zip(*nights[side].rows, strict=True)
        more |= {"keys": list(names), "spans": list(kinds), "nights": list(firsts)}
        values |= {f"{prefix}{side}_{name}": value for name, value in more.items()}
        source_of_side = re.sub(r"(?<!:):(?=[a-z])", f":{prefix}{side}_", beginning)
        own = statement.format(source=source_of_side, **parts)
        for name in ("keys", "spans", "nights"):
            own = own.replace(f":{name} ", f":{prefix}{side}_{name} ")
        made[side] = own
    return made, values
