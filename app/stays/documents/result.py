"""What reading an identity document gives: the fields of a guest, faults by name, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.stays.inputs import Findings


@dataclass(slots=True)
class Parsed:
    """A document that was read. ``errors`` name the fields whose check digit or form fails.

    The pointers of ``found`` lead into ``fields``, which is why they begin with that word.
    """

    kind: str
    fields: dict[str, Any]
    errors: list[str] = field(default_factory=list)
    found: Findings = field(default_factory=Findings)

    @property
    def is_valid(self) -> bool:
        return not self.errors

    def error(self, name: str) -> None:
        if name not in self.errors:
            self.errors.append(name)

    def warn(self, name: str, code: str) -> None:
        self.found.warn(f"/fields/{name}", code)


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
