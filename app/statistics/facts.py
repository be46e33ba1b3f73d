"""Keeping the facts: which are stale, and computing them again with the sums made of them.

The night that runs is stored like those before it; whatever happens in a house marks it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import TextClause, func, select, text, update

from app import dates
from app.availability.models import ChangedNight, ReportedDay
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import TEST, Establishment
from app.statistics.computing import COUNTED, FACT_COLUMNS, ORIGIN_COLUMNS, pairs
from app.statistics.models import ChangedHouse, FactNight
from app.statistics.revisions_models import PublishedMonth
from app.statistics.rollup import sums as rollup
from app.stays.day_close.models import DayClose
from app.stays.models import Stay

FACTS_LOCK = 7_202
# Facts reach back this far at most; a night before it is counted live whenever it is asked for.
LONGEST = timedelta(days=3_660)
NIGHTS_A_TURN = 31
CHANGES_A_TURN = 2_000
HOUSES_A_TURN = 20
LONGEST_TURN = "15min"

Pairs = Sequence[tuple[int, date]]

_FACTS = ", ".join(FACT_COLUMNS)
_ORIGINS = ", ".join(ORIGIN_COLUMNS)

# --- Computing again ------------------------------------------------------------------------

_GRID = """
    SELECT h AS establishment_id, n AS night
    FROM unnest(CAST(:houses AS int[])) h CROSS JOIN unnest(CAST(:nights AS date[])) n
"""
_EVERY_HOUSE = """
    SELECT e.id AS establishment_id, n AS night
    FROM establishment e CROSS JOIN unnest(CAST(:nights AS date[])) n
"""
_LIST = """
    SELECT establishment_id, night
    FROM unnest(CAST(:houses AS int[]), CAST(:nights AS date[])) AS t (establishment_id, night)
"""


def _forget(table: str, source: str) -> TextClause:
    return text(
        f"DELETE FROM {table} f USING ({source}) p"
        " WHERE f.establishment_id = p.establishment_id AND f.night = p.night"
    )


def _store(source: str) -> TextClause:
    return text(f"""
WITH {pairs(source)} {COUNTED},
stored AS (INSERT INTO fact ({_FACTS}) SELECT {_FACTS} FROM counted)
INSERT INTO fact_origin ({_ORIGINS}) SELECT {_ORIGINS} FROM counted_origin
""")


def _recompute(source: str, **parameters: Any) -> None:
    before = _stored(source, parameters)
    for table in ("fact", "fact_origin"):
        db.session.execute(_forget(table, source), parameters)
    db.session.execute(_store(source), parameters)
    # Most of what is computed again comes out as it was: a room added today changes no past night.
    became = before.symmetric_difference(_stored(source, parameters))
    rollup.add_up((house_id, night, unit) for house_id, night, unit, _, _ in became)


def _stored(source: str, parameters: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Return house, night, unit and the whole rows as text, of what is stored of the pairs."""
    rows = db.session.execute(
        text(f"""
            SELECT f.establishment_id, f.night, f.unit_code, CAST(f AS text),
                   (SELECT string_agg(CAST(o AS text), ' ' ORDER BY country, residence)
                    FROM fact_origin o
                    WHERE o.establishment_id = f.establishment_id AND o.night = f.night)
            FROM fact f JOIN (SELECT DISTINCT * FROM ({source}) s) p USING (establishment_id, night)
        """),
        parameters,
    )
    return {tuple(row) for row in rows}


def _look_again(nights: Sequence[date] | None) -> None:
    """Have the published months of these nights compared with their facts; None for all."""
    statement = update(PublishedMonth).values(checked_at=None)
    if nights is not None:
        months = sorted({dates.month_start(night) for night in nights})
        statement = statement.where(PublishedMonth.month.in_(months))
    db.session.execute(statement)


def recompute_nights(nights: Sequence[date]) -> None:
    """Compute the facts of every house on these nights, which from then on are stored."""
    if not nights:
        return
    _look_again(nights)
    for table in ("fact", "fact_origin"):
        db.session.execute(
            text(f"DELETE FROM {table} WHERE night = ANY(:nights)"), {"nights": list(nights)}
        )
    db.session.execute(_store(_EVERY_HOUSE), {"nights": list(nights)})
    db.session.execute(
        text(
            "INSERT INTO fact_night SELECT unnest(CAST(:nights AS date[])) ON CONFLICT DO NOTHING"
        ),
        {"nights": list(nights)},
    )
    rollup.add_up_nights(nights)


