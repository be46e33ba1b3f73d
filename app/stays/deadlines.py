"""When a guest must be declared to the police: dated rules applied to an arrival; pure.

The rules are rows of ``seeds/reference/filing_rules.csv``, each with its source, so that a change
of the law is a change of data.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from app import dates
from app.config import folder

Kind = Literal["domestic", "foreign"]
Channel = Literal["electronic", "paper"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: whom it binds, when the arrival falls under it, and what follows.

    ``hours`` counts from the arrival; else the limit is ``at`` o'clock, ``days`` days later.
    ``target`` is an hour shown as the aim where the law can be read more strictly.
    """

    code: str
    guest: str
    channel: str
    remote: str
    arrives_from: time
    arrives_before: time | None
    hours: int | None
    days: int
    at: time | None
    target: time | None
    valid_from: date
    valid_to: date | None
    source: str
    source_vi: str

    def covers(self, moment: datetime, guest: Kind, channel: Channel, remote: bool) -> bool:
        """Whether the rule binds a guest who arrives at this local moment."""
        return (
            self.guest == guest
            and self.channel in ("any", channel)
            and self.remote in ("any", "yes" if remote else "no")
            and self.valid_from <= moment.date()
            and (self.valid_to is None or moment.date() < self.valid_to)
            and self.arrives_from <= moment.time()
            and (self.arrives_before is None or moment.time() < self.arrives_before)
        )


@dataclass(frozen=True, slots=True)
class Due:
    """Until when (``limit``, excluded) and by when it should be done (``target``), and why."""

    limit: datetime
    target: datetime
    rule: Rule


def due(
    arrived_at: datetime, kind: Kind, *, channel: Channel = "electronic", remote: bool = False
) -> Due:
    """Return the due instant of a guest who arrived then."""
    moment = dates.local(arrived_at)
    rule = next((r for r in rules() if r.covers(moment, kind, channel, remote)), None)
    if rule is None:
        raise LookupError(f"no filing rule covers a {kind} arrival on {moment.date()}")
    if rule.hours is not None or rule.at is None:
        limit = arrived_at + timedelta(hours=rule.hours or 0)
        return Due(limit, limit, rule)
    day = moment.date() + timedelta(days=rule.days)
    limit = dates.at(day, rule.at.hour, rule.at.minute)
    target = dates.at(day, rule.target.hour, rule.target.minute) if rule.target else limit
    return Due(limit, target, rule)


def due_at(arrived_at: datetime, *, foreign: bool) -> datetime | None:
    """Return the limit, or None for an arrival before the first rule."""
    try:
        return due(arrived_at, "foreign" if foreign else "domestic").limit
    except LookupError:
        return None


def is_on_time(filed_at: datetime, limit: datetime) -> bool:
    """Whether a filing counts as on time: it must come before the limit, not at it."""
    return filed_at < limit


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return all rules in the order of the file."""
    path = folder("seeds") / "reference" / "filing_rules.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_rule(row) for row in csv.DictReader(file))


def _rule(row: dict[str, str]) -> Rule:
    return Rule(
        code=row["rule"],
        guest=row["guest"],
        channel=row["channel"],
        remote=row["remote"],
        arrives_from=time.fromisoformat(row["arrives_from"]),
        arrives_before=_time(row["arrives_before"]),
        hours=int(row["hours"]) if row["hours"] else None,
        days=int(row["days"] or 0),
        at=_time(row["time"]),
        target=_time(row["target_time"]),
        valid_from=dates.parse_date(row["valid_from"]),
        valid_to=dates.parse_date(row["valid_to"]) if row["valid_to"] else None,
        source=row["source"],
        source_vi=row.get("source_vi") or row["source"],
    )


def _time(text: str) -> time | None:
    """An hour of the day; 24:00 is the day's end, so no bound at all."""
    return None if text in ("", "24:00") else time.fromisoformat(text)
