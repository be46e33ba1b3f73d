"""The table of sentences: reading it, and comparing what is understood with what must be."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.dates import ZONE, hotel_day
from app.reference import areas
from app.search.understanding import Understood
from app.search.vocabulary import gazetteer_of

TODAY = date(2026, 11, 24)
TABLE = Path(__file__).with_name("sentences.txt")
OTHER_DAYS = Path(__file__).with_name("sentences_days.txt")
_NUMBERS = {"adults": "adults", "children": "children", "rooms": "rooms", "nights": "nights"}
_LISTS = {"kind", "stars", "amenities"}


@dataclass(frozen=True)
class Row:
    sentence: str
    expected: dict[str, Any]
    text: str
    today: date = TODAY


def rows(table: Path = TABLE) -> Iterator[Row]:
    today = TODAY
    for line in table.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            today = hotel_day(datetime.fromisoformat(line[2:]).replace(tzinfo=ZONE))
        elif line and not line.startswith("#"):
            sentence, _, rest = line.partition("=>")
            said, _, text = rest.partition("|")
            yield Row(sentence.strip(), _expected(said.split()), text.strip(), today)


def _expected(pairs: list[str]) -> dict[str, Any]:
    expected: dict[str, Any] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name == "in":
            expected["check_in"] = date.fromisoformat(value)
            expected.setdefault("check_out", expected["check_in"] + timedelta(days=1))
        elif name == "out":
            expected["check_out"] = date.fromisoformat(value)
        elif name in _LISTS:
            parts = value.split(",")
            expected[name] = tuple(int(p) for p in parts) if name == "stars" else tuple(parts)
        elif name == "unit":
            expected["unit"] = tuple(sorted(code for p in value.split(",") for code in _codes(p)))
        elif name in ("min", "max"):
            expected[f"price_{name}"] = int(value)
        elif name == "km":
            expected["radius_km"] = float(value)
        else:
            expected[_NUMBERS.get(name, name)] = int(value) if name in _NUMBERS else value
    return expected


def _codes(part: str) -> tuple[str, ...]:
    if not part.startswith("@"):
        return (part,)
    assert part[1:] in {area.code for area in areas()}
    return next(area.codes for area in gazetteer_of(TODAY).areas if area.code == part[1:])


def fields(understood: Understood) -> dict[str, Any]:
    """What was understood, without what was not, in the table's terms."""
    names = (
        "check_in", "check_out", "nights", "rooms", "adults", "children", "price_min", "price_max",
        "kind", "stars", "amenities", "unit", "radius_km",
    )  # fmt: skip
    values = {name: getattr(understood, name) for name in names}
    values["near"] = understood.near.code if understood.near else None
    return {name: value for name, value in values.items() if value not in (None, ())}


# --- The same sentence typed in other ways ---------------------------------------------------

_TELEX = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_VNI = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_VNI_HATS = {"\u0302": "6", "\u031b": "7", "\u0306": "8"}


def telex(text: str) -> str:
    """The keystrokes of Telex, the tone at the end of its word."""
    return " ".join(
        _keys(word, _TELEX, {"\u031b": "w", "\u0306": "w"}, "dd") for word in text.split()
    )


def vni(text: str) -> str:
    """The keystrokes of VNI."""
    return " ".join(_keys(word, _VNI, _VNI_HATS, "d9") for word in text.split())


def _keys(word: str, tones: dict[str, str], hats: dict[str, str], dd: str) -> str:
    typed, tone = "", ""
    for mark in unicodedata.normalize("NFD", word):
        if mark in tones:
            tone = tones[mark]
        elif mark == "\u0302" and mark not in hats:
            typed += typed[-1]
        else:
            typed += dd if mark in "đĐ" else hats.get(mark, mark)
    bare = typed.rstrip(".,?!;:")
    return bare + tone + typed[len(bare) :]
