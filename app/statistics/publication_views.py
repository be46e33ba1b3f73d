"""Pages of publication."""

from __future__ import annotations

from flask import Blueprint

from app.statistics import publication_models as models

blueprint = Blueprint("open_data", __name__)

__all__ = ["blueprint", "models"]
