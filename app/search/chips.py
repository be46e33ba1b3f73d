"""What was understood of a search, in the reader's words, each with the link that takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from app.dates import Period
from app.registry.words import AMENITY_NAMES, KIND_NAMES, unit_name
from app.search.asked import Asked
from app.search.geography import geography
from app.search.links import Parameters, search_url
from app.search.understanding import Chip
from app.web.filters import NO_BREAK, day, english, money, number


class Shown(NamedTuple):
    """A chip of the page."""

    label: str
    url: str
    note: str | None = None


class OfferShown(NamedTuple):
    """Other dates that were perhaps meant."""

    label: str
    url: str


# Which parameters a thing said in words is overridden by.
PARAMETERS = {
    "dates": ("check_in", "check_out"),
    "nights": ("check_in",),
    "people": ("adults", "children"),
    "price": ("price_min", "price_max"),
}


def chips(asked: Asked, arguments: Parameters) -> list[Shown]:
    """Return the chips of what was said in words, then of what was given in parameters."""
    return [*_of_words(asked, arguments), *_of_parameters(asked, arguments)]


def offers(asked: Asked, shown: Parameters) -> list[OfferShown]:
    """Return other readings of the dates, and the same farther away, each as the search it is."""
    farther = []
    if asked.said("near") is not None and asked.radius_km is not None:
        label = _("Xa hơn %(distance)s", distance=kilometres(asked.radius_km))
        farther = [OfferShown(label, search_url(shown, radius_km=None))]
    return farther + [
        OfferShown(
            _("Thử %(dates)s", dates=nights_text(offer.stay)),
            search_url(shown, check_in=offer.stay.start, check_out=offer.stay.end),
        )
        for offer in asked.words.offers
        if "check_in" not in asked.given
    ]


def nights_text(stay: Period) -> str:
    return f"{day(stay.start)} → {day(stay.end)}"


def _of_words(asked: Asked, arguments: Parameters) -> Iterator[Shown]:
    for chip in asked.words.chips:
        names = PARAMETERS.get(chip.field, (chip.field,))
        if any(name in asked.given for name in names) or chip.field == "nights":
            continue
        label, note = _words_label(chip, asked)
        yield Shown(label, search_url(arguments, q=asked.words.without(chip) or None), note)


def _words_label(chip: Chip, asked: Asked) -> tuple[str, str | None]:
    value, note = chip.value, chip.note
    match chip.field:
        case "dates":
            return nights_text(value), _nights(value)
        case "people":
            return _people(value["adults"], value["children"]), None
        case "price":
            return _price(*value), _rate(note)
        case "near":
            return _label("near", value), _within(asked)
        case "unit":
            former = _("tên trước đây") if note.get("former") else None
            if named := note.get("name"):
                return unit_name(named), former
            return ", ".join(map(geography().name_of, value)), former
    return _label(chip.field, value), None


def _of_parameters(asked: Asked, arguments: Parameters) -> Iterator[Shown]:
    given, wish = asked.given, asked.wish
    if wish is not None and wish.stay is not None and "check_in" in given:
        url = search_url(arguments, check_in=None, check_out=None)
        yield Shown(nights_text(wish.stay), url, _nights(wish.stay))
    if "adults" in given or "children" in given:
        label = _people(asked.said("adults"), asked.said("children"))
        yield Shown(label, search_url(arguments, adults=None, children=None))
    if "price_min" in given or "price_max" in given:
        label = _price(asked.said("price_min"), asked.said("price_max"))
        yield Shown(label, search_url(arguments, price_min=None, price_max=None))
    for name in ("kind", "stars", "amenities", "unit"):
        for value in given.get(name, ()):
            others = ",".join(str(other) for other in given[name] if other != value)
            yield Shown(_label(name, value), search_url(arguments, **{name: others or None}))
    for name in ("rooms", "near", "bbox"):
        if name in given:
            more: dict[str, None] = {"radius_km": None, "sort": None} if name == "near" else {}
            url = search_url(arguments, **{name: None, **more})
            yield Shown(_label(name, given[name]), url, _within(asked) if more else None)


def _label(name: str, value: Any) -> str:
    match name:
        case "rooms":
            return ngettext("%(num)s phòng", "%(num)s phòng", value)
        case "kind":
            return str(KIND_NAMES[value])
        case "amenities":
            return str(AMENITY_NAMES[value])
        case "stars":
            stars = value if isinstance(value, tuple) else (value,)
            return _("%(n)s sao", n=", ".join(map(str, stars)))
        case "unit":
            return geography().name_of(value)
        case "near":
            return _("Gần %(place)s", place=place_name(value) or _("điểm đã chọn"))
        case "bbox":
            return _("Trong khung bản đồ")
    return str(value)


def relaxed_labels(relaxed: Sequence[tuple[str, Any]]) -> str:
    """Return what was left out of a wish, as its chips name it."""
    return ", ".join(
        _price(*value)
        if name == "price"
        else _("Gần %(place)s", place=place_name(value) or _("điểm đã chọn"))
        if name == "near"
        else _label(name, value)
        for name, value in relaxed
    )


def place_name(near: Any) -> str | None:
    """Return what the place searched near is called in the reader's language, if it has a name."""
    if near is None:
        return None
    spot = geography().spot_at(near.lat, near.lon)
    if spot is None:
        return str(near.name) if near.name else None
    return (spot.name_en if english() else None) or spot.name


def _within(asked: Asked) -> str | None:
    if asked.radius_km is None:
        return None
    return _("trong %(distance)s", distance=kilometres(asked.radius_km))


def kilometres(distance: float) -> str:
    """«5 km», «1,5 km», «500 m»."""
    if distance < 1:
        return f"{number(round(distance * 1000))}{NO_BREAK}m"
    return f"{number(distance, 0 if distance == int(distance) else 1)}{NO_BREAK}km"


def _nights(stay: Period) -> str:
    return ngettext("%(num)s đêm", "%(num)s đêm", len(stay))


def _people(adults: int | None, children: int | None) -> str:
    parts = []
    if adults is not None:
        parts.append(ngettext("%(num)s người lớn", "%(num)s người lớn", adults))
    if children:
        parts.append(ngettext("%(num)s trẻ em", "%(num)s trẻ em", children))
    return ", ".join(parts) or ngettext("%(num)s trẻ em", "%(num)s trẻ em", 0)


def _price(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f"{money(least)} – {money(most)}"
    if most is not None:
        return _("Đến %(price)s", price=money(most))
    return _("Từ %(price)s", price=money(least))


def _rate(note: dict[str, Any]) -> str | None:
    """Dollars stand for a dated rate, which is shown."""
    if "rate" not in note:
        return None
    return _(
        "%(usd)s USD, 1 USD = %(rate)s, từ %(since)s",
        usd=number(note["usd"]),
        rate=money(note["rate"]),
        since=day(note["since"], year=True),
    )
