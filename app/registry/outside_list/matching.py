"""Whether a house of an outside list is one of the register, and why; pure.

Three things speak for it: how alike the names are without the words every house bears, the same
telephone, and the place (the distance where both have one, else the address). No single one of them
is enough to be found: two houses share a name, a chain a telephone, a building its address.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from app.registry.importing.rows import same_place
from app.text import fold

Result = Literal["found", "probable", "absent"]
Grams = frozenset[str]

# Words that say what a house is, not which.
COMMON = re.compile(
    r"\b(?:khach san|nha nghi|nha tro|nha khach|biet thu|can ho|khu nghi duong|khu du lich|"
    r"co so luu tru|cong ty|tnhh|mtv|cp|hotel|motel|hostel|resort|homestay|home stay|guest ?house|"
    r"villas?|apartments?|aparthotel|condotel|spa|and|the|ks|nn|vung tau|vt)\b"
)
NAME_WEIGHT, PHONE_WEIGHT, PLACE_WEIGHT = 0.55, 0.25, 0.20
# Houses have several telephones: another number says little against them.
OTHER_PHONE_WEIGHT = 0.08
NEAR_METRES, FAR_METRES = 50, 1_000
SAME_PLACE_METRES, NEXT_DOOR_METRES, ELSEWHERE_METRES = 300, 150, 3_000
ALIKE, RATHER_ALIKE, SOMEWHAT_ALIKE = 0.8, 0.6, 0.45
WORTH_NAMING = 0.4
CELL_DEGREES = 0.003
COMMONEST_WORD = 150
CANDIDATES_MOST = 200


@dataclass(frozen=True)
class Told:
    """What is said about a house: by a list, or by the register."""

    name: str
    address: str | None = None
    phone: str | None = None
    lat: float | None = None
    lon: float | None = None
    id: int = 0

    @cached_property
    def bare(self) -> str:
        """The folded name without the words every house bears; the whole name if none is left."""
        folded = re.sub(r"[^a-z0-9]+", " ", fold(self.name)).strip()
        bare = " ".join(COMMON.sub(" ", folded).split())
        return bare or folded

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(self.bare.split())

    @cached_property
    def grams(self) -> Grams:
        return _grams(self.bare)

    @cached_property
    def sorted_grams(self) -> Grams:
        return _grams(" ".join(sorted(self.bare.split())))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word.isdigit())

    @cached_property
    def phones(self) -> frozenset[str]:
        """The last nine digits of each number given."""
        digits = (re.sub(r"\D", "", part) for part in re.split(r"[/,;]", self.phone or ""))
        return frozenset(number[-9:] for number in digits if len(number) >= 8)

    @cached_property
    def place(self) -> str | None:
        return same_place(self.address)

    @cached_property
    def address_grams(self) -> Grams:
        return _grams(re.sub(r"[^a-z0-9]+", " ", fold(self.address or "")).strip())


def _grams(text: str) -> Grams:
    """Return the runs of three letters, the second of a kind as another, so that sets will do."""
    padded, seen, grams = f" {text} ", Counter[str](), set()
    for start in range(len(padded) - 2):
        gram = padded[start : start + 3]
        seen[gram] += 1
        grams.add(gram if seen[gram] == 1 else f"{gram}{seen[gram]}")
    return frozenset(grams)


def _dice(one: Grams, other: Grams) -> float:
    size = len(one) + len(other)
    return 2 * len(one & other) / size if size else 0.0


def distance_m(one: Told, other: Told) -> int | None:
    """Return how far apart the two are, by the haversine; None where one has no place."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    phi, theta = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((theta - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(theta) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    return round(2 * 6_371_000 * math.asin(math.sqrt(min(half, 1.0))))


@dataclass(frozen=True, slots=True)
class Match:
    """A house of the register beside one of a list: the verdict, the score, and what speaks."""

    house_id: int
    result: Result
    score: int
    evidence: dict[str, Any] = field(default_factory=dict)


def name_likeness(one: Told, other: Told) -> float:
    """Return how alike the names are, 0 to 1; houses 1 and 2 of a name are two houses."""
    alike = max(_dice(one.grams, other.grams), _dice(one.sorted_grams, other.sorted_grams))
    return alike * 0.6 if one.numbers != other.numbers else alike


