"""Until when a guest must be declared: the statements of the law as a table."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.stays.deadlines import due, due_at, is_on_time, rules


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


@pytest.mark.parametrize(
    ("arrival", "limit", "rule"),
    [
        ("2026-10-03T14:00", "2026-10-03T23:00", "D1"),
        ("2026-10-03T22:59:59", "2026-10-03T23:00", "D1"),
        ("2026-10-03T23:00", "2026-10-04T08:00", "D2"),
        ("2026-10-03T23:40", "2026-10-04T08:00", "D2"),
        ("2026-10-04T00:30", "2026-10-04T23:00", "D3"),
        ("2026-10-04T06:00", "2026-10-04T23:00", "D1"),
        ("2026-12-31T23:15", "2027-01-01T08:00", "D2"),
        ("2028-02-28T23:15", "2028-02-29T08:00", "D2"),
        ("2026-10-31T23:15", "2026-11-01T08:00", "D2"),
    ],
)
def test_domestic_guests(arrival, limit, rule) -> None:
    found = due(at(arrival), "domestic")
    assert (found.limit, found.rule.code) == (at(limit), rule)


def test_after_midnight_the_target_is_the_morning() -> None:
    found = due(at("2026-10-04T00:30"), "domestic")
    assert found.target == at("2026-10-04T08:00")


@pytest.mark.parametrize(
    ("arrival", "channel", "remote", "limit"),
    [
        ("2026-07-24T14:00", "electronic", False, "2026-07-24T14:00"),
        ("2026-07-23T14:00", "electronic", False, "2026-07-24T02:00"),
        ("2026-07-23T14:00", "electronic", True, "2026-07-24T14:00"),
        ("2026-10-03T21:00", "paper", False, "2026-10-04T09:00"),
        ("2026-10-03T21:00", "paper", True, "2026-10-04T21:00"),
    ],
)
def test_foreign_guests(arrival, channel, remote, limit) -> None:
    assert due(at(arrival), "foreign", channel=channel, remote=remote).limit == at(limit)


def test_the_limit_itself_is_late() -> None:
    limit = at("2026-10-03T23:00")
    assert is_on_time(at("2026-10-03T22:59:59"), limit)
    assert not is_on_time(limit, limit)


def test_before_the_first_rule_nothing_is_due() -> None:
    assert due_at(at("2001-01-01T12:00"), foreign=False) is None


def test_every_rule_has_a_source_and_a_beginning() -> None:
    assert all(
        rule.source and rule.source_vi and rule.valid_from > date(2000, 1, 1) for rule in rules()
    )


def test_every_minute_of_a_day_falls_under_one_domestic_rule() -> None:
    for minute in range(0, 24 * 60, 7):
        moment = at(f"2026-10-03T{minute // 60:02d}:{minute % 60:02d}")
        assert sum(rule.covers(moment, "domestic", "electronic", False) for rule in rules()) == 1
