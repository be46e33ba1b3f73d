"""What else is wrong with a check-in that its schema refuses: all faults are told at once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from app import dates
from app.stays.checks import read_stay
from app.stays.inputs import Finding
from app.stays.queries import UnitsWhenAsked
from app.stays.words import detail

Path = tuple[str | int, ...]


def with_domain_faults(
    given: Any, error: ValidationError, read: Callable[[Any], dict[str, Any]]
) -> ValidationError:
    """Return the error joined by what the checks find in the rest of the body.

    ``read`` validates what is left without the members the schema refuses.
    """
    refused = [tuple(item["loc"]) for item in error.errors(include_url=False)]
    rest = _without(given, refused)
    try:
        raw = read(rest)
    except ValidationError:
        return error
    _stay, found = read_stay(raw, now=dates.now(), units=UnitsWhenAsked())
    also = [_details(finding) for finding in found.errors if not _is_known(finding, refused)]
    return ValidationError.from_exception_data(error.title, [*_lines(error), *also])


def _without(given: Any, refused: Sequence[Path]) -> Any:
    """Return the body without what stands at the paths; an item of a list keeps its place."""
    rest = copy.deepcopy(given)
    for path in refused:
        inner = rest
        for step in path[:-1]:
            inner = _step(inner, step)
        last = path[-1] if path else None
        if isinstance(inner, dict):
            inner.pop(last, None)
        elif isinstance(inner, list) and isinstance(last, int) and last < len(inner):
            inner[last] = {}
    return rest


def _step(inner: Any, step: str | int) -> Any:
    if isinstance(inner, dict):
        return inner.get(step)
    is_item = isinstance(inner, list) and isinstance(step, int) and step < len(inner)
    return inner[step] if is_item else None


def _path(finding: Finding) -> tuple[str, ...]:
    return tuple(part for part in finding.pointer.split("/") if part)


def _is_known(finding: Finding, refused: Sequence[Path]) -> bool:
    """Whether the finding only says that what was taken out is missing."""
    path = _path(finding)
    return any(path[: len(taken)] == tuple(map(str, taken)) for taken in refused)


def _lines(error: ValidationError) -> list[InitErrorDetails]:
    lines = []
    for item in error.errors(include_url=False):
        line = InitErrorDetails(type=item["type"], loc=tuple(item["loc"]), input=item["input"])
        if "ctx" in item:
            line["ctx"] = item["ctx"]
        lines.append(line)
    return lines


def _details(finding: Finding) -> InitErrorDetails:
    # Braces are placeholders to pydantic; no English words of ours hold any.
    kind = PydanticCustomError(finding.code, detail(finding))
    return InitErrorDetails(type=kind, loc=_path(finding), input=None)
