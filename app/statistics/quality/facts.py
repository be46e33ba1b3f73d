"""Keeping the facts of quality: which days are to be judged again, and reading stored and live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, text

from app import dates
from app.availability.freshness import SOON, SOON_UNTIL, TONIGHT, TONIGHT_UNTIL
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Establishment
from app.statistics.computing import COUNTED, COUNTED_STATUSES, pairs
from app.statistics.facts import first_night
from app.statistics.quality import sums
from app.statistics.quality.counting import JUDGED, QUALITY_COLUMNS
from app.statistics.quality.models import QualityDay, QualityFact, QualityFreshness, QualityMark
from app.stays.day_close.closing import outages
from app.stays.day_close.due import day_close_due

QUALITY_LOCK = 7_207
# As far back as a house is asked for its days (``day_closes.DAYS_BACK``).
DAYS_KEPT = 366
DAYS_A_TURN = 31
MARKS_A_TURN = 2_000
LONGEST_TURN = "15min"
# From this hour on the freshness of a day is noted: guests without a booking look for a room.
EVENING_HOUR = 18
_COLUMNS = ", ".join(QUALITY_COLUMNS)

# --- Reading: stored where they are right, else live ----------------------------------------

_LIVE = """
    SELECT e.id AS establishment_id, n.night
    FROM establishment e CROSS JOIN unnest(CAST(:unstored AS date[])) AS n (night)
    WHERE CAST(:house AS int) IS NULL OR e.id = :house
    UNION ALL
    SELECT m.establishment_id, n.night FROM quality_mark m
    JOIN unnest(CAST(:stored AS date[])) AS n (night)
      ON m.first IS NULL OR n.night BETWEEN m.first AND m.last
    WHERE CAST(:house AS int) IS NULL OR m.establishment_id = :house
"""
_FROM_STORE = f"""
    SELECT {_COLUMNS} FROM quality_fact f
    WHERE f.night BETWEEN :first AND :last AND f.night = ANY(CAST(:read AS date[]))
      AND (CAST(:house AS int) IS NULL OR f.establishment_id = :house)
"""
_UNMARKED = """
      AND NOT EXISTS (SELECT FROM quality_mark m WHERE m.establishment_id = f.establishment_id
                      AND (m.first IS NULL OR f.night BETWEEN m.first AND m.last))
"""

# One row of vacancy is a room type on a night, from tonight to fourteen nights ahead. What the
# house has not said is no fresh row; a house closed tonight owes none.
FRESH_TODAY = f"""
    SELECT e.id, CAST(:today AS date),
           (count(*) * {SOON_UNTIL + 1})::int,
           coalesce(sum(CASE
               WHEN t.confirmed_at >= :fresh_tonight THEN
                   CASE WHEN t.all_known AND t.kept_by = 'stays' THEN {SOON_UNTIL + 1}
                        ELSE said.near + said.far END
               WHEN t.confirmed_at >= :fresh_soon THEN
                   CASE WHEN t.all_known AND t.kept_by = 'stays'
                        THEN {SOON_UNTIL - TONIGHT_UNTIL} ELSE said.far END
               ELSE 0 END), 0)::int
    FROM establishment e JOIN room_type t ON t.establishment_id = e.id
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE n.night <= CAST(:today AS date) + {TONIGHT_UNTIL}) AS near,
               count(*) FILTER (WHERE n.night > CAST(:today AS date) + {TONIGHT_UNTIL}) AS far
        FROM room_type_night n
        WHERE n.room_type_id = t.id AND NOT (t.all_known AND t.kept_by = 'stays')
          AND t.confirmed_at >= :fresh_soon
          AND n.night BETWEEN :today AND CAST(:today AS date) + {SOON_UNTIL}
          AND CASE WHEN t.kept_by = 'feed' THEN n.feed_count IS NOT NULL ELSE n.known END
    ) said ON true
    WHERE e.status IN {COUNTED_STATUSES} AND (CAST(:house AS int) IS NULL OR e.id = :house)
      AND CAST(:today AS date) BETWEEN :first AND :last
      AND EXISTS (SELECT FROM room_assignment a
                  WHERE a.room_type_id = t.id AND a.valid @> CAST(:today AS date))
      AND NOT EXISTS (SELECT FROM closure c
                      WHERE c.establishment_id = e.id AND c.valid @> CAST(:today AS date))
    GROUP BY e.id
