"""What is put into a list of guests, scanned or pasted, as drafts: texts of fields and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.registry.units import Units
from app.stays import residence_names
from app.stays.documents import why_not
from app.stays.groups.review import settled
from app.stays.groups.words import FIELDS
from app.stays.reading import Problem, ReadGuest, read_paste

LONGEST = 200_000
# How a row was understood where nobody needs to look at it.
QUIET = frozenset(
    {
        "columns_guessed",
        "compact_date",
        "document_type_guessed",
        "nationality_from_number",
        "number_cleaned",
        "phone_completed",
        "read_from_document",
        "year_only",
    }
)


@dataclass(slots=True)
class Incoming:
    """One guest as read: texts for the fields of a draft with its notes, and a room's number."""

    fields: dict[str, Any] = field(default_factory=dict)
    room: str | None = None
    origin: str = "pasted"


def read(text: str, today: date) -> list[Incoming]:
    """Return the guests of a text in their order: of cards' codes, passports' lines, or rows."""
    if _is_broken_scan(text):
        return []
    units = Units.load()
    return [_incoming(guest, units) for guest in read_paste(text, today, units) if guest.fields]


def _is_broken_scan(text: str) -> bool:
    """Whether one scan came incompletely: signs of a document, but not the whole of it."""
    lines = text.strip().splitlines()
    signs = "|" in text or "<<" in text
    return len(lines) == 1 and signs and why_not(text) in ("too_few_fields", "wrong_length")


def _incoming(guest: ReadGuest, units: Units) -> Incoming:
    fields = {name: text for name, text in guest.fields.items() if name in FIELDS}
    room = fields.pop("room", None)
    for name in ("date_of_birth", "permitted_until"):
        fields[name] = _as_typed(fields.get(name, ""))
    if fields.get("residence_unit"):
        fields["residence_unit"] = residence_names.name_of(fields["residence_unit"], units) or ""
    values: dict[str, Any] = settled(fields)
    values["notes"] = [note_of(p) for p in guest.problems if p.code not in QUIET]
    scanned = any(problem.code == "read_from_document" for problem in guest.problems)
    return Incoming(values, room, "scanned" if scanned else "pasted")


def _as_typed(text: str) -> str:
    """Return 1990-01-31 as 31/01/1990, and anything else as it is."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if len(text) == 10 else text
    except ValueError:
        return text


# --- Notes -------------------------------------------------------------------------------------


def note_of(problem: Problem) -> dict[str, Any]:
    """Return a problem as it is kept inside the sealed text of its row."""
    return {
        "field": problem.field,
        "code": problem.code,
        "severity": problem.severity,
        "values": {name: str(value) for name, value in problem.values.items()},
        "proposal": problem.proposal,
    }
