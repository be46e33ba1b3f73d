"""Kept-alive connections to the engine, each answer within a deadline that covers every byte."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

CONNECT_SECONDS = 0.25
MOST_KEPT = 16
CHUNK = 64 * 1024
LONGEST_HEAD = 64 * 1024

T = TypeVar("T")


class Away(Exception):
    """The engine is not reached, breaks off or speaks no JSON."""


class TooSlow(Away):
    """The engine has not answered within the deadline."""


class Wire:
    """A pool of connections to one address.

    The client libraries time each read, so an answer that drips would hold its caller for ever;
    here what is left of the deadline is set before every read. ``Accept-Encoding: identity`` keeps
    the engine from answering in small writes, which cost 40 ms on a kept connection.
    """

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url)
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or (443 if self.tls else 80)
        self.path = parts.path.rstrip("/")
        self.headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"
        self.kept: list[Connection] = []
        self.lock = threading.Lock()

    def post(self, path: str, body: Any, seconds: float) -> tuple[int, Any]:
        """Send the body and return status and answer; raises :class:`Away` or :class:`TooSlow`."""
        with self.begin(path, body, seconds) as question:
            return question.answer()

    def get(self, path: str, seconds: float) -> tuple[int, Any]:
        """Ask for what stands at a path; returns and raises as :meth:`post` does."""
        with Question(self, path, None, time.monotonic() + seconds) as question:
            return question.answer()

    def begin(self, path: str, body: Any, seconds: float) -> Question:
        """Send the body and leave its answer for later; raises as :meth:`post` does."""
        return Question(self, path, body, time.monotonic() + seconds)

    def take(self) -> Connection | None:
        """Return a kept connection, if there is one."""
        with self.lock:
            return self.kept.pop() if self.kept else None

    def keep(self, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self.lock:
            if len(self.kept) < MOST_KEPT:
                self.kept.append(connection)
                return
        connection.close()

    def message(self, path: str, body: Any) -> bytes:
        """Return the request, head and body as one; without a body it only asks."""
        headers = {"Host": f"{self.host}:{self.port}", **self.headers}
        method, data = "GET", b""
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            method, headers["Content-Length"] = "POST", str(len(data))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} {self.path}{path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + data

    def close(self) -> None:
        """Give up all kept connections."""
        with self.lock:
            kept, self.kept = self.kept, []
        for connection in kept:
            connection.close()


class Question:
    """A question on its way. Who leaves before its answer gives its connection up."""

    def __init__(self, wire: Wire, path: str, body: Any, deadline: float) -> None:
        self.wire, self.deadline = wire, deadline
        self.message = wire.message(path, body)
        kept = wire.take()
        self.connection: Connection | None = kept
        self.is_kept = kept is not None
        self._twice_if_kept(self._send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.connection is not None:
            self.connection.close()

    def answer(self) -> tuple[int, Any]:
        """Wait for it; returns the status and what was answered."""
        found, answer = self._twice_if_kept(self._receive)
        connection, self.connection = self.connection, None
        if connection is not None and found.may_be_kept:
            self.wire.keep(connection)
        elif connection is not None:
            connection.close()
        return found.status, answer

    def _twice_if_kept(self, step: Callable[[], T]) -> T:
        """A kept connection may have been closed at the other end meanwhile: once more, anew."""
        try:
            return step()
        except TooSlow:
            raise
        except Away:
            if not self.is_kept:
                raise
        self.connection, self.is_kept = None, False
        if step != self._send:
            self._send()
        return step()

    def _send(self) -> None:
        with self._given_up():
            if self.connection is None:
                self.connection = Connection(self.wire, left(self.deadline))
            self.connection.send(self.message, self.deadline)

    def _receive(self) -> tuple[Answer, Any]:
        with self._given_up():
            assert self.connection is not None
            found = self.connection.receive(self.deadline)
            return found, json.loads(found.body)

    @contextmanager
    def _given_up(self) -> Iterator[None]:
        """Close the connection on which something went wrong, and say what."""
        try:
            yield
        except (OSError, ValueError, KeyError) as error:
            if self.connection is not None:
                self.connection.close()
            if isinstance(error, TimeoutError):
                raise TooSlow from error
            raise Away(type(error).__name__) from error


class Answer(NamedTuple):
    """An answer as it came."""

    status: int
    body: bytes
    may_be_kept: bool


class Connection:
    """As much of HTTP/1.1 as a question and its answer need.

    The library's own takes longer to read the headers of an answer than the engine to find it.
    """

    def __init__(self, wire: Wire, seconds: float) -> None:
        address = (wire.host, wire.port)
        self.sock = socket.create_connection(address, min(CONNECT_SECONDS, seconds))
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if wire.tls:
                self.sock = wire.tls.wrap_socket(self.sock, server_hostname=wire.host)
        except OSError:
            self.sock.close()
            raise
        self.read = b""

    def close(self) -> None:
        with suppress(OSError):
            self.sock.close()

    def send(self, message: bytes, deadline: float) -> None:
        self.sock.settimeout(left(deadline))
        self.sock.sendall(message)

    def receive(self, deadline: float) -> Answer:
        """Read one answer to its end; raises OSError or ValueError."""
        first, *lines = self._until(b"\r\n\r\n", deadline).split(b"\r\n")
        version, status = first.split(b" ", 2)[:2]
        if not version.startswith(b"HTTP/1."):
            raise ValueError("not HTTP")
        pairs = (line.partition(b":") for line in lines)
        headers = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
        if headers.get(b"transfer-encoding") == b"chunked":
            body = self._chunks(deadline)
        else:
            body = self._bytes(int(headers[b"content-length"]), deadline)
        keeps = version == b"HTTP/1.1" and headers.get(b"connection") != b"close"
        return Answer(int(status), body, keeps and not self.read)

    def _chunks(self, deadline: float) -> bytes:
        parts: list[bytes] = []
        while size := int(self._until(b"\r\n", deadline).partition(b";")[0], 16):
            parts.append(self._bytes(size, deadline))
            self._until(b"\r\n", deadline)
        # What may follow the last of them ends with an empty line.
        while self._until(b"\r\n", deadline):
            pass
        return b"".join(parts)

    def _until(self, end: bytes, deadline: float) -> bytes:
        while end not in self.read:
            if len(self.read) > LONGEST_HEAD:
                raise ValueError("no end")
            self.read += self._more(deadline)
        found, _, self.read = self.read.partition(end)
        return found

    def _bytes(self, count: int, deadline: float) -> bytes:
        parts, missing = [self.read], count - len(self.read)
        while missing > 0:
            parts.append(self._more(deadline))
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self.read = whole[count:]
        return whole[:count]

    def _more(self, deadline: float) -> bytes:
        self.sock.settimeout(left(deadline))
        part = self.sock.recv(CHUNK)
        if not part:
            raise ConnectionError("closed")
        return part


def left(deadline: float) -> float:
    """Return the seconds that are left; raises TimeoutError where none are."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
