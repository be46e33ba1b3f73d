"""What was noticed while reading a cell: an error, a warning, or something that was understood."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "understood"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One notice about one field.

    ``values`` fill the words and never hold identity; ``proposal`` may (a name as it could be
    meant), so it is shown beside the field and stored nowhere in the clear.
    """

    field: str
    code: str
    severity: Severity
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    proposal: str | None = None

    @property
    def blocks(self) -> bool:
        return self.severity == "error"


class Problems:
    """Collects the problems of one row."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def error(self, name: str, code: str, **values: Any) -> None:
        self.found.append(Problem(name, code, "error", values))

    def warn(self, name: str, code: str, proposal: str | None = None, **values: Any) -> None:
        self.found.append(Problem(name, code, "warning", values, proposal))

    def understood(self, name: str, code: str, proposal: str | None = None, **values: Any) -> None:
        self.found.append(Problem(name, code, "understood", values, proposal))
