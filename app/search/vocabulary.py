"""What the words of a search may mean here: the town's gazetteer, and the names of its houses."""

from __future__ import annotations

import time
from datetime import date
from functools import lru_cache

from flask import current_app
from sqlalchemy import select

from app import dates, reference
from app.db import db
from app.registry.models import Establishment
from app.search.houses import SHOWN_STATUS
from app.search.understanding import AreaName, Gazetteer, PlaceName, Rate, unit_names
from app.search.understanding.namebook import Meant, NameBook

NAMES_SECONDS = 120.0


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


def _book() -> NameBook:
    """Return the names of the houses, read again every few minutes."""
    kept: tuple[float, NameBook] | None = current_app.extensions.get("search_names")
    if kept is not None and time.monotonic() - kept[0] <= NAMES_SECONDS:
        return kept[1]
    names = _names()
    book = NameBook() if kept is None or len(kept[1]) > 2 * len(names) else kept[1]
    book.hold(names)
    current_app.extensions["search_names"] = (time.monotonic(), book)
    return book


def _names() -> set[str]:
    rows = db.session.execute(
        select(Establishment.name, Establishment.name_en).where(
            Establishment.status == SHOWN_STATUS
        )
    )
    return {name for row in rows for name in row if name}
