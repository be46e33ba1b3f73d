"""Which unit of today a code, an old or new name, or the words of an address mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Self

from sqlalchemy import select

from app.db import db
from app.registry.models import Area, Unit
from app.text import fold

# A word that says which kind of unit follows (or, in English, stood before).
KIND_WORDS = {
    "phuong": "ward",
    "ward": "ward",
    "p": "ward",
    "xa": "commune",
    "x": "commune",
    "commune": "commune",
    "comune": "commune",
    "thi tran": "town",
    "town": "town",
    "tt": "town",
    "dac khu": "special_zone",
    "special zone": "special_zone",
}
_PREFIX = re.compile(
    r"(?P<kind>phuong|ward|xa|commune|thi tran|town|tt|dac khu|special zone|[px](?=[. \d]))"
    r"[. ]*(?P<name>.+)"
)
_SUFFIX = re.compile(r"(?P<name>.+?) (?P<kind>ward|commune|comune|town|special zone)")
_MENTION = re.compile(
    r"\b(?P<kind>phuong|ward|xa|commune|thi tran|town|tt|dac khu|[px](?=[. ]?\d|\.))"
    r"[. ]*(?P<name>[a-z0-9]+(?: [a-z0-9]+){0,3})"
)
_MENTION_BEFORE = re.compile(r"(?P<name>[a-z]+(?: [a-z]+){0,3}) (?P<kind>ward|commune|comune)\b")
_CODE = re.compile(r"[0-9]{5}")
_BREAKS = re.compile(r"[,;()/\n]+| - ")


class UnitNotFound(ValueError):
    """Nothing of the former province has this code or name."""


class UnitAmbiguous(ValueError):
    """The name is that of several units; ``candidates`` are the ones of today it may mean."""

    def __init__(self, candidates: Sequence[Unit]) -> None:
        super().__init__("ambiguous unit")
        self.candidates = list(candidates)


class Units:
    """All units and areas in memory (about a hundred rows), for looking up many texts."""

    def __init__(self, units: Iterable[Unit], areas: Iterable[Area]) -> None:
        self.by_id = {unit.id: unit for unit in units}
        self.today = {unit.code: unit for unit in self.by_id.values() if unit.valid_to is None}
        self.areas = {area.code: area for area in areas}
        self._gone = {u.code: u for u in self.by_id.values() if u.valid_to is not None}
        self._named: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.by_id.values():
            self._named[_split(fold(unit.name))[1]].append(unit)
        self._area_names = {
            _plain(name): area.code
            for area in self.areas.values()
            for name in (area.name, *area.aliases)
        }

    @classmethod
    def load(cls) -> Self:
        return cls(db.session.scalars(select(Unit)), db.session.scalars(select(Area)))

    def now(self, text: str) -> Unit:
        """The unit of today that a code or name means, today's meaning of a code first.

        "26508", "Phường 2", "phuong 2, vung tau", "Thang Tam Ward" all work. Raises
        :class:`UnitNotFound`, or :class:`UnitAmbiguous` for a name of several ("Phước Hưng") and
        for a former city or district of several units ("Vũng Tàu").
        """
        folded = fold(text)
        if _CODE.fullmatch(folded):
            return self._of_code(folded)
        head, *rest = [part.strip() for part in _BREAKS.split(folded) if part.strip()] or [""]
        area = next((found for part in rest if (found := self.area_code(part))), None)
        kind, key = _split(head)
        if key not in self._named and area is None:
            key, area = self._without_area(key)
        if kind is None and area is None and key in self._area_names:
            return _only(self.units_of(self._area_names[key]))
        return _only(self._meant(kind, key, area))

    def _of_code(self, code: str) -> Unit:
        if code in self.today:
            return self.today[code]
        if code in self._gone:
            return self.successor(self._gone[code])
        raise UnitNotFound(code)

    def successor(self, unit: Unit) -> Unit:
        """The unit of today that took over this one; itself where it is one of today."""
        while unit.successor_id is not None:
            unit = self.by_id[unit.successor_id]
        return unit

    def _meant(self, kind: str | None, key: str, area: str | None) -> list[Unit]:
        named = self._named.get(key, [])
        if area is not None:
            named = [unit for unit in named if unit.area_code == area]
        # A wrong word for the kind ("thị trấn" for what has become a ward) does not hide the name.
        of_kind = [unit for unit in named if unit.kind == kind]
        return list(dict.fromkeys(self.successor(unit) for unit in of_kind or named))

    def _without_area(self, key: str) -> tuple[str, str | None]:
        """Cut the name of an area off the end: "2 vung tau" is "2" in the area 747."""
        for name, code in self._area_names.items():
            shorter = key.removesuffix(f" {name}")
            if shorter != key and shorter in self._named:
                return shorter, code
        return key, None

    def area_code(self, text: str) -> str | None:
        """The area a text names ("TP Vũng Tàu", "huyện Xuyên Mộc"), or None."""
        return self._area_names.get(_plain(text))

    def units_of(self, area_code: str) -> list[Unit]:
        """Today's units of a former city or district, by name."""
        units = (unit for unit in self.today.values() if unit.area_code == area_code)
        return sorted(units, key=lambda unit: (unit.kind != "ward", unit.folded))

    def codes(self, text: str) -> list[str]:
        """Today's codes that a filter means: a unit's code or name, or an area's; old ones too.

        Raises :class:`UnitNotFound`, or :class:`UnitAmbiguous` for a name of several wards.
        """
        area = text if text in self.areas else self.area_code(text)
        if area is not None:
            return [unit.code for unit in self.units_of(area)]
        return [self.now(text).code]

    def find(self, *texts: str | None) -> Unit | None:
        """The unit named in free text (an address, a locality), or None.

        A text before another outweighs it; within one, "phường 2" outweighs a bare "Thắng Tam".
        None also where the strongest words name several units.
        """
        for text in filter(None, texts):
            folded = fold(text)
            found = self._mentioned(folded) or self._bare(folded)
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def _mentioned(self, folded: str) -> list[Unit]:
        found: dict[Unit, None] = {}
        for match in _MENTION.finditer(folded):
            words = match["name"].split()
            for length in range(len(words), 0, -1):
                meant = self._meant(KIND_WORDS[match["kind"]], _key(words[:length]), None)
                if meant:
                    found.update(dict.fromkeys(meant))
                    break
        for match in _MENTION_BEFORE.finditer(folded):
            words = match["name"].split()
            for start in range(len(words)):
                meant = self._meant(KIND_WORDS[match["kind"]], _key(words[start:]), None)
                if meant:
                    found.update(dict.fromkeys(meant))
                    break
        return list(found)

    def _bare(self, folded: str) -> list[Unit]:
        found: dict[Unit, None] = {}
        for part in _BREAKS.split(folded):
            key = _plain(part)
            area = self._area_names.get(key)
            # The name of a former city stands in nearly every address and says too little,
            # unless the city has become one unit, as Côn Đảo has.
            meant = self.units_of(area) if area else self._meant(None, key, None)
            if len(meant) == 1:
                found.update(dict.fromkeys(meant))
        return list(found)


def unit_now(code_or_name: str) -> Unit:
    """The unit of today that a code or name means; see :meth:`Units.now`."""
    return Units.load().now(code_or_name)


def _split(folded: str) -> tuple[str | None, str]:
    """The kind a name says, if it does, and the name without it."""
    match = _PREFIX.fullmatch(folded) or _SUFFIX.fullmatch(folded)
    if match is None:
        return None, _key(_words(folded))
    return KIND_WORDS[match["kind"]], _key(_words(match["name"]))


def _words(folded: str) -> list[str]:
    return re.sub(r"[.'’\-]+", " ", folded).split()


def _key(words: Sequence[str]) -> str:
    """Words as they are compared: "02" is "2"."""
    return " ".join(word.lstrip("0") or word for word in words)


def _plain(text: str) -> str:
    return _key(_words(fold(text)))


def _only(units: Sequence[Unit]) -> Unit:
    if not units:
        raise UnitNotFound
    if len(units) > 1:
        raise UnitAmbiguous(units)
    return units[0]
