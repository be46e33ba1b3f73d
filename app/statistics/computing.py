"""The one statement that counts what happened in houses on nights, from the stays themselves.

Every fact comes from here: those stored for past nights, and those read live. A statement is
``WITH`` + ``pairs(…)`` + ``COUNTED`` + ``SELECT … FROM counted`` (or ``counted_origin``); the pairs
name houses and nights, none later than today.

- A night belongs to a stay from its first night to before its departure; a guest with times of
  their own has nights of their own within them. A guest without a night is a guest of the day,
  at the latest of the stay's last night.
- An arrival is counted on the first night of each guest; a change of room is none.
- A room occupied is a room taken by a stay. Stays of the history hold no room: each counts one.
- Domestic is who has the nationality VNM; the country a guest lives in is kept beside it, as
  ``unknown`` where nobody asked. Cancelled stays count nowhere.
- A house reports a night if it is closed, if it confirmed its vacancy on that day, if it closed the
  day, or if it has a stay. A day it closed as shut is one it was closed on, unless a stay says
  otherwise; the rooms it named then are no figure, since figures come from the stays.
- A house stands in the register on nights on which it has rooms, or, while nobody entered any,
  since it opened.
"""

from __future__ import annotations

COUNTED_STATUSES = ("approved", "suspended")
HOME = "VNM"
# The residence of a guest whom nobody asked.
UNKNOWN_RESIDENCE = "unknown"

FACT_COLUMNS = (
    "establishment_id",
    "night",
    "kind",
    "stars",
    "unit_code",
    "area_code",
    "registered",
    "reporting",
    "closed",
    "rooms",
    "bed_places",
    "out_of_order",
    "bed_places_out_of_order",
    "rooms_occupied",
    "guest_nights_domestic",
    "guest_nights_foreign",
    "arrivals_domestic",
    "arrivals_foreign",
    "same_day_domestic",
    "same_day_foreign",
)
ORIGIN_COLUMNS = (
    "establishment_id",
    "night",
    "country",
    "residence",
    "guest_nights",
    "arrivals",
    "same_day_guests",
)


def pairs(source: str) -> str:
    """Return the first part of the statement: the pairs a query yields, of houses that count."""
    return f"""
pair AS MATERIALIZED (
    SELECT DISTINCT p.establishment_id, p.night
    FROM ({source}) p JOIN establishment e ON e.id = p.establishment_id
    WHERE e.status IN {COUNTED_STATUSES}
),
"""


