"""Comparisons with another time, against a count of houses and nights one after another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics import periods
from app.statistics.comparisons import as_dict, comparisons
from app.statistics.queries import Filters
from tests.factories import EstablishmentFactory, UnitFactory
from tests.statistics.town import Party, caught_up, report, rooms, stay

TODAY = date(2026, 11, 20)
SUMS = ("rooms_occupied", "rooms_net", "guest_nights", "arrivals", "bed_places_net")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(dates.at(TODAY, 10), tick=False):
        yield


# --- An independent count ---------------------------------------------------------------------


class Book:
    """What the test itself put into houses, by house and night; no query reads it."""

    def __init__(self) -> None:
        self.nights: dict[tuple[str, date], dict[str, int]] = {}

    def sums(self, nights: list[date], only: set[str] | None = None) -> dict[str, int]:
        found = dict.fromkeys(SUMS, 0)
        for night in nights:
            for (code, other), values in self.nights.items():
                if other == night and (only is None or code in only):
                    for name, value in values.items():
                        found[name] += value
        return found

    def reporting(self, nights: list[date]) -> set[str]:
        return {code for code, night in self.nights if night in nights}


def fill(draw: Any, spans: list[Period]) -> Book:
    """Let four houses report some nights of these spans, some of them with guests."""
    book = Book()
    units = ["26506", "26526"]
    for number in range(4):
        house = EstablishmentFactory(code=f"H{number}", unit=UnitFactory(code=units[number % 2]))
        room = rooms(house, 2, bed_places=2)[0]
        for span in spans:
            for night in span:
                kind = draw(st.sampled_from(["silent", "silent", "empty", "guests"]))
                if kind == "silent":
                    continue
                persons = draw(st.integers(1, 3)) if kind == "guests" else 0
                if persons:
                    stay(room, night, night + ONE_DAY, Party(persons=persons))
                else:
                    report(house, night)
                book.nights[house.code, night] = {
                    "rooms_occupied": 1 if persons else 0,
                    "rooms_net": 2,
                    "bed_places_net": 4,
                    "guest_nights": persons,
                    "arrivals": persons,
                }
    return book


def expected_nights(basis: str, now: Period) -> list[date]:
    """The nights compared with, by the words of the rules."""
    if basis == "previous":
        return [night - timedelta(days=len(now)) for night in now]
    if basis == "last_year":
        return [date(night.year - 1, night.month, night.day) for night in now]
    return [night - timedelta(days=364) for night in now]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("basis", periods.BASES)
def test_all_and_matched_houses_equal_a_count(db_session: Any, basis: str, data: Any) -> None:
    """A week of November without a holiday: aligned means the same weekday of last year."""
    try:
        now = Period(date(2026, 11, 9), date(2026, 11, 13))
        before = expected_nights(basis, now)
        book = fill(data.draw, [now, Period(min(before), max(before) + ONE_DAY)])
        # Something must be known so far back, or nothing is compared.
        stay(rooms(EstablishmentFactory(), 1)[0], date(2025, 1, 1), date(2025, 1, 2), Party())
        caught_up()
        found = comparisons(now, by="day", basis=basis)
        assert_equals(book, found["total"], list(now), before)
        # Houses are matched for one row only; all else stays.
        key = now.start.isoformat()
        some = comparisons(now, by="day", basis=basis, matched_keys={key})
        assert {name: each.all for name, each in some.items()} == {
            name: each.all for name, each in found.items()
        }
        assert [some.get(name) for name in ("total", key)] == [
            found.get(name) for name in ("total", key)
        ]
        for night in now:
            one = Period.of(night, 1)
            if basis != "previous":
                assert_equals(book, found[night.isoformat()], [night], expected_nights(basis, one))
        alone = comparisons(now, by="day", basis=basis, rows=False, matched_keys={key})
        assert alone == {"total": found["total"]}
        only = comparisons(now, by="unit", basis=basis, filters=Filters(units=("26506",)))
        houses = {"H0", "H2"}
        assert only["26506"].all.now.guest_nights == book.sums(list(now), houses)["guest_nights"]
        assert only["26506"].all == only["total"].all or only["26506"].all.now.key == "26506"
    finally:
        db.session.rollback()


def assert_equals(book: Book, found: Any, now: list[date], before: list[date]) -> None:
    both = book.reporting(now) & book.reporting(before)
    for nights, side in ((now, "now"), (before, "before")):
        every, matched = getattr(found.all, side), getattr(found.matched, side)
        assert {name: getattr(every, name) for name in SUMS} == book.sums(nights)
        assert {name: getattr(matched, name) for name in SUMS} == book.sums(nights, both)
        assert every.reporting_establishments == len(book.reporting(nights))
        assert matched.reporting_establishments == len(both)
    over, under = book.sums(now)["guest_nights"], book.sums(before)["guest_nights"]
    assert found.all.change("guest_nights") == (over / under - 1 if under else None)


# --- What compares with what -----------------------------------------------------------------

FIRST = date(2020, 1, 1)


def paired(own: Period, by: str, basis: str) -> Any:
    whole = own if by == "total" else periods.around(own.start, by)
    return periods.pairing(own, whole=whole, by=by, basis=basis, first=FIRST)


@pytest.mark.parametrize(
    ("by", "own", "basis", "before"),
    [
        ("day", ("2026-11-20", 1), "previous", ("2026-11-19", "2026-11-20")),
        ("day", ("2028-02-29", 1), "last_year", ("2027-02-28", "2027-03-01")),
        ("week", ("2026-11-16", 7), "previous", ("2026-11-09", "2026-11-16")),
        ("week", ("2026-11-16", 5), "last_year", ("2025-11-17", "2025-11-22")),
        ("month", ("2026-11-01", 30), "previous", ("2026-10-01", "2026-11-01")),
        ("month", ("2026-11-01", 20), "previous", ("2026-10-01", "2026-10-21")),
        ("month", ("2026-03-01", 31), "previous", ("2026-02-01", "2026-03-01")),
        ("month", ("2024-02-01", 29), "last_year", ("2023-02-01", "2023-03-01")),
        ("quarter", ("2026-10-01", 51), "previous", ("2026-07-01", "2026-08-21")),
        ("quarter", ("2026-07-01", 92), "last_year", ("2025-07-01", "2025-10-01")),
        ("year", ("2025-01-01", 365), "previous", ("2024-01-01", "2025-01-01")),
    ],
)
def test_what_a_row_compares_with(by: str, own: Any, basis: str, before: Any) -> None:
    found = paired(Period.of(date.fromisoformat(own[0]), own[1]), by, basis)
    assert found.period_before == Period(*map(date.fromisoformat, before))
    assert found.whole


def test_week_53_has_none_in_a_year_without_it() -> None:
    assert paired(periods.of_key("2020-W53", "week"), "week", "last_year") is None  # type: ignore[arg-type]
    assert periods.of_key("2021-W53", "week") is None


def test_tet_compares_with_tet_though_it_moves() -> None:
    """Tết was on 29 January 2025 and on 17 February 2026; 30/4 stays where it is."""
    found = paired(Period(date(2026, 2, 16), date(2026, 2, 20)), "total", "last_year_aligned")
    assert found.before == tuple(date(2025, 1, day) for day in (28, 29, 30, 31))
    (before,) = paired(Period.of(date(2026, 4, 30), 1), "total", "last_year_aligned").before
    assert before == date(2025, 4, 30)
    # An ordinary night of this February is not compared with a night of Tết.
    (plain,) = paired(Period.of(date(2026, 1, 28), 1), "total", "last_year_aligned").before
    assert (plain.weekday(), abs((plain - date(2025, 1, 29)).days) > 6) == (2, True)


def test_what_is_not_known_is_left_out_on_both_sides() -> None:
    own = Period.month(2026, 10)
    found = periods.pairing(own, whole=own, by="month", basis="last_year", first=date(2025, 10, 11))
    assert found is not None
    assert (found.period, found.period_before, found.whole) == (
        Period(date(2026, 10, 11), date(2026, 11, 1)),
        Period(date(2025, 10, 11), date(2025, 11, 1)),
        False,
    )
    assert periods.pairing(own, whole=own, by="month", basis="last_year", first=TODAY) is None


@given(night=st.dates(date(2000, 1, 1), date(2099, 12, 31)), by=st.sampled_from(periods.BY_TIME))
@settings(max_examples=60, deadline=None)
def test_a_key_names_the_period_it_was_made_from(night: date, by: str) -> None:
    whole = periods.of_key(periods.key_of(night, by), by)
    assert whole is not None
    assert night in whole
    assert whole == periods.around(night, by)
    assert {periods.key_of(each, by) for each in (whole.start, whole.end - ONE_DAY)} == {
        periods.key_of(night, by)
    }


@pytest.mark.parametrize("key", ["2026-W00", "2026-W54", "2026-Q5", "26-Q1", "0000", "x", ""])
def test_what_is_no_key_names_nothing(key: str) -> None:
    assert [periods.of_key(key, by) for by in ("week", "quarter", "year")] == [None] * 3


def test_a_program_gets_both_bases(client: Any, key: Any, town: Any) -> None:
    house, first = town.here, date(2025, 11, 1)
    room = rooms(house, 1)[0]
    stay(room, first, first + ONE_DAY, Party())
    caught_up()
    address = "/api/v1/statistics/occupancy?from=2026-11-01&to=2026-11-02&by=unit"
    answer = client.get(f"{address}&compare=last_year", headers=key()).json
    rows = {row["key"]: row["comparison"] for row in answer["items"]}
    guests = rows["26506"]["all"]["guest_nights"]
    assert (guests["now"], guests["before"], guests["change"]) == (4, 1, 3.0)
    assert rows["26506"]["period_before"] == {"from": "2025-11-01", "to": "2025-11-02", "nights": 1}
    # In Tam Thắng nobody reported last year: nothing matches, and over nothing nothing grows.
    assert rows["26526"]["matched"]["guest_nights"] == {"now": 0, "before": 0, "change": None}
    total = answer["total"]["comparison"]
    assert total["all"]["guest_nights"]["now"] == 6
    assert total["matched"]["guest_nights"]["now"] == 4
    plain = client.get(address, headers=key()).json
    assert "comparison" not in plain["items"][0]
    refused = client.get(f"{address}&compare=tomorrow", headers=key())
    assert refused.json["errors"][0]["parameter"] == "compare"


def test_nothing_compares_with_nothing() -> None:
    assert as_dict(None) is None
