"""Final figures, and the trace of what late corrections change in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app import dates
from app.accounts.operations import create_api_key
from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics import revisions
from app.statistics.queries import Filters, occupancy
from app.statistics.revisions_models import PublishedFigure, PublishedMonth, Revision
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import gate
from tests.statistics.town import Party, caught_up, mark, rooms, stay

SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dates.at(date(2026, 10, 11), 10), tick=False) as traveller:
        yield traveller


@pytest.fixture
def september(db_session: Any, clock: time_machine.Traveller) -> Any:
    """Two wards, a house each; a night of September was sold in each; the month is final."""
    here = EstablishmentFactory(code="HERE")
    there = EstablishmentFactory(code="THERE", unit=UnitFactory(code="26526"))
    stays = [
        stay(rooms(house, 2)[0], SEPTEMBER, SEPTEMBER + ONE_DAY, Party()) for house in (here, there)
    ]
    caught_up()
    revisions.tick()
    assert db.session.scalars(select(PublishedMonth.month)).all() == []
    clock.move_to(dates.at(date(2026, 10, 12), 10))
    caught_up()
    assert revisions.tick() is False
    return stays


def changes() -> dict[tuple[str, str], tuple[Any, Any]]:
    return {
        (row.scope, row.indicator.name): (row.before, row.after) for row in revisions.revisions()
    }


def test_a_month_is_kept_as_it_is_when_it_turns_final(september: Any) -> None:
    assert db.session.scalars(select(PublishedMonth.month)).all() == [SEPTEMBER]
    kept = db.session.get(PublishedFigure, (SEPTEMBER, "town", "occupancy_net"))
    total = occupancy(Period.month(2026, 9), by="unit").total
    assert kept is not None
    assert (kept.over, kept.under) == (total.rooms_occupied, total.rooms_net) == (2, 4)
    assert changes() == {}


def test_without_a_change_nothing_is_revised(september: Any) -> None:
    mark(september[0])
    caught_up()
    revisions.tick()
    assert changes() == {}
    assert db.session.scalars(select(Revision.id)).all() == []


def test_a_late_correction_changes_the_past_and_leaves_its_trace(september: Any) -> None:
    late = stay(september[0].room_type, SEPTEMBER, SEPTEMBER + ONE_DAY, Party(persons=3))
    caught_up()
    revisions.tick()
    found = changes()
    assert found["town", "guest_nights"] == (2, 5)
    assert found["26506", "guest_nights"] == (1, 4)
    assert ("26526", "guest_nights") not in found
    # The room was free that night and is now still: the stay holds none.
    assert ("town", "rooms_occupied") not in found
    # Taken back again, it leaves a second trace and the figures of before.
    late.status = "cancelled"
    mark(late)
    caught_up()
    revisions.tick()
    last = revisions.revisions(filters=Filters(units=("26506",)))
    guest_nights = [row for row in last if row.indicator.name == "guest_nights"]
    assert sorted((row.before, row.after) for row in guest_nights) == [(1, 4), (4, 1)]


def test_a_month_that_was_not_final_yet_is_no_revision(september: Any) -> None:
    october = date(2026, 10, 2)
    stay(september[0].room_type, october, october + ONE_DAY, Party())
    caught_up()
    revisions.tick()
    assert changes() == {}


def test_the_page_names_what_changed_to_whom_it_concerns(
    september: Any, as_: Any, clock: time_machine.Traveller
) -> None:
    stay(september[1].room_type, SEPTEMBER, SEPTEMBER + ONE_DAY, Party("KOR"))
    caught_up()
    revisions.tick()
    province = as_(UserFactory(province_official=True))
    rows = gate(province.get("/statistics/revisions")).xpath("//*[@id='rows']//tbody/tr")
    words = [" ".join(row.text_content().split()) for row in rows]
    assert any("Tháng 9/2026 Toàn địa bàn Ngày khách 2 3" in row for row in words)
    assert any("Phường Tam Thắng" in row for row in words)
    # A second house: of a ward with one alone every figure would be that house's.
    EstablishmentFactory()
    ward = as_(UserFactory(ward_official_of="26506"))
    page = gate(ward.get("/statistics/revisions"))
    assert "Chưa có sửa đổi" in page.text_content()
    assert ward.get("/statistics/revisions?unit=26526").status_code == 403


def test_a_program_gets_the_sums_of_both_times(september: Any, client: Any) -> None:
    stay(september[0].room_type, SEPTEMBER, SEPTEMBER + ONE_DAY, Party())
    caught_up()
    revisions.tick()
    _, text = create_api_key(role="province_official", purpose="Tổng hợp tháng")
    db.session.commit()
    address = "/api/v1/statistics/revisions?from=2026-09-01&to=2026-10-01&unit=26506"
    answer = client.get(address, headers={"Authorization": f"Bearer {text}"})
    rows = {row["indicator"]: row for row in answer.json["items"]}
    assert {row["unit"] for row in rows.values()} == {"26506"}
    nights = rows["guest_nights"]
    assert (nights["month"], nights["before"], nights["after"]) == ("2026-09", 1, 2)
    beds = rows["bed_occupancy_net"]
    assert (beds["numerator_after"], beds["denominator_after"], beds["after"]) == (2, 4, 0.5)
