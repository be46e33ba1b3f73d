"""How old a vacancy may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Date, literal, select

from app.availability.freshness import cutoffs, freshness
from app.availability.vacancy import shown_since
from app.dates import ONE_DAY, hotel_day
from app.db import db

NOW = datetime(2026, 12, 24, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = ("fresh", "ageing", "stale", "hidden")


@pytest.mark.parametrize(
    ("leads", "limits"),
    [
        ((-3, 0, 1), (3 * HOUR, 24 * HOUR, 72 * HOUR)),
        ((2, 7, 14), (1 * DAY, 3 * DAY, 7 * DAY)),
        ((15, 365), (7 * DAY, 14 * DAY, 30 * DAY)),
    ],
)
def test_each_age_ends_at_its_limit(leads: tuple[int, ...], limits: tuple[timedelta, ...]) -> None:
    for lead in leads:
        for before, after, limit in zip(WORDS[:3], WORDS[1:], limits, strict=True):
            assert freshness(NOW - limit, lead, NOW) == before
            assert freshness(NOW - limit - SECOND, lead, NOW) == after


def test_what_was_never_confirmed_is_hidden() -> None:
    assert freshness(None, 0, NOW) == "hidden"


@given(st.integers(0, 400), st.integers(0, 40 * 24 * 3600))
def test_the_cutoffs_say_the_same(lead: int, seconds: int) -> None:
    confirmed_at = NOW - timedelta(seconds=seconds)
    passed = sum(confirmed_at >= cutoff for cutoff in cutoffs(lead, NOW))
    assert freshness(confirmed_at, lead, NOW) == WORDS[3 - passed]


def test_the_sql_says_the_same(db_session: object) -> None:
    today = hotel_day(NOW)
    for lead in (0, 1, 2, 14, 15, 300):
        night = literal(today + lead * ONE_DAY, Date)
        assert db.session.scalar(select(shown_since(night, NOW))) == cutoffs(lead, NOW).stale
