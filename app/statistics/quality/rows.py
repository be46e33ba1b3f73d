"""The rows behind the scores that are to be mended: days and records, without any identity."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text

from app.dates import Period
from app.db import db
from app.statistics.computing import COUNTED, pairs
from app.statistics.quality.counting import JUDGED, RECORDS
from app.statistics.quality.facts import clipped, now_parameters
from app.statistics.quality.scores import ZEROS

MOST = 200
KINDS = ("missed", "faulty", "duplicate", "contradiction", "close", "zero")


@dataclass(frozen=True, slots=True)
class Row:
    """Something to mend or to look at: a day, or a record by its stay and room."""

    kind: str
    day: date
    stay_id: uuid.UUID | None = None
    room: str | None = None
    missing: tuple[str, ...] = ()
    said: int | None = None
    known: int | None = None

    @property
    def short_id(self) -> str:
        """The end of the stay's id, by which the house and an official mean the same row."""
        return str(self.stay_id)[-8:] if self.stay_id else ""


@dataclass(frozen=True, slots=True)
class Rows:
    """What there is to mend in one house, the latest first, and whether there is more."""

    rows: list[Row] = field(default_factory=list)
    is_cut: bool = False


_GRID = """
    SELECT CAST(:house AS int) AS establishment_id, CAST(:first AS date) + step AS night
    FROM generate_series(0, CAST(:last AS date) - CAST(:first AS date)) step
"""
_RECORDS = f"""
WITH {pairs(_GRID).rstrip().rstrip(",")}, {RECORDS}
SELECT r.night, r.stay_id, room.number AS room, r.missing, r.duplicate, r.contradicts
FROM record_judged r LEFT JOIN room ON room.id = r.room_id
WHERE r.faulty OR r.duplicate OR r.contradicts
ORDER BY r.night DESC, r.stay_id DESC LIMIT :most
"""
_DAYS = f"""
WITH {pairs(_GRID)} {COUNTED} {JUDGED}
SELECT j.night, j.due > j.reported AS missed, d.said_sold, d.rooms_occupied
FROM judged j JOIN day_told d USING (establishment_id, night)
WHERE j.due > j.reported OR d.said_sold < d.rooms_occupied
ORDER BY j.night DESC LIMIT :most
"""


def rows_to_mend(house_id: int, period: Period) -> Rows:
    """Return the missed days, faulty records, duplicates, contradictions and odd zeros."""
    days = clipped(period)
    if days is None:
        return Rows()
    values = now_parameters(days, house_id) | {"most": MOST + 1}
    found = [*_days(values), *_records(values), *_zeros(values)]
    found.sort(key=lambda row: (-row.day.toordinal(), KINDS.index(row.kind), row.short_id))
    return Rows(found[:MOST], len(found) > MOST)


def _days(values: dict[str, Any]) -> list[Row]:
    return [
        Row("missed", row.night)
        if row.missed
        else Row("close", row.night, said=row.said_sold, known=row.rooms_occupied)
        for row in db.session.execute(text(_DAYS), values)
    ]


def _records(values: dict[str, Any]) -> list[Row]:
    found = []
    for row in db.session.execute(text(_RECORDS), values):
        common = {"stay_id": row.stay_id, "room": row.room}
        if row.missing:
            found.append(Row("faulty", row.night, missing=tuple(row.missing), **common))
        if row.duplicate:
            found.append(Row("duplicate", row.night, **common))
        elif row.contradicts:
            found.append(Row("contradiction", row.night, **common))
    return found


def _zeros(values: dict[str, Any]) -> list[Row]:
    statement = ZEROS.format(columns="f.night", condition="true")
    statement += " ORDER BY f.night DESC LIMIT :most"
    return [Row("zero", row.night) for row in db.session.execute(text(statement), values)]