def recompute_pairs(changed: Pairs) -> None:
    """Compute the facts of these houses on these nights."""
    if changed:
        houses, nights = zip(*changed, strict=True)
        _look_again(nights)
        _recompute(_LIST, houses=list(houses), nights=list(nights))


def recompute_houses(house_ids: Sequence[int]) -> None:
    """Compute all stored nights of these houses."""
    nights = list(db.session.scalars(select(FactNight.night)))
    if nights and house_ids:
        _look_again(None)
        _recompute(_GRID, houses=list(house_ids), nights=nights)


# --- The worker's turn ----------------------------------------------------------------------


def tick() -> bool:
    """Store the nights that began and recompute what changed, a bounded amount; commits.

    Returns whether there was anything to do, so that the caller comes back at once.
    """
    if not _begin():
        db.session.rollback()
        return False
    worked = catch_up()
    db.session.commit()
    return worked


def _begin() -> bool:
    """Let this transaction work longer than a page may, if no other one keeps the facts."""
    db.session.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_TURN}'"))
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(FACTS_LOCK))))


def catch_up() -> bool:
    """Do the work of one turn in the running transaction, which holds the lock of the facts.

    The marks are read before anything is computed and removed only at the version read, so a
    change that commits in between is computed in the next turn.
    """
    marked = _marked_nights()
    houses = _marked_houses()
    missing = missing_nights(limit=NIGHTS_A_TURN)
    recompute_nights(missing)
    stored = set(db.session.scalars(select(FactNight.night)))
    recompute_houses([house_id for house_id, _ in houses])
    whole = set(missing)
    again = [(house, night) for house, night, _ in marked if night in stored - whole]
    recompute_pairs(again)
    # A mark on a night that is not stored yet is kept while it says how far back the nights go.
    today = dates.today()
    done = [mark for mark in marked if mark[1] in stored or mark[1] > today or _too_old(mark[1])]
    _unmark_nights(done)
    _unmark_houses(houses)
    return bool(missing or again or houses or done)


def _marked_nights() -> list[tuple[int, date, int]]:
    rows = db.session.execute(
        select(ChangedNight.establishment_id, ChangedNight.night, ChangedNight.version)
        .order_by(ChangedNight.establishment_id, ChangedNight.night)
        .limit(CHANGES_A_TURN)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _marked_houses() -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(ChangedHouse.establishment_id, ChangedHouse.version)
        .order_by(ChangedHouse.establishment_id)
        .limit(HOUSES_A_TURN)
    )
    return [(row[0], row[1]) for row in rows]


def _unmark_nights(marks: Sequence[tuple[int, date, int]]) -> None:
    """Remove marks at the versions read, but none that somebody is raising at this moment.

    To wait for them could end in a circle, as they may be waiting for another of these rows.
    """
    if not marks:
        return
    houses, nights, versions = zip(*marks, strict=True)
    db.session.execute(
        text(
            "DELETE FROM changed_night c USING (SELECT m.establishment_id, m.night"
            " FROM changed_night m JOIN unnest(CAST(:houses AS int[]), CAST(:nights AS date[]),"
            " CAST(:versions AS int[])) AS r (house, night, version)"
            " ON m.establishment_id = r.house AND m.night = r.night AND m.version = r.version"
            " FOR UPDATE OF m SKIP LOCKED) done"
            " WHERE c.establishment_id = done.establishment_id AND c.night = done.night"
        ),
        {"houses": list(houses), "nights": list(nights), "versions": list(versions)},
    )


def _unmark_houses(marks: Sequence[tuple[int, int]]) -> None:
    if not marks:
        return
    houses, versions = zip(*marks, strict=True)
    db.session.execute(
        text(
            "DELETE FROM changed_house c USING (SELECT m.establishment_id FROM changed_house m"
            " JOIN unnest(CAST(:houses AS int[]), CAST(:versions AS int[])) AS r (house, version)"
            " ON m.establishment_id = r.house AND m.version = r.version"
            " FOR UPDATE OF m SKIP LOCKED) done WHERE c.establishment_id = done.establishment_id"
        ),
        {"houses": list(houses), "versions": list(versions)},
    )


