"""The monthly return: what a form says of a month, by when it is due, and what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Closure
from app.statistics.queries import FINAL_ON_DAY, Figures, Filters, first_fact_night, occupancy
from app.statistics.returns.due import return_due
from app.statistics.returns.forms import INPUT, Form
from app.statistics.returns.models import SentReturn

MONTHS_LISTED = 13
# Beyond this a change from last year says more about an empty month than about the next one.
LARGEST_CHANGE = 3.0

State = Literal["running", "due", "overdue", "sent"]
Typed = Mapping[tuple[str, str], int | None]


@dataclass(frozen=True)
class Return:
    """A month's figures for the columns of a form; ``why_zero`` where it is a zero return."""

    month: Period
    figures: Mapping[str, Figures]
    why_zero: Literal["closed", "no_guests"] | None
    status: str

    def value(self, column: str, name: str, typed: Typed) -> int | None:
        """Return an indicator, or what was typed for a column."""
        if name.startswith(INPUT):
            return typed.get((name.removeprefix(INPUT), column))
        value: int = getattr(self.figures[column], name)
        return value


def return_of(month: Period, filters: Filters) -> Return:
    """Return the month's figures of a house, or of all houses a filter lets through."""
    year_before = dates.same_day_last_year(month.start)
    start = min(date(month.start.year, 1, 1), year_before)
    rows = {
        row.key: row
        for row in occupancy(Period(start, month.end), by="month", filters=filters).rows
    }
    actual = rows.get(_key(month.start), Figures())
    cumulative = _added_up(row for key, row in rows.items() if key >= f"{month.start.year}-01")
    # A month that the register saw only the end of is no measure of a whole one.
    first = first_fact_night() or month.end
    whole = {key: row for key, row in rows.items() if key > _key(first - ONE_DAY)}
    following = whole.get(_key(dates.next_month(year_before)))
    estimate = estimated(actual, whole.get(_key(year_before)), following)
    return Return(
        month=month,
        figures={"actual": actual, "estimate": estimate, "cumulative": cumulative},
        why_zero=_why_zero(month, actual, filters.house_id),
        status=actual.status,
    )


def _key(month: date) -> str:
    return f"{month:%Y-%m}"


COUNTS = (
    "guest_nights_domestic",
    "guest_nights_foreign",
    "arrivals_domestic",
    "arrivals_foreign",
    "same_day_domestic",
    "same_day_foreign",
)
WHOLE = {
    "guest_nights": ("guest_nights_domestic", "guest_nights_foreign"),
    "arrivals": ("arrivals_domestic", "arrivals_foreign"),
    "same_day_guests": ("same_day_domestic", "same_day_foreign"),
}
ADDED = (
    "rooms_registered",
    "rooms_gross",
    "rooms_net",
    "rooms_occupied",
    "bed_places",
    "bed_places_net",
)


def _added_up(rows: Iterable[Figures]) -> Figures:
    months = list(rows)
    sums = {name: sum(getattr(row, name) for row in months) for name in (*COUNTS, *ADDED, *WHOLE)}
    return Figures(**sums)


def estimated(now: Figures, year_before: Figures | None, following: Figures | None) -> Figures:
    """Return next month's figures: last year's, by how this month has changed since last year.

    Without last year's, this month's. The parts are rounded and add up to their wholes.
    """
    if following is None or not following.guest_nights:
        parts = {name: getattr(now, name) for name in (*COUNTS, *ADDED)}
    else:
        change = 1.0
        if year_before is not None and year_before.guest_nights:
            change = min(now.guest_nights / year_before.guest_nights, LARGEST_CHANGE)
        parts = {name: round(getattr(following, name) * change) for name in COUNTS}
        parts |= {name: getattr(following, name) for name in ADDED}
        parts["rooms_occupied"] = round(following.rooms_occupied * change)
    wholes = {name: sum(parts[part] for part in of) for name, of in WHOLE.items()}
    return replace(Figures(), **parts, **wholes)


def _why_zero(
    month: Period, actual: Figures, house_id: int | None
) -> Literal["closed", "no_guests"] | None:
    """A house that was closed all month, or had no guest, still owes a return, of zeros."""
    if actual.guest_nights or actual.same_day_guests:
        return None
    if house_id is not None and _closed_all(month, house_id):
        return "closed"
    return "no_guests"


def _closed_all(month: Period, house_id: int) -> bool:
    closures = db.session.scalars(
        select(Closure).where(Closure.establishment_id == house_id).order_by(Closure.valid)
    )
    left = month.start
    for closure in closures:
        start, end = closure.valid.lower or date.min, closure.valid.upper or date.max
        if start <= left < end:
            left = end
    return left >= month.end


# --- Months, and when each is due --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A month of a form: until when it is received, and how far it is."""

    month: Period
    form: Form
    due: date
    state: State
    sent_at: datetime | None = None


def due_date(month: Period, form: Form) -> date:
    """Return the last day on which the form of a month is received: the 12th of the next month.

    A form whose own file names another day is due on that.
    """
    limit = None if form.due_day else return_due(month.start)
    if limit is not None:
        return dates.local(limit).date() - ONE_DAY
    return month.end.replace(day=form.due_day or FINAL_ON_DAY)


def state_of(month: Period, form: Form, *, sent: bool, today: date) -> State:
    if sent:
        return "sent"
    if today < month.end:
        return "running"
    return "due" if today <= due_date(month, form) else "overdue"


def months_listed(first: date | None) -> list[Period]:
    """Return the running month and those before it since the first, the latest first."""
    current = dates.month_start(dates.today())
    months: list[Period] = []
    start = current
    while len(months) < MONTHS_LISTED and (
        not months or first is None or start >= dates.month_start(first)
    ):
        months.append(Period.month(start.year, start.month))
        start = dates.previous_month(start)
    return months


def dues(
    house_id: int | None, months: Sequence[Period], form_of: Callable[[date], Iterable[Form]]
) -> list[Due]:
    """Return each month with the forms in force, their due dates and states."""
    sent = {} if house_id is None else _sent(house_id)
    found = []
    for month in months:
        for form in form_of(month.start):
            at = sent.get((form.code, month.start))
            state = state_of(month, form, sent=at is not None, today=dates.today())
            found.append(Due(month, form, due_date(month, form), state, at))
    return found


def _sent(house_id: int) -> dict[tuple[str, date], datetime]:
    rows = db.session.scalars(select(SentReturn).where(SentReturn.establishment_id == house_id))
    return {(row.form, row.month): row.sent_at for row in rows}


def mark_sent(house_id: int, form: Form, month: Period, *, by: str) -> None:
    """Note that the house has sent the form; a second time changes nothing. Does not commit."""
    db.session.execute(
        insert(SentReturn)
        .values(
            establishment_id=house_id,
            form=form.code,
            month=month.start,
            sent_at=dates.now(),
            sent_by=by,
        )
        .on_conflict_do_nothing()
    )
