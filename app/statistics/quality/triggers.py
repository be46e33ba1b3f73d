"""The triggers that mark days whose facts of quality are to be made again, as statements of SQL."""

from __future__ import annotations

from app.statistics.triggers import TRANSITIONS

# A house owes its days since it was entered, or since the first day it reported of. Where that
# moves, the days between are owed that were not, or the other way round.
_BEGINS = """
    SELECT r.establishment_id, min(r.day), min(began.day)
    FROM {rows} r JOIN establishment e ON e.id = r.establishment_id
    CROSS JOIN LATERAL (
        SELECT least((e.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh' - interval '6 hours')::date,
                     (SELECT min(o.day) FROM reported_day o
                      WHERE o.establishment_id = e.id AND o.day NOT IN (
                          SELECT x.day FROM {rows} x WHERE x.establishment_id = e.id))) AS day
    ) began
    WHERE r.day < began.day GROUP BY r.establishment_id
"""
# A stay is marked to its departure day inclusive: on that day another record may overlap it.
_OF = {
    "stay": """
        SELECT DISTINCT establishment_id, first_night, last_night_end FROM {rows}
        WHERE origin = 'live'
    """,
    "guest": """
        SELECT DISTINCT s.establishment_id, s.first_night, s.last_night_end
        FROM {rows} r JOIN stay s ON s.id = r.stay_id WHERE s.origin = 'live'
    """,
    "changed_night": "SELECT DISTINCT establishment_id, night, night FROM {rows}",
    "changed_house": """
        SELECT DISTINCT establishment_id, CAST(NULL AS date), CAST(NULL AS date) FROM {rows}
    """,
    "reported_day": _BEGINS,
}
# What marks facts is removed by the worker, which is no change.
_VERBS = {
    "stay": ("INSERT", "UPDATE", "DELETE"),
    "guest": ("INSERT", "UPDATE", "DELETE"),
    "changed_night": ("INSERT", "UPDATE"),
    "changed_house": ("INSERT", "UPDATE"),
    "reported_day": ("INSERT", "DELETE"),
}
_ROWS = {"INSERT": ("added",), "DELETE": ("removed",), "UPDATE": ("added", "removed")}


def _name(table: str, verb: str) -> str:
    return f"mark_quality_{table}_{verb.lower()}"


def _function(table: str, verb: str) -> str:
    rows = " UNION ".join(_OF[table].format(rows=rows) for rows in _ROWS[verb])
    return f"""
CREATE OR REPLACE FUNCTION {_name(table, verb)}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quality_mark (establishment_id, first, last) {rows};
    RETURN NULL;
END $$
"""


_PAIRS = [(table, verb) for table, verbs in _VERBS.items() for verb in verbs]
FUNCTIONS = tuple(_name(table, verb) for table, verb in _PAIRS)
TRIGGERS: tuple[str, ...] = (
    *(_function(table, verb) for table, verb in _PAIRS),
    *(
        f"CREATE OR REPLACE TRIGGER quality_{verb.lower()} AFTER {verb} ON {table} "
        f"{TRANSITIONS[verb]} FOR EACH STATEMENT EXECUTE FUNCTION {_name(table, verb)}()"
        for table, verb in _PAIRS
    ),
)
