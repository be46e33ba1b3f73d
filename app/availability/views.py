"""Pages of availability."""

from flask import Blueprint

blueprint = Blueprint("availability", __name__)
