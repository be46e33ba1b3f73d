"""Handing everything unsent in through the portal's API, and noting what it says of each.

In three steps, because no transaction may be open while the portal thinks: the audit's writers
would all wait for it. Prepare and commit; send; note and commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.declarations import operations, queries, reconciling
from app.declarations.models import Filing
from app.declarations.portal_client import Portal, PortalAway, Refused
from app.declarations.portal_list import PortalError
from app.declarations.reconciling import Refusals
from app.declarations.records import Record
from app.registry.models import Establishment
from app.web.security import Principal

KINDS = ("domestic", "foreign")


@dataclass(slots=True)
class Batch:
    """One array for one endpoint, and what the portal said of it."""

    kind: str
    filing: Filing
    records: Sequence[Record]
    answer: Literal["taken", "refused", "none"] = "none"
    errors: list[PortalError] = field(default_factory=list)


@dataclass(slots=True)
class HandedIn:
    """What came of it: filings the portal took, refusals, and kinds it did not answer for."""

    taken: list[Filing] = field(default_factory=list)
    refused: list[Refusals] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


def prepare(house: Establishment, *, by: Principal) -> list[Batch]:
    """Make the arrays of domestic and of foreign guests; empty where nobody is unsent."""
    batches = []
    for kind in KINDS:
        try:
            filing = operations.make_file(house, "api_json", by=by, kind=kind).filing
        except operations.NothingToDeclare:
            continue
        ids = [entry.guest_id for entry in filing.entries if entry.guest_id]
        records = {d.guest.id: d.record for d in queries.of_guests(house.id, ids)}
        ordered = [record for guest_id in ids if (record := records.get(guest_id)) is not None]
        batches.append(Batch(kind, filing, ordered))
    return batches


def send(batches: Iterable[Batch], portal: Portal) -> None:
    """Send each array to its endpoint; the answers are kept in the batches."""
    for batch in batches:
        try:
            portal.send(batch.kind, batch.records)
        except Refused as refused:
            batch.answer, batch.errors = "refused", refused.errors
        except PortalAway:
            batch.answer = "none"
        else:
            batch.answer = "taken"


def note(house: Establishment, batches: Iterable[Batch], *, by: Principal) -> HandedIn:
    """Mark what was taken as sent, and store the reasons of what was refused.

    A refused array is not marked: whether the portal keeps the rest of it is not known, so its
    guests stay unsent with the reason, and the portal's list decides.
    """
    done = HandedIn()
    for batch in batches:
        if batch.answer == "taken":
            done.taken.append(operations.mark_filing_sent(batch.filing, by=by))
        elif batch.answer == "refused":
            done.refused.append(reconciling.take_errors(house, batch.filing, batch.errors, by=by))
        else:
            done.unanswered.append(batch.kind)
    return done
