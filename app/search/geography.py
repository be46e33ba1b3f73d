"""Units, areas and places as plain values, kept in memory for a minute: they hardly ever change."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from app.db import db
from app.registry.models import Place
from app.registry.units import UnitNotFound, Units
from app.registry.words import unit_name

KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that visitors search near."""

    name: str
    name_en: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Geography:
    """Names and successors of all units, what an area consists of, the places by their code."""

    unit_of_id: dict[int, str]
    units: dict[str, str]
    areas: dict[str, tuple[str, ...]]
    area_names: dict[str, str]
    heirs: dict[str, str]
    places: dict[str, Spot]

    def units_of(self, code: str) -> tuple[str, ...]:
        """Return today's units that a code means: a unit, an area or a unit that is no more."""
        if code in self.units:
            return (code,)
        if code in self.areas:
            return self.areas[code]
        return (self.heirs[code],) if code in self.heirs else ()

    def name_of(self, code: str) -> str:
        """Return what a unit or an area is called in the reader's language."""
        return unit_name(self.units.get(code) or self.area_names.get(code) or code)

    def spot_at(self, lat: float, lon: float) -> Spot | None:
        """Return the place with exactly this position, as a link carries it."""
        for spot in self.places.values():
            if abs(spot.lat - lat) < 1e-6 and abs(spot.lon - lon) < 1e-6:
                return spot
        return None


def geography() -> Geography:
    """Return the geography, read again where it is older than a minute."""
    kept = current_app.extensions.get("search_geography")
    if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
        kept = (time.monotonic(), _read())
        current_app.extensions["search_geography"] = kept
    found: Geography = kept[1]
    return found


def _read() -> Geography:
    units = Units.load()
    heirs = {}
    for unit in units.by_id.values():
        if unit.code not in units.today:
            try:
                heirs[unit.code] = units.now(unit.code).code
            except UnitNotFound:
                continue
    places = {
        place.code: Spot(place.name, place.name_en, place.lat, place.lon) for place in _places()
    }
    return Geography(
        unit_of_id={unit.id: units.successor(unit).code for unit in units.by_id.values()},
        units={unit.code: unit.name for unit in units.today.values()},
        areas={code: tuple(u.code for u in units.units_of(code)) for code in units.areas},
        area_names={code: area.name for code, area in units.areas.items()},
        heirs=heirs,
        places=places,
    )


def _places() -> list[Place]:
    return list(db.session.scalars(select(Place).order_by(Place.id)))
