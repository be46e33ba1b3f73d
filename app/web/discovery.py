"""What a page tells search engines and messengers: its one address, and the same in English.

A view says ``@indexed``; every other page asks not to be listed, whatever it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, request

from app.config import Config
from app.web.links import base_url
from app.web.locale import LANGUAGES, selected

View = TypeVar("View", bound=Callable[..., Any])


def indexed(view: View) -> View:
    """Let search engines list a public page."""
    view.is_indexed = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, slots=True)
class Addresses:
    """The whole address of a page in each language; ``canonical`` is that being read."""

    canonical: str
    languages: dict[str, str]


def addresses(path: str, **parameters: str) -> Addresses:
    """Return the addresses of a page; Vietnamese is what an address without a language gives."""
    base = base_url(current_app.extensions["config"]) + path
    found = {}
    for language in LANGUAGES:
        more = {**parameters, **({"lang": language} if language != LANGUAGES[0] else {})}
        found[language] = f"{base}?{urlencode(more, safe=',')}" if more else base
    return Addresses(found[selected()], found)


def page_addresses() -> Addresses | None:
    """Return those of the page being answered; None where it is not to be listed."""
    if request.endpoint is None:
        return None
    view = current_app.view_functions[request.endpoint]
    return addresses(request.path) if getattr(view, "is_indexed", False) else None


def map_tiles() -> dict[str, str]:
    """Return the address of map tiles and whom to thank for them, both empty without tiles."""
    tiles: dict[str, str] = current_app.config["MAP_TILES"]
    return tiles


def init_app(app: Flask, config: Config) -> None:
    app.jinja_env.globals.update(
        page_addresses=page_addresses, map_tiles=map_tiles, public_base=base_url(config)
    )
