"""What a visitor asks for, checked and complete; plain values without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from app.availability.freshness import Cutoffs, cutoffs
from app.dates import Period
from app.search.understanding.namebook import spelling
from app.text import fold, tidy

Sort = Literal["relevance", "price", "distance", "stars"]
SORTS: tuple[Sort, ...] = ("relevance", "price", "distance", "stars")
FACETS = ("kind", "stars", "unit", "amenities")


class Near(NamedTuple):
    """A position to search near, with the name of the place where it has one."""

    lat: float
    lon: float
    name: str | None = None


class Box(NamedTuple):
    """A piece of the map."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Wish:
    """One search. ``stay`` is None without dates: then houses are sought, not vacancies.

    ``units`` are codes of today. ``now`` and ``today`` are those of the request, so that every
    step of the answer measures ages from the same instant.
    """

    now: datetime
    today: date
    text: str = ""
    # The name of the house that the text nearly spells; then its words are looked for.
    meant: str = ""
    stay: Period | None = None
    rooms: int = 1
    adults: int = 2
    children: int = 0
    units: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    stars: tuple[int, ...] = ()
    amenities: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    near: Near | None = None
    radius_km: float | None = None
    box: Box | None = None
    sort: Sort = "relevance"
    page: int = 1
    per_page: int = 20

    @property
    def people(self) -> int:
        return self.adults + self.children

    @property
    def capacity(self) -> int:
        """What one room must hold, so that the rooms hold everybody."""
        return -(-self.people // self.rooms)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    @property
    def ages(self) -> Cutoffs:
        """Since when a vacancy must be confirmed not to be ageing, stale, hidden."""
        lead = (self.stay.start - self.today).days if self.stay else 0
        return cutoffs(lead, self.now)

    @property
    def asks_price(self) -> bool:
        return self.price_min is not None or self.price_max is not None or self.sort == "price"

    @property
    def words(self) -> list[str]:
        """The words to match, folded, without marks of punctuation."""
        if self.meant:
            return list(spelling(self.meant).words)
        return "".join(c if c.isalnum() else " " for c in fold(self.text)).split()

    @property
    def order(self) -> Literal["price", "distance", "stars", "words", "confirmed", "name"]:
        """What the answers are sorted by in the end; words mean how well they match."""
        if self.sort != "relevance":
            return self.sort
        if self.words:
            return "words"
        if self.near is not None:
            return "distance"
        return "confirmed" if self.stay else "name"


# --- Names -------------------------------------------------------------------------------------

# What says only what kind of house it is, or where: "Hải Âu" names "Khách sạn Hải Âu" fully.
_KINDS = tuple(
    tuple(fold(phrase).split())
    for phrase in (
        *("khách sạn", "nhà nghỉ", "khu nghỉ dưỡng", "biệt thự", "căn hộ", "vũng tàu", "the"),
        *("hotel", "homestay", "resort", "villa", "apartment", "hostel", "motel", "guest house"),
    )
)


def closeness(text: str, *names: str | None) -> int:
    """Return how well the best of a house's names fits what was typed, the lowest first.

    0: the whole name, marks and all; 1: the whole name but for its marks; 2: its words, marks and
    all; 3: anything else. The engine folds marks away and cannot tell these apart.
    """
    return min((_closeness(text, name) for name in names if name), default=3)


def nearness(wish: Wish, name: str, name_en: str | None) -> tuple[int, int]:
    """Return how well a house's name fits, the lowest first; of equals its kind decides.

    "Homestay Mai Long" is nearer to what names a homestay than "Mai Long Resort" is.
    """
    typed = wish.meant or wish.text
    close = closeness(typed, name, name_en)
    if close > 1:
        return close, 0
    if fold(typed) == fold(name):
        return close, 0
    kinds = spelling(wish.text).kinds or spelling(typed).kinds
    return close, 1 + len(kinds ^ spelling(name).kinds)


def _closeness(text: str, name: str) -> int:
    typed, named = _plain(text), _plain(name)
    folded, folded_name = [fold(word) for word in typed], [fold(word) for word in named]
    whole = _without_kind(folded) == _without_kind(folded_name)
    marked = typed != folded
    exact = marked and set(typed) <= set(named)
    if whole:
        return 0 if exact or not marked else 1
    return 2 if exact else 3


def _plain(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in tidy(text).lower()).split()


def _without_kind(words: list[str]) -> list[str]:
    """Cut kinds off both ends of a name, but never the whole of it."""
    for kind in _KINDS:
        size = len(kind)
        if len(words) > size and tuple(words[:size]) == kind:
            return _without_kind(words[size:])
        if len(words) > size and tuple(words[-size:]) == kind:
            return _without_kind(words[:-size])
    return words


@dataclass
class Found:
    """The houses that answer, before their rows are read: a page of ids, a total, the facets."""

    total: int
    facets: dict[str, dict[str, int]]
    ids: list[int]
    loosened: bool = field(default=False)
