"""Pages of statistics over five years of 1,500 houses, against DuckDB on the raw nights.

The houses and what goes on tonight are the demo's, the past is invented by SQL: some 25 million
guest nights (`tests/bench/nights.py`). *Pages* are asked of one web process (gunicorn as in
production) by a signed-in official of the province, with a kept-alive connection. *DuckDB* answers
the same question in memory from a row for every guest night, room night and house night, each with
its ward, on all cores; ratios are of medians, ours to DuckDB's, and answers are compared. *One
changed stay* is a stay of two nights that is entered, and the worker's turn that stores what it
touches: facts, sums by night and month, and the house's month.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app import dates
from app.accounts.operations import add_membership, create_user, start_session
from app.availability.taking import nights_changed
from app.dates import Period
from app.db import db, new_id
from app.registry.models import RoomType
from app.statistics import facts, snapshots
from app.statistics.comparisons import comparisons
from app.statistics.forecast import operations as forecast_operations
from app.statistics.forecast.series import Scope, load
from app.statistics.opened.models import FiguresOpening
from app.statistics.origins import origins
from app.statistics.quality import facts as quality_facts
from app.statistics.queries import occupancy
from app.stays.models import Guest, Stay
from tests.bench import nights, town
from tests.bench.measure import Installation, Row, Times, Web, installation, interleaved, row, shown

NAME = "statistics"
HOUSES = int(os.environ.get("BENCH_HOUSES", "1500"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "20"))
MOST_MS = 150.0
LEFT = """
What is left. A page prints at most 62 rows, and 31 where each is compared, but its chart has all of
them: of 1,826 nights, the figures and labels are most of the time. A comparison of every night
matches houses anew each night and reads each house's facts; one by house reads each house's months.
Rows of quality by house add up the days of a month that is not asked whole.
"""


def run() -> list[Row]:
    with installation() as place:
        rows = _prepare()
        with nights.Raw(place) as raw:
            rows += _against_duckdb(raw)
        rows += _pages(place)
        rows += _one_stay()
        return rows


def _prepare() -> list[Row]:
    town.build(HOUSES, days=30, history_days=2)
    guest_nights = nights.fill()
    begun = time.perf_counter()
    stored = nights.add_up()
    took = time.perf_counter() - begun
    for tick in (facts.tick, quality_facts.tick):
        while tick():
            pass
    snapshots.tick()
    _forecast()
    nights.analyze()
    return [
        Row("guest nights of five years", f"{guest_nights:,}"),
        Row("sums kept ready", f"{stored:,}", note=f"added up in {shown(took)} s"),
    ]


def _forecast() -> None:
    """Make the forecast of the whole town; the worker makes one of each ward and class as well."""
    run, material = forecast_operations.ask(), load(dates.today())
    assert material is not None
    forecast_operations._make_one(run.id, material, Scope())
    run.status, run.started_at, run.finished_at = "done", dates.now(), dates.now()
    db.session.commit()


# --- Pages -------------------------------------------------------------------------------------


def addresses() -> list[tuple[str, str]]:
    """Return the pages that are measured, with their names."""
    year, five = _year(), _five()
    begins, ends = f"from={year.start}&to={year.end}", f"from={five.start}&to={five.end}"
    guests = "/statistics/guests"
    return [
        *_of_occupancy(begins, ends),
        ("guests", guests),
        ("guests, a year by day", f"{guests}?by=day&{begins}"),
        ("guests, a year by house", f"{guests}?by=establishment&{begins}"),
        ("guests, five years by month", f"{guests}?by=month&{ends}"),
        ("origins", "/statistics/origins"),
        ("origins, five years", f"/statistics/origins?{ends}"),
        ("origins, five years by quarter", f"/statistics/origins?by=quarter&{ends}"),
        ("origins, five years by day", f"/statistics/origins?by=day&{ends}"),
        ("origins, a year by day", f"/statistics/origins?by=day&{begins}"),
        ("vacancy", "/statistics/vacancy"),
        ("tonight", "/statistics/tonight"),
        ("relief", "/statistics/tonight/relief"),
        ("quality", "/statistics/quality"),
        ("quality by house", "/statistics/quality?by=establishment"),
        ("quality by day", "/statistics/quality?by=day"),
        *(
            (f"quality, a year by {by}", f"/statistics/quality?by={by}&{begins}")
            for by in ("month", "day", "unit", "establishment")
        ),
        ("fraction of quality", f"/statistics/quality/formula/valid?by=unit&{begins}"),
        ("worklist", "/statistics/worklist"),
        ("forecast", "/statistics/forecast"),
        ("revisions", "/statistics/revisions"),
        ("formulas", "/statistics/formulas"),
        ("formula of one number", "/statistics/formula/occupancy_net"),
        ("returns", "/statistics/returns"),
        ("bulletin", "/statistics/bulletin"),
        ("open data, to publish", "/statistics/open-data"),
        ("open data", "/open-data"),
    ]


def _of_occupancy(begins: str, ends: str) -> list[tuple[str, str]]:
    """Those of occupancy, of a year and of five, by themselves and compared."""
    occupied = "/statistics/occupancy"
    return [
        ("occupancy", occupied),
        *((f"occupancy, a year by {by}", f"{occupied}?by={by}&{begins}") for by in YEARLY),
        *((f"occupancy, five years by {by}", f"{occupied}?by={by}&{ends}") for by in LONG),
        (
            "occupancy, a year by month, each compared",
            f"{occupied}?by=month&{begins}&compare=last_year",
        ),
        (
            "occupancy, a year by week, each compared",
            f"{occupied}?by=week&{begins}&compare=last_year",
        ),
        ("occupancy, a year, each night compared", f"{occupied}?by=day&{begins}&compare=last_year"),
        (
            "occupancy, a year by house, each compared",
            f"{occupied}?by=establishment&{begins}&compare=last_year",
        ),
        (
            "occupancy, a year by ward, by holidays",
            f"{occupied}?by=unit&{begins}&compare=last_year_aligned",
        ),
        ("occupancy, two months, each night compared", f"{occupied}?compare=last_year"),
    ]


YEARLY = ("day", "week", "month", "unit", "stars", "establishment")
LONG = ("day", "week", "month", "quarter", "unit", "kind", "establishment")


def _year() -> Period:
    end = dates.next_month(dates.today())
    return Period(date(end.year - 1, end.month, 1), end)


def _five() -> Period:
    end = _year().end
    return Period(date(end.year - 5, end.month, 1), end)


def _pages(place: Installation) -> list[Row]:
    cookie = _signed_in(place)
    with place.web() as web:
        times = _ask(web, cookie)
    rows = [
        row(f"{name}, p95", each.p95, " ms", most=MOST_MS, note=f"p50 {shown(each.p50)} ms")
        for name, each in times.items()
    ]
    good = sum(each.p95 <= MOST_MS for each in times.values())
    return [Row("pages within 150 ms", f"{good} of {len(times)}"), *rows]


def _ask(web: Web, cookie: str) -> dict[str, Times]:
    def page(address: str) -> Callable[[Any], object]:
        return lambda _: web.get(address, {"Cookie": cookie})

    cases = {name: page(address) for name, address in addresses()}
    return interleaved(cases, range(ROUNDS), warm=2)


def _signed_in(place: Installation) -> str:
    """Return the cookie of an official who has said why they look at single houses."""
    user = create_user(login="bench@register.example", name="Bench")
    add_membership(user, "province_official")
    token = start_session(user, address="127.0.0.1", browser=None)
    db.session.add(
        FiguresOpening(
            at=dates.now(),
            until=dates.now() + timedelta(hours=24),
            actor=f"user:{user.id}",
            establishment_id=None,
            reason="Benchmark",
        )
    )
    db.session.commit()
    client = place.app.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    name = place.app.config["SESSION_COOKIE_NAME"]
    found = client.get_cookie(name)
    assert found is not None
    return f"{name}={found.value}"


# --- The same from the raw nights --------------------------------------------------------------


def _against_duckdb(raw: nights.Raw) -> list[Row]:
    year, five = _until_yesterday(_year()), _until_yesterday(_five())
    before = Period(date(year.start.year - 1, year.start.month, 1), year.start)
    questions: list[tuple[str, Callable[[], int], Callable[[], int]]] = [
        *(
            (
                f"{name} by {by}",
                lambda period=period, by=by: occupancy(period, by=by).total.guest_nights,
                lambda period=period, by=by: raw.occupancy(period, by),
            )
            for name, period in (("a year", year), ("five years", five))
            for by in ("day", "month", "unit", "establishment")
        ),
        (
            "countries of a year",
            lambda: sum(o.guests for o in origins(year, by="country", basis="night")),
            lambda: raw.countries(year),
        ),
        (
            "countries of five years",
            lambda: sum(o.guests for o in origins(five, by="country", basis="night")),
            lambda: raw.countries(five),
        ),
        (
            "a year and the year before, matched",
            lambda: (
                comparisons(before, by="month", basis="last_year", rows=False)[
                    "total"
                ].matched.now.guest_nights
            ),
            lambda: raw.matched(before, _year_before(before)),
        ),
    ]
    rows = []
    for name, ours, theirs in questions:
        same = ours() == theirs()
        times = _in_turns(ours, theirs)
        db.session.rollback()
        factor = times["ours"].p50 / times["duck"].p50
        note = f"{shown(times['ours'].p50)} ms to {shown(times['duck'].p50)} ms"
        note += "" if same else "; the answers differ"
        rows.append(row(f"{name}, to DuckDB", factor, " ×", most=1.0, note=note))
    return rows


def _in_turns(ours: Callable[[], int], theirs: Callable[[], int]) -> dict[str, Times]:
    return interleaved({"ours": lambda _: ours(), "duck": lambda _: theirs()}, range(7), warm=1)


def _year_before(period: Period) -> Period:
    return Period(*(dates.same_day_last_year(day) for day in (period.start, period.end)))


def _until_yesterday(period: Period) -> Period:
    """Tonight is in no raw night: it is the demo's."""
    return Period(max(period.start, nights.past().start), min(period.end, dates.today()))


