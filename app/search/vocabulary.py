"""What the words of a search may mean here: the town's gazetteer, and the names of its houses."""

from __future__ import annotations

import threading
import time
from datetime import date
from functools import lru_cache

import structlog
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import dates, reference
from app.db import reading
from app.registry.models import Establishment
from app.search.houses import SHOWN_STATUS
from app.search.understanding import AreaName, Gazetteer, PlaceName, Rate, unit_names
from app.search.understanding.namebook import Meant, NameBook

log = structlog.get_logger()

NAMES_SECONDS = 120.0
# How soon to try again what the database did not answer.
AGAIN_SECONDS = 5.0


def gazetteer() -> Gazetteer:
    """Return the gazetteer of the reference data, made once a day for the day's rates."""
    return gazetteer_of(dates.today())


@lru_cache(maxsize=2)
def gazetteer_of(today: date) -> Gazetteer:
    """Return the gazetteer with the exchange rate of a day."""
    heirs = _heirs()
    units = reference.units()
    return Gazetteer(
        units=unit_names(units, heirs),
        areas=tuple(
            AreaName(area.code, area.name, (area.name_en, *area.aliases), _units_of(area.code))
            for area in reference.areas()
        ),
        places=tuple(
            PlaceName(
                place.code,
                place.name_vi,
                place.name_en,
                place.aliases,
                place.lat,
                place.lon,
                place.alone,
            )
            for place in reference.places()
        ),
        usd=_usd(today),
    )


def _heirs() -> dict[tuple[str, date], str]:
    """Return (code, since) → today's code, through any number of successions."""
    nxt = {
        (one.code, one.valid_from): (one.successor_code, one.successor_valid_from)
        for one in reference.unit_successions()
    }
    heirs = {}
    for start in nxt:
        at = start
        while at in nxt:
            at = nxt[at]
        heirs[start] = at[0]
    return heirs


def _units_of(area: str) -> tuple[str, ...]:
    return tuple(
        sorted(unit.code for unit in reference.units() if unit.area == area and not unit.valid_to)
    )


def _usd(today: date) -> Rate | None:
    for rate in reference.exchange_rates():
        holds = rate.valid_from <= today and (rate.valid_to is None or today < rate.valid_to)
        if rate.currency == "USD" and holds:
            return Rate(rate.vnd, rate.valid_from, rate.source)
    return None


def is_name(folded: str) -> bool:
    """Return whether a house is called so, by the names of the last minutes."""
    return folded in _book()


def nearest_name(text: str) -> Meant | None:
    """Return the house's name that was nearly typed, by the names of the last minutes."""
    return _book().nearest(text)


class Names:
    """The names of the houses as they were read within the last minutes.

    To file those of forty thousand takes seconds. A process that serves people does it aside, from
    its start on (:meth:`keep_aside`): until they are there a search goes without, and while they
    are read again it goes by those of before.
    """

    def __init__(self) -> None:
        self.book: NameBook | None = None
        self.read_at = float("-inf")
        self.reading = threading.Lock()
        self.app: Flask | None = None

    def current(self) -> NameBook:
        is_old = self.book is None or time.monotonic() - self.read_at > NAMES_SECONDS
        if is_old and self.app is not None:
            self.read_aside()
        elif is_old:
            self._read()
        return self.book or EMPTY

    def keep_aside(self, app: Flask) -> None:
        """Read from now on in a thread of its own, and begin."""
        self.app = app
        self.read_aside()

    def read_aside(self) -> None:
        """Begin to read, unless somebody is at it."""
        if self.reading.acquire(blocking=False):
            threading.Thread(target=self._read_and_release, name="names", daemon=True).start()

    def _read_and_release(self) -> None:
        assert self.app is not None
        try:
            with self.app.app_context():
                self._read()
        except SQLAlchemyError as error:
            # Those of before go on being used; a later search tries again.
            log.warning("names not read", kind=type(error).__name__)
            self.read_at = time.monotonic() - NAMES_SECONDS + AGAIN_SECONDS
        finally:
            self.reading.release()

    def _read(self) -> None:
        names, book = _names(), self.book
        # What is no longer anybody's name stays filed; too much of that, and it begins anew.
        book = NameBook() if book is None or len(book) > 2 * len(names) else book
        book.hold(names)
        self.book, self.read_at = book, time.monotonic()


EMPTY = NameBook()


def names_of(app: Flask) -> Names:
    found: Names = app.extensions.setdefault("search_names", Names())
    return found


def _book() -> NameBook:
    return names_of(current_app).current()


def _names() -> set[str]:
    with reading() as connection:
        rows = connection.execute(
            select(Establishment.name, Establishment.name_en).where(
                Establishment.status == SHOWN_STATUS
            )
        ).all()
    return {name for row in rows for name in row if name}
