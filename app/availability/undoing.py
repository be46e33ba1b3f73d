"""What the calendar needs to take a change back: the nights as they were, in a signed text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.availability.operations import SaidNight
from app.registry.models import Establishment

VALID_SECONDS = 3_600
# An address has to hold it; a change of more nights than fit offers no way back.
LONGEST = 1_800


def undo_token(house: Establishment, rows: Sequence[SaidNight]) -> str | None:
    """Return the nights as a text for the next page's address; None where it would be too long."""
    content = [[row.room_type_id, row.night.toordinal(), *row[2:]] for row in rows]
    text = _serializer(house).dumps(content)
    return text if len(text) <= LONGEST else None


def read_undo(house: Establishment, token: str) -> list[SaidNight] | None:
    """Return the nights in a text that was made for this house within the last hour."""
    try:
        content = _serializer(house).loads(token, max_age=VALID_SECONDS)
    except BadData:
        return None
    return [SaidNight(row[0], date.fromordinal(row[1]), *row[2:]) for row in content]


def _serializer(house: Establishment) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"undo-nights:{house.id}")
