"""From what was typed, in words and in parameters, to one checked wish; parameters win."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from app import dates
from app.dates import Period
from app.registry.models import AMENITIES, KINDS
from app.search.documents import MOST_NIGHTS, MOST_ROOMS, SEARCHABLE_DAYS
from app.search.geography import geography
from app.search.understanding import Understood, understand
from app.search.vocabulary import gazetteer, is_name, nearest_name
from app.search.wish import SORTS, Box, Near, Sort, Wish
from app.text import tidy
from app.web.problems import FIELD_CODES, FieldError

T = TypeVar("T")

MOST_PEOPLE = 100
MOST_PRICE = 1_000_000_000
MOST_KILOMETRES = 200.0
# What "gần Bãi Sau" means where no distance is said.
NEAR_KILOMETRES = 5.0
MOST_WORDS = 500
MOST_PER_PAGE = 100
LAST_PAGE = 1000


class Fault(ValueError):
    """A value that is not accepted; ``code`` is one of the public codes of fields."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


# --- Reading one value -------------------------------------------------------------------------


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # int() would take digits of any script, underscores and spaces.
        if not (text.isascii() and text.isdigit()):
            raise Fault("invalid_format")
        if len(text) > 12 or not low <= int(text) <= high:
            raise Fault("out_of_range", f"{FIELD_CODES['out_of_range']}: {low} to {high}")
        return int(text)

    return read


def _decimal(text: str) -> float:
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        raise Fault("invalid_format") from None
    if not math.isfinite(value):
        raise Fault("invalid_format")
    return value


def _kilometres(text: str) -> float:
    value = _decimal(text)
    if not 0 < value <= MOST_KILOMETRES:
        raise Fault("out_of_range")
    return value


def _position(lat: str, lon: str) -> tuple[float, float]:
    place = _decimal(lat.strip()), _decimal(lon.strip())
    if abs(place[0]) > 90 or abs(place[1]) > 180:
        raise Fault("out_of_range")
    return place


def _near(text: str) -> Near:
    parts = text.split(",")
    if len(parts) != 2:
        raise Fault("invalid_format", "A position is written as lat,lon")
    lat, lon = _position(*parts)
    spot = geography().spot_at(lat, lon)
    return Near(lat, lon, spot.name if spot else None)


def _box(text: str) -> Box:
    parts = text.split(",")
    if len(parts) != 4:
        raise Fault("invalid_format", "A box is written as lat0,lon0,lat1,lon1")
    one, other = _position(*parts[:2]), _position(*parts[2:])
    (south, north), (west, east) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    return Box(south, west, north, east)


def _date(text: str) -> date:
    try:
        return dates.parse_date(text)
    except ValueError:
        raise Fault("invalid_format", "A date is written as YYYY-MM-DD") from None


def _codes(known: Mapping[str, Any] | tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        codes = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        if not set(codes) <= set(known):
            raise Fault("unknown_code")
        return codes

    return read


def _stars(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(code) for code in _codes(("1", "2", "3", "4", "5"))(text)))


def _units(text: str) -> tuple[str, ...]:
    """Keep the codes as they were asked for: areas, and units of other times, stand for several."""
    codes = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not all(geography().units_of(code) for code in codes):
        raise Fault("unknown_code")
    return codes


def _sort(text: str) -> Sort:
    for known in SORTS:
        if text == known:
            return known
    raise Fault("unknown_code")


def _words(text: str) -> str:
    if len(text) > MOST_WORDS:
        raise Fault("out_of_range", f"At most {MOST_WORDS} characters")
    return tidy(text)


READERS: dict[str, Callable[[str], Any]] = {
    "q": _words,
    "check_in": _date,
    "check_out": _date,
    "rooms": _whole(1, MOST_ROOMS),
    "adults": _whole(1, MOST_PEOPLE),
    "children": _whole(0, MOST_PEOPLE),
    "unit": _units,
    "kind": _codes(KINDS),
    "stars": _stars,
    "amenities": _codes(AMENITIES),
    "price_min": _whole(0, MOST_PRICE),
    "price_max": _whole(0, MOST_PRICE),
    "near": _near,
    "radius_km": _kilometres,
    "bbox": _box,
    "sort": _sort,
    "page": _whole(1, LAST_PAGE),
    "per_page": _whole(1, MOST_PER_PAGE),
}


# --- Putting words and parameters together -----------------------------------------------------