def address_likeness(one: Told, other: Told) -> float | None:
    """Return how alike the addresses are; None where one has none."""
    if not one.address or not other.address:
        return None
    if one.place and one.place == other.place:
        return 1.0
    alike = _dice(one.address_grams, other.address_grams)
    return alike * 0.6 if one.place and other.place else alike


def compare(one: Told, other: Told) -> Match:
    """Weigh what speaks for the two being the same house."""
    name, metres, address = (
        name_likeness(one, other),
        distance_m(one, other),
        address_likeness(one, other),
    )
    phone = bool(one.phones & other.phones) if one.phones and other.phones else None
    parts = [(NAME_WEIGHT, name)]
    if phone is not None:
        parts.append((PHONE_WEIGHT, 1.0) if phone else (OTHER_PHONE_WEIGHT, 0.0))
    place = _place(metres, address)
    if place is not None:
        parts.append((PLACE_WEIGHT, place))
    score = sum(weight * share for weight, share in parts) / sum(weight for weight, _ in parts)
    evidence = {
        "name": round(name, 2),
        "phone": phone,
        "metres": metres,
        "address": None if address is None else round(address, 2),
    }
    result = _verdict(name, bool(phone), metres, address)
    return Match(other.id, result, round(100 * score), evidence)


def _place(metres: int | None, address: float | None) -> float | None:
    if metres is None:
        return address
    return min(max((FAR_METRES - metres) / (FAR_METRES - NEAR_METRES), 0.0), 1.0)


def _verdict(name: float, phone: bool, metres: int | None, address: float | None) -> Result:
    near = address is not None and address >= ALIKE
    if metres is not None:
        near = metres <= SAME_PLACE_METRES
    if (phone and name >= RATHER_ALIKE) or (near and name >= ALIKE):
        return "found"
    next_door = near and (metres is None or metres <= NEXT_DOOR_METRES)
    elsewhere = metres is not None and metres > ELSEWHERE_METRES
    if phone or (name >= ALIKE and not elsewhere) or (next_door and name >= SOMEWHAT_ALIKE):
        return "probable"
    return "absent"


class Register:
    """The houses of the register, found by telephone, by a rare word of the name, by their cell."""

    def __init__(self, houses: Iterable[Told]) -> None:
        self.houses = {house.id: house for house in houses}
        self._by_phone: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_cell: dict[tuple[int, int], list[int]] = defaultdict(list)
        for house in self.houses.values():
            for phone in house.phones:
                self._by_phone[phone].append(house.id)
            for key in _name_keys(house):
                self._by_word[key].append(house.id)
            if house.lat is not None and house.lon is not None:
                self._by_cell[_cell(house.lat, house.lon)].append(house.id)

    def best(self, told: Told) -> Match | None:
        """Return the house that is it most likely; None where none is worth naming."""
        order = {"found": 2, "probable": 1, "absent": 0}
        matches = (compare(told, self.houses[number]) for number in self._candidates(told))
        best = max(
            matches,
            key=lambda match: (order[match.result], match.score, -match.house_id),
            default=None,
        )
        if best is None or (best.result == "absent" and best.score < 100 * WORTH_NAMING):
            return None
        return best

    def _candidates(self, told: Told) -> Sequence[int]:
        found: dict[int, None] = {}
        for phone in told.phones:
            found.update(dict.fromkeys(self._by_phone.get(phone, ())))
        # Rare words first, so that what is cut says least.
        lists = sorted((self._by_word.get(key, []) for key in _name_keys(told)), key=len)
        for houses in lists:
            if len(houses) <= COMMONEST_WORD or not found:
                found.update(dict.fromkeys(houses))
        if told.lat is not None and told.lon is not None:
            row, column = _cell(told.lat, told.lon)
            for north in (-1, 0, 1):
                for east in (-1, 0, 1):
                    found.update(dict.fromkeys(self._by_cell.get((row + north, column + east), ())))
        return list(found)[:CANDIDATES_MOST]


def _name_keys(told: Told) -> set[str]:
    """Return the words of the name, and its beginning written together, which survives a slip."""
    joined = told.bare.replace(" ", "")
    return {*told.words, f"^{joined[:4]}", f"${joined[-4:]}"}


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return math.floor(lat / CELL_DEGREES), math.floor(lon / CELL_DEGREES)
