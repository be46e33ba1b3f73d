"""Fetching a calendar from any address a house gives: public hosts only, bounded in every way.

Every address a name has must be public, and the connection goes to one that was checked, so that
a name cannot point elsewhere a moment later. Each redirect is checked the same way. One deadline
covers all of it.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urljoin, urlsplit

from app.web.outside import is_number, is_public

SECONDS = 10.0
LONGEST_ADDRESS = 1000
LARGEST = 2 * 1024 * 1024
REDIRECTS = 3
PORTS = {"http": 80, "https": 443}


class NotFetched(Exception):
    """No calendar came; ``why`` is one of the codes that the page has words for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class Way:
    """How names become addresses and which of these are allowed; tests have a way of their own."""

    resolve: Callable[[str, int], Sequence[str]] = _resolve
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    allows_port: Callable[[str, int], bool] = lambda scheme, port: PORTS[scheme] == port
    allows: Callable[[str], bool] = is_public
    seconds: float = SECONDS


@dataclass(frozen=True)
class Answer:
    """What came: the text, or None where nothing has changed since the last fetch."""

    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None


def checked(url: str, way: Way | None = None) -> SplitResult:
    """Return the parts of a feed's address; raises :class:`NotFetched`."""
    way = way or WAY
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    try:
        parts = urlsplit(url)
        port = PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
    except ValueError:
        raise NotFetched("address") from None
    host = parts.hostname or ""
    if not plain or len(url) > LONGEST_ADDRESS or parts.scheme not in PORTS:
        raise NotFetched("address")
    if parts.username is not None or parts.password is not None or "." not in host:
        raise NotFetched("address")
    if is_number(host) or not way.allows_port(parts.scheme, port):
        raise NotFetched("address")
    return parts


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return what the address answers; raises :class:`NotFetched`."""
    way = WAY
    deadline = time.monotonic() + way.seconds
    for _hop in range(REDIRECTS + 1):
        answer = _one(url, headers or {}, way, deadline)
        if isinstance(answer, Answer):
            return answer
        secure = urlsplit(url).scheme == "https"
        url = urljoin(url, answer)
        if secure and not url.startswith("https:"):
            raise NotFetched("address")
    raise NotFetched("redirects")


def _one(url: str, headers: Mapping[str, str], way: Way, deadline: float) -> Answer | str:
    """Ask one address; returns the answer, or where it sends us."""
    parts = checked(url, way)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or PORTS[parts.scheme]
    address = _address(host, port, way, deadline)
    context = way.context if parts.scheme == "https" else None
    connection = _Pinned(host, port, address, context, _left(deadline))
    # Each read has a timeout of its own; what drips is cut off as a whole.
    cut = threading.Timer(_left(deadline), connection.cut)
    cut.daemon = True
    cut.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked = {"Accept": "text/calendar", "Accept-Encoding": "identity"} | dict(headers)
        connection.request("GET", target, headers=asked)
        with closing(connection.getresponse()) as response:
            return _read(response)
    except (OSError, HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline
        raise NotFetched("timeout" if late else "unreachable") from error
    finally:
        cut.cancel()
        connection.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NotFetched("timeout")
    return left


def _address(host: str, port: int, way: Way, deadline: float) -> str:
    """Return the address to connect to; a name with one that is not public is refused whole."""
    asked: Future[Sequence[str]] = RESOLVERS.submit(way.resolve, host, port)
    try:
        found = asked.result(_left(deadline))
    except NotInTime:
        raise NotFetched("timeout") from None
    except (OSError, UnicodeError):
        raise NotFetched("unreachable") from None
    if not found or not all(map(way.allows, found)):
        raise NotFetched("not_public")
    return found[0]


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


class _Pinned(HTTPConnection):
    """A connection to one address; over TLS it proves to be the named host."""

    def __init__(
        self, host: str, port: int, address: str, context: ssl.SSLContext | None, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address, self.tls = address, context
        if context is not None:
            self.default_port = PORTS["https"]

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        try:
            self.sock = (
                self.tls.wrap_socket(plain, server_hostname=self.host) if self.tls else plain
            )
        except BaseException:
            plain.close()
            raise

    def cut(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


RESOLVERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="feed names")
WAY = Way()
