"""An independent addition, in Python, of the sums of quality, and its comparison with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app import dates
from app.db import db
from app.statistics.quality.models import QualityCell, QualityFact, QualityFreshness, QualityMonth
from app.statistics.recount import Difference

Key = tuple[Any, ...]
NAMES = (
    *("due", "reported", "on_time", "late", "records", "errors", "duplicates", "contradictions"),
    *("closes", "filings", "filings_sent"),
)


def differences() -> Iterator[Difference]:
    """Compare the sums of every month and day with the facts of quality that are stored."""
    counted, stored = _counted(), _stored()
    for key in sorted(counted.keys() | stored.keys(), key=str):
        if counted.get(key) != stored.get(key):
            night, *where = key
            words = " ".join(map(str, where))
            yield Difference(words, night, "quality", stored.get(key), counted.get(key))


def _counted() -> dict[Key, list[int]]:
    noted = {
        (row.establishment_id, row.night): (row.vacancies, row.fresh)
        for row in db.session.execute(select(*QualityFreshness.__table__.columns))
    }
    found: dict[Key, list[int]] = defaultdict(lambda: [0] * (len(NAMES) + 3))
    facts = select(*QualityFact.__table__.columns)
    for fact in db.session.execute(facts, execution_options={"yield_per": 10_000}):
        vacancies = noted.get((fact.establishment_id, fact.night), (0, 0))
        numbers = [1, *(getattr(fact, name) for name in NAMES), *vacancies]
        codes = (
            fact.unit_code or "unknown",
            fact.area_code or "unknown",
            fact.kind or "unknown",
            str(fact.stars or "unrated"),
        )
        month = dates.month_start(fact.night)
        for key in ((fact.night, "all", *codes), (month, fact.establishment_id, *codes)):
            found[key] = [one + other for one, other in zip(found[key], numbers, strict=True)]
    return dict(found)


def _stored() -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    names = ("days", *NAMES, "vacancies", "fresh")
    for table in (QualityCell, QualityMonth):
        for row in db.session.execute(select(*table.__table__.columns)):
            house = row.establishment_id if table is QualityMonth else "all"
            key = (row.night, house, row.unit_code, row.area_code, row.kind, row.stars)
            found[key] = [getattr(row, name) for name in names]
    return found
