"""Pages of statistics."""

from flask import Blueprint

from app.statistics import models  # noqa: F401 (the tables must be known before they are made)

blueprint = Blueprint("statistics", __name__)
