"""Reading the fields of a guest: what blocks, what only warns, one function a field; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from app import dates
from app.reference import document_types, personal_number_provinces
from app.stays import countries
from app.stays.inputs import Findings
from app.stays.models import AGE_BANDS
from app.text import fold, tidy

Raw = Mapping[str, Any]

OLDEST_BIRTH = date(1900, 1, 1)
VERY_OLD = 110
NAME_SHORTEST, NAME_LONGEST = 2, 100
TEXT_LONGEST = 255
# Documents that carry the 12-digit personal number; an old identity card may carry it too.
NUMBERED = frozenset({"citizen_id", "identity_card", "personal_number_notice"})
TRAVEL_DOCUMENTS = frozenset({"passport", "other"})
_VIETNAMESE_PHONE = re.compile(r"(0|\+84)[0-9]{9,10}")
_ANY_PHONE = re.compile(r"(0|\+)[0-9]{6,15}")
_UNIT_CODE = re.compile(r"[0-9]{5}")


class Units(Protocol):
    """Today's units: ``now`` by code, raising ValueError for one it does not know, and by name."""

    def now(self, text: str) -> Any: ...

    def named(self, text: str) -> Any: ...


def text_of(raw: Raw, name: str) -> str | None:
    """Return a tidied text, None where it is empty or absent."""
    value = raw.get(name)
    return (tidy(value) or None) if isinstance(value, str) else None


def limited(
    raw: Raw, name: str, pointer: str, found: Findings, longest: int = TEXT_LONGEST
) -> str | None:
    """Return a text of bounded length."""
    value = text_of(raw, name)
    if value is not None and len(value) > longest:
        found.error(pointer, "too_long")
        return None
    return value


def choice(
    raw: Raw, name: str, known: tuple[str, ...], pointer: str, found: Findings
) -> str | None:
    value = text_of(raw, name)
    if value is not None and value not in known:
        found.error(pointer, "unknown_code")
        return None
    return value


def day_of(raw: Raw, name: str, pointer: str, found: Findings) -> date | None:
    value = text_of(raw, name)
    if value is None:
        return None
    try:
        return dates.parse_date(value)
    except ValueError:
        found.error(pointer, "invalid_format")
        return None


def instant_of(raw: Raw, name: str, pointer: str, found: Findings) -> datetime | None:
    value = text_of(raw, name)
    if value is None:
        return None
    try:
        return dates.parse_instant(value)
    except ValueError:
        found.error(pointer, "invalid_format")
        return None


def nationality(raw: Raw, pointer: str, found: Findings) -> str | None:
    return country(raw, "nationality", pointer, found, required=True)


def country(
    raw: Raw, name: str, pointer: str, found: Findings, *, required: bool = False
) -> str | None:
    value = text_of(raw, name)
    if value is None:
        if required:
            found.error(pointer, "required")
        return None
    value = value.upper()
    if not countries.is_known(value):
        found.error(pointer, "unknown_code")
        return None
    return value


# What a name may have between its letters, all of it taken out.
_BETWEEN_LETTERS = str.maketrans("", "", " '-.")


def full_name(raw: Raw, pointer: str, found: Findings, *, foreign: bool) -> str | None:
    """Return the name as typed; one in the form of a passport's lower lines is turned to spaces."""
    value = text_of(raw, "full_name")
    if value is None:
        found.error(pointer, "required")
        return None
    value = tidy(value.replace("<", " ").replace("’", "'"))
    letters = value.translate(_BETWEEN_LETTERS)
    if len(value) > NAME_LONGEST:
        found.error(pointer, "too_long")
    elif not letters.isalpha():
        found.error(pointer, "invalid_name")
    elif not all(map(_is_latin, letters)):
        found.error(pointer, "not_latin")
    elif not foreign and len(value) < NAME_SHORTEST:
        found.error(pointer, "invalid_name", shortest=NAME_SHORTEST)
    else:
        if " " not in value and not foreign:
            found.warn(pointer, "one_word_name")
        return value
    return None


@lru_cache(maxsize=1024)
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def birth(
    raw: Raw, at: str, found: Findings, *, arrival: date | None
) -> tuple[date | None, str | None]:
    """Return the date of birth and whether its day or only its year is known (then 1 January)."""
    pointer = f"{at}/date_of_birth"
    precision = choice(
        raw, "birth_date_precision", ("day", "year"), f"{at}/birth_date_precision", found
    )
    value = text_of(raw, "date_of_birth")
    if value is None:
        found.error(pointer, "required")
        return None, None
    if re.fullmatch(r"[0-9]{4}", value) and precision == "year":
        value = f"{value}-01-01"
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and value < str(OLDEST_BIRTH):
        found.error(pointer, "out_of_range", earliest=OLDEST_BIRTH)
        return None, None
    try:
        born = dates.parse_date(value)
    except ValueError:
        found.error(pointer, "invalid_format")
        return None, None
    if precision == "year":
        born = born.replace(month=1, day=1)
    if arrival is not None and born > arrival:
        found.error(pointer, "out_of_range", latest=arrival)
        return None, None
    if arrival is not None and age_at(born, arrival) > VERY_OLD:
        found.warn(pointer, "very_old")
    return born, precision or "day"


