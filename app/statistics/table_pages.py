"""One page of a long table: which rows are printed, in which order, and where the others are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for

from app.registry.admin_views import kept_query, page_number

Row = TypeVar("Row")

# Two months of nights, which is what a page shows at first, stand on one.
PER_PAGE = 62
# A comparison matches the houses of every single row anew: a month of nights is a page.
COMPARED_PER_PAGE = 31


@dataclass(frozen=True, slots=True)
class TablePage(Generic[Row]):
    """Some rows of a table that may be long; totals and files are of all of them."""

    rows: list[Row]
    number: int
    pages: int
    page_url: Callable[[int], str]
    newest_first: bool = False
    # Where the rows stand the other way round; None where their order is no matter of time.
    turned_url: str | None = None


def page_of(rows: Sequence[Row], *, by_time: bool, per_page: int = PER_PAGE) -> TablePage[Row]:
    """Return the page of the request, at most the last; rows of time also the latest first."""
    pages = max(-(-len(rows) // per_page), 1)
    number = min(page_number(), pages)
    newest = by_time and request.args.get("order") == "newest"
    ordered = rows[::-1] if newest else rows
    turned = None
    if by_time and pages > 1:
        turned = _url(kept_query("page", "order") | ({} if newest else {"order": "newest"}))
    return TablePage(
        rows=list(ordered[(number - 1) * per_page : number * per_page]),
        number=number,
        pages=pages,
        page_url=lambda wanted: _url(kept_query("page") | {"page": wanted}),
        newest_first=newest,
        turned_url=turned,
    )


def _url(query: dict[str, Any]) -> str:
    return url_for(request.endpoint or "", **query, _anchor="rows")
