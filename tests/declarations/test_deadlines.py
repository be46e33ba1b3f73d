"""The legal clock as statements, D1 to D12 and D16, from the arrival to the filing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app import dates
from app.dates import ZONE
from app.declarations import catalogues, timeliness
from app.declarations.records import is_exportable, stays_long
from app.stays.deadlines import due
from tests.declarations.conftest import foreigner
from tests.stays.conftest import guest


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def item_of(api: Any) -> dict[str, Any]:
    (item,) = api.get("/declarations").json["items"]
    return item


def arrive_at(arrive: Any, clock: Any, arrival: str, *, who: Any = None, nights: int = 2) -> Any:
    """Check a guest in at the moment of arrival."""
    clock.move_to(at(arrival))
    leaves = dates.first_night(at(arrival)) + timedelta(days=nights)
    (found,) = arrive(
        arrived_at=at(arrival).isoformat(), planned_departure=str(leaves), guests=[who or guest()]
    )
    return found


@pytest.mark.parametrize(
    ("arrival", "limit", "target"),
    [
        ("2026-10-03 14:00", "2026-10-03 23:00", "2026-10-03 23:00"),  # D1
        ("2026-10-03 22:59:59", "2026-10-03 23:00", "2026-10-03 23:00"),
        ("2026-10-03 23:00", "2026-10-04 08:00", "2026-10-04 08:00"),  # D2
        ("2026-10-03 23:40", "2026-10-04 08:00", "2026-10-04 08:00"),
        ("2026-10-04 00:30", "2026-10-04 23:00", "2026-10-04 08:00"),  # D3
        ("2026-12-31 23:15", "2027-01-01 08:00", "2027-01-01 08:00"),  # D4
        ("2028-02-28 23:15", "2028-02-29 08:00", "2028-02-29 08:00"),
        ("2026-11-30 23:01", "2026-12-01 08:00", "2026-12-01 08:00"),
    ],
)
def test_d1_to_d4_the_limit_of_a_domestic_guest(
    api: Any, arrive: Any, clock: Any, arrival: str, limit: str, target: str
) -> None:
    arrive_at(arrive, clock, arrival)
    item = item_of(api)
    assert item["due_at"] == at(limit).isoformat()
    assert item["target_at"] == at(target).isoformat()
    assert item["legal_basis"]


@pytest.mark.parametrize(
    ("arrival", "filed", "late"),
    [
        ("2026-10-03 14:00", "2026-10-03 22:59:59", False),
        ("2026-10-03 14:00", "2026-10-03 23:00:00", True),
        ("2026-10-03 23:40", "2026-10-04 07:59:59", False),
        ("2026-10-03 23:40", "2026-10-04 08:00:00", True),
    ],
)
def test_on_time_is_before_the_limit_and_not_at_it(
    api: Any, arrive: Any, clock: Any, arrival: str, filed: str, late: bool
) -> None:
    arrive_at(arrive, clock, arrival)
    clock.move_to(at(filed))
    assert api.post("/declarations/mark-sent", {}).json["guests"][0]["late"] is late


def test_d5_a_foreign_guest_is_due_at_once(api: Any, arrive: Any, clock: Any) -> None:
    arrive_at(arrive, clock, "2026-10-03 14:00", who=foreigner())
    assert item_of(api)["due_at"] == at("2026-10-03 14:00").isoformat()
    came = at("2026-10-03 14:00")
    colours = [timeliness.colour(came, came, came + timedelta(minutes=m)) for m in (15, 16, 60, 61)]
    assert colours == ["fine", "look", "look", "late"]
    clock.move_to(came + timedelta(minutes=61))
    assert item_of(api)["late"]


def test_d6_on_paper_a_foreign_guest_has_hours() -> None:
    came = at("2026-10-03 21:00")
    assert due(came, "foreign", channel="paper").limit == at("2026-10-04 09:00")
    assert due(came, "foreign", channel="paper", remote=True).limit == at("2026-10-04 21:00")


def test_d7_before_the_new_rule_the_hours_counted_for_all() -> None:
    came = at("2026-07-23 21:00")
    limit = due(came, "foreign").limit
    assert limit == at("2026-07-24 09:00")
    assert not timeliness.is_late(limit, came, at("2026-07-24 08:59:59"))
    assert timeliness.is_late(limit, came, at("2026-07-24 09:00"))


@pytest.mark.parametrize(
    ("now", "fits"),
    [
        ("2026-10-03 23:59:59", True),
        ("2026-10-04 23:59:59", True),
        ("2026-10-05 00:00:00", False),
    ],
)
def test_d8_the_portal_takes_today_and_yesterday(
    api: Any, arrive: Any, clock: Any, now: str, fits: bool
) -> None:
    arrive_at(arrive, clock, "2026-10-03 14:00")
    clock.move_to(at(now))
    assert is_exportable(at("2026-10-03 14:00"), dates.now()) is fits
    answer = api.post("/declarations/files", {"format": "domestic_xlsx"})
    assert (answer.status_code == 200) is fits
    assert item_of(api)["state"] == ("ready" if fits else "too_late")


def test_d9_a_moved_departure_is_told_the_portal_and_is_no_new_notification(
    api: Any, arrive: Any, clock: Any
) -> None:
    known = arrive_at(arrive, clock, "2026-10-03 14:00")
    assert item_of(api)["departure_change"] is None
    api.post("/declarations/mark-sent", {})
    assert item_of(api)["departure_change"] is None
    api.post(f"/stays/{known.stay_id}/extend", {"planned_departure": "2026-10-07"})
    item = item_of(api)
    assert (item["departure_change"], item["state"]) == ("GH", "sent")
    clock.move_to(at("2026-10-04 10:00"))
    api.post(f"/stays/{known.stay_id}/check-out")
    assert item_of(api)["departure_change"] == "TS"


@pytest.mark.parametrize(("nights", "long"), [(29, False), (30, True)])
def test_d10_from_thirty_days_it_is_residence(nights: int, long: bool) -> None:
    came = at("2026-10-03 14:00")
    assert stays_long(came, dates.at(came.date() + timedelta(days=nights), 12)) is long


@pytest.mark.parametrize(
    ("guests", "low", "high"), [(1, 2, 4), (3, 2, 4), (4, 4, 8), (8, 4, 8), (9, 8, 12), (40, 8, 12)]
)
def test_d11_the_tier_by_distinct_guests(guests: int, low: int, high: int) -> None:
    fine = catalogues.fine_for(guests, at("2026-10-03 14:00").date())
    assert fine is not None
    assert (fine.vnd_from, fine.vnd_to) == (low * 1_000_000, high * 1_000_000)
    assert catalogues.fine_for(guests, at("2025-12-14 14:00").date()) is None
    assert catalogues.fine_for(0, at("2026-10-03 14:00").date()) is None


def test_d11_counts_a_person_once_and_who_is_missing() -> None:
    came, now = at("2026-10-03 14:00"), at("2026-10-04 10:00")
    limit = at("2026-10-03 23:00")
    found = [
        (b"a", limit, came, None, "ready"),
        (b"a", limit, came, None, "ready"),
        (b"b", limit, came, limit, "sent"),
        (b"c", limit, came, limit - timedelta(seconds=1), "sent"),
        (b"d", limit, came, limit - timedelta(hours=1), "missing"),
    ]
    assert timeliness.breaches(found, now) == 3


def test_d12_a_correction_keeps_the_filing(api: Any, arrive: Any, clock: Any) -> None:
    known = arrive_at(arrive, clock, "2026-10-03 14:00")
    clock.move_to(at("2026-10-03 22:59:59"))
    api.post("/declarations/mark-sent", {})
    clock.move_to(at("2026-10-04 10:00"))
    change = {"guests": [{"id": str(known.id), "full_name": "Nguyễn Thị Sửa"}]}
    assert api.patch(f"/stays/{known.stay_id}", change, "1").status_code == 200
    item = item_of(api)
    assert (item["state"], item["late"]) == ("corrected", False)
    assert item["sent_at"] == at("2026-10-03 22:59:59").isoformat()


def test_d16_the_servers_clock_counts(api: Any, arrive: Any, clock: Any) -> None:
    arrive_at(arrive, clock, "2026-10-03 14:00")
    clock.move_to(at("2026-10-03 23:30"))
    early = {"sent_at": at("2026-10-03 20:00").isoformat()}
    assert api.post("/declarations/mark-sent", early).status_code == 422, "nobody dates it back"
    assert api.post("/declarations/mark-sent", {}).json["guests"][0]["late"] is True
