"""A search form for other sites: as plain HTML to copy, or as a frame; neither needs a script."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app import dates
from app.registry.words import KIND_NAMES
from app.search import asked as reading
from app.search.api import arguments
from app.search.documents import SEARCHABLE_DAYS
from app.search.geography import geography
from app.web.discovery import indexed
from app.web.links import absolute_url
from app.web.locale import carry
from app.web.pages import page
from app.web.security import allow_framing, public

blueprint = Blueprint("embed", __name__)

# What an association may fix beforehand: its own ward, its own kind of house.
FIXED = ("unit", "kind")
FRAME_HEIGHT = 420


@blueprint.get("/embed")
@public
@indexed
def about() -> ResponseReturnValue:
    """Say how to take the form along, with the lines to copy, for a ward or a kind if wished."""
    fixed = _fixed()
    return page(
        "search/embed.html",
        action=absolute_url("search.results"),
        frame=absolute_url("embed.form", **carry(dict(fixed))),
        fixed=fixed,
        height=FRAME_HEIGHT,
        units=geography().units,
        kinds=KIND_NAMES,
    )


@blueprint.get("/embed/form")
@public
def form() -> Response:
    """The form by itself, the one page that other sites may frame."""
    allow_framing()
    today = dates.today()
    response = page(
        "search/embed_form.html",
        fixed=_fixed(),
        today=today.isoformat(),
        last=(today + SEARCHABLE_DAYS * dates.ONE_DAY).isoformat(),
    )
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


def _fixed() -> dict[str, str]:
    """Return what the address fixes; a code nobody knows is left out: the form still is of use."""
    given = arguments()
    read = reading.read({name: given.get(name, "") for name in FIXED}).given
    return {name: ",".join(map(str, read[name])) for name in FIXED if read.get(name)}
