"""Whether a filing was in time, and how many guests an inspection would find late; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from app.stays.deadlines import is_on_time
from app.stays.filing import AT_ONCE_LATE, AT_ONCE_STILL_FINE, SOON

Colour = Literal["fine", "look", "late"]


def is_at_once(due_at: datetime, arrived_at: datetime) -> bool:
    """Whether the rule says “immediately”: the limit is the arrival itself (D5)."""
    return due_at == arrived_at


def is_late(due_at: datetime, arrived_at: datetime, at: datetime) -> bool:
    """Whether a filing at this instant is late.

    A limit of the clock is passed at the limit itself; “immediately” has no minutes in the law,
    so the house's own hour counts.
    """
    if is_at_once(due_at, arrived_at):
        return at - arrived_at > AT_ONCE_LATE
    return not is_on_time(at, due_at)


def colour(due_at: datetime, arrived_at: datetime, now: datetime) -> Colour:
    """Return how urgent an unsent declaration is."""
    if is_late(due_at, arrived_at, now):
        return "late"
    if is_at_once(due_at, arrived_at):
        return "look" if now - arrived_at > AT_ONCE_STILL_FINE else "fine"
    return "look" if due_at - now <= SOON else "fine"


def breaches(guests: Iterable[tuple[Any, ...]], now: datetime) -> int:
    """Return the number of distinct guests late or missing (D11).

    Each guest is ``(identity index, due, arrival, first sent, state)``; one person in two records
    counts once.
    """
    late = {
        index
        for index, due_at, arrived_at, sent_at, state in guests
        if state == "missing" or is_late(due_at, arrived_at, sent_at or now)
    }
    return len(late)
