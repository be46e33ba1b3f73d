"""Pages of outages and breaches of data."""

from __future__ import annotations

from flask import Blueprint

from app.registry import breach_models  # noqa: F401

blueprint = Blueprint("breaches", __name__)
