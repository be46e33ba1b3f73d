"""Fetching a calendar from any address a house gives: public hosts only, bounded in every way.

Each redirect is checked as the first address is. One deadline covers all of it.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import SplitResult, urljoin, urlsplit

from app.web import outside

SECONDS = 10.0
LARGEST = 2 * 1024 * 1024
REDIRECTS = 3


class NotFetched(Exception):
    """No calendar came; ``why`` is one of the codes that the page has words for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Answer:
    """What came: the text, or None where nothing has changed since the last fetch."""

    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None


def checked(url: str) -> SplitResult:
    """Return the parts of a feed's address; raises :class:`NotFetched`."""
    try:
        return outside.checked(url, *outside.PORTS)
    except outside.NotAllowed:
        raise NotFetched("address") from None


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return what the address answers; raises :class:`NotFetched`."""
    deadline = time.monotonic() + SECONDS
    for _hop in range(REDIRECTS + 1):
        answer = _one(url, headers or {}, deadline)
        if isinstance(answer, Answer):
            return answer
        secure = urlsplit(url).scheme == "https"
        url = urljoin(url, answer)
        if secure and not url.startswith("https:"):
            raise NotFetched("address")
    raise NotFetched("redirects")


def _one(url: str, headers: Mapping[str, str], deadline: float) -> Answer | str:
    """Ask one address; returns the answer, or where it sends us."""
    parts = checked(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = {"Accept": "text/calendar", "Accept-Encoding": "identity"} | dict(headers)
    try:
        with outside.connection(parts, deadline) as connection:
            connection.request("GET", target, headers=asked)
            with closing(connection.getresponse()) as response:
                return _read(response)
    except outside.NotPublic:
        raise NotFetched("not_public") from None
    except (outside.NotReached, OSError, HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline
        raise NotFetched("timeout" if late else "unreachable") from error


# --- Reading -------------------------------------------------------------------------------


def _read(response: HTTPResponse) -> Answer | str:
    if response.status == 304:
        return Answer(None)
    if response.status in (301, 302, 303, 307, 308):
        place = response.getheader("Location")
        if not place:
            raise NotFetched("refused")
        return place
    if response.status != 200:
        raise NotFetched("gone" if response.status in (404, 410) else "refused")
    return Answer(
        _body(response),
        _short(response.getheader("ETag"), 200),
        _short(response.getheader("Last-Modified"), 100),
    )


def _body(response: HTTPResponse) -> bytes:
    raw = response.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise NotFetched("too_large")
    # A read with a limit tells nobody that the connection broke off.
    said = response.getheader("Content-Length")
    if said is not None and (not said.isdigit() or int(said) != len(raw)):
        raise NotFetched("truncated")
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding == "identity":
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise NotFetched("not_calendar")
    return _unpacked(raw)


def _unpacked(raw: bytes) -> bytes:
    """Unpack what was compressed although we asked for it plain, up to the same size."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        body = unpacker.decompress(raw, LARGEST + 1)
    except zlib.error:
        raise NotFetched("truncated") from None
    if len(body) > LARGEST:
        raise NotFetched("too_large")
    if not unpacker.eof:
        raise NotFetched("truncated")
    return body


def _short(text: str | None, most: int) -> str | None:
    """Return a header that can be sent back; a long or strange one is no use."""
    return text if text and len(text) <= most and text.isascii() and text.isprintable() else None
