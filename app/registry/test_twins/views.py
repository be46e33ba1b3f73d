"""Pages of the test twin of a house: making it, emptying it, removing it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.registry.test_twins import operations
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("test_twin", __name__)


@blueprint.get("/hotel/<code>/settings/test-twin")
@requires("manager", "admin")
def show(code: str) -> ResponseReturnValue:
    """What a test twin is, and that of this house."""
    house = _house(code)
    twin = operations.twin_of(house)
    return page(
        "registry/test_twin.html",
        house=house,
        twin=twin,
        rows=sum(operations.twin_rows(twin).values()) if twin else 0,
        works_there=twin is not None and principal().works_in(twin.id),
        manages=principal().manages(house.id),
    )


def _house(code: str) -> Establishment:
    """Return the house itself, also where the address names its twin."""
    if principal().is_admin:
        house = db.session.scalar(select(Establishment).where(Establishment.code == code))
        if house is None:
            abort(404)
    else:
        house = establishment_or_404(code, to="manage")
    if house.twin_of_id is None:
        return house
    original = db.session.get_one(Establishment, house.twin_of_id)
    return _house(original.code)


@blueprint.post("/hotel/<code>/settings/test-twin")
@requires("manager", "admin")
def make(code: str) -> ResponseReturnValue:
    house = _house(code)
    twin = operations.make_twin(house, by=principal())
    db.session.commit()
    flash(_("Đã có cơ sở thử %(code)s.", code=twin.code))
    return _back(house)


@blueprint.post("/hotel/<code>/settings/test-twin/reset")
@requires("manager", "admin")
def reset(code: str) -> ResponseReturnValue:
    house = _house(code)
    twin = operations.twin_of(house) or abort(404)
    operations.reset_twin(twin, by=principal())
    db.session.commit()
    flash(_("Đã làm trống cơ sở thử."))
    return _back(house)


@blueprint.post("/hotel/<code>/settings/test-twin/remove")
@requires("manager", "admin")
def remove(code: str) -> ResponseReturnValue:
    house = _house(code)
    twin = operations.twin_of(house) or abort(404)
    operations.remove_twin(twin, by=principal())
    db.session.commit()
    flash(_("Đã xoá cơ sở thử."))
    return _back(house)


def _back(house: Establishment) -> ResponseReturnValue:
    return redirect(url_for(".show", code=house.code), 303)
