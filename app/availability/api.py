"""The JSON API of availability."""

from app.web import api

blueprint = api.blueprint("availability")
