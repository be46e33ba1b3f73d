"""Reading stays: one stay and its rooms, the lists of a house, the tonight page."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app.availability.models import TakenNight
from app.dates import Period
from app.db import db
from app.registry.models import Room
from app.stays.models import Stay


def rooms_by_night(stay: Stay) -> dict[date, Room | None]:
    """Return the stay's room on each of its nights, None where it has none."""
    if stay.is_same_day:
        return {}
    rows = db.session.execute(
        select(TakenNight.night, Room)
        .join(Room, Room.id == TakenNight.room_id)
        .where(TakenNight.stay_id == stay.id)
    )
    taken = {row.night: row.Room for row in rows}
    return {night: taken.get(night) for night in Period(stay.first_night, stay.last_night_end)}
