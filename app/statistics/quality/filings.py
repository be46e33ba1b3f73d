"""How a house filed its guests with the police: for the house alone, never for an official."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from app import dates
from app.dates import Period
from app.db import db
from app.stays.filing import AT_ONCE_LATE
from app.stays.models import Guest, Stay


@dataclass(frozen=True, slots=True)
class Filings:
    """Guests whose stay began in the period: to be filed, filed in time, late, and overdue."""

    due: int = 0
    on_time: int = 0
    late: int = 0
    overdue: int = 0

    @property
    def waiting(self) -> int:
        """Not sent yet, and still in time."""
        return self.due - self.on_time - self.late - self.overdue


def filings_of(house_id: int, period: Period) -> Filings:
    """Count the guests a house owes the police by when they were first sent.

    Where the limit is the arrival itself (at once), the house's own hour counts.
    """
    arrived = func.coalesce(Guest.arrived_at, Stay.arrived_at)
    at = func.coalesce(Guest.first_sent_at, dates.now())
    is_late = or_(
        and_(Guest.due_at == arrived, at - arrived > AT_ONCE_LATE),
        and_(Guest.due_at != arrived, at >= Guest.due_at),
    )
    sent = Guest.first_sent_at.is_not(None)
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(sent, ~is_late),
            func.count().filter(sent, is_late),
            func.count().filter(~sent, is_late),
        )
        .select_from(Guest)
        .join(Stay, Stay.id == Guest.stay_id)
        .where(
            Stay.establishment_id == house_id,
            Stay.origin == "live",
            Stay.status != "cancelled",
            Stay.filed_elsewhere.is_(False),
            Guest.due_at.is_not(None),
            Stay.first_night >= period.start,
            Stay.first_night < period.end,
        )
    ).one()
    return Filings(*row)
