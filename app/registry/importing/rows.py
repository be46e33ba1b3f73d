"""One row of a list of houses: which column is which, and each text as a value or as a fault."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from app import dates, reference
from app.registry.importing.tables import Row
from app.registry.models import AMENITIES, KINDS, Unit
from app.registry.rooms import ROOMS_MOST
from app.registry.units import UnitAmbiguous, UnitNotFound, Units
from app.text import fold

COLUMNS = (
    "code",
    "name",
    "name_en",
    "kind",
    "stars",
    "licence_no",
    "opened_on",
    "address",
    "unit",
    "lat",
    "lon",
    "phone",
    "email",
    "website",
    "rooms",
    "capacity",
    "price",
    "amenities",
)
# Texts that help to find the ward where ``unit`` is empty: a quarter said apart from the address
# outweighs it, a wider locality counts where the address says nothing.
HINTS = ("area", "locality")
HEADINGS = {
    "ten": "name",
    "ten co so": "name",
    "ten co so luu tru": "name",
    "ten tieng anh": "name_en",
    "ma co so": "code",
    "loai hinh": "kind",
    "hang": "stars",
    "hang sao": "stars",
    "so giay phep": "licence_no",
    "ngay khai truong": "opened_on",
    "dia chi": "address",
    "phuong xa": "unit",
    "phuong/xa": "unit",
    "vi do": "lat",
    "kinh do": "lon",
    "dien thoai": "phone",
    "thu dien tu": "email",
    "so phong": "rooms",
    "so buong": "rooms",
    "suc chua": "capacity",
    "gia": "price",
    "tien nghi": "amenities",
}
LENGTHS = {"name": 200, "name_en": 200, "licence_no": 60, "address": 400, "website": 400}
UNRATED = {"0", "-", "khong", "khong xep hang", "chua xep hang", "unrated", "none", "n/a"}


class ColumnFault(ValueError):
    """The mapping of columns cannot be used; the message says why."""


@dataclass(frozen=True)
class RowFault:
    """Why a row did not go in, or what of it was left out."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


@dataclass
class Entry:
    """What a row says about a house, as values; None where it says nothing."""

    name: str
    code: str | None = None
    name_en: str | None = None
    kind: str | None = None
    stars: int | None = None
    licence_no: str | None = None
    opened_on: date | None = None
    address: str | None = None
    unit: str | None = None
    lat: float | None = None
    lon: float | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    rooms: int | None = None
    capacity: int | None = None
    price: int | None = None
    amenities: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What makes a row of a later file the same house: its code, else name and address."""
        return f"code:{self.code}" if self.code else self.name_key

    @property
    def name_key(self) -> str:
        told = f"{fold(self.name)}|{fold(self.address or '')}"
        return f"name:{hashlib.sha256(told.encode()).hexdigest()}"

    def content(self) -> dict[str, object]:
        content: dict[str, object] = dict(vars(self))
        content["opened_on"] = self.opened_on.isoformat() if self.opened_on else None
        return content

    def content_hash(self) -> bytes:
        canonical = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).digest()


# --- Columns -------------------------------------------------------------------------------


def columns_of(headings: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return our column → the file's heading; ``mapping`` outweighs what the headings say."""
    for ours, theirs in mapping.items():
        if ours not in COLUMNS and ours not in HINTS:
            raise ColumnFault(f"“{ours}” is none of the columns {', '.join(COLUMNS + HINTS)}")
        if theirs not in headings:
            raise ColumnFault(f"the file has no column “{theirs}”, only {', '.join(headings)}")
    found = dict(mapping)
    for heading in headings:
        folded = fold(heading)
        ours = folded.replace(" ", "_")
        ours = ours if ours in COLUMNS or ours in HINTS else HEADINGS.get(folded, "")
        if ours and ours not in found and heading not in mapping.values():
            found[ours] = heading
    if "name" not in found:
        raise ColumnFault(f"no column is the name: {', '.join(headings)} (use --map name=…)")
    return found


# --- Values --------------------------------------------------------------------------------


class Fault(ValueError):
    """A text that is no value of its column; the message says what is expected."""


class Doubt(ValueError):
    """A text that is left out without keeping the row from going in."""


class PlaceMeant(Exception):
    """A text for a ward that names a beach or a sight instead; ``unit`` is the ward it lies in."""

    def __init__(self, text: str, unit: str) -> None:
        super().__init__(f"“{text[:60]}” is a place")
        self.unit = unit


