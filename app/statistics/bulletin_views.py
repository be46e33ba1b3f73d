"""Pages of bulletin."""

from __future__ import annotations

from flask import Blueprint

from app.statistics import bulletin_models as models

blueprint = Blueprint("bulletin", __name__)

__all__ = ["blueprint", "models"]