def missing_nights(*, limit: int | None = None) -> list[date]:
    """Return the nights since the first one of the register that are not stored, latest first."""
    start = first_night()
    if start is None:
        return []
    statement = text("""
        SELECT n.night FROM (
            SELECT CAST(:start AS date) + step AS night
            FROM generate_series(0, CAST(:today AS date) - CAST(:start AS date)) step
        ) n
        WHERE NOT EXISTS (SELECT FROM fact_night f WHERE f.night = n.night)
        ORDER BY n.night DESC LIMIT CAST(:limit AS int)
    """)
    parameters = {"start": start, "today": dates.today(), "limit": limit}
    return list(db.session.scalars(statement, parameters))


def first_night() -> date | None:
    """Return the first night anything was reported of, at most ten years ago.

    Looks through the stays only while nothing is stored: later an earlier night arrives marked.
    """
    known = [
        db.session.scalar(select(func.min(FactNight.night))),
        db.session.scalar(select(func.min(ChangedNight.night))),
    ]
    if known[0] is None:
        known += [
            *_first_nights_said(),
        ]
    earliest = min((night for night in known if night), default=None)
    return None if earliest is None else max(earliest, dates.today() - LONGEST)


def _first_nights_said() -> list[date | None]:
    """Return the first night of a stay, an act and a close, test twins left out."""
    of_house = select(Establishment.id).where(Establishment.status != TEST)
    stays = select(func.min(Stay.first_night)).where(
        Stay.status != "cancelled", Stay.establishment_id.in_(of_house)
    )
    acts = select(func.min(ReportedDay.day)).where(ReportedDay.establishment_id.in_(of_house))
    closes = select(func.min(DayClose.day)).where(DayClose.establishment_id.in_(of_house))
    return [db.session.scalar(statement) for statement in (stays, acts, closes)]


def _too_old(night: date) -> bool:
    return night < dates.today() - LONGEST


# --- Everything -----------------------------------------------------------------------------


def rebuild() -> Iterator[tuple[Period, int]]:
    """Compute all facts anew, month by month; yields each month and its facts, and commits them.

    Pages go on reading the old facts of a month until the new ones are committed.
    """
    start = _first_night_of_all()
    tonight_end = dates.today() + ONE_DAY
    _wait_for_turn()
    houses = _all_marked_houses()
    _drop_outside(start, tonight_end)
    db.session.commit()
    if start is not None and start < tonight_end:
        for month in Period(start, tonight_end).months():
            yield month, _rebuild_month(month)
    _wait_for_turn()
    _unmark_houses(houses)
    db.session.commit()


def _rebuild_month(month: Period) -> int:
    _wait_for_turn()
    # The planner expects a handful of rows from the parts of the statement and nests loops over
    # what are hundreds of thousands: without them a month of 120 houses takes a sixth of the time.
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    db.session.execute(text("SET LOCAL work_mem = '64MB'"))
    marks = db.session.execute(
        select(ChangedNight.establishment_id, ChangedNight.night, ChangedNight.version).where(
            ChangedNight.night >= month.start, ChangedNight.night < month.end
        )
    ).all()
    recompute_nights(list(month.nights()))
    _unmark_nights([(mark[0], mark[1], mark[2]) for mark in marks])
    count = db.session.scalar(
        text("SELECT count(*) FROM fact WHERE night >= :start AND night < :end"),
        {"start": month.start, "end": month.end},
    )
    db.session.commit()
    return int(count or 0)


def _wait_for_turn() -> None:
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text("SET LOCAL lock_timeout = 0"))
    db.session.execute(select(func.pg_advisory_xact_lock(FACTS_LOCK)))


def _first_night_of_all() -> date | None:
    known = [
        *_first_nights_said(),
    ]
    earliest = min((night for night in known if night), default=None)
    return None if earliest is None else max(earliest, dates.today() - LONGEST)


def _all_marked_houses() -> list[tuple[int, int]]:
    rows = db.session.execute(select(ChangedHouse.establishment_id, ChangedHouse.version))
    return [(row[0], row[1]) for row in rows]


def _drop_outside(start: date | None, end: date) -> None:
    """Forget facts of nights the register no longer reaches back to, or that have not begun."""
    for table in ("fact", "fact_origin", "fact_night", *rollup.TABLES):
        db.session.execute(
            text(f"DELETE FROM {table} WHERE night >= :end OR night < :start"),
            {"start": start or end, "end": end},
        )
