"""The public pages and files of open data, and where the province publishes it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.db import db
from app.statistics import words
from app.statistics.open_data import files, releases
from app.statistics.open_data.models import OpenDataRelease
from app.statistics.open_data.tables import (
    COLUMN_TITLES,
    COLUMNS,
    DEFINITIONS,
    KEY_TITLES,
    TITLES,
)
from app.web.discovery import indexed
from app.web.locale import carry, selected
from app.web.pages import page
from app.web.security import principal, public, requires

blueprint = Blueprint("open_data", __name__)

PROVINCE = ("province_official", "admin")
# What is frozen may be kept for good; what says "latest" must be asked for again.
FROZEN = "public, max-age=31536000, immutable"
FRESH = "public, no-cache"


@blueprint.get("/open-data")
@public
@indexed
def index() -> ResponseReturnValue:
    """Show one table of one month, the files, the rules and every release."""
    table = request.args.get("table", "month")
    latest = releases.latest_releases()
    if table not in COLUMNS:
        abort(404)
    release = _release_asked(latest)
    rows = releases.content_of(release)["tables"][table]["rows"] if release else []
    return page(
        "statistics/open_data.html",
        table=table,
        tables=TITLES,
        months=[(m, words.month(m)) for m in (f"{r.month:%Y-%m}" for r in latest)],
        release=release,
        content=releases.content_of(release) if release else None,
        versions=releases.releases_of(release.month) if release else [],
        rows=rows,
        names=files.named(table, rows),
        columns=[(name, COLUMN_TITLES[name], DEFINITIONS[name]) for name in COLUMNS[table]],
        key_title=KEY_TITLES[table],
        month_name=words.month,
        kinds=list(files.MEDIA_TYPES),
        licence=releases.LICENCE,
        rules=files.rules(),
        link=lambda **values: url_for("open_data.index", **carry(_asked(table, release) | values)),
        file_link=lambda name, kind: _file_url(release, name, kind),
    )


def _asked(table: str, release: OpenDataRelease | None) -> dict[str, Any]:
    month = {"month": f"{release.month:%Y-%m}"} if release else {}
    return {"table": table, **month}


def _release_asked(latest: list[OpenDataRelease]) -> OpenDataRelease | None:
    if "month" not in request.args:
        return latest[0] if latest else None
    version = request.args.get("version")
    return release_or_404(request.args["month"], version)


def release_or_404(month: str, version: str | int | None = None) -> OpenDataRelease:
    """Return a release by month and perhaps version, as an address has them."""
    try:
        start = dates.parse_month(month).start
    except ValueError:
        abort(404)
    found = releases.release(start, _version(version))
    if found is None:
        abort(404)
    return found


def _version(version: str | int | None) -> int | None:
    if version is None or isinstance(version, int):
        return version if version is None or version < 1 << 15 else 0
    return int(version) if version.isascii() and version.isdigit() and len(version) < 5 else 0


def _file_url(release: OpenDataRelease | None, table: str, kind: str) -> str:
    if release is None:
        return ""
    month = f"{release.month:%Y-%m}"
    values = {"month": month, "version": release.version, "table": table, "kind": kind}
    return url_for("open_data.file", **carry(values))


@blueprint.get("/open-data/<month>/v<int:version>/<table>.<kind>")
@public
def file(month: str, version: int, table: str, kind: str) -> ResponseReturnValue:
    """Answer with one table of one release; it never changes."""
    release = release_or_404(month, version)
    if table not in COLUMNS or kind not in files.MEDIA_TYPES:
        abort(404)
    response = Response(files.file_of(release, table, kind), content_type=files.MEDIA_TYPES[kind])
    name = f"{table}_{month}_v{release.version}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return cached(response, files.tag_of(release, table, kind), FROZEN)


@blueprint.get("/open-data/<month>/v<int:version>/release.txt")
@public
def release_text(month: str, version: int) -> ResponseReturnValue:
    """Answer with the exact text whose SHA-256 was published."""
    release = release_or_404(month, version)
    response = Response(release.content, content_type="text/plain; charset=utf-8")
    return cached(response, release.sha256, FROZEN)


@blueprint.get("/open-data/catalogue.json")
@public
def catalogue() -> ResponseReturnValue:
    """Answer with what there is, for other catalogues."""
    latest = releases.latest_releases()
    response = Response(
        json.dumps(files.catalogue(latest), ensure_ascii=False),
        content_type="application/ld+json",
    )
    tags = " ".join([selected(), *(release.sha256 for release in latest)])
    return cached(response, hashlib.sha256(tags.encode()).hexdigest()[:32], FRESH)


def cached(response: Response, tag: str, keep: str) -> Response:
    """Give the response its ETag, and answer 304 to who has it already."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = keep
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response


# --- Publishing --------------------------------------------------------------------------------


@blueprint.get("/statistics/open-data")
@requires(*PROVINCE)
def publishing() -> ResponseReturnValue:
    """List the final months and what was published of each."""
    latest = {release.month: release for release in releases.latest_releases()}
    months = list(reversed(releases.final_months()))
    return page(
        "statistics/open_data_publishing.html",
        tab="open_data",
        months=[(releases.key_of(month), latest.get(month.start)) for month in months],
        month_name=words.month,
    )


@blueprint.post("/statistics/open-data/<month>")
@requires(*PROVINCE)
def publish(month: str) -> ResponseReturnValue:
    """Publish a final month, or a correction of it."""
    try:
        period = dates.parse_month(month)
    except ValueError:
        abort(404)
    if period.start > dates.today() or period.start.year < date.min.year + 2:
        abort(404)
    if not releases.is_final(period):
        flash(_("Tháng này chưa chính thức nên chưa công bố được."), "look")
    elif (made := releases.publish(period, by=principal().actor)) is None:
        flash(_("Không có gì để công bố: chưa đủ cơ sở góp số liệu, hoặc thay đổi quá ít."), "look")
    else:
        flash(_("Đã công bố phiên bản %(version)s.", version=made.version), "fine")
    db.session.commit()
    return redirect(url_for("open_data.publishing"), 303)
