"""Links to searches and houses: all of a search stands in its address, so it can be shared."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from flask import g, url_for

from app.search.asked import Asked
from app.web.locale import carry

Parameters = dict[str, str]
READABLE = "!$'()*,/:;?@"


def canonical(asked: Asked) -> Parameters:
    """Return a search as parameters alone, with the words that were not understood as ``q``."""
    wish = asked.wish
    stay = wish.stay if wish else None
    near, box = asked.said("near"), asked.given.get("bbox")
    values: dict[str, Any] = {
        "q": asked.words.text,
        "check_in": stay.start.isoformat() if stay else None,
        "check_out": stay.end.isoformat() if stay else None,
        **{name: asked.said(name) for name in ("rooms", "adults", "children")},
        "unit": ",".join(asked.said("unit") or ()),
        "kind": ",".join(asked.said("kind") or ()),
        "stars": ",".join(map(str, asked.said("stars") or ())),
        "amenities": ",".join(asked.said("amenities") or ()),
        **{name: asked.said(name) for name in ("price_min", "price_max")},
        "near": f"{near.lat},{near.lon}" if near else None,
        "radius_km": f"{asked.radius_km:g}" if near and asked.radius_km else None,
        "bbox": ",".join(map(_edge, box)) if box else None,
        "sort": wish.sort if wish and wish.sort != "relevance" else None,
    }
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _edge(degrees: float) -> str:
    """To a metre: coarser, and a map that is opened again shows another piece of the town."""
    return f"{degrees:.5f}".rstrip("0").rstrip(".")


def search_url(parameters: Parameters, **changes: str | int | date | None) -> str:
    """Return the address of a search, with some parameters changed (None takes one away)."""
    values: dict[str, Any] = {**parameters, **changes}
    if "page" not in changes:
        values.pop("page", None)
    kept = {name: str(value) for name, value in values.items() if value not in (None, "")}
    return _address(_base_of_searches(), carry(kept))


def house_url(code: str, parameters: Parameters, **more: str) -> str:
    """Return the address of a house's public page, the dates and the party with it."""
    names = ("check_in", "check_out", "rooms", "adults", "children")
    kept = {name: parameters[name] for name in names if name in parameters}
    return _address(_base_of_houses() + _code(code), carry({**kept, **more}))


# A page has dozens of links to two pages; having each built from the routes takes longer than all
# the rest of it.


def _base_of_searches() -> str:
    if "search_base" not in g:
        g.search_base = url_for("search.results")
    return str(g.search_base)


def _base_of_houses() -> str:
    if "house_base" not in g:
        g.house_base = url_for("search.establishment", code="x").removesuffix("x")
    return str(g.house_base)


def _address(path: str, parameters: Parameters) -> str:
    # What may stand in a query as it is stays readable, as in the links that Flask builds.
    pairs = [f"{_written(name)}={_written(value)}" for name, value in parameters.items()]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


# The links of a page, and of the next one, carry the same dates and filters.
@lru_cache(maxsize=4096)
def _written(text: str) -> str:
    return quote_plus(text, safe=READABLE)


@lru_cache(maxsize=4096)
def _code(code: str) -> str:
    return quote(code, safe="")
