"""Answering a wish: the engine within its deadline, else SQL; then the rows as they are now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import structlog

from app.search import fallback
from app.search.ask import Meanwhile, Tally, ask
from app.search.ask import tallies as engine_tallies
from app.search.index import Engine, IndexMissing, Refused
from app.search.items import Item, read_items
from app.search.live import engine, link, live_uid
from app.search.wire import Away, TooSlow
from app.search.wish import Found, Wish
from app.web.metrics import note_search

log = structlog.get_logger()

# The whole page has a second: so long may the engine take, then SQL answers.
ENGINE_SECONDS = 0.6

T = TypeVar("T")
Answerer = Literal["meilisearch", "database"]


@dataclass
class Timings:
    """How long each part took, in milliseconds, as ``Server-Timing`` says it."""

    parts: dict[str, float] = field(default_factory=lambda: {"engine": 0.0, "db": 0.0})
    begun: float = field(default_factory=time.perf_counter)

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.parts[part] += (time.perf_counter() - begun) * 1000

    def header(self) -> str:
        total = (time.perf_counter() - self.begun) * 1000
        parts = {**self.parts, "total": total}
        return ", ".join(f"{name};dur={value:.1f}" for name, value in parts.items())


@dataclass
class Result:
    """What is shown: the page's items, total and facets over all, and who answered."""

    wish: Wish
    found: Found
    items: list[Item]
    answerer: Answerer
    # What was asked for in words and left out, because no house has all of it.
    relaxed: tuple[tuple[str, Any], ...] = ()

    @property
    def total(self) -> int:
        return self.found.total

    @property
    def pages(self) -> int:
        return -(-self.found.total // self.wish.per_page)


def vacancies(wish: Wish, timings: Timings) -> Result:
    """Return the answer to a wish. The engine suggests houses; SQL says what is vacant."""
    answerer: Answerer = "meilisearch"
    reader = _Reader(wish, timings)
    found = _from_engine(wish, timings, reader)
    if found is None:
        answerer = "database"
        with timings.measure("db"):
            found = fallback.answer(wish)
    note_search(answerer)
    return Result(wish, found, reader.items(found.ids), answerer)


@dataclass
class _Reader:
    """Reads a page's rows once, be it while the engine counts or afterwards."""

    wish: Wish
    timings: Timings
    ids: list[int] = field(default_factory=list)
    read: list[Item] = field(default_factory=list)

    def __call__(self, ids: list[int]) -> None:
        before = self.timings.parts["db"]
        with self.timings.measure("db"):
            self.ids, self.read = ids, read_items(ids, self.wish)
        # It was not the engine that took this time.
        self.timings.parts["engine"] -= self.timings.parts["db"] - before

    def items(self, ids: list[int]) -> list[Item]:
        if ids != self.ids:
            with self.timings.measure("db"):
                self.ids, self.read = ids, read_items(ids, self.wish)
        return self.read


def tallies(wishes: Sequence[Wish], seconds: float) -> list[Tally | None]:
    """Return how many houses answer each wish; None for those that time does not reach."""
    if not wishes:
        return []
    deadline = time.monotonic() + seconds
    counted = _of_engine(
        lambda server, uid: engine_tallies(server, uid, wishes, seconds), Timings(), is_extra=True
    )
    if counted is not None:
        return list(counted)
    found: list[Tally | None] = []
    for wish in wishes:
        if time.monotonic() >= deadline:
            found.append(None)
            continue
        one = fallback.answer(replace(wish, page=1, per_page=1))
        found.append(Tally(0 if one.loosened else one.total, one.facets["unit"]))
    return found


def suggested(wish: Wish, seconds: float) -> list[int]:
    """Return the first houses that answer a wish."""
    deadline = time.monotonic() + seconds
    found = _of_engine(
        lambda server, uid: ask(server, uid, wish, seconds), Timings(), is_extra=True
    )
    if found is None and time.monotonic() < deadline:
        found = fallback.answer(wish)
    return found.ids if found else []


def _from_engine(wish: Wish, timings: Timings, reader: Meanwhile) -> Found | None:
    """Return the engine's answer; None where it is away, hung, behind a breaker or not filled."""
    return _of_engine(lambda server, uid: _asked(server, uid, wish, reader), timings)


def _of_engine(
    ask_it: Callable[[Engine, str], T], timings: Timings, *, is_extra: bool = False
) -> T | None:
    """Ask the engine; what is extra and has less time than a search closes nobody's way to it."""
    way, server = link(), engine(wait=False)
    if server is None:
        return None
    with timings.measure("db"):
        uid = live_uid()
    if uid is None or not way.breaker.allows():
        return None
    try:
        with timings.measure("engine"):
            found = ask_it(server, uid)
    except Away as error:
        if is_extra and isinstance(error, TooSlow):
            return None
        way.breaker.failed()
        way.forget_engine()
        log.warning("search engine away", kind=type(error).__name__)
        return None
    except Refused as error:
        way.breaker.failed()
        log.error("search engine refused", code=error.code)
        return None
    way.breaker.succeeded()
    return found


def _asked(server: Engine, uid: str, wish: Wish, reader: Meanwhile) -> Found:
    try:
        return ask(server, uid, wish, ENGINE_SECONDS, reader)
    except IndexMissing:
        # Swapped out since this process last looked; the new one is asked at once.
        newer = live_uid(anew=True)
        if newer is None or newer == uid:
            raise
        return ask(server, newer, wish, ENGINE_SECONDS, reader)
