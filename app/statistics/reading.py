"""Reading facts that are right at this instant: what is stored, or else counted from the stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics.computing import COUNTED, FACT_COLUMNS, ORIGIN_COLUMNS, pairs

FACTS = ", ".join(FACT_COLUMNS)
ORIGINS = ", ".join(ORIGIN_COLUMNS)

# The nights :first to :last; :house is one house, or NULL for all. A night is counted live while
# its facts were not computed for every house, and a house's night while it is marked as changed.
_MISSING = """
    SELECT n.night FROM asked_night n
    WHERE NOT EXISTS (SELECT FROM fact_night f WHERE f.night = n.night)
"""
_MARKED = """
    SELECT establishment_id, night FROM changed_night
    WHERE night BETWEEN :first AND :last
      AND (CAST(:house AS int) IS NULL OR establishment_id = :house)
"""
_MARKED_HOUSES = """
    SELECT establishment_id FROM changed_house
    WHERE CAST(:house AS int) IS NULL OR establishment_id = :house
"""
_LIVE = f"""
    SELECT e.id AS establishment_id, n.night FROM establishment e CROSS JOIN ({_MISSING}) n
    WHERE CAST(:house AS int) IS NULL OR e.id = :house
    UNION ALL {_MARKED}
    UNION ALL
    SELECT c.establishment_id, n.night FROM ({_MARKED_HOUSES}) c CROSS JOIN asked_night n
"""
STORED = """
    f.night BETWEEN :first AND :last
    AND (CAST(:house AS int) IS NULL OR f.establishment_id = :house)
    AND EXISTS (SELECT FROM fact_night n WHERE n.night = f.night)
"""
_UNMARKED = """
    NOT EXISTS (SELECT FROM changed_house c WHERE c.establishment_id = f.establishment_id)
    AND NOT EXISTS (SELECT FROM changed_night c
                    WHERE c.establishment_id = f.establishment_id AND c.night = f.night)
"""
ASKED_NIGHT = """
asked_night AS MATERIALIZED (
    SELECT CAST(:first AS date) + step AS night
    FROM generate_series(0, CAST(:last AS date) - CAST(:first AS date)) step
)"""
# Everything that may be counted live, for statements that read the stored part their own way.
LIVE = f"{ASKED_NIGHT}, {pairs(_LIVE)} {COUNTED}"
SETTLED = f"{STORED} AND {_UNMARKED}"
# Houses of which anything is marked: what was added up of them counts no more.
MARKED_HOUSES = f"SELECT establishment_id FROM ({_MARKED}) m UNION {_MARKED_HOUSES}"

_STORED_ALONE = f"""
WITH fact_now AS (SELECT {FACTS} FROM fact f WHERE {STORED}),
origin_now AS (SELECT {ORIGINS} FROM fact_origin f WHERE {STORED})
"""
_WITH_LIVE = f"""
WITH {LIVE},
fact_now AS (
    SELECT {FACTS} FROM fact f WHERE {SETTLED} UNION ALL SELECT {FACTS} FROM counted
),
origin_now AS (
    SELECT {ORIGINS} FROM fact_origin f WHERE {SETTLED}
    UNION ALL SELECT {ORIGINS} FROM counted_origin
)
"""


def now(period: Period, house_id: int | None = None) -> tuple[str, dict[str, Any]]:
    """Return the beginning of a statement and its parameters; the period ends with tonight at most.

    What follows may select from fact_now and origin_now.
    """
    values = parameters(period, house_id)
    return _STORED_ALONE if is_settled(values) else _WITH_LIVE, values


def parameters(period: Period, house_id: int | None = None) -> dict[str, Any]:
    return {"first": period.start, "last": period.end - ONE_DAY, "house": house_id}


def is_settled(values: dict[str, Any]) -> bool:
    """Whether all that is asked for is stored and none of it marked, so that nothing need be live.

    A change that commits between this question and the statement is not seen by the answer, as if
    it had been asked a moment earlier.
    """
    statement = text(
        f"SELECT NOT EXISTS ({_MARKED}) AND NOT EXISTS ({_MARKED_HOUSES})"
        " AND (SELECT count(*) FROM fact_night WHERE night BETWEEN :first AND :last)"
        " = CAST(:last AS date) - CAST(:first AS date) + 1"
    )
    return bool(db.session.scalar(statement, values))
