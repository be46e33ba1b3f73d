"""Changing a stay that is going on: extending, moving, leaving, correcting a mistake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select, update

from app import dates
from app.audit.operations import record
from app.availability.models import Reservation, TakenNight
from app.availability.reservations import give_back_reservation
from app.availability.taking import RoomTaken, acted, nights_changed, release, take
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Room, RoomType
from app.registry.versions import mark_changed
from app.stays import allotting
from app.stays.check_in import Done, warn_about_rooms
from app.stays.checks import CLOCK_SLACK, warn_if_long
from app.stays.inputs import Findings, departure_after, refusal
from app.stays.models import Guest, Stay
from app.stays.queries import rooms_by_night
from app.stays.settling import (
    close_overdue,
    one_by_the_hour,
    refuse_room_in_use,
    take_as_planned,
    use_by_the_hour,
)
from app.web.security import Principal


class NotInHouse(Exception):
    """The stay has ended or was cancelled, so it can't be changed that way."""


def locked(stay: Stay) -> Stay:
    """Lock the stay's row and read it anew: what the session held may be old."""
    statement = select(Stay).where(Stay.id == stay.id)
    return db.session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).one()


def _open(stay: Stay) -> Stay:
    stay = locked(stay)
    if stay.status != "in_house":
        raise NotInHouse
    return stay


def _done(
    stay: Stay,
    changed: Iterable[date],
    found: Findings,
    *,
    types: Iterable[int] = (),
    by_house: bool = True,
) -> Done:
    """Finish a change: its version, the house's document, the facts of the nights it moved.

    What the house did not do itself renews the age of nothing and reports no day.
    """
    stay.record_version += 1
    db.session.flush()
    nights = rooms_by_night(stay)
    if stay.status == "in_house":
        warn_about_rooms(found, nights, stay)
    if by_house:
        acted(stay.establishment_id, {stay.room_type_id, *types}, changed)
    else:
        mark_changed(stay.establishment_id)
        nights_changed(stay.establishment_id, changed)
    return Done(stay, nights, found.warnings)


# --- When it ends --------------------------------------------------------------------------


def extend(stay: Stay, departure: date | datetime) -> Done:
    """Change when the party plans to leave, to later or earlier.

    Raises ``RoomTaken`` with the nights on which its room is taken, and :class:`NotInHouse`.
    """
    stay = _open(stay)
    departs_at = departure_after(stay.arrived_at, departure)
    if departs_at <= stay.arrived_at:
        raise refusal("/planned_departure", "order")
    before, was_same_day = stay.fact_nights, stay.is_same_day
    end = max(dates.local(departs_at).date(), stay.first_night)
    _set_end(stay, departs_at, end)
    found = Findings()
    warn_if_long(stay.arrived_at, departs_at, found)
    return _done(stay, _moved(stay, before, was_same_day), found)


def _moved(stay: Stay, before: set[date], was_same_day: bool) -> set[date]:
    """Return the nights whose facts a new end changes: those that came or went.

    The first, too, where hours became nights or back; all, where a guest has times of their own,
    which the end may have cut off.
    """
    if any(guest.arrived_at or guest.departed_at for guest in stay.guests):
        return before | stay.fact_nights
    moved = before ^ stay.fact_nights
    return moved if moved and was_same_day == stay.is_same_day else moved | {stay.first_night}


def _set_end(stay: Stay, departs_at: datetime, end: date) -> None:
    room, was_until = current_room(stay), stay.planned_departure
    same_day_before, old_end = stay.is_same_day, stay.last_night_end
    if room is not None:
        allotting.lock([room.id])
    stay.planned_departure = departs_at
    if end < old_end:
        release(stay.id, since=end)
    if end == stay.first_night and room is not None:
        _stay_by_the_hour(stay, room, since=was_until if same_day_before else stay.arrived_at)
        return
    stay.last_night_end = end
    if end > old_end and room is not None:
        refuse_room_in_use(stay, room)
        take(room, Period(old_end, end), stay_id=stay.id)


