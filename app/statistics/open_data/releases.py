"""Publishing the open data of a month: once when it is final, again only as a correction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from app import dates
from app.dates import Period
from app.db import db
from app.statistics.facts import LONGEST_TURN
from app.statistics.open_data.basis import Basis, basis_of, measures_of
from app.statistics.open_data.corrections import Published, correction
from app.statistics.open_data.disclosure import (
    LEAST_GUESTS,
    LEAST_HOUSES,
    STEP,
    Cell,
    hidden_rows,
    may_be_shown,
    thresholded,
)
from app.statistics.open_data.models import OpenDataRelease
from app.statistics.open_data.tables import COLUMNS, COUNTED, Row, rows_of, true_sums
from app.statistics.queries import FINAL_ON_DAY, first_fact_night

LICENCE = {
    "id": "CC-BY-4.0",
    "name": "Creative Commons Attribution 4.0 International",
    "url": "https://creativecommons.org/licenses/by/4.0/",
}
RELEASE_LOCK = 7_301
BY_WORKER = "worker"
# How far back the worker looks for months that were never published.
MONTHS_BACK = 60
COVERAGE_STEP = 20


def publish(month: Period, *, by: str) -> OpenDataRelease | None:
    """Store the tables of a final month, or a correction of them; None if there is none to make.

    Does not commit. Two callers take turns, so that no version is made twice.
    """
    if not is_final(month):
        return None
    db.session.execute(select(func.pg_advisory_xact_lock(RELEASE_LOCK)))
    earlier = releases_of(month.start)
    basis = basis_of(month)
    made = _corrected(earlier, month, basis) if earlier else _first(month, basis)
    if made is None:
        return None
    tables, hidden = made
    release = _release(month, len(earlier) + 1, basis, tables, by)
    release.basis = {**basis, "hidden": sorted(map(list, hidden))}
    db.session.add(release)
    db.session.flush()
    return release


def is_final(month: Period) -> bool:
    """Whether the month has ended and the time for late corrections too."""
    return dates.today() >= month.end + timedelta(days=FINAL_ON_DAY - 1)


Made = tuple[dict[str, Any], set[Cell]]


def _first(month: Period, basis: Basis) -> Made | None:
    total = {name: cells.get(("month", ""), {}) for name, cells in true_sums(basis).items()}
    if not all(may_be_shown(name, total[name]) for name in COUNTED):
        return None
    measures = measures_of(basis)
    hidden = hidden_rows(measures, thresholded(measures))
    if hidden is None:
        return None
    rows = rows_of(key_of(month), basis, hidden, {})
    return {table: _table(1, rows[table]) for table in COLUMNS}, hidden


def _corrected(earlier: Sequence[OpenDataRelease], month: Period, basis: Basis) -> Made | None:
    releases = [Published.read(r.version, r.content, r.basis) for r in earlier]
    allowed = correction(releases, basis)
    if allowed is None:
        return None
    tables, hidden = allowed
    last = releases[-1].tables
    rows = rows_of(key_of(month), basis, hidden, {name: last[name]["rows"] for name in last})
    changed = {table for table in tables if rows[table] != last[table]["rows"]}
    if not changed:
        return None
    version = releases[-1].version + 1
    return {
        table: _table(version, rows[table]) if table in tables else last[table] for table in COLUMNS
    }, hidden


def _table(version: int, rows: Sequence[Row]) -> dict[str, Any]:
    """Return a table and the version its rows were counted for."""
    return {"version": version, "rows": list(rows)}


def _release(
    month: Period, version: int, basis: Basis, tables: Mapping[str, Any], by: str
) -> OpenDataRelease:
    now = dates.now().replace(microsecond=0)
    reporting, registered = basis["coverage"]
    content = {
        "month": key_of(month),
        "version": version,
        "published_at": dates.local(now).isoformat(),
        "licence": LICENCE["id"],
        "rules": {
            "rounded_to": STEP,
            "least_houses": LEAST_HOUSES,
            "largest_share": 0.5,
            "least_guests": LEAST_GUESTS,
        },
        "domestic": "nationality VNM",
        # To a twentieth: how many rooms' houses had reported.
        "coverage": round(reporting / registered * COVERAGE_STEP) / COVERAGE_STEP
        if registered
        else None,
        "tables": tables,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return OpenDataRelease(
        month=month.start,
        version=version,
        published_at=now,
        published_by=by,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        content=canonical,
    )


def key_of(month: Period) -> str:
    return f"{month.start:%Y-%m}"


# --- Reading -----------------------------------------------------------------------------------


def releases_of(month: date) -> list[OpenDataRelease]:
    """Return the releases of a month, the first first."""
    statement = select(OpenDataRelease).where(OpenDataRelease.month == month)
    return list(db.session.scalars(statement.order_by(OpenDataRelease.version)))


def release(month: date, version: int | None = None) -> OpenDataRelease | None:
    """Return one release of a month, the latest where no version is named."""
    statement = select(OpenDataRelease).where(OpenDataRelease.month == month)
    if version is not None:
        statement = statement.where(OpenDataRelease.version == version)
    return db.session.scalar(statement.order_by(OpenDataRelease.version.desc()).limit(1))


def latest_releases(
    *, start: date | None = None, end: date | None = None, limit: int = 120
) -> list[OpenDataRelease]:
    """Return the latest version of each month, the newest month first, without the bases."""
    statement = select(OpenDataRelease).ext(distinct_on(OpenDataRelease.month))
    if start is not None:
        statement = statement.where(OpenDataRelease.month >= start)
    if end is not None:
        statement = statement.where(OpenDataRelease.month < end)
    statement = statement.order_by(OpenDataRelease.month.desc(), OpenDataRelease.version.desc())
    return list(db.session.scalars(statement.limit(limit)))


def content_of(of: OpenDataRelease) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(of.content)
    return content


# --- The worker's turn -------------------------------------------------------------------------


def tick() -> bool:
    """Publish one final month that never was; on the 12th also corrections; commits."""
    db.session.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_TURN}'"))
    months = final_months()
    published = set(db.session.scalars(select(OpenDataRelease.month).distinct()))
    for month in months:
        corrects = month.start in published
        if corrects and dates.today().day != FINAL_ON_DAY:
            continue
        if publish(month, by=BY_WORKER) is not None:
            db.session.commit()
            return True
    db.session.rollback()
    return False


def final_months() -> list[Period]:
    """Return the months that are final and have figures, the oldest first."""
    first = first_fact_night()
    if first is None:
        return []
    start = dates.month_start(first)
    months = [m for m in Period(start, dates.next_month(dates.today())).months() if is_final(m)]
    return months[-MONTHS_BACK:]