"""
_FRESH_NOW = f"""
fresh_now AS MATERIALIZED (
    SELECT establishment_id, night, vacancies, fresh FROM quality_freshness
    WHERE night = ANY(CAST(:noted AS date[]))
      AND (CAST(:house AS int) IS NULL OR establishment_id = :house)
    UNION ALL
    SELECT n.establishment_id, n.night, n.vacancies, n.fresh
    FROM (SELECT DISTINCT establishment_id FROM quality_mark) m
    JOIN quality_freshness n USING (establishment_id)
    WHERE n.night BETWEEN :first AND :last AND n.night < :today
      AND n.night <> ALL(CAST(:noted AS date[]))
      AND (CAST(:house AS int) IS NULL OR n.establishment_id = :house)
    UNION ALL
    {FRESH_TODAY}
)
"""
# Of a union the planner expects next to nothing once it is filtered: it is joined before.
_WITH_FRESH = """,
quality_fresh AS {materialized} (
    SELECT q.*, fresh.vacancies, fresh.fresh
    FROM quality_now q LEFT JOIN fresh_now fresh USING (establishment_id, night)
)
"""
_STORED_ALONE = (
    f"WITH quality_now AS ({_FROM_STORE}), {_FRESH_NOW} {_WITH_FRESH.format(materialized='')}"
)
_WITH_LIVE = f"""
WITH {pairs(_LIVE)}
{COUNTED}
{JUDGED},
quality_now AS MATERIALIZED (
    {_FROM_STORE} {_UNMARKED} UNION ALL SELECT {_COLUMNS} FROM judged
),
{_FRESH_NOW} {_WITH_FRESH.format(materialized="MATERIALIZED")}
"""


def read(days: Period, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the beginning of a statement and its parameters, made of ``now_parameters``.

    What follows may select from quality_fresh, right at this instant, the facts of the days to be
    ``read`` with their vacancies, and all facts that are judged by the statement itself, because
    they were not judged yet or changed since.
    """
    # A month of all houses is sorted and joined in memory.
    db.session.execute(text("SET LOCAL work_mem = '64MB'"))
    noted = [*values["read"], *values["unstored"]]
    values = values | {"noted": [day for day in noted if day != values["today"]]}
    marks = select(QualityMark.id).where(
        or_(
            QualityMark.first.is_(None),
            and_(QualityMark.first < days.end, QualityMark.last >= days.start),
        )
    )
    is_marked = db.session.scalar(marks.limit(1)) is not None
    return (_WITH_LIVE if values["unstored"] or is_marked else _STORED_ALONE), values


def now(days: Period, house_id: int | None = None) -> tuple[str, dict[str, Any]]:
    """Return the same where every day is read by itself."""
    values = now_parameters(days, house_id)
    return read(days, values | {"read": values["stored"]})


def clipped(period: Period) -> Period | None:
    """Return the days of the period that are judged: up to today, at most a year back."""
    today = dates.today()
    start, end = max(period.start, today - DAYS_KEPT * ONE_DAY), min(period.end, today + ONE_DAY)
    return Period(start, end) if start < end else None


def passed(period: Period) -> list[tuple[date, datetime]]:
    """Return the days of the period whose limit has passed, with it."""
    down, now = outages(period.start), dates.now()
    limits = ((day, day_close_due(day, down)) for day in period)
    return [(day, due) for day, due in limits if due is not None and due <= now]


def now_parameters(days: Period, house_id: int | None = None) -> dict[str, Any]:
    """Return the parameters of a statement that reads or judges the days."""
    now, limits = dates.now(), dict(passed(days))
    rows = db.session.execute(
        select(QualityDay.night, QualityDay.due_at).where(
            QualityDay.night >= days.start, QualityDay.night < days.end
        )
    )
    stored = [night for night, due_at in rows if limits.get(night) == due_at]
    return {
        "stored": stored,
        "unstored": sorted(set(days) - set(stored)),
        "first": days.start,
        "last": days.end - ONE_DAY,
        "house": house_id,
        "today": dates.today(),
        "fresh_tonight": now - TONIGHT.fresh,
        "fresh_soon": now - SOON.fresh,
    } | _limits(list(limits.items()))


def _limits(days: Sequence[tuple[date, datetime]]) -> dict[str, Any]:
    return {"days": [day for day, _ in days], "limits": [due for _, due in days]}


# --- Judging again --------------------------------------------------------------------------

_EVERY_HOUSE = """
    SELECT e.id AS establishment_id, n AS night
    FROM establishment e CROSS JOIN unnest(CAST(:nights AS date[])) n
"""
_MARKED = """
    SELECT m.establishment_id, d.night FROM quality_mark m JOIN quality_day d
      ON m.first IS NULL OR d.night BETWEEN m.first AND m.last
    WHERE m.id = ANY(:marks)
"""