def _stay_by_the_hour(stay: Stay, room: Room, *, since: datetime) -> None:
    """Keep the locked room by the hour until the new departure, unless somebody has it by then."""
    if stay.planned_departure > since and allotting.in_use(
        [room.id], since, stay.planned_departure, but=stay.id
    ):
        raise RoomTaken([stay.first_night])
    close_overdue(room, stay.arrived_at)
    with one_by_the_hour(stay):
        stay.last_night_end = stay.first_night
        stay.room_id = room.id


def reopen(stay: Stay) -> None:
    """Let a stay that has ended go on; raises ``RoomTaken`` where an hourly room is in use."""
    with one_by_the_hour(stay):
        stay.status, stay.departed_at, stay.left_automatically = "in_house", None, False


def current_room(stay: Stay) -> Room | None:
    """Return the room of the last night the party has one on, or the one it uses by the hour."""
    if stay.is_same_day:
        return db.session.get(Room, stay.room_id) if stay.room_id else None
    nights = [room for room in rooms_by_night(stay).values() if room]
    return nights[-1] if nights else None


def still_here(stay: Stay) -> Done:
    """Answer "still here" for an overdue stay: it leaves tomorrow at noon."""
    return extend(stay, dates.today() + ONE_DAY)


def check_out(stay: Stay, at: datetime | None = None, *, by_house: bool = True) -> Done:
    """Note that the party has left; leaving early frees the nights from that date.

    One that left later than planned was there, so the nights between are taken where the room was
    free; where it was given to somebody else they stay without a room. ``by_house`` is False where
    nobody of the house said so.
    """
    stay = _open(stay)
    now = dates.now()
    at = at or _leaves_by_default(stay, now)
    if at < stay.arrived_at:
        raise refusal("/departed_at", "order")
    if at > now + CLOCK_SLACK:
        raise refusal("/departed_at", "in_future")
    before, was_same_day = stay.fact_nights, stay.is_same_day
    own_times = any(guest.arrived_at or guest.departed_at for guest in stay.guests)
    end = max(dates.local(at).date(), stay.first_night)
    if end < stay.last_night_end:
        release(stay.id, since=end)
    elif end > stay.last_night_end:
        _take_what_is_free(stay, Period(stay.last_night_end, end))
    stay.last_night_end = end
    stay.departed_at = at
    stay.status = "departed"
    for guest in stay.guests:
        if guest.departed_at and guest.departed_at > at:
            guest.departed_at = None
    changed = before | stay.fact_nights if own_times else _moved(stay, before, was_same_day)
    return _done(stay, changed | {stay.first_night}, Findings(), by_house=by_house)


def _leaves_by_default(stay: Stay, now: datetime) -> datetime:
    """Return now, but for a party that should have left on an earlier date its plan."""
    if dates.local(stay.planned_departure).date() < dates.local(now).date():
        return stay.planned_departure
    return max(now, stay.arrived_at)


def _take_what_is_free(stay: Stay, nights: Period) -> None:
    room = current_room(stay)
    if room is None:
        return
    allotting.lock([room.id])
    try:
        take(room, nights, stay_id=stay.id)
    except RoomTaken as taken:
        left = [night for night in nights if night not in taken.nights]
        take(room, left, stay_id=stay.id)


def gone_as_planned(stay: Stay) -> Done:
    """Answer "gone" for an overdue stay: it left when it had planned to."""
    return check_out(stay, stay.planned_departure)


# --- Where it is ---------------------------------------------------------------------------