# --- One changed stay --------------------------------------------------------------------------


def _one_stay() -> list[Row]:
    types = list(db.session.scalars(select(RoomType).order_by(RoomType.id).limit(40)))
    times = {"insert": Times(), "recompute": Times()}
    for room_type in types:
        begun = time.perf_counter()
        _insert(room_type)
        db.session.commit()
        between = time.perf_counter()
        assert facts.tick()
        done = time.perf_counter()
        times["insert"].samples.append((between - begun) * 1000)
        times["recompute"].samples.append((done - between) * 1000)
    factor = times["recompute"].p50 / times["insert"].p50
    return [
        Row("one stay of two nights entered", str(times["insert"])),
        Row("what it touches computed again", str(times["recompute"])),
        row("computing again, to one insert", factor, " ×"),
    ]


def _insert(room_type: RoomType) -> None:
    first = dates.today() - timedelta(days=40)
    end = first + timedelta(days=2)
    stay = Stay(
        id=new_id(),
        establishment_id=room_type.establishment_id,
        room_type_id=room_type.id,
        origin="history",
        status="departed",
        arrived_at=dates.at(first, 14),
        planned_departure=dates.at(end, 12),
        departed_at=dates.at(end, 12),
        first_night=first,
        last_night_end=end,
    )
    stay.guests.append(
        Guest(
            id=new_id(),
            establishment_id=room_type.establishment_id,
            position=0,
            persons=2,
            nationality="VNM",
        )
    )
    db.session.add(stay)
    db.session.flush()
    nights_changed(room_type.establishment_id, stay.fact_nights)
