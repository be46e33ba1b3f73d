"""Which ward of today the address on a citizen's card means; pure."""

from __future__ import annotations

import re
from datetime import date

from app.registry.models import Unit
from app.registry.units import Units
from app.stays.documents.result import Parsed
from app.text import fold

# Until this day cards name the province of then; a ward of the city's name could not be ours.
MERGER = date(2025, 7, 1)
_FORMER = re.compile(r"(tinh )?(ba ria vung tau|br ?vt)")
_CITY = re.compile(r"(thanh pho |tp ?)?(ho chi minh|hcm)")


def add_ward(parsed: Parsed, units: Units) -> None:
    """Add the ward of today that the card's address means; the address stays as printed."""
    residence = parsed.fields.get("residence")
    if not residence or not residence["address"]:
        return
    issued = parsed.fields["issue_date"]
    ward = ward_of(residence["address"], date.fromisoformat(issued) if issued else None, units)
    if ward is not None:
        unit, was_renamed = ward
        residence["unit"] = unit.code
        if was_renamed:
            parsed.warn("residence/unit", "unit_converted")


def ward_of(address: str, issued: date | None, units: Units) -> tuple[Unit, bool] | None:
    """Return the ward and whether the card knows it by its former name, or None.

    A name such as "Phường 2" is that of many wards of the country, so the address must also name
    the former province, or the city on a card issued after the merger.
    """
    *before, province = [part.strip() for part in address.split(",")]
    if not before:
        return None
    words = " ".join(re.findall(r"[a-z0-9]+", fold(province)))
    if _FORMER.fullmatch(words):
        return _former(before, units)
    if _CITY.fullmatch(words) and issued is not None and issued >= MERGER:
        found = _now(before[-1], units)
        return (found, False) if found and _is_named(found, before[-1]) else None
    return None


def _former(before: list[str], units: Units) -> tuple[Unit, bool] | None:
    """Return the successor of a ward of the former province: "…, Phường 2, Vũng Tàu"."""
    # "Long Điền" alone is a town as well as the district it lies in.
    area = units.area_code(f"huyện {before[-1]}") or units.area_code(before[-1])
    if area is None:
        said, found = before[-1], _now(before[-1], units)
    else:
        said = before[-2] if len(before) > 1 else ""
        found = _now(f"{said}, {units.areas[area].name}", units) if said else None
    if found is None and area is not None:
        # Côn Đảo is one unit, whatever the card says of the places in it.
        [found, *others] = units.units_of(area)
        return None if others else (found, False)
    return (found, not _is_named(found, said)) if found else None


def _now(text: str, units: Units) -> Unit | None:
    try:
        return units.now(text)
    except ValueError:
        return None


def _is_named(unit: Unit, said: str) -> bool:
    """Whether this is the unit's name of today, with its kind or without."""
    name, said = fold(unit.name), fold(said)
    return bool(said) and (said == name or name.endswith(f" {said}"))
