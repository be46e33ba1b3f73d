"""The scores of quality as JSON, for officials' keys; a ward's key sees its ward."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field

from app.statistics.access import OFFICIALS, account_for_houses, own_units, permitted
from app.statistics.api import TAG, WhereQuery
from app.statistics.forms import Asked, StatisticsForm
from app.statistics.quality.scores import NAMES, Quality, last_days, quality
from app.statistics.quality.views import QUALITY_BY
from app.web import api
from app.web.api import endpoint, listing
from app.web.problems import invalid_parameter
from app.web.security import requires

blueprint = api.blueprint("quality")


class QualityQuery(WhereQuery):
    """Days, at most a year back; the last thirty where no period is given."""

    from_: str | None = Field(None, alias="from", description="the first day, 2026-11-01")
    to: str | None = Field(None, description="the day after the last")
    by: str = Field("unit", description=" | ".join(QUALITY_BY))
    per_page: int = 20
    cursor: str | None = None


class QualityRow(BaseModel):
    """Sums and scores; a score is an unrounded fraction, null over zero.

    complete = reported / due; valid = (records - errors) / records; clean = 1 - (duplicates +
    contradictions) / (records + closes); timely = on_time / (on_time + late + 2 missed); alive is
    the mean of timely and fresh_share; score the geometric mean of complete, valid, clean, alive.
    """

    key: str
    establishments: int
    due: int
    reported: int
    on_time: int
    late: int
    missed: int
    records: int
    errors: int
    duplicates: int
    contradictions: int
    closes: int
    vacancies: int
    fresh: int
    zeros: int
    complete: float | None
    valid: float | None
    clean: float | None
    timely: float | None
    fresh_share: float | None
    alive: float | None
    score: float | None


class Qualities(BaseModel):
    items: list[QualityRow]
    next: str | None
    total: QualityRow


@blueprint.get("/statistics/quality")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=QualityQuery, answers={200: Qualities, 304: None})
def statistics_quality(query: QualityQuery) -> Response:
    """How complete, valid, clean and alive the reports are, by the order of the keys.

    With the last ``ETag`` in ``If-None-Match`` the answer is a 304 while it would be the same.
    """
    asked = _asked(query.by)
    table = quality(asked.period, by=asked.by, filters=asked.filters)
    rows, following = table.rows, None
    if asked.by == "establishment":
        rows, following = _page(rows, query)
    items = [as_dict(row) for row in rows]
    return api.revalidated({**listing(items, following), "total": as_dict(table.total)})


def as_dict(row: Quality) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("key", *NAMES)}


def _asked(by: str) -> Asked:
    period = last_days()
    defaults = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    values = {**defaults, **request.args.to_dict(), "by": by}
    form = StatisticsForm(values, by=dict.fromkeys(QUALITY_BY, ""), units=own_units())
    asked = form.asked()
    if asked is None:
        raise form.problem()
    asked = permitted(asked)
    account_for_houses(asked)
    return asked


def _page(rows: list[Quality], query: QualityQuery) -> tuple[list[Quality], str | None]:
    """Return the houses after the cursor, by code, and where the next page begins."""
    size = api.per_page(query.per_page)
    rows = sorted(rows, key=lambda row: row.key)
    if query.cursor is not None:
        after = api.read_cursor(query.cursor, 1)
        if after is None or not isinstance(after[0], str):
            raise invalid_parameter("cursor", "invalid_format")
        rows = [row for row in rows if row.key > after[0]]
    more = len(rows) > size
    return rows[:size], api.cursor_of([rows[size - 1].key]) if more else None
