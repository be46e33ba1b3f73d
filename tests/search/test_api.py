"""The public JSON API of search: its form, its bounds, its paging, its calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import dates
from app.search import fullness
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.search import town as towns
from tests.search.conftest import Town

API = "/api/v1"


@pytest.fixture
def hotel(db_session: Any) -> Any:
    """A hotel with three rooms known to be free at 800,000, confirmed just now."""
    house = EstablishmentFactory(name="Khách sạn Hải Âu", stars=3, amenities=["pool"])
    RoomTypeFactory(establishment=house, rooms=3, all_known=True, confirmed_at=dates.now())
    return house


def get(client: FlaskClient, path: str, **parameters: Any) -> Any:
    response = client.get(API + path, query_string=parameters)
    assert response.headers.get("Set-Cookie") is None
    return response


def night(ahead: int) -> str:
    return (dates.today() + timedelta(days=ahead)).isoformat()


def test_a_vacancy_as_the_interface_describes_it(client: FlaskClient, hotel: Any) -> None:
    response = get(client, "/vacancies", check_in=night(3), check_out=night(5), rooms=2, adults=3)
    body = response.get_json()
    assert response.status_code == 200
    assert (body["total"], body["page"], body["per_page"], body["engine"]) == (
        1,
        1,
        20,
        "database",
    )
    assert body["understood"] == {
        "check_in": night(3),
        "check_out": night(5),
        "rooms": 2,
        "adults": 3,
        "children": None,
        "price_min": None,
        "price_max": None,
        "kind": [],
        "stars": [],
        "amenities": [],
        "unit": [],
        "near": None,
        "text": "",
    }
    assert body["facets"] == {
        "kind": {"hotel": 1},
        "stars": {"3": 1},
        "unit": {"26506": 1},
        "amenities": {"pool": 1},
    }
    (item,) = body["items"]
    assert item["establishment"]["code"] == hotel.code
    assert item["establishment"]["unit"] == {"code": "26506", "name": "Phường Vũng Tàu"}
    assert item["establishment"]["location"] == {"lat": hotel.lat, "lon": hotel.lon}
    assert item["room_type"]["capacity"] == 2
    assert (item["vacant_rooms"], item["price"], item["total_price"]) == (3, 800_000, 3_200_000)
    assert (item["freshness"], item["distance_m"]) == ("fresh", None)
    assert item["confirmed_at"].endswith("+07:00")
    for part in ("engine;dur=", "db;dur=", "total;dur="):
        assert part in response.headers["Server-Timing"]
    assert response.headers["Cache-Control"] == "no-cache"


def test_without_dates_no_vacancy_is_claimed(client: FlaskClient, hotel: Any) -> None:
    EstablishmentFactory(name="Nhà chưa có phòng")
    body = get(client, "/vacancies").get_json()
    assert body["total"] == 2
    for item in body["items"]:
        claims = ("room_type", "vacant_rooms", "price", "total_price", "confirmed_at", "freshness")
        assert [item[name] for name in claims] == [None] * len(claims)


def test_everything_may_be_said_in_words(client: FlaskClient, hotel: Any) -> None:
    body = get(client, "/vacancies", q="ks co ho boi 2 nguoi dem mai duoi 1tr").get_json()
    said = body["understood"]
    assert (said["check_in"], said["check_out"]) == (night(1), night(2))
    assert (said["kind"], said["amenities"], said["price_max"]) == (["hotel"], ["pool"], 1_000_000)
    assert (said["adults"], said["rooms"], said["text"]) == (2, None, "")
    assert body["total"] == 1


def test_parameters_win_over_words(client: FlaskClient, hotel: Any) -> None:
    words = "khách sạn đêm mai 2 người"
    body = get(client, "/vacancies", q=words, kind="villa", check_in=night(9)).get_json()
    said = body["understood"]
    assert (said["kind"], said["check_in"], said["check_out"]) == (["villa"], night(9), night(10))
    assert body["total"] == 0


def test_an_area_stands_for_its_units(client: FlaskClient, hotel: Any) -> None:
    assert get(client, "/vacancies", unit="747").get_json()["total"] == 1
    assert get(client, "/vacancies", unit="748").get_json()["total"] == 0
    # Thắng Tam is part of Phường Vũng Tàu now.
    assert get(client, "/vacancies", unit="26508").get_json()["total"] == 1


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"check_in": "2026-13-01"}, "check_in"),
        ({"check_in": "hôm nay"}, "check_in"),
        ({"check_in": "-1"}, "check_in"),
        ({"check_in": "366"}, "check_in"),
        ({"check_out": "5"}, "check_in"),
        ({"check_in": "3", "check_out": "3"}, "check_out"),
        ({"check_in": "3", "check_out": "34"}, "check_out"),
        ({"check_in": "9999-12-31"}, "check_in"),
        ({"rooms": "0"}, "rooms"),
        ({"rooms": "9"}, "rooms"),
        ({"rooms": "１"}, "rooms"),
        ({"rooms": "1e3"}, "rooms"),
        ({"adults": "0"}, "adults"),
        ({"children": "-1"}, "children"),
        ({"unit": "99999"}, "unit"),
        ({"kind": "castle"}, "kind"),
        ({"stars": "6"}, "stars"),
        ({"amenities": "pool,moat"}, "amenities"),
        ({"price_max": "1.5"}, "price_max"),
        ({"price_min": "900", "price_max": "800"}, "price_max"),
        ({"near": "10.3"}, "near"),
        ({"near": "91,107"}, "near"),
        ({"near": "nan,107"}, "near"),
        ({"radius_km": "3"}, "near"),
        ({"near": "10.3,107", "radius_km": "0"}, "radius_km"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"sort": "stupid"}, "sort"),
        ({"sort": "distance"}, "near"),
        ({"page": "0"}, "page"),
        ({"page": "1000000000"}, "page"),
        ({"per_page": "101"}, "per_page"),
        ({"q": "x" * 501}, "q"),
    ],
)
def test_what_is_out_of_bounds_is_named(
    client: FlaskClient, hotel: Any, parameters: dict[str, str], named: str
) -> None:
    for name in ("check_in", "check_out"):
        value = parameters.get(name, "")
        if value.lstrip("-").isdigit():
            parameters = {**parameters, name: night(int(value))}
    response = get(client, "/vacancies", **parameters)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert named in {fault["parameter"] for fault in response.get_json()["errors"]}


@pytest.mark.parametrize(
    "words",
    [
        "'",
        '"',
        "\\",
        "a AND b",
        "kind = hotel",
        "%",
        "_",
        "<script>",
        "9" * 400,
        "🏖",
        "酒店",
    ],
)
def test_no_words_do_harm(client: FlaskClient, hotel: Any, words: str) -> None:
    assert get(client, "/vacancies", q=words).status_code == 200


def test_words_that_no_database_holds_are_named(client: FlaskClient, hotel: Any) -> None:
    response = get(client, "/vacancies", q="\x00")
    assert (response.status_code, response.get_json()["errors"][0]["parameter"]) == (422, "q")
    assert client.get("/search", query_string={"q": "\x00"}).status_code in (200, 422)


def test_words_beyond_what_is_searchable_stay_words(client: FlaskClient, hotel: Any) -> None:
    body = get(client, "/vacancies", q="khách sạn 99 phòng").get_json()
    assert body["understood"]["rooms"] is None


def test_the_last_day_and_the_longest_stay_can_be_searched(client: FlaskClient, hotel: Any) -> None:
    body = get(client, "/vacancies", check_in=night(365), check_out=night(395)).get_json()
    assert body["total"] == 1


def test_pages_by_number(client: FlaskClient, db_session: Any) -> None:
    for _ in range(5):
        EstablishmentFactory()
    found = []
    for page in (1, 2, 3, 4):
        body = get(client, "/vacancies", per_page=2, page=page).get_json()
        assert body["total"] == 5
        found += [item["establishment"]["code"] for item in body["items"]]
    assert len(found) == len(set(found)) == 5


def test_the_distance_is_told_where_a_place_is_named(client: FlaskClient, hotel: Any) -> None:
    body = get(client, "/vacancies", near=f"{hotel.lat},{hotel.lon}", sort="distance").get_json()
    assert body["items"][0]["distance_m"] == 0
    assert get(client, "/vacancies", q="gần Bãi Sau").get_json()["items"][0]["distance_m"] > 100


def test_a_house_that_is_not_open_is_not_found(client: FlaskClient, db_session: Any) -> None:
    for trait in ("applied", "suspended", "rejected"):
        EstablishmentFactory(**{trait: True})
    assert get(client, "/vacancies").get_json()["total"] == 0


# --- Calendars -----------------------------------------------------------------------------------


def test_a_house_calendar_in_three_words(client: FlaskClient, hotel: Any) -> None:
    body = get(client, f"/establishments/{hotel.code}/calendar").get_json()
    assert body["items"][0] == {"night": night(0), "vacancy": "free"}
    assert len(body["items"]) == 31
    assert get(client, "/establishments/nobody/calendar").status_code == 404


@pytest.mark.parametrize(
    ("start", "end", "named"), [(-1, 3, "from"), (3, 3, "to"), (0, 401, "to"), (366, 370, "from")]
)
def test_the_bounds_of_a_calendar(
    client: FlaskClient, hotel: Any, start: int, end: int, named: str
) -> None:
    for path in (f"/establishments/{hotel.code}/calendar", "/vacancies/calendar"):
        response = get(client, path, **{"from": night(start), "to": night(end)})
        assert response.status_code == 422
        assert response.get_json()["errors"][0]["parameter"] == named


def test_the_town_calendar_hides_what_fewer_than_three_houses_say(
    client: FlaskClient, hotel: Any
) -> None:
    def first() -> Any:
        client.application.extensions.pop("search_fullness", None)
        return get(client, "/vacancies/calendar").get_json()["items"][0]

    assert first() == {
        "night": night(0),
        "houses": None,
        "free": None,
        "few": None,
        "full": None,
        "full_share": None,
    }
    for rooms in (1, 3):
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=rooms, all_known=True, confirmed_at=dates.now())
    assert first() == {
        "night": night(0),
        "houses": 3,
        "free": 2,
        "few": 1,
        "full": 0,
        "full_share": 0.0,
    }
    assert get(client, "/vacancies/calendar", unit="748").get_json()["items"][0]["houses"] is None
    assert get(client, "/vacancies/calendar", kind="castle").status_code == 422


def test_the_town_calendar_counts_the_calendars_of_the_houses(town: Town) -> None:
    from app.availability.queries import public_calendar
    from app.dates import Period

    period = Period.of(dates.today(), towns.NIGHTS)
    words = [public_calendar(house.id, period) for house in town.houses if house.approved]
    for one in fullness.town_nights(period):
        said = [calendar[one.night] for calendar in words if calendar[one.night]]
        if len(said) < fullness.FEWEST_HOUSES:
            assert one.houses is None
            continue
        assert (one.free, one.few, one.full) == tuple(
            said.count(word) for word in ("free", "few", "full")
        )