def tick() -> bool:
    """Store the days up to today and judge again what changed; commits.

    Returns whether more may be waiting.
    """
    db.session.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_TURN}'"))
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(QUALITY_LOCK))):
        db.session.rollback()
        return False
    worked = catch_up()
    db.session.commit()
    return worked


def catch_up() -> bool:
    """Do the work of one turn in the running transaction, which holds the lock.

    Marks are removed by the ids that were read, so a change that commits meanwhile stays marked.
    """
    touched: set[tuple[int, date]] = set()
    nights: set[date] = set(_drop_moved())
    marks = db.session.scalars(
        select(QualityMark.id).order_by(QualityMark.id).limit(MARKS_A_TURN)
    ).all()
    if marks:
        again = {"marks": list(marks)}
        touched = {(row[0], row[1]) for row in db.session.execute(text(_MARKED), again)}
        db.session.execute(
            text(
                f"DELETE FROM quality_fact f USING ({_MARKED}) p"
                " WHERE f.establishment_id = p.establishment_id AND f.night = p.night"
            ),
            again,
        )
        _store(_MARKED, again)
        db.session.execute(delete(QualityMark).where(QualityMark.id.in_(marks)))
    missing = _missing()
    if missing:
        db.session.execute(delete(QualityFact).where(QualityFact.night.in_(list(missing))))
        _store(_EVERY_HOUSE, {"nights": list(missing)})
        db.session.add_all(QualityDay(night=day, due_at=due) for day, due in missing.items())
        nights.update(missing)
    if _note_freshness():
        nights.add(dates.today())
    db.session.flush()
    sums.add_up(touched, nights)
    return bool(nights or marks)


def _store(source: str, parameters: dict[str, Any]) -> None:
    known = passed(_kept())
    db.session.execute(
        text(
            f"WITH {pairs(source)} {COUNTED} {JUDGED}"
            f" INSERT INTO quality_fact ({_COLUMNS}) SELECT {_COLUMNS} FROM judged"
        ),
        parameters | _limits(known),
    )


def _drop_moved() -> list[date]:
    """Forget days whose limit has passed or was moved, and those that are too long ago."""
    kept = _kept()
    limits = dict(passed(kept))
    stored = db.session.scalars(select(QualityDay)).all()
    gone = [
        row.night
        for row in stored
        if limits.get(row.night) != row.due_at or not kept.contains(row.night)
    ]
    if gone:
        db.session.execute(delete(QualityFact).where(QualityFact.night.in_(gone)))
        db.session.execute(delete(QualityDay).where(QualityDay.night.in_(gone)))
        db.session.expire_all()
    old = QualityFreshness.night < kept.start
    db.session.execute(delete(QualityFreshness).where(old))
    return gone


def _kept() -> Period:
    today = dates.today()
    return Period(today - DAYS_KEPT * ONE_DAY, today + ONE_DAY)


def _missing() -> dict[date, datetime | None]:
    """Return the days to be stored with the limit that has passed, the latest, some at a time."""
    kept = _kept()
    start = first_night()
    entered = db.session.scalar(select(func.min(Establishment.created_at)))
    firsts = [day for day in (start, entered and dates.hotel_day(entered)) if day]
    begin = max(min(firsts, default=kept.end), kept.start)
    if begin >= kept.end:
        return {}
    stored = set(db.session.scalars(select(QualityDay.night)))
    days = Period(begin, kept.end)
    limits = dict(passed(days))
    found = [day for day in days if day not in stored]
    return {day: limits.get(day) for day in found[-DAYS_A_TURN:]}


def _note_freshness() -> bool:
    """Note once, in the evening, how many vacancies are fresh in each house."""
    now, today = dates.now(), dates.today()
    if dates.local(now).hour < EVENING_HOUR:
        return False
    noted = select(QualityFreshness.night).where(QualityFreshness.night == today).limit(1)
    if db.session.scalar(noted):
        return False
    values = now_parameters(Period.of(today, 1))
    added = db.session.execute(
        text(
            "INSERT INTO quality_freshness (establishment_id, night, vacancies, fresh)"
            f" {FRESH_TODAY} RETURNING 1"
        ),
        values,
    )
    return added.first() is not None


def rebuild() -> None:
    """Judge all days anew, in turns; commits each."""
    db.session.execute(delete(QualityDay))
    while tick():
        pass
