"""Bringing the reference data (areas, units, places) into the database, as often as one likes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app import reference
from app.db import Model, db
from app.registry.models import Area, Place, Unit
from app.text import fold


def load() -> None:
    """Add what is new and correct what has changed; rows that houses refer to keep their ids."""
    _upsert(
        Area,
        ["code"],
        [
            {"code": area.code, "name": area.name, "aliases": list(area.aliases)}
            for area in reference.areas()
        ],
    )
    _upsert(
        Unit,
        ["code", "valid_from"],
        [
            {
                "code": unit.code,
                "name": unit.name,
                "kind": unit.kind,
                "folded": fold(unit.name),
                "area_code": unit.area,
                "valid_from": unit.valid_from,
                "valid_to": unit.valid_to,
            }
            for unit in reference.units()
        ],
    )
    _set_successors()
    _upsert(
        Place,
        ["code"],
        [
            {
                "code": place.code,
                "name": place.name_vi,
                "name_en": place.name_en or None,
                "aliases": list(place.aliases),
                "lat": place.lat,
                "lon": place.lon,
                "unit_code": place.unit or None,
                "source": place.source,
            }
            for place in reference.places()
        ],
    )


def _upsert(model: type[Model], key: list[str], rows: list[dict[str, Any]]) -> None:
    statement = insert(model).values(rows)
    others = {name: statement.excluded[name] for name in rows[0] if name not in key}
    db.session.execute(statement.on_conflict_do_update(index_elements=key, set_=others))


def _set_successors() -> None:
    successions = reference.unit_successions()
    keys = {(one.code, one.valid_from) for one in successions}
    keys |= {(one.successor_code, one.successor_valid_from) for one in successions}
    statement = select(Unit).where(tuple_(Unit.code, Unit.valid_from).in_(keys))
    units = {(unit.code, unit.valid_from): unit for unit in db.session.scalars(statement)}
    for one in successions:
        heir = units[one.successor_code, one.successor_valid_from]
        units[one.code, one.valid_from].successor_id = heir.id
    db.session.flush()
