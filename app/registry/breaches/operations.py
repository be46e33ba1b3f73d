"""Outages that move a deadline, and breaches of data with the clock of their notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app import dates
from app.audit.operations import record
from app.db import db
from app.registry.breaches.due import breach_due
from app.registry.breaches.models import Breach, Outage
from app.web.security import Principal

SHOWN = 100


class Ended(Exception):
    """The outage has ended, or the breach was notified, already."""


# --- Outages -------------------------------------------------------------------------------


def outages() -> Sequence[Outage]:
    """Return the declared outages, the latest first."""
    return db.session.scalars(
        select(Outage).order_by(Outage.starts_at.desc(), Outage.id.desc()).limit(SHOWN)
    ).all()


def declare_outage(
    *, starts_at: datetime, ends_at: datetime | None, note: str, source: str, by: Principal
) -> Outage:
    """Write down that the register could not be used, and where that is known from."""
    outage = Outage(
        starts_at=starts_at, ends_at=ends_at, note=note, source=source, created_by=by.actor
    )
    db.session.add(outage)
    db.session.flush()
    record(
        "outage_declared",
        by=by,
        subject=f"outage:{outage.id}",
        start=starts_at.isoformat(),
        end=ends_at.isoformat() if ends_at else None,
    )
    return outage


def end_outage(outage: Outage, *, by: Principal) -> None:
    """Note that the register can be used again, now; raises :class:`Ended`."""
    db.session.refresh(outage, with_for_update=True)
    if outage.ends_at is not None:
        raise Ended
    now = dates.now()
    outage.ends_at = max(now, outage.starts_at + timedelta(seconds=1))
    db.session.flush()
    record("outage_ended", by=by, subject=f"outage:{outage.id}", end=now.isoformat())


# --- Breaches ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """A breach, until when the authority must know of it, and how much of that is left."""

    breach: Breach
    due: datetime | None
    now: datetime

    @property
    def state(self) -> str:
        """``notified``, ``notified_late``, ``open`` or ``late``."""
        told = self.breach.notified_at
        late = self.due is not None and (told or self.now) >= self.due
        if told is not None:
            return "notified_late" if late else "notified"
        return "late" if late else "open"

    @property
    def hours_left(self) -> int:
        """Whole hours until the limit, none below zero."""
        if self.due is None:
            return 0
        return max(0, int((self.due - self.now).total_seconds() // 3600))


def clocks() -> list[Clock]:
    """Return the breaches with their clocks: those to be notified first, then the latest."""
    rows = db.session.scalars(
        select(Breach)
        .order_by(Breach.notified_at.is_not(None), Breach.discovered_at.desc(), Breach.id.desc())
        .limit(SHOWN)
    )
    return [clock_of(row) for row in rows]


def clock_of(breach: Breach) -> Clock:
    return Clock(breach, breach_due(breach.discovered_at), dates.now())


def note_breach(*, discovered_at: datetime, description: str, by: Principal) -> Breach:
    """Enter a serious breach: the clock runs from its discovery."""
    breach = Breach(discovered_at=discovered_at, description=description, created_by=by.actor)
    db.session.add(breach)
    db.session.flush()
    record(
        "breach_noted",
        by=by,
        subject=f"breach:{breach.id}",
        discovered_at=discovered_at.isoformat(),
    )
    return breach


def notify(breach: Breach, at: datetime, *, by: Principal) -> None:
    """Note when the authority was told; raises :class:`Ended` where it was already."""
    db.session.refresh(breach, with_for_update=True)
    if breach.notified_at is not None:
        raise Ended
    breach.notified_at = at
    db.session.flush()
    record("breach_notified", by=by, subject=f"breach:{breach.id}", at=at.isoformat())
