"""The daily close of a house: what its days are, and closing one.

A day is closed by a row of its own (``DayClose``), or by itself where something was recorded: a
stay of that night, an act of the house on that day, a closure of that night in the register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, or_, select

from app import dates
from app.audit.operations import record
from app.availability.models import ReportedDay, TakenNight
from app.availability.taking import nights_changed
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.breaches.models import Outage
from app.registry.models import Closure, Establishment, RoomAssignment
from app.stays.day_close.due import Span, day_close_due
from app.stays.day_close.models import DayClose
from app.stays.models import Stay
from app.web.security import Principal

State = Literal["closed", "activity", "shut", "due", "missed"]

# A day further back is history: nobody is asked for it, and nothing of it is corrected here.
DAYS_BACK = 366
DAYS_SHOWN = 31
# Outages that are looked at; there are a few a year.
MOST_OUTAGES = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What a house says of a day: rooms sold and out of order, shut, or nobody there."""

    rooms_sold: int
    rooms_out_of_order: int
    closed: bool = False
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the register knows of a night: rooms there are, sold by stays, out of order."""

    rooms: int
    rooms_sold: int
    rooms_out_of_order: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a house: what it is in one word, its row if there is one, its limit."""

    day: date
    state: State
    close: DayClose | None
    due: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether it was closed by hand after its limit."""
        return self.close is not None and self.due is not None and self.close.first_at >= self.due


@dataclass(frozen=True, slots=True)
class Fault:
    """What can't be as it was said: the field, a code, and the number that bounds it."""

    field: str
    code: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What was said of a day and what the register knows of it."""

    field: str
    said: int
    known: int


# --- Reading -------------------------------------------------------------------------------


def outages(since: date) -> list[Span]:
    """Return the declared outages that ended after the day began, or last."""
    statement = (
        select(Outage.starts_at, Outage.ends_at)
        .where(or_(Outage.ends_at.is_(None), Outage.ends_at > dates.at(since, 0)))
        .order_by(Outage.starts_at)
        .limit(MOST_OUTAGES)
    )
    return [Span(row.starts_at, row.ends_at) for row in db.session.execute(statement)]


def known_of(house_id: int, day: date) -> Known:
    """Return what the stays and the calendar say of the night, as the statistics count it."""
    rooms = db.session.scalar(
        select(func.count())
        .select_from(RoomAssignment)
        .where(RoomAssignment.establishment_id == house_id, RoomAssignment.valid.contains(day))
    )
    taken = {
        row.reason: row.number
        for row in db.session.execute(
            select(TakenNight.reason, func.count().label("number"))
            .where(TakenNight.establishment_id == house_id, TakenNight.night == day)
            .group_by(TakenNight.reason)
        )
    }
    history = db.session.scalar(
        select(func.count())
        .select_from(Stay)
        .where(
            Stay.establishment_id == house_id,
            Stay.origin == "history",
            Stay.status != "cancelled",
            Stay.first_night <= day,
            Stay.last_night_end > day,
        )
    )
    return Known(rooms or 0, taken.get("stay", 0) + (history or 0), taken.get("out_of_order", 0))


def days_of(house: Establishment, period: Period) -> list[Day]:
    """Return the days of the period up to today, the latest first."""
    first, last = period.start, min(period.end - ONE_DAY, dates.today())
    if first > last:
        return []
    closes = {
        row.day: row
        for row in db.session.scalars(
            select(DayClose).where(
                DayClose.establishment_id == house.id, DayClose.day.between(first, last)
            )
        )
    }
    active = _active_days(house.id, first, last)
    shut = _shut(house.id)
    down = outages(first)
    now = dates.now()
    found = []
    for day in Period(first, last + ONE_DAY):
        due = day_close_due(day, down)
        is_shut = any(period.start <= day < period.end for period in shut)
        state = _state(day in active, is_shut, closes.get(day), due, now)
        found.append(Day(day, state, closes.get(day), due))
    return found[::-1]


def _state(
    active: bool, shut: bool, close: DayClose | None, due: datetime | None, now: datetime
) -> State:
    if close is not None:
        return "closed"
    if active:
        return "activity"
    if shut:
        return "shut"
    return "due" if due is None or now < due else "missed"


def _active_days(house_id: int, first: date, last: date) -> set[date]:
    """Return the days on which the house did something or had a stay."""
    active = set(
        db.session.scalars(
            select(ReportedDay.day).where(
                ReportedDay.establishment_id == house_id, ReportedDay.day.between(first, last)
            )
        )
    )
    spans = db.session.execute(
        select(Stay.first_night, Stay.last_night_end).where(
            Stay.establishment_id == house_id,
            Stay.status != "cancelled",
            Stay.first_night <= last,
            Stay.last_night_end >= first,
        )
    )
    for start, end in spans:
        day = max(start, first)
        while day <= last and (day < end or day == start):
            active.add(day)
            day += ONE_DAY
    return active


def _shut(house_id: int) -> list[Period]:
    closures = db.session.scalars(select(Closure.valid).where(Closure.establishment_id == house_id))
    return [
        Period(valid.lower or date.min, valid.upper or date.max)
        for valid in closures
        if not valid.isempty
    ]


def day_of(house: Establishment, day: date) -> Day:
    """Return one day of the house, which is not ahead."""
    [found] = days_of(house, Period.of(day, 1))
    return found


def begins(house: Establishment) -> date:
    """Return the first day the house owes: that of its entry, or of its first act before it."""
    entered = dates.hotel_day(house.created_at)
    acted = db.session.scalar(
        select(func.min(ReportedDay.day)).where(ReportedDay.establishment_id == house.id)
    )
    return min(entered, acted) if acted else entered


def recent_days(house: Establishment) -> list[Day]:
    """Return the latest days the house owes, today first."""
    today = dates.today()
    first = max(begins(house), today - (DAYS_SHOWN - 1) * ONE_DAY)
    return days_of(house, Period(min(first, today), today + ONE_DAY))


def missed_days(house: Establishment) -> list[date]:
    """Return the days of the last weeks the house has not reported, the latest first."""
    if house.status == "rejected":
        return []
    return [each.day for each in recent_days(house) if each.state == "missed"]


# --- Judging what was said -----------------------------------------------------------------


def faults_of(said: Said, known: Known) -> list[Fault]:
    """Return what can't be: more rooms than there are, rooms sold on a day that had none."""
    faults = []
    if said.rooms_sold < 0 or said.rooms_sold > known.rooms:
        faults.append(Fault("rooms_sold", "not_possible", known.rooms))
    left = known.rooms - min(max(said.rooms_sold, 0), known.rooms)
    if said.rooms_out_of_order < 0 or said.rooms_out_of_order > left:
        faults.append(Fault("rooms_out_of_order", "not_possible", left))
    if said.closed and said.zero:
        faults.append(Fault("zero", "contradicts"))
    if (said.closed or said.zero) and said.rooms_sold > 0:
        faults.append(Fault("rooms_sold", "contradicts"))
    return faults