def move(
    stay: Stay,
    *,
    room: Room | None = None,
    room_type: RoomType | None = None,
    since: date | None = None,
) -> Done:
    """Move the party to another room from tonight, or from a later night of its stay.

    With a type alone a free room is chosen, several in turn if need be. Raises ``RoomTaken`` with
    the nights on which there is none, and :class:`NotInHouse`. What it used up at check-in (a
    withheld room) stays used up.
    """
    stay = _open(stay)
    old_type = stay.room_type_id
    if stay.is_same_day:
        _move_by_the_hour(stay, room, room_type)
        return _done(stay, {stay.first_night}, Findings(), types={old_type})
    first = max(since or dates.today(), stay.first_night)
    if first >= stay.last_night_end:
        raise refusal("/from", "out_of_range", latest=stay.last_night_end - ONE_DAY)
    nights = Period(first, stay.last_night_end)
    plan: dict[date, Room | None]
    if room is not None:
        plan = dict.fromkeys(nights, room)
    else:
        plan = _plan_for_type(stay, room_type, nights)
    _retake(stay, plan, nights)
    target = plan[first]
    if target is not None and first <= max(dates.today(), stay.first_night):
        stay.room_id = target.id
    if target is not None:
        stay.room_type_id = allotting.type_of(target, first) or stay.room_type_id
    return _done(stay, nights, Findings(), types={old_type})


def _plan_for_type(
    stay: Stay, room_type: RoomType | None, nights: Period
) -> dict[date, Room | None]:
    if room_type is None:
        raise refusal("/room", "required")
    plan = allotting.allot(room_type.id, nights, max(dates.now(), stay.arrived_at))
    missing = [night for night, planned in plan.items() if planned is None]
    if missing:
        raise RoomTaken(missing)
    return plan


def _retake(stay: Stay, plan: dict[date, Room | None], nights: Period) -> None:
    """Give the nights up and take them in the new rooms, all or none."""
    used_up = db.session.execute(
        select(TakenNight.withheld_from_id, TakenNight.night).where(
            TakenNight.stay_id == stay.id,
            TakenNight.night >= nights.start,
            TakenNight.withheld_from_id.is_not(None),
        )
    ).all()
    with db.session.begin_nested():
        release(stay.id, since=nights.start)
        take_as_planned(stay, plan)
        for room_type_id, night in used_up:
            db.session.execute(
                update(TakenNight)
                .where(TakenNight.stay_id == stay.id, TakenNight.night == night)
                .values(withheld_from_id=room_type_id)
                .execution_options(synchronize_session=False)
            )


def _move_by_the_hour(stay: Stay, room: Room | None, room_type: RoomType | None) -> None:
    if room is None and room_type is not None:
        rooms = allotting.rooms_of_type(room_type.id, stay.first_night)
        ids = [candidate.id for candidate in rooms]
        used = allotting.in_use(ids, stay.arrived_at, stay.planned_departure)
        room = next((candidate for candidate in rooms if candidate.id not in used), None)
        if room is None:
            raise RoomTaken([stay.first_night])
    if room is None:
        raise refusal("/room", "required")
    allotting.lock([room.id])
    use_by_the_hour(stay, room)
    stay.room_type_id = allotting.type_of(room, stay.first_night) or stay.room_type_id


# --- Guests of their own -------------------------------------------------------------------


def leave_early(stay: Stay, guest: Guest, at: datetime | None = None) -> Done:
    """Note that one guest has left while the others stay."""
    stay = _open(stay)
    now = dates.now()
    at = at or now
    if at < (guest.arrived_at or stay.arrived_at):
        raise refusal("/departed_at", "order")
    if at > now + CLOCK_SLACK:
        raise refusal("/departed_at", "in_future")
    guest.departed_at = at
    return _done(stay, stay.fact_nights, Findings())


# --- A mistake -----------------------------------------------------------------------------


def cancel(stay: Stay, *, reason: str | None, by: Principal) -> Done:
    """Take a check-in back that was a mistake: its nights, its reservation, its withheld rooms.

    A stay that has ended may still turn out to be one; nights it left early are free already.
    """
    stay = locked(stay)
    if stay.status == "cancelled" or stay.origin != "live":
        raise NotInHouse
    changed = stay.fact_nights
    release(stay.id, give_back=True)
    types = set()
    if stay.reservation_id is not None:
        reservation = db.session.get_one(Reservation, stay.reservation_id)
        give_back_reservation(reservation)
        types = {reservation.room_type_id}
    stay.status = "cancelled"
    stay.cancel_reason = reason
    done = _done(stay, changed, Findings(), types=types)
    record(
        "stay_cancelled",
        by=by,
        establishment_id=stay.establishment_id,
        subject=f"stay:{stay.id}",
    )
    return done
