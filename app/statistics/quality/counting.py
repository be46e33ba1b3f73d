"""The one statement that judges days of houses and the records they began, from the rows.

A statement is ``WITH`` + ``pairs(…)`` + ``COUNTED`` + ``JUDGED`` + ``SELECT … FROM judged``; its
parameters ``days`` and ``limits`` are the days whose limit has passed, and that limit (D15).

- A house owes every day on which it stood in the register, from the day it was entered, or from its
  first act before that. It reported a day as the facts have it: a close, a closure, an act, a stay.
- A reported day is on time or late by the first thing that made it one: its close, an act of the
  house on that day, or the entry of a stay of that night. A closure has no moment: it is neither.
- A record is a guest whose stay began on the day, or a stay without any guest. History has none.
- A record has an error where something compulsory is missing. Warnings that somebody confirmed are
  no errors, nor is what was erased by law, nor what the house files elsewhere.
- A record is a duplicate where the same document stands in another record of the house that began
  on the same day and overlaps it in time, and a contradiction where it overlaps one of another day.
- Closing a day by hand is a record too; it contradicts the stays where it names fewer rooms than
  they hold. More is none: the house may know of guests whom it has not entered.
"""

from __future__ import annotations

from collections.abc import Sequence

QUALITY_COLUMNS = (
    "establishment_id",
    "night",
    "kind",
    "stars",
    "unit_code",
    "area_code",
    "owed",
    "told",
    "due",
    "reported",
    "on_time",
    "late",
    "records",
    "errors",
    "duplicates",
    "contradictions",
    "closes",
    "filings",
    "filings_sent",
)

# What a record must say, each by the name its fault is known by; the alias of the guest is g.
MISSING = {
    "guests": "g.id IS NULL",
    "full_name": "{identity} AND g.full_name_sealed IS NULL",
    "date_of_birth": "{identity} AND g.date_of_birth_sealed IS NULL",
    "sex": "{identity} AND g.sex IS NULL",
    "document_type": "{identity} AND g.document_type IS NULL",
    "document_number": "{identity} AND g.document_number_sealed IS NULL",
    "document_name": "{identity} AND g.document_type = 'other' AND g.document_name_sealed IS NULL",
    "permitted_until": "{identity} AND g.nationality <> 'VNM' AND g.permitted_until IS NULL",
    "room": "{identity} AND s.room_id IS NULL",
}
_IDENTITY = "(g.id IS NOT NULL AND NOT s.filed_elsewhere AND g.identity_erased_at IS NULL)"


def missing(names: Sequence[str] = tuple(MISSING)) -> str:
    """Return, as SQL, the names of what the record of guest g in stay s lacks, as an array."""
    cases = [
        f"CASE WHEN {MISSING[name].format(identity=_IDENTITY)} THEN '{name}' END" for name in names
    ]
    return f"array_remove(ARRAY[{', '.join(cases)}], NULL)"


def overlapping(order: str, *, same_day: bool) -> str:
    """Return, as SQL, the earlier records of the house with the document of record r.

    The earlier one is the one to keep; of two of a day that was entered first.
    """
    day = "t.first_night = r.night" if same_day else "t.first_night < r.night"
    return f"""
        FROM guest o JOIN stay t ON t.id = o.stay_id
        WHERE o.establishment_id = r.establishment_id AND o.document_index = r.document_index
          AND o.id <> r.guest_id AND t.origin = 'live' AND t.status <> 'cancelled'
          AND {day} {order}
          AND coalesce(o.arrived_at, t.arrived_at) < r.leaves
          AND coalesce(o.departed_at, t.departed_at, t.planned_departure) > r.arrives
    """


