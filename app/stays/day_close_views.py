"""Pages of the daily close: the days of a house, and one day."""

from __future__ import annotations

from flask import Blueprint

from app.stays import day_close_models  # noqa: F401

blueprint = Blueprint("day_closes", __name__)