def _text_of(column: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > LENGTHS[column]:
            raise Fault(f"longer than {LENGTHS[column]} characters")
        return text

    return read


def _code(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", text):
        raise Fault("a code is up to 32 letters, digits, - and _")
    return text


@lru_cache(maxsize=1)
def _kind_words() -> dict[str, str]:
    words = {kind: kind for kind in KINDS}
    for kind in reference.establishment_kinds():
        for word in (kind.name_vi, kind.name_en, *kind.synonyms):
            words.setdefault(fold(word), kind.code)
    return words


def _kind(text: str) -> str:
    kind = _kind_words().get(fold(text).replace("-", " "))
    if kind is None:
        raise Fault(f"“{text}” is no kind of house: {', '.join(KINDS)}")
    return kind


def _stars(text: str) -> int | None:
    if fold(text) in UNRATED:
        return None
    match = re.fullmatch(r"([0-9]+)([.,][0-9]+)?( ?(sao|stars?|\*))?", fold(text))
    if match is None or not 1 <= int(match[1]) <= 5:
        raise Fault(f"“{text}” is none of 1–5 stars")
    if match[2] and float(match[2].replace(",", ".")) != 0:
        raise Doubt(f"“{text}” is no whole number of stars: left unrated")
    return int(match[1])


def _day(text: str) -> date:
    match = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
        return dates.parse_date(text[:10])
    except ValueError:
        raise Fault(f"“{text}” is no date (2019-05-31 or 31/05/2019)") from None


def _coordinate(most: int) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]+)?", text):
            raise Fault(f"“{text}” is no number of degrees (10.345)")
        value = float(text.replace(",", "."))
        if abs(value) > most:
            raise Fault(f"{text} is beyond ±{most}: are latitude and longitude swapped?")
        return round(value, 6)

    return read


def _phone(text: str) -> str:
    if not re.fullmatch(r"[0-9+()./\- ]{6,40}", text) or not re.search(r"[0-9]{3}", text):
        raise Fault(f"“{text[:40]}” is no telephone number")
    return text


def _email(text: str) -> str:
    if len(text) > 200 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", text):
        raise Fault(f"“{text[:60]}” is no e-mail address")
    return text


def _website(text: str) -> str:
    address = text if re.match(r"https?://", text, re.I) else f"https://{text}"
    if len(address) > 400 or not re.fullmatch(r"https?://[\w.-]+\.[^\s<>\"]{2,}", address, re.I):
        raise Fault(f"“{text[:60]}” is no address of a website")
    return address


def _count(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        match = re.fullmatch(r"([0-9]{1,6})([.,]0+)?", text)
        if match is None or not least <= int(match[1]) <= most:
            raise Fault(f"“{text[:20]}” is no whole number from {least} to {most}")
        return int(match[1])

    return read


def _price(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,3}(?:[., ][0-9]{3})+|[0-9]{1,10})(?:[.,]0{1,2})?", _bare(text))
    if match is None:
        raise Fault(f"“{text[:30]}” is no price in đồng (900000)")
    price = int(re.sub(r"[., ]", "", match[1]))
    if price > 1_000_000_000:
        raise Fault(f"{price} đồng a night is more than any room costs")
    return price


def _bare(text: str) -> str:
    return re.sub(r"\s*(vnd|vnđ|đ|₫|đồng)\s*$", "", text.casefold()).strip()


@lru_cache(maxsize=1)
def _amenity_words() -> dict[str, str]:
    words = {code: code for code in AMENITIES}
    for amenity in reference.amenities():
        for word in (amenity.name_vi, amenity.name_en, *amenity.synonyms):
            words.setdefault(fold(word), amenity.code)
    return words


def _amenities(text: str) -> list[str]:
    said = [part.strip() for part in text.split("|") if part.strip()]
    known = _amenity_words()
    unknown = [part for part in said if fold(part) not in known]
    if unknown:
        raise Fault(f"“{unknown[0]}” is no amenity: {', '.join(AMENITIES)}")
    meant = {known[fold(part)] for part in said}
    return [code for code in AMENITIES if code in meant]


