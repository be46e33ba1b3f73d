"""What was understood of a sentence, and the chips that show it and take it back."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.dates import Period

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Near:
    """The place to be near, as the gazetteer knows it."""

    code: str
    name: str
    name_en: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing understood: `field` and `value` say what, `spans` where in the sentence it stood.

    `note` explains what is not plain from the value: the former name of a ward, the rate of the
    dollar, the holiday meant.
    """

    field: str
    value: Any
    spans: tuple[Span, ...]
    note: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """Other dates that were perhaps meant: "friday" offers a weekend from Friday on."""

    reason: str
    stay: Period


@dataclass(frozen=True, slots=True)
class Understood:
    """A sentence as wishes; what was not said is None or empty.

    `text` is the rest, to be matched with names and descriptions; `name` is the part of it that
    may be a name, without words such as "yên tĩnh"; `meant` is the house's name that it nearly
    spells. `ignored` are the words that were dropped.
    """

    sentence: str = ""
    check_in: date | None = None
    check_out: date | None = None
    nights: int | None = None
    rooms: int | None = None
    adults: int | None = None
    children: int | None = None
    price_min: int | None = None
    price_max: int | None = None
    price_about: bool = False
    kind: tuple[str, ...] = ()
    stars: tuple[int, ...] = ()
    amenities: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    near: Near | None = None
    radius_km: float | None = None
    cheapest: bool = False
    text: str = ""
    name: str = ""
    meant: str = ""
    ignored: tuple[str, ...] = ()
    chips: tuple[Chip, ...] = ()
    offers: tuple[Offer, ...] = ()

    @property
    def stay(self) -> Period | None:
        if self.check_in is None or self.check_out is None:
            return None
        return Period(self.check_in, self.check_out)

    def without(self, chip: Chip) -> str:
        """The sentence with the words of `chip` taken out."""
        parts: list[str] = []
        position = 0
        for start, end in sorted(chip.spans):
            parts.append(self.sentence[position:start])
            position = end
        parts.append(self.sentence[position:])
        # The comma keeps what stood apart from reading as one phrase now.
        pieces = (part.strip(" ,;") for part in parts)
        return ", ".join(piece for piece in pieces if piece)

    def as_json(self) -> dict[str, Any]:
        """The form of the public interface, GET /vacancies."""
        near = self.near
        return {
            "check_in": self.check_in.isoformat() if self.check_in else None,
            "check_out": self.check_out.isoformat() if self.check_out else None,
            "rooms": self.rooms,
            "adults": self.adults,
            "children": self.children,
            "price_min": self.price_min,
            "price_max": self.price_max,
            "kind": list(self.kind),
            "stars": list(self.stars),
            "amenities": list(self.amenities),
            "unit": list(self.unit),
            "near": {"name": near.name, "lat": near.lat, "lon": near.lon} if near else None,
            "text": self.text,
        }
