"""Which part of the province an official may see, and the account of opened single houses."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import select

from app import dates
from app.audit.operations import record
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.registry.units import Units
from app.statistics.forms import Asked
from app.statistics.opened import openings as opened
from app.web.problems import Problem
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


def house_of_official(code: str) -> Establishment:
    """Return a house whose figures the reader may ask for; another ward's is a 404."""
    return db.session.get_one(Establishment, _house(code, own_units()))


def account_for_houses(asked: Asked) -> None:
    """Let figures of single houses pass only for a reason, and write them to the audit; commits.

    Sums over areas need no account: nobody's business can be read from them, unless the filters
    leave one house alone.
    """
    house_id = asked.filters.house_id
    if asked.by != "establishment" and house_id is None:
        # What is vacant now has no period of its own: today's houses count as well.
        spans = (asked.period, Period(dates.today(), dates.today() + dates.ONE_DAY))
        alone = (opened.only_house(asked.filters, span) for span in spans)
        house_id = next((found for found in alone if found is not None), None)
        if house_id is None:
            return
    _require_reason(house_id)
    record(
        "house_figures",
        by=principal(),
        establishment_id=house_id,
        subject=asked.establishment or ("all" if house_id is None else f"house:{house_id}"),
        start=asked.period.start.isoformat(),
        end=asked.period.end.isoformat(),
    )
    db.session.commit()


def _require_reason(house_id: int | None) -> None:
    """Send a person to say why; a program's key says it by its purpose, or is refused."""
    who = principal()
    if opened.is_open(who, house_id):
        return
    if who.kind == "api_key":
        purpose = opened.purpose_of(who)
        if not purpose:
            refused(f"purpose:house:{house_id or 'all'}", house_id)
            raise Problem("purpose_required")
        opened.open_figures(house_id, purpose, by=who)
        return
    code = db.session.scalar(select(Establishment.code).where(Establishment.id == house_id))
    target = url_for("opened.ask", house=code, next=request.full_path.rstrip("?"))
    if request.headers.get("HX-Request"):
        # The form is a page of its own, not something inside the table that was asked for.
        abort(Response(status=204, headers={"HX-Redirect": target}))
    abort(redirect(target, 303))
