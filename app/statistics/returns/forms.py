"""Forms of the statistics office as data: which formula goes into which cell, since when."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.reference import FOLDER
from app.statistics.queries import Figures

FORMS = FOLDER / "forms"
CERTAIN = "C"
INPUT = "input."
COLUMNS = ("actual", "estimate", "cumulative")

_TERM = re.compile(r"\s*(?P<sign>[+-]?)\s*(?P<name>[a-z_]+(?:\.[a-z_]+)?)\s*")
_CELL = re.compile(r"(?P<column>[A-Z]{1,2})(?P<row>[1-9][0-9]{0,3})")
_COUNTS = {f.name for f in fields(Figures) if f.type == "int"} | {"guests_served"}


class BadForm(ValueError):
    """A form's file says something that cannot be filled in."""


@dataclass(frozen=True, slots=True)
class Note:
    vi: str
    en: str
    certainty: str


@dataclass(frozen=True, slots=True)
class FixedText:
    cell: str
    value: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    letter: str
    what: str
    vi: str
    en: str
    number: str = ""
    certainty: str = CERTAIN


@dataclass(frozen=True, slots=True)
class Input:
    """What the house types at the download, for every column; it is not kept."""

    name: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator of the form: its formula as signed names, and the row it stands in."""

    row: int
    vi: str
    en: str
    formula: str
    code: str = ""
    unit_vi: str = ""
    certainty: str = CERTAIN
    terms: tuple[tuple[int, str], ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(parse(self.formula)))

    @property
    def is_typed(self) -> bool:
        return any(name.startswith(INPUT) for _, name in self.terms)

    def value(self, of: Callable[[str], int | None]) -> int | None:
        """Return the sum of the formula; nothing where a part of it was not typed."""
        amounts = [(sign, of(name)) for sign, name in self.terms]
        if any(amount is None for _, amount in amounts):
            return None
        return sum(sign * (amount or 0) for sign, amount in amounts)


def parse(formula: str) -> Iterator[tuple[int, str]]:
    """Yield (sign, name) of "a + b - input.c"; raises BadForm for anything else."""
    at = 0
    while at < len(formula):
        term = _TERM.match(formula, at)
        if term is None or (at > 0 and not term["sign"]):
            raise BadForm(f"not a formula: {formula}")
        if not (term["name"].startswith(INPUT) or term["name"] in _COUNTS):
            raise BadForm(f"no such indicator: {term['name']}")
        yield (-1 if term["sign"] == "-" else 1), term["name"]
        at = term.end()
    if at == 0:
        raise BadForm("an empty formula")


@dataclass(frozen=True, slots=True)
class Form:
    """A form since a day, with its lines, columns and fixed texts."""

    code: str
    name_vi: str
    name_en: str
    valid_from: date
    source: str
    certainty: str
    due_day: int | None
    sheet: str
    receiver_vi: str
    layout: Mapping[str, Any]
    widths: Mapping[str, int]
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]
    texts: tuple[FixedText, ...]
    notes: tuple[Note, ...]
    inputs: tuple[Input, ...]

    @property
    def slug(self) -> str:
        return self.code.lower().replace("/", "-").replace(" ", "-")


def read(path: Path) -> Form:
    """Read a form's file; raises BadForm where it cannot be filled in."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    try:
        form = _form(raw)
    except (KeyError, TypeError) as error:
        raise BadForm(f"{path.name}: {error}") from error
    _check(form)
    return form


def _form(raw: dict[str, Any]) -> Form:
    return Form(
        code=raw["code"],
        name_vi=raw["name_vi"],
        name_en=raw["name_en"],
        valid_from=raw["valid_from"],
        source=raw["source"],
        certainty=raw["certainty"],
        due_day=raw.get("due_day"),
        sheet=raw["sheet"],
        receiver_vi=raw.get("receiver_vi", ""),
        layout=raw["layout"],
        widths=raw.get("widths", {}),
        lines=tuple(Line(**line) for line in raw["line"]),
        columns=tuple(Column(**column) for column in raw["column"]),
        texts=tuple(FixedText(**text) for text in raw.get("text", ())),
        notes=tuple(Note(**note) for note in raw.get("note", ())),
        inputs=tuple(Input(**input_) for input_ in raw.get("input", ())),
    )


def _check(form: Form) -> None:
    typed = {f"{INPUT}{input_.name}" for input_ in form.inputs}
    asked = {name for line in form.lines for _, name in line.terms if name.startswith(INPUT)}
    if asked - typed:
        raise BadForm(f"{form.code}: nothing asks for {', '.join(sorted(asked - typed))}")
    if any(column.what not in COLUMNS for column in form.columns):
        raise BadForm(f"{form.code}: a column is one of {', '.join(COLUMNS)}")
    cells = [text.cell for text in form.texts]
    cells += [f"{column.letter}{line.row}" for column in form.columns for line in form.lines]
    if not all(_CELL.fullmatch(cell) for cell in cells):
        raise BadForm(f"{form.code}: a cell is written as A1")
    if len(set(cells)) != len(cells):
        raise BadForm(f"{form.code}: a cell is filled twice")


@lru_cache(maxsize=4)
def every_form(folder: Path = FORMS) -> tuple[Form, ...]:
    """Return all forms, by code and since when."""
    found = [read(path) for path in sorted(folder.glob("*.toml"))]
    return tuple(sorted(found, key=lambda form: (form.code, form.valid_from)))


def forms_of(month: date, forms: Sequence[Form] | None = None) -> list[Form]:
    """Return the forms in force in a month: of each code the latest that had begun."""
    known = every_form() if forms is None else forms
    latest = {form.code: form for form in known if form.valid_from <= month}
    return list(latest.values())
