"""Whom the house still has to declare to the police, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, func, select

from app import dates
from app.dates import ONE_DAY
from app.db import db
from app.stays.countries import VIETNAM
from app.stays.models import Guest, Stay

SOON = timedelta(hours=2)
# A foreigner is to be declared at once; no minutes are named, these are the house's own.
AT_ONCE_STILL_FINE = timedelta(minutes=15)
AT_ONCE_LATE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Owed:
    """Guests with one limit: how many, until when, and how long that is from now."""

    guests: int
    due_at: datetime
    now: datetime

    @property
    def left(self) -> str:
        """How long is left, in the reader's words: hours above two, else minutes."""
        minutes = int((self.due_at - self.now).total_seconds() // 60)
        if minutes >= 120:
            return ngettext("%(num)s giờ", "%(num)s giờ", minutes // 60)
        return ngettext("%(num)s phút", "%(num)s phút", minutes)


@dataclass(frozen=True, slots=True)
class Clock:
    """What the tonight page says about declarations that are still owed.

    ``at_once`` are foreign guests, due since they arrived; ``next`` the guests with the nearest
    limit; ``late`` those whose limit has passed; ``lost`` those whom the portal takes no more.
    """

    at_once: Owed | None = None
    next: Owed | None = None
    late: Owed | None = None
    lost: int = 0

    @property
    def at_once_kind(self) -> str | None:
        """How urgent the first foreign guest is, who is due since the arrival."""
        if self.at_once is None:
            return None
        waited = self.at_once.now - self.at_once.due_at
        if waited > AT_ONCE_LATE:
            return "late"
        return "look" if waited > AT_ONCE_STILL_FINE else "fine"

    @property
    def kind(self) -> str:
        """How urgent it is: fine, look or late."""
        if self.late or self.at_once_kind == "late":
            return "late"
        soon = self.next and self.next.due_at - self.next.now <= SOON
        return "look" if soon or self.at_once_kind == "look" else "fine"


def clock(establishment_id: int) -> Clock:
    """Return what the house owes now."""
    now = dates.now()
    since = portal_takes_since(now)
    arrived = func.coalesce(Guest.arrived_at, Stay.arrived_at)
    foreign = Guest.nationality != VIETNAM
    rows = db.session.execute(
        _owed(establishment_id)
        .where(arrived >= since)
        .with_only_columns(
            Guest.due_at, foreign.label("foreign"), func.sum(Guest.persons).label("n")
        )
        .group_by(Guest.due_at, foreign)
        .order_by(Guest.due_at)
    ).all()
    at_once = [row for row in rows if row.foreign]
    domestic = [row for row in rows if not row.foreign]
    ahead = [row for row in domestic if row.due_at > now]
    return Clock(
        at_once=_sum(at_once, now),
        next=_sum([row for row in ahead if row.due_at == ahead[0].due_at], now),
        late=_sum([row for row in domestic if row.due_at <= now], now),
        lost=db.session.scalar(
            _owed(establishment_id)
            .where(arrived < since, arrived >= since - 7 * ONE_DAY)
            .with_only_columns(func.coalesce(func.sum(Guest.persons), 0))
        )
        or 0,
    )


def portal_takes_since(now: datetime) -> datetime:
    """Return the first arrival the portal still takes: the portal knows today and yesterday."""
    yesterday = dates.local(now).date() - ONE_DAY
    return dates.at(yesterday, 0)


def _sum(rows: list[Any], now: datetime) -> Owed | None:
    if not rows:
        return None
    return Owed(sum(row.n for row in rows), rows[0].due_at, now)


def _owed(establishment_id: int) -> Select[Any]:
    return (
        select(Guest)
        .join(Stay, Stay.id == Guest.stay_id)
        .where(Stay.establishment_id == establishment_id, *_is_owed())
    )


def _is_owed() -> tuple[ColumnElement[bool], ...]:
    return (
        Stay.status != "cancelled",
        Guest.due_at.is_not(None),
        Guest.first_sent_at.is_(None),
        Guest.identity_erased_at.is_(None),
    )
