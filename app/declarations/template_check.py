"""What a template newly downloaded from the portal says that the one known does not; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from app.declarations import catalogues
from app.declarations.catalogues import Name
from app.declarations.records import Record
from app.declarations.workbooks import DOMESTIC_COLUMNS, FOREIGN_COLUMNS
from app.text import fold

KNOWN_HEADINGS: dict[str, tuple[str, ...]] = {
    "domestic_xlsx": tuple(column[0] for column in DOMESTIC_COLUMNS),
    "foreign_xlsx": tuple(column[0] for column in FOREIGN_COLUMNS),
}
# Catalogues a template of each kind carries; of wards only those of this register are known.
CARRIES: dict[str, tuple[Name, ...]] = {
    "domestic_xlsx": get_args(Name),
    "foreign_xlsx": ("sexes", "nationalities"),
}
_LABEL = re.compile(r"[A-Z0-9][A-Z0-9-]{0,8} - .+")
WARD = re.compile(r"[0-9]{9} - .+")


class NotATemplate(Exception):
    """None of the sheets is one of the portal's templates."""


@dataclass(slots=True)
class Changes:
    """Differences: columns, rows of catalogues that are gone or respelled, rows that are new."""

    format: str
    columns: list[tuple[int, str, str]] = field(default_factory=list)
    gone: dict[Name, list[str]] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.columns or self.gone or self.new)


def compare(sheets: Mapping[str, Sequence[Sequence[str]]]) -> Changes:
    """Compare the sheets of a workbook with what is known; raises ``NotATemplate``."""
    for name in KNOWN_HEADINGS:
        main = sheets.get(catalogues.format_of(name).sheet)
        if main is not None:
            changes = Changes(name)
            changes.columns = _columns(name, main)
            others = [rows for sheet, rows in sheets.items() if rows is not main and sheet]
            _catalogues(changes, {cell for rows in others for row in rows for cell in row})
            return changes
    raise NotATemplate


def _columns(name: str, rows: Sequence[Sequence[str]]) -> list[tuple[int, str, str]]:
    """Return (number, known heading, theirs) of each column headed otherwise."""
    theirs = list(rows[1]) if len(rows) > 1 else []
    known = list(KNOWN_HEADINGS[name])
    while theirs and not theirs[-1]:
        theirs.pop()
    length = max(len(known), len(theirs))
    known += [""] * (length - len(known))
    theirs += [""] * (length - len(theirs))
    pairs = enumerate(zip(known, theirs, strict=True), 1)
    return [(number, ours, other) for number, (ours, other) in pairs if _key(ours) != _key(other)]


def _key(heading: str) -> tuple[str, bool]:
    """A heading without spaces and brackets, and whether its asterisk makes it compulsory."""
    return re.sub(r"[^a-z0-9]", "", fold(heading)), "*" in heading


def _catalogues(changes: Changes, cells: set[str]) -> None:
    labels = {cell for cell in cells if _LABEL.fullmatch(cell)}
    known: set[str] = set()
    for name in CARRIES[changes.format]:
        entries = [entry for entry in catalogues.entries(name) if entry.mark == "C"]
        known |= {entry.label for entry in catalogues.entries(name)}
        gone = [entry.label for entry in entries if entry.label not in labels]
        if gone:
            changes.gone[name] = gone
    known |= {"D - Ngày", "Y - Năm"}
    changes.new = sorted(label for label in labels - known if not WARD.fullmatch(label))


def touched(changes: Changes, records: Iterable[Record]) -> list[Record]:
    """Return the records that use a row of a catalogue which is gone or respelled."""
    gone = {(name, label) for name, labels in changes.gone.items() for label in labels}
    return [record for record in records if _uses(record) & gone]


def _uses(record: Record) -> set[tuple[Name, str]]:
    codes: dict[Name, str] = {
        "nationalities": record.nationality,
        "documents": record.document_type,
        "reasons": record.reason,
        "residences": record.residence_kind,
        "sexes": record.sex,
        "wards": record.unit,
    }
    return {(name, catalogues.label(name, code)) for name, code in codes.items()}
