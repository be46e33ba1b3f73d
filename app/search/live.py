"""Which engine and which index searches go to, and when they had better not ask."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import select

from app import local
from app.config import Config
from app.db import reading
from app.search.index import Engine
from app.search.models import SearchIndex

# How long a process goes on asking an index that was swapped; the old one is kept much longer.
POINTER_SECONDS = 1.0
ADDRESS_SECONDS = 5.0
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 15.0


class Breaker:
    """Keeps a hung engine from costing every request its deadline.

    One failure closes the way for a pause; then one request may try, the others still go round.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pause = FIRST_PAUSE
        self.closed_until = 0.0
        self.is_open = True

    def allows(self) -> bool:
        """Return whether this request may ask the engine."""
        with self.lock:
            if self.is_open:
                return True
            now = time.monotonic()
            if now < self.closed_until:
                return False
            # This one tries; until it has its answer the others go on without.
            self.closed_until = now + self.pause
            return True

    def succeeded(self) -> None:
        with self.lock:
            self.is_open, self.pause = True, FIRST_PAUSE

    def failed(self) -> None:
        with self.lock:
            if not self.is_open:
                self.pause = min(self.pause * 2, LONGEST_PAUSE)
            self.is_open = False
            self.closed_until = time.monotonic() + self.pause


@dataclass
class Link:
    """A process's way to the engine: its connections, the live index, the breaker."""

    engine: Engine | None = None
    breaker: Breaker = field(default_factory=Breaker)
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at: float = float("-inf")
    uid: str | None = None
    read_at: float = float("-inf")

    def current_engine(self, config: Config, *, wait: bool) -> Engine | None:
        """Return the engine; where there is none, look again after a while.

        Looking may start a local engine, which takes seconds: a request does not wait for that.
        """
        if self.engine is None and self._is_time():
            if wait or local.search_is_running(config):
                self._look(config)
            elif not self.lock.locked():
                threading.Thread(target=self._look, args=(config,), daemon=True).start()
        return self.engine

    def _look(self, config: Config) -> None:
        with self.lock:
            if self.engine is None and self._is_time():
                server = local.ensure_search(config)
                self.engine = Engine(server) if server else None
                self.asked_at = time.monotonic()

    def close(self) -> None:
        """Give up the kept connections."""
        if self.engine is not None:
            self.engine.wire.close()

    def _is_time(self) -> bool:
        return time.monotonic() - self.asked_at > ADDRESS_SECONDS

    def forget_engine(self) -> None:
        """Look the address up anew: a local engine may have come back at another one."""
        if self._is_time():
            self.close()
            self.engine = None


def link() -> Link:
    """Return this application's way to the engine."""
    found: Link | None = current_app.extensions.get("search_link")
    if found is None:
        found = current_app.extensions.setdefault("search_link", Link())
        # Connections are closed with their application, not when the collector finds them.
        weakref.finalize(current_app._get_current_object(), found.close)  # type: ignore[attr-defined]
    return found


def engine(*, wait: bool = True) -> Engine | None:
    """Return the engine, or None where SQL has to answer."""
    config: Config = current_app.extensions["config"]
    return link().current_engine(config, wait=wait)


def live_uid(*, anew: bool = False) -> str | None:
    """Return the live index as read within the last second, or just now."""
    way = link()
    if anew or time.monotonic() - way.read_at > POINTER_SECONDS:
        with reading() as connection:
            way.uid = connection.scalar(select(SearchIndex.uid).where(SearchIndex.is_live))
        way.read_at = time.monotonic()
    return way.uid
