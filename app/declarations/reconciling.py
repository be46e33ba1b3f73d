"""Comparing what was sent with what the portal has: arrived, missing, differing."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from app import dates
from app.audit.operations import record
from app.db import db
from app.declarations import queries
from app.declarations.models import Filing, FilingEntry
from app.declarations.portal_list import PortalError, PortalRow, same_document
from app.declarations.queries import Declaration
from app.identity import normal_document
from app.registry.models import Establishment
from app.stays.models import Guest
from app.text import fold
from app.web.security import Principal

# Codes of the portal's errors that say the record is there already.
THERE_ALREADY = frozenset({"duplicate"})


@dataclass(slots=True)
class Outcome:
    """What a comparison found: guests of this house, and lines of the list that are nobody's."""

    arrived: list[Declaration] = field(default_factory=list)
    missing: list[Declaration] = field(default_factory=list)
    differing: list[tuple[Declaration, list[str]]] = field(default_factory=list)
    unknown_lines: list[int] = field(default_factory=list)
    rows: int = 0


def reconcile(house: Establishment, rows: Sequence[PortalRow], *, by: Principal) -> Outcome:
    """Compare the portal's list with the guests who arrived on the days it covers.

    Found and equal: confirmed. Found with another value: differing, the fields named. Marked as
    sent and not found: missing. A guest whom nobody marked as sent but whom the list holds was
    declared by hand; the time of that is not known, so this moment counts.
    """
    guests = _guests_of(house, rows)
    known, outcome = _Known(guests), Outcome(rows=len(rows))
    seen: set[uuid.UUID] = set()
    for row in rows:
        match = known.match(row)
        if match is None:
            outcome.unknown_lines.append(row.line)
            continue
        if match.guest.id in seen:
            continue
        seen.add(match.guest.id)
        differences = _differences(match, row)
        if differences:
            outcome.differing.append((match, differences))
        else:
            outcome.arrived.append(match)
    outcome.missing = _missing(guests, rows, seen)
    _store(house, outcome, by)
    return outcome


def _guests_of(house: Establishment, rows: Sequence[PortalRow]) -> list[Declaration]:
    """Return the guests who arrived on the days of the list, and a day around them."""
    days = _days(rows)
    found = queries.arrived_between(
        house.id, days[0] - timedelta(days=1), days[1] + timedelta(days=1)
    )
    return [d for d in found if d.record is not None and d.state not in ("cancelled", "elsewhere")]


def _days(rows: Sequence[PortalRow]) -> tuple[date, date]:
    """Return the days of arrival a list covers; without a column for them, the last two."""
    days = [day for row in rows if isinstance(day := row.values.get("arrived_at"), date)]
    today = dates.local(dates.now()).date()
    if not days:
        return today - timedelta(days=1), today
    longest = timedelta(days=62)
    return max(min(days), max(days) - longest), max(days)


class _Known:
    """The guests to compare with, found by their number or by name and birthday."""

    def __init__(self, guests: Iterable[Declaration]) -> None:
        self.by_number: dict[str, list[Declaration]] = defaultdict(list)
        self.by_name: dict[tuple[str, date], list[Declaration]] = defaultdict(list)
        for guest in guests:
            if guest.record is None:
                continue
            self.by_number[_bare(guest.record.document_number)].append(guest)
            if guest.record.born is not None:
                self.by_name[fold(guest.record.full_name), guest.record.born].append(guest)

    def match(self, row: PortalRow) -> Declaration | None:
        """Return the guest with this document, else the one with this name and birthday."""
        found = [g for g in self.by_number[_bare(row.document_number)] if _has_number(g, row)]
        name, born = row.values.get("full_name"), row.values.get("date_of_birth")
        if not found and name and isinstance(born, date):
            found = self.by_name[fold(str(name)), born]
        return min(found, key=lambda guest: _days_apart(guest, row), default=None)


def _bare(number: str) -> str:
    return normal_document(number).lstrip("0")


def _has_number(declaration: Declaration, row: PortalRow) -> bool:
    made = declaration.record
    return made is not None and same_document(made.document_number, row.document_number)


def _days_apart(declaration: Declaration, row: PortalRow) -> int:
    arrived = row.values.get("arrived_at")
    if not isinstance(arrived, date):
        return 0
    return abs((dates.local(declaration.arrived_at).date() - arrived).days)