@dataclass
class Asked:
    """A request as it was read: what was given, what the words said, the wish or the faults."""

    given: dict[str, Any] = field(default_factory=dict)
    words: Understood = field(default_factory=Understood)
    faults: list[FieldError] = field(default_factory=list)
    wish: Wish | None = None

    def said(self, name: str) -> Any:
        """Return what was said of a field: by its parameter, else in words, else None."""
        if name in self.given:
            return self.given[name]
        value = getattr(self.words, name, None)
        return None if value in ((), "") else value

    @property
    def units(self) -> tuple[str, ...]:
        """Codes of today's units, areas and former units resolved."""
        asked = self.said("unit") or ()
        found = [unit for code in asked for unit in geography().units_of(code)]
        return tuple(dict.fromkeys(found))

    @property
    def radius_km(self) -> float | None:
        """How far a house may be: as was said, or what "near" in words means by itself.

        A position given as a parameter only sorts, and a piece of the map says itself how far.
        """
        said: float | None = self.said("radius_km")
        if said is not None or self.words.near is None or {"near", "bbox"} & self.given.keys():
            return said
        return NEAR_KILOMETRES

    def fault(self, parameter: str, code: str, detail: str | None = None) -> None:
        self.faults.append(FieldError(code, detail or FIELD_CODES[code], parameter=parameter))

    def as_json(self) -> dict[str, Any]:
        """Return ``understood`` as the public interface has it: only what was said."""
        near, stay = self.said("near"), self.wish.stay if self.wish else None
        return {
            "check_in": stay.start.isoformat() if stay else None,
            "check_out": stay.end.isoformat() if stay else None,
            **{
                name: self.said(name)
                for name in ("rooms", "adults", "children", "price_min", "price_max")
            },
            **{name: list(self.said(name) or ()) for name in ("kind", "stars", "amenities")},
            "unit": list(self.units),
            "near": {"name": near.name, "lat": near.lat, "lon": near.lon} if near else None,
            **({"radius_km": self.radius_km} if near and self.radius_km else {}),
            "text": self.words.text,
        }


def read(arguments: Mapping[str, str], now: datetime | None = None, *, names: bool = True) -> Asked:
    """Read a request; where ``faults`` are named there is no wish. Empty values count as absent.

    Values of a repeated parameter are expected joined by commas. Without ``names`` no word of a
    sentence is taken for a part of a house's name.
    """
    now = now or dates.now()
    asked = Asked()
    for name, reader in READERS.items():
        text = arguments.get(name, "").strip()
        if not text:
            continue
        try:
            asked.given[name] = reader(text)
        except Fault as fault:
            asked.fault(name, fault.code, fault.detail)
    today = dates.hotel_day(now)
    if asked.given.get("q"):
        asked.words = understand(
            asked.given["q"],
            today=today,
            gazetteer=gazetteer(),
            known_names=is_name if names else None,
            nearest=nearest_name if names else None,
            names=names,
        )
    stay = _stay(asked, today)
    _check_together(asked)
    if not asked.faults:
        asked.wish = _wish(asked, stay, now, today)
    return asked


def _stay(asked: Asked, today: date) -> Period | None:
    """Return the stay asked for; a check-in alone is one night, or as many as the words say."""
    check_in, check_out = asked.said("check_in"), asked.said("check_out")
    if check_in is None:
        if "check_out" in asked.given:
            asked.fault("check_in", "required")
        return None
    last = today + timedelta(days=SEARCHABLE_DAYS)
    if not today <= check_in <= last:
        asked.fault("check_in", "out_of_range", f"From {today} to {last}")
        return None
    if "check_in" in asked.given and "check_out" not in asked.given:
        check_out = check_in + timedelta(days=asked.words.nights or 1)
    if check_out <= check_in:
        asked.fault("check_out", "order")
    elif (check_out - check_in).days > MOST_NIGHTS:
        asked.fault("check_out", "out_of_range", f"At most {MOST_NIGHTS} nights")
    else:
        return Period(check_in, check_out)
    return None


def _check_together(asked: Asked) -> None:
    least, most = asked.said("price_min"), asked.said("price_max")
    if least is not None and most is not None and least > most:
        asked.fault("price_max" if "price_max" in asked.given else "price_min", "order")
    if asked.said("near") is None:
        if asked.given.get("sort") == "distance":
            asked.fault("near", "required", "Sorting by distance needs a position")
        if "radius_km" in asked.given:
            asked.fault("near", "required", "A radius needs a position")


def _wish(asked: Asked, stay: Period | None, now: datetime, today: date) -> Wish:
    near = asked.said("near")
    return Wish(
        now=now,
        today=today,
        text=asked.words.text,
        meant=asked.words.meant,
        stay=stay,
        rooms=_or(asked.said("rooms"), 1),
        adults=_or(asked.said("adults"), 2),
        children=_or(asked.said("children"), 0),
        units=asked.units,
        kinds=tuple(asked.said("kind") or ()),
        stars=tuple(asked.said("stars") or ()),
        amenities=tuple(asked.said("amenities") or ()),
        price_min=asked.said("price_min"),
        price_max=asked.said("price_max"),
        near=Near(near.lat, near.lon, near.name) if near else None,
        radius_km=asked.radius_km if near else None,
        box=asked.given.get("bbox"),
        sort=asked.given.get("sort") or ("price" if asked.words.cheapest else "relevance"),
        page=asked.given.get("page", 1),
        per_page=asked.given.get("per_page", 20),
    )


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
