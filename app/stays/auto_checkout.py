"""Letting parties leave by themselves, where a house asked for it, and taking that back."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from app import dates
from app.audit.operations import record
from app.dates import ONE_DAY
from app.db import db
from app.registry.models import Establishment
from app.stays import changes
from app.stays.changes import NotInHouse
from app.stays.check_in import Done
from app.stays.inputs import Refused
from app.stays.models import Stay
from app.web.security import Principal

WORKER = Principal(kind="automatic")
STAYS_A_TURN = 50
MOST_HOURS = 72


def set_hours(house: Establishment, hours: int | None, *, by: Principal) -> None:
    """Let parties of the house leave so many hours after their planned departure; None: never."""
    before = house.auto_checkout_hours
    if before == hours:
        return
    house.auto_checkout_hours = hours
    db.session.flush()
    record(
        "auto_checkout_set",
        by=by,
        establishment_id=house.id,
        subject=house.code,
        hours=hours,
        before=before,
    )


def tick() -> bool:
    """Check out what is overdue by the hours its house set, a bounded amount; commits each.

    Returns whether there is more to do.
    """
    found = _overdue()
    db.session.rollback()
    left = 0
    for stay_id in found:
        try:
            left += leave(stay_id) is not None
        except Refused:
            # One that can't leave holds up no other; the desk sees it as overdue.
            db.session.rollback()
        db.session.commit()
    return left == STAYS_A_TURN


def _overdue() -> list[uuid.UUID]:
    return list(
        db.session.scalars(
            select(Stay.id)
            .join(Establishment, Establishment.id == Stay.establishment_id)
            .where(Stay.status == "in_house", *_is_over())
            .order_by(Stay.planned_departure, Stay.id)
            .limit(STAYS_A_TURN)
        )
    )


def _is_over() -> tuple[ColumnElement[bool], ...]:
    grace = func.make_interval(0, 0, 0, 0, Establishment.auto_checkout_hours)
    return (
        Establishment.auto_checkout_hours.is_not(None),
        Stay.planned_departure + grace <= dates.now(),
    )


def leave(stay_id: uuid.UUID) -> Done | None:
    """Note that the party left as planned, unless meanwhile it was extended or has left."""
    # Whoever extends the stay at this moment holds its row: their word counts, so it is left alone.
    stay = db.session.scalar(
        select(Stay).where(Stay.id == stay_id).with_for_update(skip_locked=True)
    )
    if stay is None:
        return None
    db.session.refresh(stay)
    hours = db.session.scalar(
        select(Establishment.auto_checkout_hours).where(Establishment.id == stay.establishment_id)
    )
    if stay.status != "in_house" or hours is None:
        return None
    if stay.planned_departure + timedelta(hours=hours) > dates.now():
        return None
    stay.left_automatically = True
    done = changes.check_out(stay, stay.planned_departure, by_house=False)
    record(
        "stay_left_automatically",
        by=WORKER,
        establishment_id=stay.establishment_id,
        subject=f"stay:{stay.id}",
        source="automatic",
        hours=hours,
    )
    return done


def still_here(stay: Stay, *, by: Principal) -> Done:
    """Take back that the party left by itself: it is here until tomorrow at noon.

    Raises ``RoomTaken`` where its room was given to somebody else meanwhile, and ``NotInHouse``
    for a stay that did not leave by itself.
    """
    stay = changes.locked(stay)
    if stay.status != "departed" or not stay.left_automatically:
        raise NotInHouse
    changes.reopen(stay)
    done = changes.extend(stay, dates.today() + ONE_DAY)
    record(
        "stay_not_left",
        by=by,
        establishment_id=stay.establishment_id,
        subject=f"stay:{stay.id}",
    )
    return done
