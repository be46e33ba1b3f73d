"""Until when a serious breach of data must be notified to the authority (D14); pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from app import dates
from app.reference import duty_rule

RULE = "D14"


def breach_due(discovered_at: datetime) -> datetime | None:
    """Return the instant before which the authority must know; None before the first rule."""
    rule = duty_rule(RULE, dates.local(discovered_at).date())
    if rule is None or rule.hours is None:
        return None
    return discovered_at + timedelta(hours=rule.hours)
