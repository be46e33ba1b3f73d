"""The page of the emergency roll, made to be printed."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import db
from app.registry.access import establishment_or_404
from app.stays.access import stay_or_404
from app.stays.roll import house as rolls
from app.stays.roll import releases
from app.stays.roll.release_views import CAUSE_NAMES, STATE_NAMES
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("roll", __name__)

STAFF = ("front_desk", "manager")


@blueprint.get("/hotel/<code>/roll")
@requires(*STAFF)
def show(code: str) -> ResponseReturnValue:
    """Show everybody in the house by room; whole names for minutes after they were asked for."""
    house = establishment_or_404(code)
    with_names = request.args.get("names") == "1" and rolls.shows_names(house, principal())
    return page(
        "stays/roll.html",
        house=house,
        roll=rolls.roll(house, with_names=with_names),
        with_names=with_names,
        bands=rolls,
        releases=releases.of_house(house),
        causes=CAUSE_NAMES,
        states=STATE_NAMES,
    )


@blueprint.post("/hotel/<code>/roll/help/<uuid:stay_id>")
@requires(*STAFF)
def help_needed(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    """Note that somebody of a party needs help to get out, or that nobody does any more."""
    stay = stay_or_404(stay_id, house=establishment_or_404(code))
    stay.needs_help = request.form.get("needed") == "1"
    db.session.commit()
    return redirect(url_for("roll.show", code=code), 303)


@blueprint.post("/hotel/<code>/roll/names")
@requires(*STAFF)
def names(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    rolls.show_names(house, by=principal())
    db.session.commit()
    return redirect(url_for("roll.show", code=code, names=1), 303)
