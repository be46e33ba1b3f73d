"""What search engines are told of the whole site: which pages there are, and which to leave alone.

A house's date is the day its record last changed. Vacancies do not move it: else who watches the
sitemap would see when a house sells.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, abort, current_app
from sqlalchemy import func, select

from app import dates
from app.config import Config
from app.db import db
from app.registry.models import Establishment
from app.search.houses import SHOWN_STATUS
from app.web.discovery import addresses
from app.web.links import absolute_url
from app.web.security import public

blueprint = Blueprint("sitemap", __name__)

# Each stands for two addresses; the format allows 50,000 of them in a file.
HOUSES_IN_A_FILE = 20_000
PAGES = ("/", "/search", "/search/calendar", "/open-data", "/api/docs", "/embed", "/privacy")
KEPT_SECONDS = 3_600
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)
# Ways out that are counted, doors, and what is of no use to anybody but the one it was sent to.
NOT_TO_CRAWL = ("/api/v1/", "/go/", "/sign-in", "/search/watch", "/hotel/", "/admin/", "/account")
SECURITY_DAYS = 180


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_TO_CRAWL), "Allow: /"]
    return _text([*lines, "", f"Sitemap: {absolute_url('sitemap.whole')}"])


@blueprint.get("/.well-known/security.txt")
@public
def security() -> Response:
    """Say where to report a weakness (RFC 9116); nothing where no address is configured."""
    config: Config = current_app.extensions["config"]
    if not config.mail_from:
        abort(404)
    until = dates.now() + timedelta(days=SECURITY_DAYS)
    return _text(
        [
            f"Contact: mailto:{_bare(config.mail_from)}",
            f"Expires: {until:%Y-%m-%dT00:00:00Z}",
            "Preferred-Languages: vi, en",
            f"Canonical: {absolute_url('sitemap.security')}",
        ]
    )


@blueprint.get("/sitemap.xml")
@public
def whole() -> Response:
    """All pages in one file, or from many houses on a list of such files."""
    files = -(-_number() // HOUSES_IN_A_FILE)
    if files <= 1:
        return _xml("urlset", [*_pages(), *_houses(1)])
    own = [absolute_url("sitemap.part", number=number) for number in range(files + 1)]
    places = (f"<sitemap><loc>{escape(address)}</loc></sitemap>" for address in own)
    return _xml("sitemapindex", places)


@blueprint.get("/sitemap-<int:number>.xml")
@public
def part(number: int) -> Response:
    """One of the files: the first holds the pages that are no house's."""
    if number > -(-_number() // HOUSES_IN_A_FILE):
        abort(404)
    return _xml("urlset", _pages() if number == 0 else _houses(number))


def _number() -> int:
    shown = Establishment.status == SHOWN_STATUS
    return db.session.scalar(select(func.count()).where(shown)) or 0


def _pages() -> Iterable[str]:
    return (entry for path in PAGES for entry in _entries(path, None))


def _houses(number: int) -> Iterable[str]:
    rows = db.session.execute(
        select(Establishment.code, Establishment.record_changed_on)
        .where(Establishment.status == SHOWN_STATUS)
        .order_by(Establishment.id)
        .offset((number - 1) * HOUSES_IN_A_FILE)
        .limit(HOUSES_IN_A_FILE)
    ).all()
    return (
        entry for code, changed in rows for entry in _entries(f"/establishments/{code}", changed)
    )


def _entries(path: str, changed: date | None) -> Iterable[str]:
    """Yield a page in each language, with all its languages beside it, as the format wants it."""
    languages = addresses(path).languages
    named = {**languages, "x-default": languages["vi"]}
    beside = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(address)}/>'
        for language, address in named.items()
    )
    last = f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""
    for address in languages.values():
        yield f"<url><loc>{escape(address)}</loc>{last}{beside}</url>"


def _xml(root: str, entries: Iterable[str]) -> Response:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{root} {NAMESPACES}>", *entries]
    response = Response("\n".join([*lines, f"</{root}>", ""]), content_type="application/xml")
    return _kept(response)


def _text(lines: Iterable[str]) -> Response:
    return _kept(Response("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8"))


def _kept(response: Response) -> Response:
    response.cache_control.max_age = KEPT_SECONDS
    response.cache_control.public = True
    return response


def _bare(address: str) -> str:
    """Return the address alone of «Name <address>»."""
    return address.rpartition("<")[2].rstrip("> ")
