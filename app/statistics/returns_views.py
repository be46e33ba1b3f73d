"""Pages of returns."""

from __future__ import annotations

from flask import Blueprint

from app.statistics import returns_models as models

blueprint = Blueprint("returns", __name__)

__all__ = ["blueprint", "models"]
