"""Pages of stays."""

from flask import Blueprint

blueprint = Blueprint("stays", __name__)
