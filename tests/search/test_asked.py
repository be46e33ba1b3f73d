"""Reading a search from words and parameters, and how well a name fits what was typed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.dates import Period
from app.search import asked as reading
from app.search.asked import Asked
from app.search.links import canonical, search_url
from app.search.wish import Near, Wish, closeness
from tests.factories import EstablishmentFactory

# A Tuesday, 11:00 in Vietnam.
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def read(db_session: Any) -> Any:
    def read(**arguments: str) -> Asked:
        return reading.read(arguments, NOW)

    return read


def test_a_check_in_alone_is_one_night(read: Any) -> None:
    assert read(check_in="2026-12-24").wish.stay == Period.of(date(2026, 12, 24), 1)


def test_near_in_words_means_a_few_kilometres(read: Any) -> None:
    asked = read(q="gần Bãi Sau")
    assert (asked.wish.radius_km, asked.as_json()["radius_km"]) == (5.0, 5.0)
    assert canonical(asked)["radius_km"] == "5"
    assert read(q="cách Bãi Sau 500m").wish.radius_km == 0.5
    assert read(q="gần Bãi Sau", radius_km="12").wish.radius_km == 12


@pytest.mark.parametrize(
    "arguments",
    [
        {"near": "10.33,107.093"},
        {"near": "10.33,107.093", "q": "gần Bãi Trước"},
        {"bbox": "10.2,107,10.5,107.3", "q": "gần Bãi Sau"},
    ],
)
def test_a_position_given_only_sorts(read: Any, arguments: dict[str, str]) -> None:
    asked = read(**arguments)
    assert (asked.wish.radius_km, asked.wish.order) == (None, "distance")
    assert "radius_km" not in asked.as_json()
    assert "radius_km" not in canonical(asked)


def test_nights_said_in_words_go_with_a_check_in_given(read: Any) -> None:
    asked = read(check_in="2026-12-24", q="3n2đ hồ bơi")
    assert asked.wish.stay == Period.of(date(2026, 12, 24), 2)


def test_a_check_out_given_ends_a_stay_said_in_words(read: Any) -> None:
    asked = read(check_out="2026-11-28", q="ngày mai")
    assert asked.wish.stay == Period(date(2026, 11, 25), date(2026, 11, 28))
    assert [fault.parameter for fault in read(check_out="2026-11-20", q="ngày mai").faults] == [
        "check_out"
    ]


def test_before_six_tonight_is_the_night_that_is_running(read: Any) -> None:
    early = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    asked = reading.read({"q": "đêm nay"}, early)
    assert asked.wish is not None
    assert asked.wish.stay == Period.of(date(2026, 11, 23), 1)


def test_the_cheapest_first_where_somebody_says_cheap(read: Any) -> None:
    assert read(q="khách sạn giá rẻ").wish.sort == "price"
    assert read(q="khách sạn giá rẻ", sort="stars").wish.sort == "stars"


def test_a_name_of_a_house_is_no_filter(read: Any) -> None:
    EstablishmentFactory(name="Khách sạn 5 Sao Biển")
    asked = read(q="khách sạn 5 sao biển")
    assert asked.wish.stars == ()
    assert asked.wish.text == "khách sạn 5 sao biển"


def test_the_link_of_what_was_understood_means_the_same(read: Any) -> None:
    words = (
        "villa gần Bãi Sau 24/12-26/12 4 người 1 bé 2 phòng 1tr-2tr có hồ bơi ở Vũng Tàu yên tĩnh"
    )
    first = read(q=words)
    again = reading.read(canonical(first), NOW)
    assert again.wish == first.wish
    assert canonical(again) == canonical(first)


def test_links_change_one_thing_and_begin_at_the_first_page(app: Any, read: Any) -> None:
    with app.test_request_context("/search"):
        url = search_url({"q": "biển", "stars": "3", "page": "4"}, stars=None, kind="villa")
    assert url == "/search?q=bi%E1%BB%83n&kind=villa"


def test_rooms_must_hold_everybody() -> None:
    def capacity(**values: int) -> int:
        return Wish(now=NOW, today=date(2026, 11, 24), **values).capacity

    assert capacity(adults=2) == 2
    assert capacity(adults=5, rooms=2) == 3
    assert capacity(adults=4, children=1, rooms=5) == 1


def test_near_without_words_sorts_by_distance() -> None:
    wish = Wish(now=NOW, today=date(2026, 11, 24), near=Near(10.3, 107.1))
    assert wish.order == "distance"


@pytest.mark.parametrize(
    ("typed", "names", "expected"),
    [
        ("Hải Âu", ["Khách sạn Hải Âu"], 0),
        ("hai au", ["Khách sạn Hải Âu"], 0),
        ("Hải Âu", ["Khách sạn Hai Au"], 1),
        ("Đường", ["Nhà nghỉ Dương"], 1),
        ("Hải", ["Khách sạn Hải Âu"], 2),
        ("hai", ["Khách sạn Hải Âu"], 3),
        ("Hải", ["Khách sạn Hai Con"], 3),
        ("Seagull", ["Khách sạn Hải Âu", "Seagull Hotel"], 0),
        ("x", [None], 3),
    ],
)
def test_marks_that_were_typed_count(typed: str, names: list[str | None], expected: int) -> None:
    assert closeness(typed, *names) == expected
