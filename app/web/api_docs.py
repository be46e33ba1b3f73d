"""The OpenAPI document and its readable page."""

from app.web import api

blueprint = api.blueprint("docs")