def _differences(declaration: Declaration, row: PortalRow) -> list[str]:
    """Return the fields in which the portal's row says something else."""
    made = declaration.record
    if made is None:
        return []
    ours: dict[str, object] = {
        "full_name": fold(made.full_name),
        "date_of_birth": made.born,
        "sex": made.sex,
        "nationality": made.nationality,
        "arrived_at": made.arrived_at.date(),
        "departure": made.departs_at.date(),
        "permitted_until": made.permitted_until,
    }
    theirs = dict(row.values)
    if "full_name" in theirs:
        theirs["full_name"] = fold(str(theirs["full_name"]))
    if made.birth_mark == "Y":
        ours.pop("date_of_birth")
    found = [name for name, value in ours.items() if name in theirs and theirs[name] != value]
    if not _has_number(declaration, row):
        found.append("document_number")
    return found


def _missing(
    guests: Iterable[Declaration], rows: Sequence[PortalRow], seen: set[uuid.UUID]
) -> list[Declaration]:
    """Return who was marked as sent, arrived on a day the list covers, and is not in it."""
    first, last = _days(rows)
    return [
        declaration
        for declaration in guests
        if declaration.guest.id not in seen
        and declaration.state in ("sent", "missing", "differing", "corrected")
        and first <= dates.local(declaration.arrived_at).date() <= last
    ]


# --- The portal's error text ---------------------------------------------------------------


@dataclass(slots=True)
class Refusals:
    """What the portal's errors mean: guests by what was said, and places that fit no guest."""

    refused: list[tuple[Declaration, list[PortalError]]] = field(default_factory=list)
    unknown_positions: list[int] = field(default_factory=list)


def take_errors(
    house: Establishment, filing: Filing, errors: Sequence[PortalError], *, by: Principal
) -> Refusals:
    """Note which guests of a file the portal refused, each with the reason.

    A record the portal has already waits for its list; every other one is missing there.
    """
    entries = {entry.position: entry for entry in filing.entries if entry.guest_id}
    said: dict[int, list[PortalError]] = defaultdict(list)
    for error in errors:
        said[error.position].append(error)
    ids = [entry.guest_id for entry in entries.values() if entry.guest_id]
    guests = {d.guest.id: d for d in queries.of_guests(house.id, ids)}
    outcome = Refusals()
    for position, found in sorted(said.items()):
        entry = entries.get(position)
        declaration = guests.get(entry.guest_id) if entry and entry.guest_id else None
        if entry is None or declaration is None:
            outcome.unknown_positions.append(position)
            continue
        outcome.refused.append((declaration, found))
        _refuse(declaration, entry, [error.code for error in found])
    db.session.flush()
    _note(house, by, refused=len(outcome.refused), unknown=len(outcome.unknown_positions))
    return outcome


def _refuse(declaration: Declaration, entry: FilingEntry, codes: list[str]) -> None:
    codes = list(dict.fromkeys(codes))
    entry.differences = ",".join(codes)[:200]
    if THERE_ALREADY.issuperset(codes) or declaration.guest.first_sent_at is None:
        return
    entry.outcome, entry.outcome_at = "missing", dates.now()
    declaration.guest.filing_state = declaration.state = "missing"


# --- Storing -------------------------------------------------------------------------------


def _store(house: Establishment, outcome: Outcome, by: Principal) -> None:
    now = dates.now()
    for declaration in outcome.arrived:
        _mark(declaration, "confirmed", "arrived", [])
    for declaration, differences in outcome.differing:
        _mark(declaration, "differing", "differing", differences)
    for declaration in outcome.missing:
        _mark(declaration, "missing", "missing", [])
    by_hand = [
        declaration.guest.id
        for declaration in (*outcome.arrived, *(d for d, _ in outcome.differing))
        if declaration.guest.first_sent_at is None
    ]
    db.session.flush()
    if by_hand:
        db.session.execute(
            update(Guest)
            .where(Guest.id.in_(by_hand), Guest.first_sent_at.is_(None))
            .values(first_sent_at=now)
            .execution_options(synchronize_session="fetch")
        )
    _note(
        house,
        by,
        rows=outcome.rows,
        arrived=len(outcome.arrived),
        missing=len(outcome.missing),
        differing=len(outcome.differing),
    )


def _mark(declaration: Declaration, state: str, outcome: str, differences: list[str]) -> None:
    declaration.guest.filing_state = declaration.state = state
    entry = declaration.entry
    if entry is None:
        return
    entry.outcome, entry.outcome_at = outcome, dates.now()
    entry.differences = ",".join(differences)[:200] or None
    if state == "confirmed" and declaration.record is not None:
        # What the portal was seen to hold is what later corrections are measured by.
        entry.content_index = declaration.record.content_index(declaration.stay.establishment_id)
        entry.departure = declaration.record.departs_at.date()


def _note(house: Establishment, by: Principal, **counts: Any) -> None:
    record("reconciled", by=by, establishment_id=house.id, **counts)
