"""The public pages of search: the search itself, and a house. They set no cookie."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.dates import Period, next_month, previous_month
from app.registry import queries as registry
from app.registry.words import AMENITY_NAMES, KIND_NAMES
from app.search import asked as reading
from app.search.api import arguments, uncached
from app.search.asked import Asked
from app.search.chips import chips, nights_text, offers, place_name, relaxed_labels
from app.search.forms import search_form
from app.search.fullness_views import full_links
from app.search.house import MONTHS_SHOWN, months, shown_month, trust_in, type_offers
from app.search.houses import SHOWN_STATUS
from app.search.items import Item
from app.search.links import canonical, house_url, search_url
from app.search.next_steps import by_kind, next_steps, refinements
from app.search.reach import counting
from app.search.reach.ways_views import counts_here
from app.search.readings import search
from app.search.relaxing import as_parameters
from app.search.structured import about, structured
from app.search.vacancies import Result, Timings
from app.web.discovery import Addresses, addresses, indexed
from app.web.filters import NO_BREAK, english, money, number
from app.web.pages import page, wants_fragment
from app.web.security import public

blueprint = Blueprint("search", __name__)

AMENITY_ICONS = {
    "pool": "water",
    "sea_view": "sunrise",
    "beachfront": "tsunami",
    "breakfast": "cup-hot",
    "restaurant": "fork-knife",
    "bar": "cup-straw",
    "parking": "p-square",
    "ev_charging": "ev-station",
    "wifi": "wifi",
    "air_conditioning": "snow",
    "balcony": "door-open",
    "family_room": "people",
    "accessible": "universal-access",
    "airport_transfer": "airplane",
    "karaoke": "music-note-beamed",
    "bbq": "fire",
}

# What the page itself reads; anything else in the address is not carried into links.
KNOWN = (*reading.READERS, "lang")


@blueprint.app_template_filter("distance")
def distance(metres: int) -> str:
    """«320 m», «1,2 km»: exact enough for a walk, coarse enough for where a place is."""
    if metres < 995:
        return f"{number(round(metres, -1))}{NO_BREAK}m"
    return f"{number(metres / 1000, 1 if metres < 9_950 else 0)}{NO_BREAK}km"


@blueprint.get("/")
@public
@indexed
def home() -> ResponseReturnValue:
    """The search for tonight, so that who stands in the street sees rooms at once."""
    return _search({"check_in": dates.today().isoformat()}, is_home=True)


@blueprint.get("/search")
@public
@indexed
def results() -> ResponseReturnValue:
    return _search({name: text for name, text in arguments().items() if name in KNOWN})


def _search(typed: dict[str, str], *, is_home: bool = False) -> Response:
    timings = Timings()
    asked, result = search(typed, timings)
    shown = canonical(asked)
    if result and not result.wish.text:
        # Words that were left out because nothing has them lead no further.
        shown.pop("q", None)
    if result:
        as_parameters(shown, result)
    response = page(
        "search/search.html",
        fragment="results",
        status=200 if result else 422,
        asked=asked,
        wish=asked.wish,
        result=result,
        # The fragment, which is asked for again and again, has none.
        form=None if wants_fragment("results") else search_form(asked, shown, typed),
        shown=shown,
        sentence=typed.get("q", ""),
        is_home=is_home,
        kind_names={code: str(name) for code, name in KIND_NAMES.items()},
        chips=[] if is_home else chips(asked, typed),
        offers=[] if is_home else offers(asked, shown),
        listed=_listed(result, shown, is_home=is_home),
        **(_answered(asked, result, shown, typed, timings) if result else {}),
    )
    if result:
        _count(asked, result, shown)
    response.headers["Server-Timing"] = timings.header()
    if request.headers.get("HX-Request"):
        # The address without the fields left empty, as it may be shared.
        again = request.headers.get("X-Map-Moved") == "again"
        response.headers["HX-Replace-Url" if again else "HX-Push-Url"] = search_url(shown)
    return uncached(response)


def _listed(result: Result | None, shown: dict[str, str], *, is_home: bool) -> Addresses | None:
    """Return the addresses of a page that search engines may list: of a ward or a kind, no more.

    Dates and sentences have no end, and what they find is another thing tomorrow.
    """
    if result is None or not (is_home or shown.keys() <= {"unit", "kind"}):
        return None
    return addresses(request.path, **({} if is_home else shown))


def _answered(
    asked: Asked, result: Result, shown: dict[str, str], typed: dict[str, str], timings: Timings
) -> dict[str, Any]:
    """Return what the list and the map print."""
    stay = result.wish.stay
    steps = next_steps(asked, result, shown, typed, sum(timings.parts.values()))
    rows = [(item, house_url(item.code, shown)) for item in result.items]
    return {
        "rows": rows,
        "points": [_point(item, url) for item, url in rows],
        "dates_text": nights_text(stay) if stay else None,
        "relaxed": relaxed_labels(result.relaxed),
        "near_name": place_name(result.wish.near),
        "orders": _orders(asked, shown),
        "refinements": refinements(result, shown),
        "next_steps": by_kind(steps),
        "full": full_links(result, shown),
        "page_url": lambda number: search_url(shown, page=number),
    }


def _count(asked: Asked, result: Result, shown: dict[str, str]) -> None:
    if not counts_here():
        return
    counting.count("found", [item.id for item in result.items])
    counting.count("mapped", [item.id for item in result.items if item.lat is not None])
    counting.count_search(asked, shown)


def _orders(asked: Asked, shown: dict[str, str]) -> list[tuple[str, str, bool]]:
    assert asked.wish is not None
    orders = [("relevance", _("Phù hợp")), ("price", _("Giá thấp")), ("stars", _("Hạng sao"))]
    if asked.wish.near is not None:
        orders.insert(1, ("distance", _("Gần nhất")))
    return [
        (label, search_url(shown, sort=code), asked.wish.sort == code) for code, label in orders
    ]


def _point(item: Item, url: str) -> dict[str, Any]:
    """Return a point of the map as ``static/js/map.js`` reads it."""
    offer = item.offer
    return {
        "id": item.code,
        "name": item.name,
        "lat": item.lat,
        "lon": item.lon,
        "url": url,
        "count": offer.vacant if offer else None,
        "label": None if offer else "•",
        "step": _step_of(offer.vacant) if offer else None,
        "text": str(KIND_NAMES[item.kind]) if item.kind else None,
        "price": money(offer.price) if offer and offer.price is not None else None,
    }


def _step_of(vacant: int) -> int:
    """Return the step of the five-step scale, as the macro ``vacancy`` does."""
    return 1 if vacant == 1 else 2 if vacant <= 3 else 3


@blueprint.get("/establishments/<code>")
@public
@indexed
def establishment(code: str) -> ResponseReturnValue:
    """The public page of a house; what is wrong with the dates in its address is left out."""
    row = registry.house_row(code)
    if row is None or row.house.status != SHOWN_STATUS:
        abort(404)
    if counts_here():
        counting.count("opened", [row.house.id])
    names = ("check_in", "check_out", "rooms", "adults", "children")
    asked = reading.read({name: request.args.get(name, "") for name in names})
    wish = asked.wish or reading.read({}).wish
    assert wish is not None
    shown = canonical(asked)
    first = shown_month(request.args.get("month", ""), wish.today)
    calendar = months(row.house.id, wish.today, wish.stay, first=first)
    types = registry.room_types(row.house.id)
    response = page(
        "search/establishment.html",
        house=row.house,
        row=row,
        kind_names=KIND_NAMES,
        amenity_names=AMENITY_NAMES,
        amenity_icons=AMENITY_ICONS,
        wish=wish,
        offers=type_offers(types, wish),
        amenities=sorted({*row.house.amenities, *(a for t in types for a in t.amenities)}),
        description=_in_language(row.house.description, row.house.description_en),
        calendar=calendar,
        month_links=_month_links(code, first, wish.today, shown),
        dates_text=nights_text(wish.stay) if wish.stay else None,
        back_url=search_url(shown),
        night_url=lambda night: house_url(code, {**shown, **_one_night(night)}),
        points=_house_points(row.house),
        trust=trust_in(row.house),
        structured=structured(row, types),
        about=about(row),
    )
    return uncached(response)


def _one_night(night: date) -> dict[str, str]:
    stay = Period.of(night, 1)
    return {"check_in": stay.start.isoformat(), "check_out": stay.end.isoformat()}


def _month_links(
    code: str, first: date, today: date, shown: dict[str, str]
) -> list[tuple[str, str]]:
    """Return the calendar's way back and on, within what can be searched."""
    earlier = later = first
    for _step in range(MONTHS_SHOWN):
        earlier, later = previous_month(earlier), next_month(later)
    earlier = shown_month(f"{earlier:%Y-%m}", today)
    links = [(_("Những tháng trước"), earlier)] if earlier != first else []
    if later == shown_month(f"{later:%Y-%m}", today):
        links.append((_("Những tháng sau"), later))
    return [(label, house_url(code, shown, month=f"{month:%Y-%m}")) for label, month in links]


def _house_points(house: Any) -> list[dict[str, Any]]:
    if house.lat is None:
        return []
    place = {"lat": house.lat, "lon": house.lon, "label": "•"}
    return [{"id": house.code, "name": house.name, **place}]


def _in_language(vietnamese: str | None, foreign: str | None) -> str | None:
    return (foreign or vietnamese) if english() else (vietnamese or foreign)
