"""Sending to the push service of somebody's browser: any address may be given, few are allowed.

Only https on its own port, to a named host whose every address is public; the connection goes to
the address that was checked, so that a name cannot point elsewhere a moment later. No redirect is
followed. One deadline covers everything.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from app.web.outside import is_number, is_public

SECONDS = 10.0
LONGEST_ADDRESS = 1000


class NotAllowed(Exception):
    """The address is none that may be sent to."""


class NotReached(Exception):
    """Nothing answered within the deadline; another try may go well."""


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class Way:
    """How names become addresses and which of these are allowed; tests have a way of their own."""

    resolve: Callable[[str, int], Sequence[str]] = _resolve
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    ports: tuple[int, ...] = (443,)
    allows: Callable[[str], bool] = field(default_factory=lambda: is_public)


def checked(url: str, way: Way | None = None) -> SplitResult:
    """Return the parts of an endpoint's address; raises :class:`NotAllowed`."""
    ports = (way or WAY).ports
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise NotAllowed("no address") from None
    host = parts.hostname or ""
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_ADDRESS
    if not plain or parts.scheme != "https" or parts.username or parts.password:
        raise NotAllowed("no plain https address")
    if port not in ports or "." not in host or is_number(host):
        raise NotAllowed("no public host")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """Send the body and return the status; raises :class:`NotAllowed` or :class:`NotReached`."""
    way, deadline = WAY, time.monotonic() + seconds
    parts = checked(url, way)
    host, port = parts.hostname or "", parts.port or 443
    address = _address(host, port, way, deadline)
    connection = _Pinned(host, port, address, way.context, max(0.1, deadline - time.monotonic()))
    # Each read has a timeout of its own; what drips is cut off as a whole.
    cut = threading.Timer(max(0.1, deadline - time.monotonic()), connection.cut)
    cut.daemon = True
    cut.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers=dict(headers))
        return connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise NotReached(type(error).__name__) from error
    finally:
        cut.cancel()
        connection.close()


def _address(host: str, port: int, way: Way, deadline: float) -> str:
    """Return the address to connect to; a name with one that is not public is refused whole."""
    asked: Future[Sequence[str]] = RESOLVERS.submit(way.resolve, host, port)
    try:
        found = asked.result(max(0.1, deadline - time.monotonic()))
    except (OSError, UnicodeError, NotInTime) as error:
        raise NotReached(type(error).__name__) from error
    if not found or not all(map(way.allows, found)):
        raise NotAllowed("no public address")
    return found[0]


class _Pinned(HTTPSConnection):
    """A connection to one address that proves to be the named host."""

    def __init__(
        self, host: str, port: int, address: str, context: ssl.SSLContext, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self.address, self.tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        try:
            self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def cut(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


RESOLVERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="push names")
WAY = Way()