# Only the nights of a house that are asked for are unfolded, whatever the other houses need. What
# is MATERIALIZED keeps the planner, which can't guess how many nights unfold, from joining first;
# the + 0 makes it find stays by their end, of which few lie after a recent night, and the OFFSET
# makes it find guests by their stay, where it would read all guests there ever were.
COUNTED = f"""
asked AS MATERIALIZED (
    SELECT establishment_id, min(night) AS first, max(night) AS last FROM pair GROUP BY 1
),
stay_asked AS MATERIALIZED (
    SELECT asked.*, s.id, s.origin, s.first_night, s.last_night_end
    FROM asked JOIN stay s ON s.establishment_id = asked.establishment_id
    WHERE s.first_night + 0 <= asked.last AND s.last_night_end >= asked.first
      AND s.status <> 'cancelled'
),
stay_night AS MATERIALIZED (
    SELECT s.establishment_id, d.night,
           count(*) FILTER (WHERE s.origin = 'history' AND s.first_night < s.last_night_end)
               AS rooms
    FROM stay_asked s CROSS JOIN LATERAL (
        SELECT greatest(s.first_night, s.first) + step AS night FROM generate_series(
            0, least(greatest(s.last_night_end - 1, s.first_night), s.last)
               - greatest(s.first_night, s.first)) step
    ) d
    GROUP BY 1, 2
),
guest_own AS MATERIALIZED (
    SELECT s.establishment_id, s.first, s.last, g.persons, g.nationality,
           coalesce(g.residence_country, '{UNKNOWN_RESIDENCE}') AS residence,
           greatest(s.last_night_end - 1, s.first_night) AS last_night,
           least(s.last_night_end, greatest(s.first_night,
               (g.arrived_at AT TIME ZONE 'Asia/Ho_Chi_Minh' - interval '6 hours')::date))
               AS first_night,
           least(s.last_night_end, (g.departed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
               AS last_night_end
    FROM stay_asked s
    CROSS JOIN LATERAL (SELECT * FROM guest WHERE guest.stay_id = s.id OFFSET 0) g
),
guest_span AS (
    SELECT establishment_id, first, last, persons, nationality, residence,
           least(first_night, last_night) AS first_night,
           CASE WHEN last_night_end > first_night THEN last_night_end
                ELSE least(first_night, last_night) END AS last_night_end
    FROM guest_own
),
unfolded AS MATERIALIZED (
    SELECT g.establishment_id, d.night, g.nationality AS country, g.residence,
           coalesce(sum(persons) FILTER (WHERE d.night < last_night_end), 0)::int AS guest_nights,
           coalesce(sum(persons) FILTER (
               WHERE d.night = first_night AND first_night < last_night_end), 0)::int AS arrivals,
           coalesce(sum(persons) FILTER (WHERE first_night = last_night_end), 0)::int
               AS same_day_guests
    FROM guest_span g CROSS JOIN LATERAL (
        SELECT greatest(g.first_night, g.first) + step AS night FROM generate_series(
            0, least(greatest(g.last_night_end - 1, g.first_night), g.last)
               - greatest(g.first_night, g.first)) step
    ) d
    GROUP BY 1, 2, 3, 4
),
counted_origin AS MATERIALIZED (
    SELECT unfolded.* FROM unfolded JOIN pair USING (establishment_id, night)
),
guest_night AS (
    SELECT establishment_id, night,
           sum(guest_nights) FILTER (WHERE country = '{HOME}') AS guest_nights_domestic,
           sum(guest_nights) FILTER (WHERE country <> '{HOME}') AS guest_nights_foreign,
           sum(arrivals) FILTER (WHERE country = '{HOME}') AS arrivals_domestic,
           sum(arrivals) FILTER (WHERE country <> '{HOME}') AS arrivals_foreign,
           sum(same_day_guests) FILTER (WHERE country = '{HOME}') AS same_day_domestic,
           sum(same_day_guests) FILTER (WHERE country <> '{HOME}') AS same_day_foreign
    FROM counted_origin GROUP BY 1, 2
),
taken AS (
    SELECT t.establishment_id, t.night,
           count(*) FILTER (WHERE t.reason = 'stay') AS rooms_occupied,
           count(*) FILTER (WHERE t.reason = 'out_of_order') AS out_of_order,
           sum(r.bed_places) FILTER (WHERE t.reason = 'out_of_order') AS bed_places
    FROM asked JOIN taken_night t ON t.establishment_id = asked.establishment_id
         AND t.night BETWEEN asked.first AND asked.last
    JOIN room_type r ON r.id = t.room_type_id
    GROUP BY 1, 2
),
room_group AS MATERIALIZED (
    SELECT a.establishment_id, a.valid, count(*) AS rooms, sum(r.bed_places) AS bed_places
    FROM asked JOIN room_assignment a USING (establishment_id)
    JOIN room_type r ON r.id = a.room_type_id
    GROUP BY 1, 2
),
capacity AS (
    SELECT establishment_id, night, sum(rooms) AS rooms, sum(bed_places) AS bed_places
    FROM pair JOIN room_group USING (establishment_id) WHERE valid @> night GROUP BY 1, 2
),
counted_night AS (
    SELECT pair.establishment_id, pair.night, c.kind, c.stars,
           coalesce(heir.code, unit.code) AS unit_code,
           coalesce(heir.area_code, unit.area_code) AS area_code,
           capacity.rooms IS NOT NULL OR (has_rooms.establishment_id IS NULL
               AND coalesce(house.opened_on <= pair.night, true)) AS registered,
           closure.id IS NOT NULL OR report.day IS NOT NULL OR said.day IS NOT NULL
               OR stay_night.night IS NOT NULL AS reporting,
           closure.id IS NOT NULL
               OR coalesce(said.closed AND stay_night.night IS NULL, false) AS closed,
           coalesce(capacity.rooms, 0)::int AS rooms,
           coalesce(capacity.bed_places, 0)::int AS bed_places,
           coalesce(taken.out_of_order, 0)::int AS out_of_order,
           coalesce(taken.bed_places, 0)::int AS bed_places_out_of_order,
           (coalesce(taken.rooms_occupied, 0) + coalesce(stay_night.rooms, 0))::int
               AS rooms_occupied,
           coalesce(guest_nights_domestic, 0)::int AS guest_nights_domestic,
           coalesce(guest_nights_foreign, 0)::int AS guest_nights_foreign,
           coalesce(arrivals_domestic, 0)::int AS arrivals_domestic,
           coalesce(arrivals_foreign, 0)::int AS arrivals_foreign,
           coalesce(same_day_domestic, 0)::int AS same_day_domestic,
           coalesce(same_day_foreign, 0)::int AS same_day_foreign
    FROM pair
    LEFT JOIN capacity USING (establishment_id, night)
    LEFT JOIN taken USING (establishment_id, night)
    LEFT JOIN stay_night USING (establishment_id, night)
    LEFT JOIN guest_night USING (establishment_id, night)
    JOIN establishment house ON house.id = pair.establishment_id
    LEFT JOIN classification c
           ON c.establishment_id = pair.establishment_id AND c.valid @> pair.night
    LEFT JOIN unit ON unit.id = c.unit_id
    LEFT JOIN unit heir ON heir.id = unit.successor_id
    LEFT JOIN closure
           ON closure.establishment_id = pair.establishment_id AND closure.valid @> pair.night
    LEFT JOIN reported_day report
           ON report.establishment_id = pair.establishment_id AND report.day = pair.night
    LEFT JOIN day_close said
           ON said.establishment_id = pair.establishment_id AND said.day = pair.night
    LEFT JOIN (SELECT DISTINCT establishment_id FROM room_group) has_rooms
           ON has_rooms.establishment_id = pair.establishment_id
),
counted AS (SELECT * FROM counted_night WHERE registered OR reporting)
"""