@lru_cache(maxsize=1)
def _units_of_places() -> dict[str, str]:
    """Return the ward of each place's name; streets run through several, and say nothing."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in reference.places():
        if place.unit and place.kind != "street":
            for name in (place.name_vi, place.name_en, *place.aliases):
                found[fold(name)].add(place.unit)
    return {name: min(units) for name, units in found.items() if len(units) == 1}


READERS: dict[str, Callable[[str], object]] = {
    **{column: _text_of(column) for column in ("name", "name_en", "licence_no", "address")},
    "code": _code,
    "kind": _kind,
    "stars": _stars,
    "opened_on": _day,
    "lat": _coordinate(90),
    "lon": _coordinate(180),
    "phone": _phone,
    "email": _email,
    "website": _website,
    "rooms": _count(1, ROOMS_MOST),
    "capacity": _count(1, 100),
    "price": _price,
    "amenities": _amenities,
}


class RowReader:
    """Reads rows into entries; knows the columns of the file and all units."""

    def __init__(self, columns: Mapping[str, str], units: Units) -> None:
        self.columns = columns
        self.units = units

    def read(self, row: Row) -> tuple[Entry | None, list[RowFault], list[RowFault]]:
        """Return the entry (None with faults), the faults, and the doubts."""
        said = {ours: row.cells.get(theirs, "") for ours, theirs in self.columns.items()}
        values: dict[str, object] = {}
        faults: list[RowFault] = []
        doubts: list[RowFault] = []
        for column, text in said.items():
            if not text or column in HINTS or column == "unit":
                continue
            try:
                values[column] = READERS[column](text)
            except Fault as fault:
                faults.append(RowFault(row.line, column, str(fault)))
            except Doubt as doubt:
                doubts.append(RowFault(row.line, column, str(doubt)))
        faults += self._missing(row, said, values)
        unit = None
        try:
            unit = self._unit(said)
        except PlaceMeant as place:
            unit = self.units.today[place.unit]
            doubts.append(RowFault(row.line, "unit", f"{place}: taken for {unit.name}"))
        except Fault as fault:
            faults.append(RowFault(row.line, "unit", str(fault)))
        if faults:
            return None, faults, doubts
        entry = Entry(**values, unit=unit.code if unit else None)  # type: ignore[arg-type]
        return entry, [], doubts

    def _missing(
        self, row: Row, said: Mapping[str, str], values: Mapping[str, object]
    ) -> list[RowFault]:
        faults = []
        if not said["name"]:
            faults.append(RowFault(row.line, "name", "is missing"))
        for one, other in (("lat", "lon"), ("lon", "lat")):
            if one in values and not said.get(other):
                faults.append(RowFault(row.line, other, f"is missing beside {one}"))
        return faults

    def _unit(self, said: Mapping[str, str]) -> Unit | None:
        text = said.get("unit", "")
        if not text:
            return self.units.find(said.get("area"), said.get("address"), said.get("locality"))
        try:
            return self.units.now(text)
        except UnitNotFound:
            code = _units_of_places().get(fold(text), "")
            if code in self.units.today:
                raise PlaceMeant(text, code) from None
            raise Fault(
                f"“{text[:60]}” is no ward's code, old or new name, nor a known place"
            ) from None
        except UnitAmbiguous as error:
            named = ", ".join(f"{unit.code} {unit.name}" for unit in error.candidates)
            raise Fault(f"“{text[:60]}” may mean {named}: give the code") from None


# --- The same address ----------------------------------------------------------------------

_STREET = re.compile(
    r"(?:so |no )?(?P<number>[0-9]+[a-z]?(?:/[0-9]+[a-z]?)*) (?:duong |d )?(?P<street>[a-z0-9 ]+?)"
    r"(?: street| st)?"
)
_WARD_BEGINS = re.compile(r"[ ,]+(?:phuong|p|ward|xa|thi tran|thanh pho|tp|quan|huyen)\b.*$")


def same_place(address: str | None) -> str | None:
    """House number and street of an address, by which two rows are in one place, or None."""
    folded = fold(address or "").replace(".", " ")
    parts = [" ".join(part.split()) for part in _WARD_BEGINS.sub("", folded).split(",")]
    for number, street in pairwise(parts):
        if re.fullmatch(r"(so |no )?[0-9]+[a-z]?(/[0-9]+[a-z]?)*", number):
            parts = [f"{number} {street}"]
    match = next(filter(None, map(_STREET.fullmatch, parts)), None)
    return f"{match['number']} {match['street']}" if match else None