def day_fault(day: date) -> str | None:
    """Return why the day can't be closed: it lies ahead, or too far behind."""
    today = dates.today()
    if day > today:
        return "in_future"
    return "out_of_range" if day < today - DAYS_BACK * ONE_DAY else None


def differences(said: Said, known: Known) -> list[Difference]:
    """Return where what was said is not what the stays and the calendar say."""
    pairs = (
        Difference("rooms_sold", said.rooms_sold, known.rooms_sold),
        Difference("rooms_out_of_order", said.rooms_out_of_order, known.rooms_out_of_order),
    )
    return [pair for pair in pairs if pair.said != pair.known]


# --- Closing -------------------------------------------------------------------------------


def close_day(
    house: Establishment, day: date, said: Said, *, source: Literal["button", "api"], by: Principal
) -> DayClose:
    """Write down what the house says of the day; said again, it replaces what was said.

    What was said before stays in the audit, and the first time counts for being on time.
    """
    # Of two at once the second sees what the first wrote; the house comes before its nights.
    db.session.execute(
        select(Establishment.id).where(Establishment.id == house.id).with_for_update(key_share=True)
    )
    now = dates.now()
    close = db.session.get(DayClose, (house.id, day), populate_existing=True)
    before = None
    if close is None:
        close = DayClose(establishment_id=house.id, day=day, first_at=now)
        db.session.add(close)
    else:
        before = _as_said(close)
    zero = said.zero or (said.rooms_sold == 0 and not said.closed)
    close.rooms_sold, close.rooms_out_of_order = said.rooms_sold, said.rooms_out_of_order
    close.closed, close.zero = said.closed, zero
    if before == _as_said(close):
        return close
    close.source, close.by, close.at = source, by.actor, now
    db.session.flush()
    nights_changed(house.id, [day])
    record(
        "day_closed" if before is None else "day_closed_again",
        by=by,
        establishment_id=house.id,
        subject=f"day:{day}",
        source=source,
        said=_as_said(close),
        before=before,
    )
    return close


def _as_said(close: DayClose) -> dict[str, int | bool]:
    return {
        "rooms_sold": close.rooms_sold,
        "rooms_out_of_order": close.rooms_out_of_order,
        "closed": close.closed,
        "zero": close.zero,
    }
