"""The JSON API of stays."""

from app.web import api

blueprint = api.blueprint("stays")
