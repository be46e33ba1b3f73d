"""Counting how often houses are found and called: in memory first, then many at once.

Nothing of a visitor is kept, no address and no cookie: only a house, a day and what happened. A
request adds to a dictionary; every few seconds a thread writes the sums in one statement. A process
that is killed loses a few seconds of counts, which is fine.
"""

from __future__ import annotations

import random
import re
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import structlog
from flask import Flask, current_app
from sqlalchemy import Date, Integer, String, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.search.asked import Asked
from app.search.geography import geography
from app.search.links import Parameters
from app.search.reach.models import AskedSearch, ReachDay

log = structlog.get_logger()

What = Literal["found", "mapped", "opened", "called", "booked"]
COUNTED: tuple[What, ...] = ("found", "mapped", "opened", "called", "booked")

FLUSH_SECONDS = 5.0
# A crowd of wishes is counted by a sample, each then standing for several.
MOST_ASKED = 200
# Programs that read pages by themselves mostly say so; a visitor's browser always has a name.
PROGRAMS = re.compile(
    r"bot|crawl|spider|slurp|preview|scrape|headless|monitor|archive|fetch|lighthouse|validator"
    r"|curl|wget|python|java/|okhttp|axios|go-http|libwww|httpclient|http_client|facebookexternal",
    re.IGNORECASE,
)
# What a search is about, as far as who would have fitted depends on it; never its words.
KEPT = (
    *("check_in", "check_out", "rooms", "adults", "children", "unit", "kind", "stars"),
    *("amenities", "price_min", "price_max", "near", "radius_km", "bbox"),
)

Key = tuple[int, date, What]


@dataclass
class Buffer:
    """What this process has counted since it last wrote; ``asked`` holds a fair sample."""

    counts: Counter[Key] = field(default_factory=Counter)
    asked: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    searches: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    flushed_at: float = field(default_factory=time.monotonic)
    flushing: bool = False

    def take(self) -> tuple[Counter[Key], Counter[tuple[tuple[str, str], ...]], int]:
        with self.lock:
            taken = self.counts, self.asked, self.searches
            self.counts, self.asked, self.searches = Counter(), Counter(), 0
            self.flushed_at = time.monotonic()
        return taken


def buffer() -> Buffer:
    """Return this application's counts."""
    found: Buffer | None = current_app.extensions.get("search_counts")
    return found or current_app.extensions.setdefault("search_counts", Buffer())


def is_person(user_agent: str, purpose: str = "") -> bool:
    """Whether a browser that somebody looks at is asking; ``purpose`` says that it looks ahead."""
    looks_ahead = "prefetch" in purpose or "prerender" in purpose
    return bool(user_agent) and not looks_ahead and not PROGRAMS.search(user_agent)


def count(what: What, houses: Iterable[int]) -> None:
    """Add one to what happened to each of the houses today."""
    today, kept = dates.today(), buffer()
    with kept.lock:
        for house in houses:
            kept.counts[(house, today, what)] += 1
    _flush_in_time(kept)


def count_search(asked: Asked, shown: Parameters) -> None:
    """Keep a search for dates until it is known whom it missed.

    Without what could be somebody's own position: only places of the gazetteer are kept.
    """
    if asked.wish is None or asked.wish.stay is None or asked.wish.text:
        return
    near = asked.wish.near
    if near is not None and geography().spot_at(near.lat, near.lon) is None:
        return
    key = tuple((name, shown[name]) for name in KEPT if name in shown)
    kept = buffer()
    with kept.lock:
        kept.searches += 1
        if key in kept.asked or len(kept.asked) < MOST_ASKED:
            kept.asked[key] += 1
        elif random.random() < MOST_ASKED / kept.searches:
            kept.asked.pop(random.choice(list(kept.asked)))
            kept.asked[key] = 1


# --- Writing -----------------------------------------------------------------------------------


def _flush_in_time(kept: Buffer) -> None:
    """Have a thread write what was counted, unless it was done a moment ago."""
    if kept.flushing or current_app.testing:
        return
    if time.monotonic() - kept.flushed_at < FLUSH_SECONDS:
        return
    kept.flushing = True
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(target=_flush_apart, args=(weakref.ref(app), kept), daemon=True).start()


def _flush_apart(reference: weakref.ref[Flask], kept: Buffer) -> None:
    app = reference()
    try:
        if app is not None:
            with app.app_context():
                flush()
                db.session.commit()
    except SQLAlchemyError as error:
        log.warning("counts lost", kind=type(error).__name__)
    finally:
        kept.flushing = False


def flush() -> int:
    """Add what this process has counted to the days; returns how many rows. Does not commit."""
    counts, asked, searches = buffer().take()
    if asked:
        today, weight = dates.today(), searches / sum(asked.values())
        rows = [
            {"day": today, "parameters": dict(key), "times": max(1, round(times * weight))}
            for key, times in asked.items()
        ]
        db.session.execute(insert(AskedSearch), rows)
    if counts:
        _add(counts)
    return len(counts)


def _add(counts: Counter[Key]) -> None:
    """One statement for any number of houses, in one order so that processes never deadlock."""
    keys = sorted(counts)
    said = func.unnest(
        literal([key[0] for key in keys], ARRAY(Integer)),
        literal([key[1] for key in keys], ARRAY(Date)),
        literal([key[2] for key in keys], ARRAY(String)),
        literal([counts[key] for key in keys], ARRAY(Integer)),
    ).table_valued("house", "day", "what", "times", name="said")
    said = said.render_derived()
    sums = [
        func.coalesce(func.sum(said.c.times).filter(said.c.what == name), 0) for name in COUNTED
    ]
    rows = (
        select(said.c.house, said.c.day, *sums)
        # A house that was removed meanwhile is left out.
        .join(Establishment, Establishment.id == said.c.house)
        .group_by(said.c.house, said.c.day)
        .order_by(said.c.house, said.c.day)
    )
    statement = upsert(ReachDay).from_select(["establishment_id", "day", *COUNTED], rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["establishment_id", "day"],
            set_={
                name: getattr(ReachDay, name) + getattr(statement.excluded, name)
                for name in COUNTED
            },
        )
    )