def age_at(born: date, day: date) -> int:
    """Return the age in whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band_of(born: date, day: date) -> str:
    """Return the age band that statistics read."""
    age = age_at(born, day)
    if age < 16:
        return AGE_BANDS[0]
    return AGE_BANDS[1] if age < 60 else AGE_BANDS[2]


@dataclass(frozen=True, slots=True)
class Document:
    type: str | None = None
    number: str | None = None
    name: str | None = None


def document(raw: Raw, at: str, found: Findings, *, foreign: bool) -> Document:
    """Return type, number and name of the document, checked by the rules of its type."""
    given = raw.get("document") or {}
    pointer = f"{at}/document"
    kinds = tuple(kind.code for kind in document_types())
    kind = choice(given, "type", kinds, f"{pointer}/type", found)
    if kind is None:
        if text_of(given, "type") is None:
            found.error(f"{pointer}/type", "required")
        return Document()
    if foreign and kind not in TRAVEL_DOCUMENTS:
        found.error(f"{pointer}/type", "needs_passport")
        return Document()
    if kind == "old_id":
        found.warn(f"{pointer}/type", "document_ended")
    name = limited(given, "name", f"{pointer}/name", found, NAME_LONGEST)
    if kind == "other" and name is None:
        found.error(f"{pointer}/name", "required")
    number = document_number(given, f"{pointer}/number", found, kind=kind, foreign=foreign)
    return Document(kind, number, name)


def document_number(
    given: Raw, pointer: str, found: Findings, *, kind: str, foreign: bool
) -> str | None:
    """Return the number in its one spelling: NFKC, upper case, without spaces, dots and dashes."""
    value = text_of(given, "number")
    if value is None:
        found.error(pointer, "required")
        return None
    number = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", value).upper())
    pattern = _patterns()["passport" if foreign else kind]
    if (
        not number.isascii()
        or not re.fullmatch(pattern, number)
        or not any(map(str.isalnum, number))
    ):
        found.error(pointer, "invalid_number")
        return None
    return number


@lru_cache(maxsize=1)
def _patterns() -> dict[str, str]:
    return {kind.code: kind.number_pattern for kind in document_types()}


def compare_number(
    number: str, pointer: str, found: Findings, *, sex: str | None, born: date | None
) -> None:
    """Warn where a 12-digit personal number says another province, sex or year of birth.

    A mismatch is legal after a corrected birth date or a change of sex, so it never blocks.
    """
    if number[:3] not in personal_number_provinces():
        found.warn(pointer, "number_province")
    century, is_female = divmod(int(number[3]), 2)
    if sex is not None and (sex == "F") != bool(is_female):
        found.warn(pointer, "number_sex")
    if born is not None and 1900 + 100 * century + int(number[4:6]) != born.year:
        found.warn(pointer, "number_birth_year")


def phone(raw: Raw, pointer: str, found: Findings, *, foreign: bool) -> str | None:
    value = text_of(raw, "phone")
    if value is None:
        return None
    number = re.sub(r"[\s.()\-]", "", value)
    if not (_ANY_PHONE if foreign else _VIETNAMESE_PHONE).fullmatch(number):
        found.error(pointer, "invalid_format")
        return None
    return number


@dataclass(frozen=True, slots=True)
class Residence:
    kind: str | None = None
    country: str | None = None
    unit: str | None = None
    address: str | None = None


def residence(raw: Raw, at: str, found: Findings, units: Units) -> Residence:
    given = raw.get("residence") or {}
    pointer = f"{at}/residence"
    unit = unit_code(given, f"{pointer}/unit", found, units)
    address = limited(given, "address", f"{pointer}/address", found)
    if unit is not None and not _UNIT_CODE.fullmatch(unit):
        # Only a code is kept in the clear: whatever else was typed there belongs to the address,
        # which is encrypted.
        unit, address = None, ", ".join(filter(None, (address, unit)))[:TEXT_LONGEST]
    return Residence(
        choice(given, "kind", ("permanent", "temporary", "other"), f"{pointer}/kind", found),
        country(given, "country", f"{pointer}/country", found),
        unit,
        address,
    )


def unit_code(given: Raw, pointer: str, found: Findings, units: Units) -> str | None:
    """Return the ward's code; a former one becomes its successor's, one used again is the new one.

    A name becomes a code where it can be of this province only; "Phường 2" stays what it is.
    """
    value = limited(given, "unit", pointer, found, 60)
    if value is None:
        return None
    if not _UNIT_CODE.fullmatch(value):
        return _unit_by_name(value, pointer, found, units)
    try:
        code = str(units.now(value).code)
    except ValueError:
        # A code of another province: the register knows the units of the former province only.
        return value
    if code != value:
        found.warn(pointer, "unit_converted")
    return code


def _unit_by_name(value: str, pointer: str, found: Findings, units: Units) -> str:
    unit = units.named(value)
    if unit is None:
        found.warn(pointer, "unit_unknown")
        return value
    if fold(value.partition(",")[0]) != fold(unit.name):
        found.warn(pointer, "unit_converted")
    return str(unit.code)


def permitted_until(
    raw: Raw, pointer: str, found: Findings, *, today: date, leaves: date | None
) -> date | None:
    """Return until when a foreign guest may stay in Vietnam.

    A missing date only warns, although it is compulsory for the declaration: the arrival must
    always be registrable, and the visa may still be at the embassy or in the guest's luggage.
    """
    until = day_of(raw, "permitted_until", pointer, found)
    if until is None:
        if text_of(raw, "permitted_until") is None:
            found.warn(pointer, "permitted_until_missing")
        return None
    if until < today:
        found.error(pointer, "expired")
        return None
    if leaves is not None and until < leaves:
        found.warn(pointer, "permitted_until_short")
    return until
