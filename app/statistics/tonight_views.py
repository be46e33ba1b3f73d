"""x"""

from flask import Blueprint

blueprint = Blueprint("tonight", __name__, url_prefix="/statistics")
