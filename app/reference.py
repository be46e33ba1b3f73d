"""Typed readers of the reference data in seeds/reference: facts, each with where it comes from."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

from app.config import folder

FOLDER = folder("seeds") / "reference"
PROVINCE = "79"


@dataclass(frozen=True, slots=True)
class Unit:
    """A ward, commune, town or special zone while its code meant it: codes were re-used in 2025."""

    code: str
    name: str
    kind: str
    area: str
    province: str
    valid_from: date
    valid_to: date | None
    source: str

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Succession:
    """The unit that took over a unit, each named by its code and since when the code meant it."""

    code: str
    valid_from: date
    successor_code: str
    successor_valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Area:
    """A former city or district, which people still name: all its successor units together."""

    code: str
    name: str
    kind: str
    name_en: str
    aliases: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """A beach, sight or street that visitors name; its position is approximate.

    `alone` says when its bare name means it: "yes", "asked" (after "gần", "near" …), "no".
    """

    code: str
    name_vi: str
    name_en: str
    aliases: tuple[str, ...]
    kind: str
    alone: str
    lat: float
    lon: float
    unit: str
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class DocumentType:
    portal_number: int
    code: str
    name_vi: str
    name_en: str
    number_pattern: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class StayReason:
    portal_number: int
    code: str
    name_vi: str
    name_en: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class EstablishmentKind:
    code: str
    name_vi: str
    name_en: str
    synonyms: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Amenity:
    code: str
    name_vi: str
    name_en: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NationalityCode:
    """A code outside ISO 3166-1, or one the portal writes differently; empty where it has none."""

    code: str
    portal_code: str
    mrz_code: str
    name_vi: str
    name_en: str
    source: str


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Dong for one unit of a foreign currency; shown with its date wherever it is used."""

    currency: str
    vnd: int
    valid_from: date
    valid_to: date | None
    source: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)


def _until(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def units() -> tuple[Unit, ...]:
    """Old and new units of the former province, the older first."""
    return tuple(
        Unit(
            row["code"],
            row["name"],
            row["kind"],
            row["area"],
            row["province"],
            date.fromisoformat(row["valid_from"]),
            _until(row["valid_to"]),
            row["source"],
        )
        for row in _rows("units")
    )


@lru_cache(maxsize=1)
def unit_successions() -> tuple[Succession, ...]:
    return tuple(
        Succession(
            row["code"],
            date.fromisoformat(row["valid_from"]),
            row["successor_code"],
            date.fromisoformat(row["successor_valid_from"]),
            row["source"],
        )
        for row in _rows("unit_successions")
    )


@lru_cache(maxsize=1)
def areas() -> tuple[Area, ...]:
    return tuple(
        Area(
            row["code"],
            row["name"],
            row["kind"],
            row["name_en"],
            _several(row["aliases"]),
            row["source"],
        )
        for row in _rows("areas")
    )


@lru_cache(maxsize=1)
def places() -> tuple[Place, ...]:
    return tuple(
        Place(
            row["code"],
            row["name_vi"],
            row["name_en"],
            _several(row["aliases"]),
            row["kind"],
            row["alone"],
            float(row["lat"]),
            float(row["lon"]),
            row["unit"],
            row["confidence"],
            row["source"],
        )
        for row in _rows("places")
    )


@lru_cache(maxsize=1)
def document_types() -> tuple[DocumentType, ...]:
    return tuple(
        DocumentType(
            int(row["portal_number"]),
            row["code"],
            row["name_vi"],
            row["name_en"],
            row["number_pattern"],
            date.fromisoformat(row["valid_from"]),
            _until(row["valid_to"]),
            row["source"],
        )
        for row in _rows("document_types")
    )


@lru_cache(maxsize=1)
def stay_reasons() -> tuple[StayReason, ...]:
    return tuple(
        StayReason(
            int(row["portal_number"]),
            row["code"],
            row["name_vi"],
            row["name_en"],
            date.fromisoformat(row["valid_from"]),
            _until(row["valid_to"]),
            row["source"],
        )
        for row in _rows("stay_reasons")
    )


@lru_cache(maxsize=1)
def establishment_kinds() -> tuple[EstablishmentKind, ...]:
    return tuple(
        EstablishmentKind(
            row["code"], row["name_vi"], row["name_en"], _several(row["synonyms"]), row["source"]
        )
        for row in _rows("establishment_kinds")
    )


@lru_cache(maxsize=1)
def amenities() -> tuple[Amenity, ...]:
    return tuple(
        Amenity(row["code"], row["name_vi"], row["name_en"], _several(row["synonyms"]))
        for row in _rows("amenities")
    )


@lru_cache(maxsize=1)
def nationality_codes() -> tuple[NationalityCode, ...]:
    return tuple(NationalityCode(**row) for row in _rows("nationality_codes"))


@lru_cache(maxsize=1)
def personal_number_provinces() -> dict[str, str]:
    """The province of birth registration by the first three digits of a personal number."""
    return {row["code"]: row["name"] for row in _rows("personal_number_provinces")}


@lru_cache(maxsize=1)
def exchange_rates() -> tuple[ExchangeRate, ...]:
    return tuple(
        ExchangeRate(
            row["currency"],
            int(row["vnd"]),
            date.fromisoformat(row["valid_from"]),
            _until(row["valid_to"]),
            row["source"],
        )
        for row in _rows("exchange_rates")
    )


@dataclass(frozen=True, slots=True)
class DutyRule:
    """When something is due, in force while dated so; only what the rule speaks of is set."""

    code: str
    day_of_month: int | None
    days: int | None
    time: time | None
    hours: int | None
    valid_from: date
    valid_to: date | None
    source: str


@lru_cache(maxsize=1)
def duty_rules() -> tuple[DutyRule, ...]:
    return tuple(
        DutyRule(
            row["rule"],
            int(row["day_of_month"]) if row["day_of_month"] else None,
            int(row["days"]) if row["days"] else None,
            time.fromisoformat(row["time"]) if row["time"] else None,
            int(row["hours"]) if row["hours"] else None,
            date.fromisoformat(row["valid_from"]),
            _until(row["valid_to"]),
            row["source"],
        )
        for row in _rows("duty_rules")
    )


def duty_rule(code: str, day: date) -> DutyRule | None:
    """Return the row of the rule in force on that day, if any."""
    for rule in duty_rules():
        if rule.code == code and rule.valid_from <= day < (rule.valid_to or date.max):
            return rule
    return None
