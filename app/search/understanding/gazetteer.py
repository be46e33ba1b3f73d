"""What the town is called by: units, former districts, places, kinds, amenities: plain data."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol

from app.search.understanding.guesses import GUESSED, RIVALS, Nearly
from app.search.understanding.vocabulary import Vocabulary
from app.search.understanding.words import GRAMMAR, NUMBERS, WARD_HEADS
from app.text import fold

REFERENCE = Path(__file__).parents[3] / "seeds" / "reference"

HEADS = {"Phường": "ward", "Xã": "commune", "Thị trấn": "town", "Đặc khu": "special_zone"}
STREET_HEADS = ("đường", "đ", "phố", "hẻm", "con đường", "mặt tiền đường", "street")
# Bare, these old communes far from the sea are rather what a house is called.
RATHER_NAMES = {"hoa binh", "hoa long", "quang thanh"}


class _Unit(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as it may be called; `codes` are today's units it means, itself or its successors."""

    name: str
    former: bool
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaName:
    """A former city or district, standing for all its successor units."""

    code: str
    name: str
    aliases: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place one can be near. `alone`: its bare name means it "yes", when "asked" for, or "no"."""

    code: str
    name: str
    name_en: str
    aliases: tuple[str, ...]
    lat: float
    lon: float
    alone: str = "yes"

    @property
    def is_street(self) -> bool:
        return self.name.startswith("Đường ")


@dataclass(frozen=True, slots=True)
class Rate:
    """Dong for a dollar, since when, and on whose word."""

    vnd: int
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class UnitMeant:
    """What a unit's name stands for now, and what it stood for before the merger of 2025."""

    now: UnitName | None
    before: UnitName | None


@dataclass(frozen=True)
class Gazetteer:
    """Everything `understand` knows of the town; keep one, its words are prepared only once."""

    units: tuple[UnitName, ...]
    areas: tuple[AreaName, ...]
    places: tuple[PlaceName, ...]
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default_factory=lambda: _synonyms("establishment_kinds")
    )
    amenities: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default_factory=lambda: _synonyms("amenities")
    )
    usd: Rate | None = None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        vocabulary = Vocabulary()
        for meant, words in GRAMMAR.items():
            for value, phrases in words.items():
                vocabulary.add_all(phrases.split("|"), meant, value, joined=meant == "everywhere")
        for code, phrases_of in self.kinds:
            vocabulary.add_all(phrases_of, "kind", code, joined=True)
        for code, phrases_of in self.amenities:
            vocabulary.add_all(phrases_of, "amenity", code, joined=True)
        self._add_areas_and_units(vocabulary)
        for place in self.places:
            self._add_place(vocabulary, place)
        return vocabulary

    @cached_property
    def nearly(self) -> Nearly:
        phrases = self.vocabulary.phrases
        return Nearly(one for one in phrases if one.field in GUESSED | RIVALS)

    def _add_areas_and_units(self, vocabulary: Vocabulary) -> None:
        for area in self.areas:
            vocabulary.add_all((area.name, *area.aliases), "area", area, joined=True)
        for (head, bare), meant in _meant(self.units).items():
            vocabulary.add_all(_headed(head, bare), "unit", meant)
        for bare, meant in _meant_alone(self.units).items():
            if fold(bare) not in self.area_names:
                asked = fold(bare) in RATHER_NAMES
                vocabulary.add(bare, "asked_unit" if asked else "unit", meant, joined=not asked)

    @cached_property
    def area_names(self) -> frozenset[str]:
        return frozenset(fold(name) for area in self.areas for name in (area.name, *area.aliases))

    @cached_property
    def _unit_names(self) -> frozenset[str]:
        return self.area_names | {fold(_bare(unit.name)) for unit in self.units}

    def _add_place(self, vocabulary: Vocabulary, place: PlaceName) -> None:
        if place.is_street:
            self._add_street(vocabulary, place)
            return
        for phrase in (place.name, place.name_en, *place.aliases):
            risky = place.alone != "yes" and len(fold(phrase).split()) <= 2
            asked = risky or fold(phrase) in self._unit_names
            vocabulary.add(phrase, "asked_place" if asked else "place", place, joined=not asked)

    def _add_street(self, vocabulary: Vocabulary, place: PlaceName) -> None:
        bare = place.name.removeprefix("Đường ")
        for name in (bare, *place.aliases):
            for head in STREET_HEADS:
                vocabulary.add(f"{head} {name}", "place", place)
            vocabulary.add(f"{name} street", "place", place)
            vocabulary.add(name, "street_name", place)
            risky = place.alone == "asked" or fold(name) in self._unit_names
            if place.alone != "no" and name == bare and not risky:
                vocabulary.add(name, "place", place, joined=True)
            elif place.alone != "no":
                vocabulary.add(name, "asked_place", place)


def unit_names(
    units: Iterable[_Unit], successors: dict[tuple[str, date], str]
) -> tuple[UnitName, ...]:
    """Units of every time as names; `successors` gives (code, valid_from) today's code."""
    return tuple(
        UnitName(
            unit.name,
            unit.valid_to is not None,
            (successors.get((unit.code, unit.valid_from), unit.code),),
        )
        for unit in units
    )


def _bare(name: str) -> str:
    return next((name.removeprefix(f"{head} ") for head in HEADS if name.startswith(head)), name)


def _head(name: str) -> str:
    return next((kind for head, kind in HEADS.items() if name.startswith(head)), "")


def _meant(units: Iterable[UnitName]) -> dict[tuple[str, str], UnitMeant]:
    """(kind, bare name) → what it means, now and before."""
    meant: dict[tuple[str, str], UnitMeant] = {}
    for unit in units:
        key = (_head(unit.name), _bare(unit.name))
        meant[key] = _joined(meant.get(key), unit)
    return meant


def _meant_alone(units: Iterable[UnitName]) -> dict[str, UnitMeant]:
    """Bare name → what it means; a name borne twice, as Phước Hưng, means both."""
    meant: dict[str, UnitMeant] = {}
    for unit in units:
        bare = _bare(unit.name)
        if not bare.isdigit():
            meant[bare] = _joined(meant.get(bare), unit)
    return meant


def _joined(meant: UnitMeant | None, unit: UnitName) -> UnitMeant:
    now, before = (meant.now, meant.before) if meant else (None, None)
    if not unit.former:
        return UnitMeant(unit, before)
    if before is not None and before.codes != unit.codes:
        codes = tuple(sorted({*before.codes, *unit.codes}))
        return UnitMeant(now, UnitName(unit.name, True, codes))
    return UnitMeant(now, unit)


def _headed(head: str, bare: str) -> Iterator[str]:
    """ "phường 2", "p 2", "ward 2", "phường hai", "Long Son commune"."""
    for word in WARD_HEADS.get(head, "").split("|"):
        yield f"{word} {bare}"
        if bare.isdigit():
            spelled = NUMBERS.get(int(bare), "").split("|")[0].removeprefix("=")
            yield f"{word} {spelled}" if spelled else f"{word} {bare}"
        elif word.isascii():
            yield f"{bare} {word}"
    if head == "ward":
        yield f"p {bare}"
        yield f"f {bare}"
    if head == "town":
        yield f"tt {bare}"


def _synonyms(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Code → the words for it, from a file of the reference data."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (row["code"], (row["name_vi"], row["name_en"], *_several(row["synonyms"])))
            for row in csv.DictReader(file)
        )


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
