"""Pages about the service itself: what happens to a guest's data."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web.discovery import indexed
from app.web.pages import page
from app.web.security import public

blueprint = Blueprint("about", __name__)


@blueprint.get("/privacy")
@public
@indexed
def privacy() -> ResponseReturnValue:
    """Show the privacy notice that a house shows its guests (Luật 91/2025/QH15)."""
    return page("about/privacy.html")
