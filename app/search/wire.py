"""Kept-alive connections to the engine, each answer within a deadline that covers every byte."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

CONNECT_SECONDS = 0.25
MOST_KEPT = 16
CHUNK = 64 * 1024

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
        self.kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port
        self.path = parts.path.rstrip("/")
        self.headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"
        self.kept: list[HTTPConnection] = []
        self.lock = threading.Lock()

    def post(self, path: str, body: Any, seconds: float) -> tuple[int, Any]:
        """Send the body and return status and answer; raises :class:`Away` or :class:`TooSlow`."""
        with self.begin(path, body, seconds) as question:
            return question.answer()

    def begin(self, path: str, body: Any, seconds: float) -> Question:
        """Send the body and leave its answer for later; raises as :meth:`post` does."""
        return Question(self, path, body, time.monotonic() + seconds)

    def _take(self) -> HTTPConnection | None:
        with self.lock:
            return self.kept.pop() if self.kept else None

    def _new(self) -> HTTPConnection:
        return self.kind(self.host, self.port, timeout=CONNECT_SECONDS)

    def _keep(self, connection: HTTPConnection) -> None:
        with self.lock:
            if len(self.kept) < MOST_KEPT:
                self.kept.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Give up all kept connections."""
        with self.lock:
            kept, self.kept = self.kept, []
        for connection in kept:
            with suppress(OSError):
                connection.close()


class Question:
    """A question on its way. Who leaves before its answer gives its connection up."""

    def __init__(self, wire: Wire, path: str, body: Any, deadline: float) -> None:
        self.wire, self.path, self.deadline = wire, wire.path + path, deadline
        self.data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        kept = wire._take()
        self.connection: Any = kept or wire._new()
        self.is_kept = kept is not None
        self._twice_if_kept(self._send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.connection is not None:
            self.connection.close()

    def answer(self) -> tuple[int, Any]:
        """Wait for it; returns the status and what was answered."""
        response, answer = self._twice_if_kept(self._receive)
        connection, self.connection = self.connection, None
        if response.will_close:
            connection.close()
        else:
            self.wire._keep(connection)
        return response.status, answer

    def _twice_if_kept(self, step: Callable[[], T]) -> T:
        """A kept connection may have been closed at the other end meanwhile: once more, anew."""
        try:
            return step()
        except TooSlow:
            raise
        except Away:
            if not self.is_kept:
                raise
        self.connection, self.is_kept = self.wire._new(), False
        if step != self._send:
            self._send()
        return step()

    def _send(self) -> None:
        connection = self.connection
        with _away(connection):
            if connection.sock is None:
                connection.timeout = min(CONNECT_SECONDS, _left(self.deadline))
                # The connection sets TCP_NODELAY itself.
                connection.connect()
            connection.sock.settimeout(_left(self.deadline))
            connection.request("POST", self.path, self.data, self.wire.headers)

    def _receive(self) -> tuple[HTTPResponse, Any]:
        connection = self.connection
        with _away(connection):
            sock: socket.socket = connection.sock
            sock.settimeout(_left(self.deadline))
            response = connection.getresponse()
            return response, json.loads(_body(response, sock, self.deadline))


@contextmanager
def _away(connection: HTTPConnection) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        connection.close()
        raise TooSlow from error
    except (OSError, HTTPException, ValueError) as error:
        connection.close()
        raise Away(type(error).__name__) from error


def _body(response: HTTPResponse, sock: socket.socket, deadline: float) -> bytes:
    parts: list[bytes] = []
    while True:
        sock.settimeout(_left(deadline))
        part = response.read1(CHUNK)
        if not part:
            # Else Python before 3.12.2 takes it for unread, and the connection for busy.
            response.close()
            return b"".join(parts)
        parts.append(part)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
