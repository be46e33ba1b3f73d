"""Connecting to an address that somebody gave: only to the open internet, bounded in every way.

Every address a name has must be public, and the connection goes to one that was checked, so that
a name cannot point elsewhere a moment later. One deadline covers all of it.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import SplitResult, urlsplit

LONGEST_ADDRESS = 1000
PORTS: Mapping[str, int] = {"http": 80, "https": 443}

# Addresses that stand for one of the older kind, which may be anywhere, or only for a site.
TRANSLATED = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, whatever it is written as."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in net for net in TRANSLATED):
            return False
    return found.is_global and not found.is_multicast


def is_number(host: str) -> bool:
    """Whether the host is written as an address, in any of the ways a resolver understands."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.lower().startswith("0x")


class NotAllowed(Exception):
    """The address is none that may be connected to."""


class NotPublic(NotAllowed):
    """The name has an address that is not of the open internet."""


class NotReached(Exception):
    """No connection came about; another try may go well."""


class NotInSeconds(NotReached):
    """The deadline has passed."""


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class Way:
    """How names become addresses and which of these are allowed; tests have a way of their own."""

    resolve: Callable[[str, int], Sequence[str]] = _resolve
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    ports: Mapping[str, tuple[int, ...]] = field(
        default_factory=lambda: {scheme: (port,) for scheme, port in PORTS.items()}
    )
    allows: Callable[[str], bool] = is_public


WAY = Way()


def checked(url: str, *schemes: str) -> SplitResult:
    """Return the parts of an address on a named host; raises :class:`NotAllowed`."""
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    try:
        parts = urlsplit(url)
        port = port_of(parts)
    except ValueError:
        raise NotAllowed("no address") from None
    host = parts.hostname or ""
    if not plain or len(url) > LONGEST_ADDRESS or parts.scheme not in schemes:
        raise NotAllowed("no plain address")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("no plain address")
    if port not in WAY.ports[parts.scheme] or "." not in host or is_number(host):
        raise NotAllowed("no public host")
    return parts


def port_of(parts: SplitResult) -> int:
    """Return the port of the address, or that of its scheme."""
    return PORTS.get(parts.scheme, 0) if parts.port is None else parts.port


def left(deadline: float) -> float:
    """Return the seconds until the deadline; raises :class:`NotInSeconds`."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise NotInSeconds
    return seconds


@contextmanager
def connection(parts: SplitResult, deadline: float) -> Iterator[HTTPConnection]:
    """Give a connection to a checked address that ends with the deadline, whatever it is doing.

    Raises :class:`NotPublic` or :class:`NotReached`; what is asked over it raises what
    ``http.client`` does.
    """
    host, port = (parts.hostname or "").rstrip("."), port_of(parts)
    context = WAY.context if parts.scheme == "https" else None
    pinned = _Pinned(host, port, _address(host, port, deadline), context, left(deadline))
    # Each read has a timeout of its own; what drips is cut off as a whole.
    cut = threading.Timer(left(deadline), pinned.cut)
    cut.daemon = True
    cut.start()
    try:
        yield pinned
    finally:
        cut.cancel()
        pinned.close()


def _address(host: str, port: int, deadline: float) -> str:
    """Return the address to connect to; a name with one that is not public is refused whole."""
    asked: Future[Sequence[str]] = RESOLVERS.submit(WAY.resolve, host, port)
    try:
        found = asked.result(left(deadline))
    except NotInTime:
        raise NotInSeconds from None
    except (OSError, UnicodeError) as error:
        raise NotReached(type(error).__name__) from None
    if not found or not all(map(WAY.allows, found)):
        raise NotPublic("no public address")
    return found[0]


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


# A resolver cannot be interrupted: it is waited for in a thread, and left behind when it is late.
RESOLVERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="names outside")
