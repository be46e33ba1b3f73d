"""The JSON API of statistics."""

from app.web import api

blueprint = api.blueprint("statistics")