# Records of the pairs; the OFFSET makes the planner find guests by their stay.
RECORDS = f"""
record_of_pair AS MATERIALIZED (
    SELECT s.establishment_id, s.first_night AS night, s.id AS stay_id, s.room_id,
           g.id AS guest_id, g.document_index, {missing()} AS missing,
           coalesce(g.arrived_at, s.arrived_at) AS arrives,
           coalesce(g.departed_at, s.departed_at, s.planned_departure) AS leaves,
           (g.due_at IS NOT NULL AND NOT s.filed_elsewhere)::int AS filing,
           (g.due_at IS NOT NULL AND NOT s.filed_elsewhere AND g.first_sent_at IS NOT NULL)::int
               AS filing_sent
    FROM pair JOIN stay s
      ON s.establishment_id = pair.establishment_id AND s.first_night = pair.night
    LEFT JOIN LATERAL (SELECT * FROM guest WHERE guest.stay_id = s.id OFFSET 0) g ON true
    WHERE s.origin = 'live' AND s.status <> 'cancelled'
),
record_judged AS MATERIALIZED (
    SELECT r.*, cardinality(r.missing) > 0 AS faulty,
           r.document_index IS NOT NULL
               AND EXISTS (SELECT {overlapping("AND o.id < r.guest_id", same_day=True)})
               AS duplicate,
           r.document_index IS NOT NULL
               AND EXISTS (SELECT {overlapping("", same_day=False)}) AS contradicts
    FROM record_of_pair r
)"""

JUDGED = f""",
{RECORDS},
record_sum AS MATERIALIZED (
    SELECT establishment_id, night, count(*) AS records,
           count(*) FILTER (WHERE faulty) AS errors,
           count(*) FILTER (WHERE duplicate) AS duplicates,
           count(*) FILTER (WHERE contradicts AND NOT duplicate) AS contradictions,
           sum(filing) AS filings, sum(filing_sent) AS filings_sent
    FROM record_judged GROUP BY 1, 2
),
began AS MATERIALIZED (
    SELECT e.id AS establishment_id,
           least((e.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh' - interval '6 hours')::date,
                 (SELECT min(day) FROM reported_day r WHERE r.establishment_id = e.id)) AS day
    FROM establishment e WHERE e.id IN (SELECT establishment_id FROM pair)
),
day_told AS (
    SELECT c.establishment_id, c.night, c.kind, c.stars, c.unit_code, c.area_code, c.reporting,
           c.rooms_occupied, l.due AS due_at, said.rooms_sold AS said_sold,
           c.registered AND c.night >= began.day AS is_owed,
           l.due IS NOT NULL AND c.registered AND c.night >= began.day AS is_due,
           least(said.first_at, act.at) AS told_at
    FROM counted c JOIN began USING (establishment_id)
    LEFT JOIN unnest(CAST(:days AS date[]), CAST(:limits AS timestamptz[])) AS l (day, due)
           ON l.day = c.night
    LEFT JOIN day_close said
           ON said.establishment_id = c.establishment_id AND said.day = c.night
    LEFT JOIN reported_day act
           ON act.establishment_id = c.establishment_id AND act.day = c.night
),
day_entered AS (
    SELECT d.*, coalesce(d.told_at, entered.at) AS at
    FROM day_told d LEFT JOIN LATERAL (
        SELECT min(s.created_at) AS at FROM stay s
        WHERE d.is_due AND d.reporting AND d.told_at IS NULL
          AND s.establishment_id = d.establishment_id
          AND s.status <> 'cancelled' AND s.origin = 'live'
          AND s.first_night + 0 <= d.night AND s.last_night_end >= d.night
          AND (s.last_night_end > d.night OR s.first_night = d.night)
    ) entered ON true
),
judged AS (
    SELECT d.establishment_id, d.night, d.kind, d.stars, d.unit_code, d.area_code,
           d.is_owed::int AS owed, (d.is_owed AND d.reporting)::int AS told,
           d.is_due::int AS due,
           (d.is_due AND d.reporting)::int AS reported,
           coalesce(d.is_due AND d.reporting AND d.at < d.due_at, false)::int AS on_time,
           coalesce(d.is_due AND d.reporting AND d.at >= d.due_at, false)::int AS late,
           coalesce(r.records, 0)::int AS records, coalesce(r.errors, 0)::int AS errors,
           coalesce(r.duplicates, 0)::int AS duplicates,
           (coalesce(r.contradictions, 0)
               + coalesce(d.said_sold < d.rooms_occupied, false)::int)::int AS contradictions,
           (d.said_sold IS NOT NULL)::int AS closes,
           coalesce(r.filings, 0)::int AS filings,
           coalesce(r.filings_sent, 0)::int AS filings_sent
    FROM day_entered d LEFT JOIN record_sum r USING (establishment_id, night)
)
"""
