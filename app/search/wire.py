"""Kept-alive connections to the engine, each answer within a deadline that covers every byte."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 0.25
MOST_KEPT = 16
CHUNK = 64 * 1024


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
        deadline = time.monotonic() + seconds
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        connection, used = self._take()
        try:
            return self._exchange(connection, path, data, deadline)
        except TooSlow:
            connection.close()
            raise
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            if not used:
                raise Away(type(error).__name__) from error
        # A kept connection may have been closed at the other end in the meantime: once more, anew.
        connection = self._new()
        try:
            return self._exchange(connection, path, data, deadline)
        except TooSlow:
            connection.close()
            raise
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            raise Away(type(error).__name__) from error

    def _take(self) -> tuple[HTTPConnection, bool]:
        with self.lock:
            if self.kept:
                return self.kept.pop(), True
        return self._new(), False

    def _new(self) -> HTTPConnection:
        return self.kind(self.host, self.port, timeout=CONNECT_SECONDS)

    def _exchange(
        self, connection: HTTPConnection, path: str, data: bytes, deadline: float
    ) -> tuple[int, Any]:
        try:
            if connection.sock is None:
                connection.timeout = min(CONNECT_SECONDS, _left(deadline))
                # The connection sets TCP_NODELAY itself.
                connection.connect()
            sock: socket.socket = connection.sock
            sock.settimeout(_left(deadline))
            connection.request("POST", self.path + path, data, self.headers)
            response = connection.getresponse()
            answer = json.loads(_body(response, sock, deadline))
        except TimeoutError as error:
            raise TooSlow from error
        if response.will_close:
            connection.close()
        else:
            self._keep(connection)
        return response.status, answer

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
