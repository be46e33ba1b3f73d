"""The JSON API of search."""

from app.web import api

blueprint = api.blueprint("search")
