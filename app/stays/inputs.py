"""What a check-in is told, as typed values, and the findings about it; pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app import dates
from app.dates import Period


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed at one place of the input; ``blocks`` says whether it must be mended.

    ``values`` fill the words (nights, numbers of rooms, limits) and never hold identity.
    """

    pointer: str
    code: str
    blocks: bool
    values: dict[str, Any] = field(default_factory=dict)


class Findings:
    """Collects what was noticed while reading and checking."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def error(self, pointer: str, code: str, **values: Any) -> None:
        self._found.append(Finding(pointer, code, True, values))

    def warn(self, pointer: str, code: str, **values: Any) -> None:
        self._found.append(Finding(pointer, code, False, values))

    def extend(self, other: Findings) -> None:
        self._found.extend(other)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self._found if finding.blocks]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self._found if not finding.blocks]

    def refuse(self) -> None:
        """Raise :class:`Refused` if anything blocks."""
        if self.errors:
            raise Refused(self)


class Refused(Exception):
    """The input has faults that must be mended first."""

    def __init__(self, findings: Findings) -> None:
        super().__init__("refused")
        self.findings = findings


def refusal(pointer: str, code: str, **values: Any) -> Refused:
    """Return the refusal for one fault."""
    findings = Findings()
    findings.error(pointer, code, **values)
    return Refused(findings)


@dataclass(frozen=True, slots=True)
class GuestInput:
    """One guest; ``persons`` above 1 stands for a group of whom no identity is kept."""

    nationality: str
    full_name: str | None = None
    date_of_birth: date | None = None
    birth_date_precision: str | None = None
    sex: str | None = None
    age_band: str | None = None
    document_type: str | None = None
    document_number: str | None = None
    document_name: str | None = None
    phone: str | None = None
    residence_kind: str | None = None
    residence_country: str | None = None
    residence_unit: str | None = None
    address: str | None = None
    permitted_until: date | None = None
    arrived_at: datetime | None = None
    departed_at: datetime | None = None
    persons: int = 1
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class StayInput:
    """A check-in: ``room`` is a number, ``room_type`` an id or the house's own code."""

    arrived_at: datetime
    departure: date | datetime
    guests: tuple[GuestInput, ...] = ()
    room: str | None = None
    room_type: str | None = None
    source: str = "walk_in"
    reservation: str | None = None
    reason: str = "tourism"
    reason_detail: str | None = None
    note: str | None = None
    filed_elsewhere: bool = False

    @property
    def planned_departure(self) -> datetime:
        """The instant the departure means; a date that is the arrival's own lasts until its end."""
        return departure_after(self.arrived_at, self.departure)

    @property
    def nights(self) -> Period | None:
        return nights_between(self.arrived_at, self.planned_departure)


def departure_after(arrived_at: datetime, departure: date | datetime) -> datetime:
    """Return the instant of a departure: a date is noon, or its end for an arrival after noon."""
    instant = dates.departure_instant(departure)
    if isinstance(departure, datetime) or instant > arrived_at:
        return instant
    if departure == dates.local(arrived_at).date():
        return dates.at(departure, 23, 59).replace(second=59)
    return instant


def nights_between(arrived_at: datetime, departs_at: datetime) -> Period | None:
    """Return the nights from an arrival to a departure, None for a stay of hours."""
    return dates.stay_nights(arrived_at, departs_at)
