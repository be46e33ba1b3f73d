"""What a page of statistics is asked for, within what its reader may see, and how to ask again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from flask import request, url_for

from app.statistics.access import account_for_houses, own_units, permitted
from app.statistics.files import FORMATS
from app.statistics.forms import BY, Asked, StatisticsForm, with_defaults

Arguments = dict[str, Any]
# What werkzeug leaves as it is in a query.
_PLAIN = "!$'()*,/:;?@"


def read(
    *, by: str, choices: Any = BY, account: bool = True
) -> tuple[StatisticsForm, Asked | None]:
    """Return the form and the question it holds, within what the reader may see."""
    values = with_defaults(request.args, by=by)
    form = StatisticsForm(values, by=choices, units=own_units())
    asked = form.asked()
    if asked is None:
        return form, None
    asked = permitted(asked)
    if account:
        account_for_houses(asked)
    return form, asked


def arguments(asked: Asked) -> Arguments:
    """Return the query that asks the same again."""
    filters = asked.filters
    several = {
        "unit": filters.units,
        "area": filters.areas,
        "kind": filters.kinds,
        "stars": filters.stars,
    }
    found: Arguments = {
        "from": asked.period.start.isoformat(),
        "to": asked.period.end.isoformat(),
        "by": asked.by,
    }
    found |= {name: ",".join(codes) for name, codes in several.items() if codes}
    if asked.establishment:
        found["establishment"] = asked.establishment
    return found


def formula_url(asked: Asked) -> Callable[..., str]:
    """Return what makes the address of the fraction behind one number."""
    common = arguments(asked)
    # A page has hundreds of them: all that is before the key is written once.
    begun: dict[tuple[str, str], str] = {}

    def url(name: str, key: str = "total", *, by: str | None = None) -> str:
        place = (name, by or common["by"])
        if place not in begun:
            query = {**common, "by": place[1], "key": ""}
            begun[place] = url_for("statistics.formula", name=name, **query)
        return begun[place] + quote_plus(key, safe=_PLAIN)

    return url


def file_urls(asked: Asked) -> dict[str, str]:
    """Return the addresses of the page's table as files, by format."""
    query = arguments(asked)
    if request.endpoint == "statistics.origins_page":
        query |= {"basis": asked.basis, "split": asked.split}
    if asked.compare:
        query["compare"] = asked.compare
    return {form: url_for(request.endpoint or "", **query, format=form) for form in FORMATS}


def file_name(name: str, asked: Asked) -> str:
    return f"{name}_{asked.by}_{asked.period.start}_{asked.period.end}"
