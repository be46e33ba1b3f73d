"""The JSON API of registry."""

from app.web import api

blueprint = api.blueprint("registry")
