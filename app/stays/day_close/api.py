"""The JSON API of the daily close."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import BaseModel, Field

from app import dates
from app.registry.access import api_establishment
from app.registry.models import Establishment
from app.stays.api_schemas import WarningAnswer
from app.stays.day_close import closing
from app.stays.day_close.closing import Day, Known, Said
from app.stays.day_close.words import WORDS, difference_detail, fault_detail
from app.web import api
from app.web.api import endpoint
from app.web.problems import FIELD_CODES, FieldError, Problem, invalid_parameter
from app.web.security import principal, requires

blueprint = api.blueprint("day_close")

for code, words in WORDS.items():
    FIELD_CODES.setdefault(code, words)


class DayQuery(api.Query):
    """Which house, for a key of several."""

    establishment: str | None = None


class DayCloseBody(api.Body):
    """What the house says of the day; what is left out is taken from its stays and calendar."""

    establishment: str | None = None
    rooms_sold: int | None = Field(None, ge=0, le=10_000)
    rooms_out_of_order: int | None = Field(None, ge=0, le=10_000)
    closed: bool = Field(False, description="the house was shut that night")
    zero: bool = Field(False, description="it was open and had nobody")


class DayCounts(BaseModel):
    """Rooms of the night as the register knows them."""

    rooms: int
    rooms_sold: int
    rooms_out_of_order: int


class DayCloseAnswer(BaseModel):
    """A day of the house; what was said is null where nobody closed it by hand."""

    date: str
    state: str = Field(description="closed, activity, shut, due or missed")
    due_at: str | None
    rooms_sold: int | None
    rooms_out_of_order: int | None
    closed: bool | None
    zero: bool | None
    source: str | None
    first_at: str | None
    at: str | None
    late: bool
    known: DayCounts
    warnings: list[WarningAnswer]


@blueprint.get("/days/<date>/close")
@requires("front_desk", "manager")
@endpoint(tag="Days", query=DayQuery, answers={200: DayCloseAnswer})
def show(date: str, query: DayQuery) -> DayCloseAnswer:
    """What the day is: closed by hand, by what was recorded, still due, or missed."""
    house = api_establishment(query.establishment)
    return _answer(house, _day(date))


@blueprint.post("/days/<date>/close")
@requires("front_desk", "manager")
@endpoint(tag="Days", body=DayCloseBody, answers={200: DayCloseAnswer}, write=True)
def close(date: str, body: DayCloseBody) -> DayCloseAnswer:
    """Close the day, or say it anew: the last word counts, what was said before stays on record.

    Where it differs from the stays it is stored all the same, and ``warnings`` name the difference;
    figures of statistics come from the stays.
    """
    house = api_establishment(body.establishment)
    on = _day(date)
    known = closing.known_of(house.id, on)
    said = _said(body, known)
    faults = closing.faults_of(said, known)
    if faults:
        errors = [
            FieldError(fault.code, fault_detail(fault), pointer=f"/{fault.field}")
            for fault in faults
        ]
        raise Problem("invalid", errors=errors)
    closing.close_day(house, on, said, source="api", by=principal())
    return _answer(house, on)


def _said(body: DayCloseBody, known: Known) -> Said:
    nobody = body.closed or body.zero
    sold = body.rooms_sold
    off = body.rooms_out_of_order
    return Said(
        rooms_sold=(0 if nobody else known.rooms_sold) if sold is None else sold,
        rooms_out_of_order=known.rooms_out_of_order if off is None else off,
        closed=body.closed,
        zero=body.zero,
    )


def _day(text: str) -> datetime.date:
    try:
        day = dates.parse_date(text)
    except ValueError:
        raise invalid_parameter("date", "invalid_format") from None
    fault = closing.day_fault(day)
    if fault:
        raise invalid_parameter("date", fault)
    return day


def _answer(house: Establishment, on: datetime.date) -> DayCloseAnswer:
    day = closing.day_of(house, on)
    known = closing.known_of(house.id, on)
    return DayCloseAnswer(
        date=on.isoformat(),
        state=day.state,
        due_at=api.iso(day.due),
        late=day.is_late,
        known=DayCounts(
            rooms=known.rooms,
            rooms_sold=known.rooms_sold,
            rooms_out_of_order=known.rooms_out_of_order,
        ),
        warnings=_warnings(day, known),
        **_said_values(day),
    )


def _said_values(day: Day) -> dict[str, Any]:
    row = day.close
    names = ("rooms_sold", "rooms_out_of_order", "closed", "zero", "source")
    values: dict[str, Any] = {name: getattr(row, name) if row else None for name in names}
    moments = {name: api.iso(getattr(row, name)) if row else None for name in ("first_at", "at")}
    return values | moments


def _warnings(day: Day, known: Known) -> list[WarningAnswer]:
    if day.close is None:
        return []
    said = Said(day.close.rooms_sold, day.close.rooms_out_of_order)
    return [
        WarningAnswer(
            pointer=f"/{found.field}", code="differs_from_stays", detail=difference_detail(found)
        )
        for found in closing.differences(said, known)
    ]
