"""Tonight for officials, and the relief view: what is counted, what is full, who sees what."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app import dates
from app.db import db
from app.registry.models import RoomType
from app.registry.versions import mark_changed
from app.statistics.kept import vacant_now
from app.statistics.queries import Filters
from app.statistics.tonight.relief import Ward, distance_km, relief, wards
from app.statistics.tonight.vacancy import Vacancy, houses_on, summed
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import gate
from tests.statistics.conftest import TODAY
from tests.statistics.test_now import ONE
from tests.statistics.town import Party, rooms, stay

TONIGHT = "/statistics/tonight"
RELIEF = "/statistics/tonight/relief"


def known_now() -> None:
    db.session.execute(update(RoomType).values(all_known=True, confirmed_at=dates.now()))
    db.session.commit()


def house(code: str, unit: Any, count: int, *, taken: int = 0, lat: float, **values: Any) -> Any:
    made = EstablishmentFactory(code=code, unit=unit, lat=lat, lon=107.08, **values)
    for room in rooms(made, count)[:taken]:
        stay(room, TODAY, TODAY + ONE, Party("KOR"), status="in_house")
    return made


@pytest.fixture
def full(town: Any) -> Any:
    """Phường 26506 has no room left; 26526 (three houses, near), 26542 (one house) have some."""
    tam_thang, phuoc_thang = town.there.classifications[0].unit, UnitFactory(code="26542")
    here = town.here.classifications[0].unit
    for each in (town.here, town.there):
        each.status = "suspended"
        each.room_types[0].bed_places = 1
    stay_in(town.here)
    stay_in(town.there)
    house("FULL", here, 10, taken=10, lat=10.34)
    house("FULL2", here, 10, taken=10, lat=10.34)
    house("NEAR1", tam_thang, 5, taken=1, lat=10.36)
    house("NEAR2", tam_thang, 5, lat=10.36)
    house("FAR", phuoc_thang, 9, lat=10.42)
    twin = EstablishmentFactory(status="test", twin_of_id=town.there.id, unit=here)
    rooms(twin, 50)
    known_now()
    return town


def stay_in(made: Any) -> None:
    for assignment in made.room_types[0].assignments:
        stay(assignment.room, TODAY, TODAY + ONE, Party(), status="in_house")


def text_of(answer: Any) -> str:
    return " ".join(gate(answer).find(".//main").text_content().split())


def test_the_page_says_rooms_beds_and_movements(province: Any, full: Any) -> None:
    text = text_of(province.get(TONIGHT))
    assert "18trên 45 phòng đã biết" in text, text
    assert "Giường trống 36" in text
    assert "đã đến 27 phòng" in text
    assert "100 %" in text.replace("\xa0", " ")


@pytest.mark.parametrize("by", ["unit", "area", "kind", "stars"])
def test_rows_add_up_to_the_houses(province: Any, full: Any, by: str) -> None:
    rows, total = vacant_now(by=by, filters=Filters())
    houses = houses_on(TODAY, Filters())
    assert sum(row.rooms_vacant for row in rows) == total.rooms_vacant == 18
    assert total == summed(houses, by="unit")[1]
    assert province.get(f"{TONIGHT}?by={by}").status_code == 200


def test_what_is_kept_of_the_night_holds_until_a_house_does_something(full: Any) -> None:
    def night() -> tuple[int, int]:
        total = vacant_now(by="unit", filters=Filters())[1]
        return total.rooms_registered, total.rooms_occupied

    registered, occupied = night()
    made = house("NEAR9", UnitFactory(code="26526"), 3, lat=10.35)
    db.session.flush()
    assert night() == (registered + 3, occupied)
    stay_in(made)
    # An act of the house raises its version, which this one did not.
    assert night() == (registered + 3, occupied)
    mark_changed(made.id)
    assert night() == (registered + 3, occupied + 3)


def test_a_ward_sees_its_houses_on_the_map_and_no_other(ward: Any, full: Any) -> None:
    text = ward.get(TONIGHT).get_data(as_text=True)
    assert "FULL" in text
    assert "NEAR1" not in text
    assert ward.get(f"{TONIGHT}?unit=26526").status_code == 403


def test_a_house_shows_no_more_rooms_than_the_search_does(province: Any, full: Any) -> None:
    # With a second house there the ward is no single house's, which would ask for a reason.
    house("FAR2", UnitFactory(code="26542"), 2, lat=10.43)
    text = province.get(f"{TONIGHT}?unit=26542").get_data(as_text=True)
    assert '"8+"' in text
    assert '"count": 9' not in text


def test_a_fault_stands_at_its_field(province: Any, full: Any) -> None:
    answer = province.get(f"{TONIGHT}?kind=castle")
    assert answer.status_code == 422
    assert "Không có lựa chọn này" in text_of(answer)


def test_a_front_desk_is_refused(as_: Any, town: Any) -> None:
    client = as_(UserFactory(front_desk_of=town.here))
    assert client.get(TONIGHT).status_code == 403
    assert client.get(RELIEF).status_code == 403


# --- Relief -----------------------------------------------------------------------------------


def test_relief_names_full_wards_and_the_nearest_rooms(province: Any, full: Any) -> None:
    text = text_of(province.get(RELIEF))
    assert "Còn 0 trên 24 phòng đã biết" in text
    assert text.index("Tam Thắng") < text.index("Phước Thắng")
    assert "Phường Vũng Tàu gần như hết phòng: còn 0 trên 24 phòng đã biết." in text
    assert "Phường Tam Thắng: 9 phòng, 18 giường, cách khoảng" in text
    # What everybody may read has no sum of one house.
    assert "Phước Thắng:" not in text
    assert "số liệu lúc 10:00 20/11/2026" in text
    assert "Vũng Tàu ward is nearly full: 0 of 24 known rooms left." in text


def test_a_ward_s_official_sees_only_sums_of_three_houses(ward: Any, full: Any) -> None:
    text = text_of(ward.get(RELIEF))
    assert "Phường Tam Thắng: 9 phòng" in text
    assert "Phước Thắng" not in text
    assert "trên 3 cơ sở" in text


def test_the_full_ward_of_another_is_not_shown(as_: Any, full: Any) -> None:
    client = as_(UserFactory(ward_official_of="26542"))
    text = text_of(client.get(RELIEF))
    assert "Không phường, xã nào hết phòng" in text
    assert "Thông báo để gửi" not in text


def test_another_night_and_its_limits(province: Any, full: Any) -> None:
    text = text_of(province.get(f"{RELIEF}?night=2026-11-21"))
    assert "Không phường, xã nào hết phòng" in text
    for night in ("2026-11-19", "2027-06-01", "soon"):
        answer = province.get(f"{RELIEF}?night={night}")
        assert answer.status_code == 422
        assert gate(answer).xpath("//*[@aria-invalid='true']")


@pytest.mark.parametrize(
    ("vacant", "known", "registered", "is_full"),
    [(5, 100, 100, True), (6, 100, 100, False), (0, 49, 100, False), (0, 0, 0, False)],
)
def test_what_full_means(vacant: int, known: int, registered: int, is_full: bool) -> None:
    sums = Vacancy("x", rooms_registered=registered, rooms_known=known, rooms_vacant=vacant)
    assert Ward("x", sums, None).is_full is is_full


def test_a_ward_without_a_place_has_no_neighbours(full: Any) -> None:
    found = [Ward(w.code, w.figures, None) for w in wards(houses_on(TODAY, Filters()))]
    assert [each.nearby for each in relief(found, None)] == [[]]


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_km((10, 107), (11, 107)) == pytest.approx(111.2, abs=0.1)
