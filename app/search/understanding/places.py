"""Where: near a beach or a street, in a ward by its old or new name, in a former city."""

from dataclasses import dataclass

from app.search.understanding.gazetteer import AreaName, PlaceName, UnitMeant, UnitName
from app.search.understanding.sentence import DASHES, Match, Sentence
from app.search.understanding.tokens import NUMBER
from app.search.understanding.vocabulary import Found

FARTHEST_KM = 50.0


@dataclass(frozen=True, slots=True)
class NearPlace:
    place: PlaceName
    radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class InUnits:
    """Today's units meant by a name; `unit` for one ward, `area` for a former district."""

    codes: tuple[str, ...]
    unit: UnitName | None = None
    area: AreaName | None = None


def read_place(sentence: Sentence, at: int) -> Match | None:
    """Where the house should be, with the words that lead it in."""
    readings = [
        reading
        for reader in (_within, _away, _address, _alone)
        if (reading := reader(sentence, at)) is not None
    ]
    readings.extend(
        reading
        for field, reader in (("near", _near), ("on_street", _on_street), ("in", _inside))
        for lead in sentence.find_all(at, field)
        if (reading := reader(sentence, at, lead)) is not None
    )
    return max(readings, key=lambda match: (match.end, match.bound), default=None)


def _place(sentence: Sentence, at: int) -> Found | None:
    return sentence.find(at, "place", "asked_place", "street_name")


def _is_near(start: int, found: Found, distance: tuple[float, int] | None = None) -> Match:
    radius, end = distance or (None, found.end)
    return Match(start, end, "near", NearPlace(found.value, radius), bound=found.start > start)


def _near(sentence: Sentence, at: int, lead: Found) -> Match | None:
    found = _place(sentence, lead.end)
    units = _units(sentence, at, lead.end)
    if found is None or (units is not None and units.end > found.end):
        return units
    return _is_near(at, found, _distance(sentence, found.end))


def _on_street(sentence: Sentence, at: int, lead: Found) -> Match | None:
    found = _place(sentence, lead.end)
    if found is None or not found.value.is_street:
        return None
    return _is_near(at, found)


def _inside(sentence: Sentence, at: int, lead: Found) -> Match | None:
    """ở Vũng Tàu, tại phường 2, khu Bãi Sau."""
    units = _units(sentence, at, lead.end)
    found = sentence.find(lead.end, "place", "asked_place")
    if found is None or (units is not None and units.end >= found.end):
        return units
    return _is_near(at, found)


def _alone(sentence: Sentence, at: int) -> Match | None:
    found = sentence.find(at, "place")
    units = _units(sentence, at, at, alone=True)
    if units is not None and (found is None or units.end > found.end):
        return units
    return _is_near(at, found) if found else None


def _address(sentence: Sentence, at: int) -> Match | None:
    """165 Thùy Vân, 12/3 Phan Chu Trinh, 81/20A …: a house number is no date and no count."""
    token = sentence.token(at)
    if token is None or token.kind != NUMBER:
        return None
    end = at + 1
    while sentence.is_mark(end, "/", "-") and sentence.glued(end) and sentence.number(end + 1):
        end += 2
    letter = sentence.token(end)
    if sentence.is_word(end) and letter is not None and letter.glued and len(letter.folded) == 1:
        end += 1
    found = sentence.find(end, "place", "street_name")
    if found is None or (not found.value.is_street and found.value.code != "bai-sau"):
        return None
    return _is_near(at, found) if _place_is_named(sentence, found) else None


def _place_is_named(sentence: Sentence, found: Found) -> bool:
    """A street called by a date needs its "đường": "2 3/2" is no address."""
    return sentence.is_word(found.start)


# --- Distances -------------------------------------------------------------------------------


def _within(sentence: Sentence, at: int) -> Match | None:
    """trong bán kính 2km quanh Bãi Sau, within 500 m of the lighthouse."""
    distance = _distance(sentence, at)
    if distance is None:
        return None
    start = sentence.after(distance[1], "distance_from", "near", "in")
    found = _place(sentence, start)
    is_plain = start == distance[1] and sentence.find(at, "within") is None
    if found is None or is_plain:
        return None
    return Match(at, found.end, "near", NearPlace(found.value, distance[0]), bound=True)


def _away(sentence: Sentence, at: int) -> Match | None:
    """cách Bãi Sau 500m; cách biển 100m is as good as beachfront."""
    lead = sentence.find(at, "away")
    if lead is None:
        return None
    found = _place(sentence, lead.end)
    if found is not None:
        return _is_near(at, found, _distance(sentence, found.end))
    sea = sentence.find(lead.end, "sea")
    distance = _distance(sentence, sea.end) if sea else None
    if distance is None or distance[0] > 0.3:
        return None
    return Match(at, distance[1], "amenity", "beachfront", bound=True)


def _distance(sentence: Sentence, at: int) -> tuple[float, int] | None:
    """Kilometres said at `at`, and where they end."""
    start = sentence.after(at, "within")
    start = sentence.after(start, "within")
    token = sentence.token(start)
    if token is None or token.kind != NUMBER:
        return None
    if sentence.is_mark(start + 1, *DASHES) and sentence.number(start + 2):
        start, token = start + 2, sentence.tokens[start + 2]
    unit = sentence.find(start + 1, "metres")
    parts = token.folded.replace(",", ".").split(".")
    if unit is None or len(parts) > 2 or len(token.folded) > 6:
        return None
    kilometres = float(".".join(parts)) * unit.value / 1000
    return (kilometres, unit.end) if 0 < kilometres <= FARTHEST_KM else None


# --- Units -----------------------------------------------------------------------------------


def _units(sentence: Sentence, start: int, at: int, *, alone: bool = False) -> Match | None:
    """The unit or former district named at `at`; "cũ" after it asks for the old one."""
    fields = ("unit", "area") if alone else ("unit", "area", "asked_unit")
    found = sentence.find(at, *fields)
    if found is None or not _is_headed_well(sentence, found):
        return None
    bound = at > start
    if isinstance(found.value, AreaName):
        value = InUnits(found.value.codes, area=found.value)
        return Match(start, found.end, "unit", value, bound=bound)
    end = sentence.after(found.end, "former")
    unit = _unit_meant(found.value, former=end > found.end)
    return Match(start, end, "unit", InUnits(unit.codes, unit=unit), bound=bound)


def _unit_meant(meant: UnitMeant, *, former: bool) -> UnitName:
    unit = meant.before if former and meant.before else meant.now or meant.before
    if unit is None:
        raise ValueError("a name that means no unit")
    return unit


def _is_headed_well(sentence: Sentence, found: Found) -> bool:
    """The p of "p2" or "P.2" is written to its number; in "p 2 người" it is a room."""
    first = sentence.tokens[found.start]
    return first.folded not in {"p", "f", "tt"} or sentence.glued(found.start + 1)
