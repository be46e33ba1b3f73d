"""Open data for programs, without a key: the catalogue, the releases, the rows of a table."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, abort
from pydantic import BaseModel, Field

from app import dates
from app.statistics.open_data import files, releases
from app.statistics.open_data.tables import COLUMNS
from app.statistics.open_data.views import FRESH, FROZEN, cached, release_or_404
from app.web import api
from app.web.api import Query, endpoint, listing
from app.web.problems import invalid_parameter
from app.web.security import public

blueprint = api.blueprint("open_data")

TAG = "Open data"


class ReleaseQuery(Query):
    version: int | None = Field(None, ge=1, le=999, description="the latest where left out")


class RowsQuery(Query):
    """Months, the last one included; 24 of them at most."""

    from_: str | None = Field(None, alias="from", description="the first month, 2026-01")
    to: str | None = Field(None, description="the last month, 2026-12")


class Catalogue(BaseModel):
    dataset: list[dict[str, Any]]
    license: str
    title: str


class ReleaseItem(BaseModel):
    month: str
    version: int
    published_at: str
    sha256: str


class Releases(BaseModel):
    items: list[ReleaseItem]
    next: str | None


class Row(BaseModel):
    """Numbers rounded to 5; null where a row may not be shown."""

    month: str
    version: int
    key: str
    guest_nights: int | None
    arrivals: int | None
    rooms_occupied: int | None = None
    rooms_available: int | None = None
    occupancy: float | None = None


class Rows(BaseModel):
    items: list[Row]
    next: str | None


MONTHS_MOST = 24


@blueprint.get("/open-data")
@public
@endpoint(tag=TAG, answers={200: Catalogue})
def open_data() -> dict[str, Any]:
    """What is published, in the terms of DCAT, with a Table Schema of each table."""
    return files.catalogue(releases.latest_releases())


@blueprint.get("/open-data/releases")
@public
@endpoint(tag=TAG, answers={200: Releases})
def open_data_releases() -> Response:
    """The latest release of each month, the newest month first, with the SHA-256 of its text."""
    latest = releases.latest_releases()
    items = [
        {
            "month": f"{release.month:%Y-%m}",
            "version": release.version,
            "published_at": api.iso(release.published_at),
            "sha256": release.sha256,
        }
        for release in latest
    ]
    return cached(api.answer(listing(items, None)), _tag(latest), FRESH)


@blueprint.get("/open-data/releases/<month>")
@public
@endpoint(tag=TAG, query=ReleaseQuery, answers={200: None})
def open_data_release(month: str, query: ReleaseQuery) -> Response:
    """All tables of one month; a version, once published, never changes."""
    release = release_or_404(month, query.version)
    response = Response(release.content, content_type="application/json")
    return cached(response, release.sha256, FRESH if query.version is None else FROZEN)


@blueprint.get("/open-data/tables/<table>")
@public
@endpoint(tag=TAG, query=RowsQuery, answers={200: Rows})
def open_data_table(table: str, query: RowsQuery) -> Response:
    """The rows of one table (month, day, unit, kind, stars, country), the newest month first."""
    if table not in COLUMNS:
        abort(404)
    start = _month(query.from_, "from")
    last = _month(query.to, "to")
    end = dates.next_month(last) if last else None
    found = releases.latest_releases(start=start, end=end, limit=MONTHS_MOST)
    items = [
        {"month": content["month"], "version": content["version"], **row}
        for content in map(releases.content_of, found)
        for row in content["tables"][table]["rows"]
    ]
    return cached(api.answer(listing(items, None)), _tag(found), FRESH)


def _month(text: str | None, name: str) -> Any:
    try:
        return dates.parse_month(text).start if text else None
    except ValueError:
        raise invalid_parameter(name, "invalid_format") from None


def _tag(found: list[Any]) -> str:
    text = " ".join(release.sha256 for release in found)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
