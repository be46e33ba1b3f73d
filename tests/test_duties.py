"""D13 to D15 of the deadlines: the monthly return, the notice of a breach, the daily close."""

from datetime import date, datetime, timedelta

import pytest

from app import dates, reference
from app.registry.breaches.due import breach_due
from app.statistics.returns.due import is_on_time, return_due, return_duty
from app.stays.day_close.due import Span, day_close_due


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def test_every_rule_has_a_source_and_a_code_means_one_rule_a_day() -> None:
    rules = reference.duty_rules()
    assert {rule.code for rule in rules} == {"D13", "D14", "D15"}
    assert all(rule.source for rule in rules)
    assert reference.duty_rule("D14", date(2025, 12, 31)) is None
    assert reference.duty_rule("D14", date(2026, 1, 1)) is not None


@pytest.mark.parametrize(
    ("month", "limit"),
    [
        (date(2026, 11, 1), "2026-12-13T00:00"),
        (date(2026, 11, 30), "2026-12-13T00:00"),
        (date(2026, 12, 1), "2027-01-13T00:00"),
        (date(2028, 2, 29), "2028-03-13T00:00"),
    ],
)
def test_d13_the_monthly_return_is_due_on_the_12th_of_the_next_month(
    month: date, limit: str
) -> None:
    assert return_due(month) == at(limit)


def test_d13_the_12th_itself_still_counts() -> None:
    november = date(2026, 11, 1)
    assert is_on_time(at("2026-12-12T23:59:59"), november)
    assert not is_on_time(at("2026-12-13T00:00:00"), november)


def test_d13_before_the_first_rule_nothing_is_due() -> None:
    assert return_due(date(2021, 11, 1)) is None
    assert is_on_time(at("2030-01-01T00:00"), date(2021, 11, 1))


def test_d13_a_house_closed_all_month_owes_zeroes() -> None:
    closed = return_duty(date(2026, 11, 5), nights_in_register=30, nights_open=0)
    assert closed is not None
    assert (closed.kind, closed.month) == ("zero", date(2026, 11, 1))
    assert closed.limit == at("2026-12-13T00:00")
    opened = return_duty(date(2026, 11, 5), nights_in_register=30, nights_open=1)
    assert opened is not None
    assert opened.kind == "full"
    assert return_duty(date(2026, 11, 5), nights_in_register=0, nights_open=0) is None


def test_d14_the_authority_is_told_within_72_hours() -> None:
    discovered = at("2026-11-24T14:37:11")
    due = breach_due(discovered)
    assert due == at("2026-11-27T14:37:11")
    assert breach_due(at("2026-12-30T08:00")) == at("2027-01-02T08:00")
    assert breach_due(at("2025-12-31T23:59")) is None


def test_d15_a_day_is_due_at_noon_of_the_next() -> None:
    assert day_close_due(date(2026, 11, 23)) == at("2026-11-24T12:00")
    assert day_close_due(date(2026, 12, 31)) == at("2027-01-01T12:00")
    assert day_close_due(date(2019, 12, 31)) is None


DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("outage", "due"),
    [
        # The evening before only: the morning was there to do it.
        (("2026-11-23T18:00", "2026-11-24T00:00"), "2026-11-24T12:00"),
        (("2026-11-23T18:00", "2026-11-24T00:01"), "2026-11-26T00:00"),
        (("2026-11-24T11:59", "2026-11-24T12:30"), "2026-11-26T00:00"),
        # It began when the day was due: nobody was kept from closing it.
        (("2026-11-24T12:00", "2026-11-24T15:00"), "2026-11-24T12:00"),
        (("2026-11-20T08:00", "2026-11-28T23:59"), "2026-11-30T00:00"),
        (("2026-11-23T22:00", None), None),
    ],
)
def test_d15_an_outage_moves_it_to_the_end_of_the_day_after_recovery(
    outage: tuple[str, str | None], due: str | None
) -> None:
    start, end = outage
    span = Span(at(start), at(end) if end else None)
    assert day_close_due(DAY, [span]) == (at(due) if due else None)


def test_d15_outages_one_after_another_move_it_each_time() -> None:
    first = Span(at("2026-11-24T08:00"), at("2026-11-24T09:00"))
    again = Span(at("2026-11-25T22:00"), at("2026-11-26T03:00"))
    assert day_close_due(DAY, [again, first]) == at("2026-11-28T00:00")
    later = Span(at("2026-11-26T00:00"), at("2026-11-26T03:00"))
    assert day_close_due(DAY, [first, later]) == at("2026-11-26T00:00")


def test_d15_a_month_without_an_outage_is_due_each_noon() -> None:
    for step in range(31):
        day = date(2026, 10, 1) + timedelta(days=step)
        assert day_close_due(day) == dates.at(day + timedelta(days=1), 12)
