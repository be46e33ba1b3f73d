"""The wards where guests live, by name: what a form offers, and which unit a name means."""

from __future__ import annotations

from app.registry.models import Unit
from app.registry.units import Units
from app.stays.documents.addresses import MERGER, ward_of
from app.text import fold
from app.web import locale

# Words for kinds of units in English, which `Units` understands behind a name.
ENGLISH = {"ward": "ward", "commune": "commune", "town": "town", "special_zone": "special zone"}


def unit_of(text: str, units: Units) -> Unit | None:
    """Return the unit of today that a name means, None where it could be another province's.

    «Phường Tam Thắng» is one of today's; "Phường 2" is a ward of many towns, so a former name
    needs its town: «Phường 2, Vũng Tàu».
    """
    found = _now(text, units)
    if found is None:
        return None
    _name, comma, place = text.rpartition(",")
    if comma and (units.area_code(place) is not None or ward_of(text, MERGER, units)):
        return found
    spellings = {fold(found.name), fold(_label(found, english=True))}
    return found if fold(text) in spellings else None


def _now(text: str, units: Units) -> Unit | None:
    try:
        return units.now(text)
    except ValueError:
        return None


def name_of(code: str | None, units: Units) -> str | None:
    """Return the name of a unit of today, what is written where it is none."""
    unit = units.today.get(code or "")
    return _label(unit, english=locale.selected() == "en") if unit else code


def choices(units: Units) -> list[str]:
    """Return today's units by name, then the former ones with their towns."""
    english = locale.selected() == "en"
    today = sorted(units.today.values(), key=lambda unit: (unit.kind != "ward", unit.folded))
    former = sorted(
        (unit for unit in units.by_id.values() if unit.valid_to is not None),
        key=lambda unit: (unit.area_code or "", unit.code),
    )
    return [
        *(_label(unit, english=english) for unit in today),
        *(
            f"{_label(unit, english=english)}, {units.areas[unit.area_code].name}"
            for unit in former
        ),
    ]


def _label(unit: Unit, *, english: bool) -> str:
    """Return «Phường Rạch Dừa», or in English “Rạch Dừa ward” and “Ward 2”."""
    if not english:
        return unit.name
    words = unit.name.split()
    kind = ENGLISH[unit.kind]
    own = " ".join(words[1:] if unit.kind in ("ward", "commune") else words[2:])
    return f"{kind.capitalize()} {own}" if own.isdecimal() else f"{own} {kind}"
