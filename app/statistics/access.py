"""Which part of the province an official may see, and the account of opened single houses."""

from __future__ import annotations

from dataclasses import replace

from flask import abort
from sqlalchemy import select

from app.audit.operations import record
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.registry.units import Units
from app.statistics.forms import Asked
from app.web.security import principal, refused

OFFICIALS = ("ward_official", "province_official", "admin")


def own_units() -> frozenset[str] | None:
    """Return the codes of the units the reader sees; None for the whole province."""
    who = principal()
    return None if who.sees_province else who.units


def permitted(asked: Asked) -> Asked:
    """Return the question limited to what the reader may see; another's unit is refused (403).

    Another ward's house, like none at all, is a 404. Both refusals are written to the audit.
    """
    own = own_units()
    filters = asked.filters
    if own is not None:
        _refuse_others(set(filters.units or ()) | _units_of_areas(filters.areas or ()), own)
    house_id = _house(asked.establishment, own) if asked.establishment else None
    return replace(asked, filters=replace(filters, within=own, house_id=house_id))


def _refuse_others(units: set[str], own: frozenset[str]) -> None:
    others = sorted(units - own)
    if others:
        refused(f"statistics:{','.join(others)}"[:100])
        abort(403)


def _units_of_areas(areas: tuple[str, ...]) -> set[str]:
    known = Units.load()
    return {unit.code for area in areas for unit in known.units_of(area)}


def _house(code: str, own: frozenset[str] | None) -> int:
    """Return the id of the house if it ever stood in a unit of the reader's."""
    house = db.session.scalar(select(Establishment).where(Establishment.code == code))
    if house is not None and house.is_test:
        house = None
    if house is not None and (own is None or own & _units_of(house.id)):
        return house.id
    if house is not None:
        refused(f"statistics:house:{house.id}", house.id)
    abort(404)


def _units_of(house_id: int) -> set[str]:
    known = Units.load()
    units = db.session.scalars(
        select(Unit)
        .join(Classification, Classification.unit_id == Unit.id)
        .where(Classification.establishment_id == house_id)
    )
    return {known.successor(known.by_id[unit.id]).code for unit in units}


def account_for_houses(asked: Asked) -> None:
    """Write to the audit that figures of single houses were opened; commits.

    Sums over areas need no account: nobody's business can be read from them.
    """
    if asked.by != "establishment" and asked.filters.house_id is None:
        return
    record(
        "house_figures",
        by=principal(),
        establishment_id=asked.filters.house_id,
        subject=asked.establishment or "all",
        start=asked.period.start.isoformat(),
        end=asked.period.end.isoformat(),
    )
    db.session.commit()
