"""The booking pace: this morning's books beside those of earlier mornings at the same lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from app import dates
from app.db import db
from app.statistics.forecast.models import BooksDay, BooksSnapshot
from app.statistics.pace import AHEAD, pace
from app.statistics.queries import Filters
from app.statistics.snapshots import NIGHTS
from tests.factories import UserFactory
from tests.html import gate

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(dates.at(TODAY, 10), tick=False):
        yield


def morning(days_ago: int, booked: dict[str, int]) -> None:
    """Read the books of a morning: so many rooms a night in each unit, many from night 28 on."""
    as_of = TODAY - timedelta(days=days_ago)
    db.session.add(BooksDay(as_of=as_of, taken_at=dates.at(as_of, 7)))
    db.session.flush()
    for unit, rooms in booked.items():
        nights = [rooms] * AHEAD + [99] * (NIGHTS - AHEAD)
        snapshot = BooksSnapshot(
            as_of=as_of,
            unit_code=unit,
            area_code="747",
            kind="hotel",
            stars=4,
            houses=1,
            rooms=10,
            rooms_booked=nights,
        )
        db.session.add(snapshot)
    db.session.flush()


def test_the_same_nights_ahead_are_compared(db_session: Any) -> None:
    morning(0, {"26506": 6, "26526": 1})
    morning(7, {"26506": 4})
    morning(28, {"26506": 3, "26526": 4})
    found = {row.ago: (row.as_of_before, row.now, row.before, row.change) for row in pace()}
    assert found == {
        "week": (TODAY - timedelta(days=7), 7 * AHEAD, 4 * AHEAD, 0.75),
        "month": (TODAY - timedelta(days=28), 7 * AHEAD, 7 * AHEAD, 0.0),
    }
    ward = {row.ago: row.change for row in pace(Filters(within=frozenset({"26506"})))}
    assert ward == {"week": 0.5, "month": 1.0}


def test_a_morning_nobody_read_is_no_zero(db_session: Any) -> None:
    morning(7, {"26506": 4})
    assert pace() == []
    morning(0, {"26506": 6})
    assert [row.ago for row in pace()] == ["week"]
    # Of a single house the books say nothing.
    assert pace(Filters(house_id=1)) == []


def test_it_stands_where_there_is_no_last_year(db_session: Any, as_: Any, client: Any) -> None:
    morning(0, {"26506": 6})
    morning(7, {"26506": 4})
    province = as_(UserFactory(province_official=True))
    page = gate(province.get("/statistics/occupancy"))
    words = " ".join(page.get_element_by_id("compared").text_content().split())
    assert "Chưa có số liệu của cùng kỳ năm trước để so. Thay vào đó là nhịp đặt phòng" in words
    assert "168 112 +50,0" in words
