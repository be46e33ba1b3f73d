"""The public pages of search: usable without scripts, shareable, without a cookie."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import update

from app import dates
from app.db import db
from app.registry.models import Establishment
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate, swap


@pytest.fixture
def hotel(db_session: Any) -> Any:
    """A hotel with three rooms known to be free, confirmed just now."""
    house = EstablishmentFactory(name="Khách sạn Hải Âu", stars=3, amenities=["pool"])
    RoomTypeFactory(establishment=house, rooms=3, all_known=True, confirmed_at=dates.now())
    return house


def fetch(client: FlaskClient, path: str, status: int = 200, **parameters: Any) -> Any:
    response = client.get(path, query_string=parameters or None)
    assert response.status_code == status
    assert response.headers.get("Set-Cookie") is None
    assert response.headers["Cache-Control"] == "no-cache"
    return gate(response)


def text_of(tree: Any) -> str:
    return " ".join(tree.text_content().replace("\N{NO-BREAK SPACE}", " ").split())


def night(ahead: int) -> str:
    return (dates.today() + timedelta(days=ahead)).isoformat()


def links(tree: Any, path: str) -> dict[str, dict[str, list[str]]]:
    """Return label → parameters of the links found."""
    return {
        " ".join(link.text_content().split()) or link.get("aria-label"): parse_qs(
            urlsplit(link.get("href")).query
        )
        for link in tree.xpath(path)
    }


def test_the_first_page_shows_tonight(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/")
    assert "1 nơi còn phòng đêm nay" in text_of(tree)
    (result,) = tree.xpath("//li[contains(@class, 'result')]")
    assert "Khách sạn Hải Âu" in text_of(result)
    assert "Còn 3 phòng" in text_of(result)
    assert "800.000 ₫" in text_of(result)
    assert result.xpath(".//a[starts-with(@href, 'tel:')]")


def test_a_sentence_becomes_chips_that_can_be_taken_back(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", q="khách sạn có hồ bơi đêm mai 2 người")
    removals = links(tree, "//li[@class='chip']/a")
    assert list(removals) == [
        "Bỏ Khách sạn",
        "Bỏ Hồ bơi",
        next(label for label in removals if "→" in label),
        "Bỏ 2 người lớn",
    ]
    assert removals["Bỏ Hồ bơi"] == {"q": ["khách sạn, đêm mai 2 người"]}
    assert tree.xpath("//input[@id='q']/@value") == ["khách sạn có hồ bơi đêm mai 2 người"]
    assert tree.xpath("//input[@name='check_in']/@value") == [night(1)]
    assert tree.xpath("//input[@name='kind'][@checked]/@value") == ["hotel"]


def test_near_in_words_reaches_so_far_and_says_so(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", q="gần Bãi Sau")
    assert "trong 5 km" in text_of(tree.xpath("//ul[@class='chips']")[0])
    farther = links(tree, "//li[@class='chip chip-offer']/a")["Xa hơn 5 km"]
    assert "radius_km" not in farther
    assert "near" in farther
    far = EstablishmentFactory(name="Homestay Đồi Xa", lat=10.43, lon=107.12)
    RoomTypeFactory(establishment=far, rooms=1, all_known=True, confirmed_at=dates.now())
    tree = fetch(client, "/search", q="gần Bãi Sau")
    (step,) = [query for label, query in steps_of(tree).items() if label.startswith("Tìm xa hơn")]
    assert step["radius_km"] == ["15"]
    again = fetch(client, "/search?" + urlencode(step, doseq=True))
    assert "trong 15 km" in text_of(again.xpath("//ul[@class='chips']")[0])
    # The house without a position is found where distance only sorts.
    assert "2 cơ sở lưu trú" in text_of(fetch(client, "/search?" + urlencode(farther, doseq=True)))


def test_a_page_beyond_the_last_leads_back(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", check_in=night(1), page="99")
    assert "Không có trang 99" in text_of(tree)
    assert "Chưa thấy nơi nào" not in text_of(tree)
    assert links(tree, "//div[@class='empty']//a")["Về trang đầu"]["page"] == ["1"]
    assert "Hải Âu" in text_of(fetch(client, "/search", check_in=night(1), page="1"))


def test_words_no_house_has_leave_the_rest_of_the_wish(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", q="khách sạn qwerty có hồ bơi đêm mai")
    assert "1 nơi còn phòng" in text_of(tree)
    assert "Không nơi nào có đủ các từ “qwerty”" in text_of(tree)
    assert "Bỏ Hồ bơi" in links(tree, "//li[@class='chip']/a")
    assert "q" not in links(tree, "//nav[contains(@class, 'orders')]/a")["Giá thấp"]
    # Without any wish nothing stands for what was not found.
    assert "0 cơ sở lưu trú" in text_of(fetch(client, "/search", q="qwerty"))


def test_what_is_like_no_name_is_read_as_a_wish(client: FlaskClient, hotel: Any) -> None:
    EstablishmentFactory(name="Khách sạn Mây", address="Đường Gió")
    EstablishmentFactory(name="Homestay Gió", kind="homestay", address="Đường Mây")
    # Neither has all the words as a name; as a wish it is a homestay called Gió.
    tree = fetch(client, "/search", q="gió nhà dân")
    assert "Bỏ Homestay" in links(tree, "//li[@class='chip']/a")
    assert [name.text_content() for name in tree.xpath("//h3[@class='result-name']")] == [
        "Homestay Gió"
    ]


def steps_of(tree: Any) -> Any:
    return links(tree, "//ul[@class='next-steps']//a")


def test_parameters_become_chips_too(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", check_in=night(2), kind="hotel,villa", price_max=900_000)
    removals = links(tree, "//li[@class='chip']/a")
    assert removals["Bỏ Biệt thự"]["kind"] == ["hotel"]
    assert "check_in" not in next(query for label, query in removals.items() if "→" in label)
    assert "price_max" not in removals["Bỏ Đến 900.000 ₫".replace(" ₫", "\N{NO-BREAK SPACE}₫")]


def test_boxes_of_a_form_come_as_repeated_parameters(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search?kind=hotel&kind=villa&check_in=&q=")
    assert tree.xpath("//input[@name='kind'][@checked]/@value") == ["hotel", "villa"]
    assert "1 cơ sở lưu trú" in text_of(tree)


def test_the_fragment_is_the_part_of_the_page(client: FlaskClient, hotel: Any) -> None:
    swap(client, "/search", f"/search?check_in={night(3)}&kind=hotel", "results")


def test_the_fragment_names_the_address_to_share(client: FlaskClient, hotel: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "div#results"}
    path = f"/search?q=&check_in={night(3)}&price_max=&kind=hotel&kind=villa"
    answer = client.get(path, headers=headers)
    pushed = parse_qs(urlsplit(answer.headers["HX-Push-Url"]).query)
    assert pushed == {"check_in": [night(3)], "check_out": [night(4)], "kind": ["hotel,villa"]}


def test_what_is_wrong_is_said_at_the_field(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", 422, check_in=night(5), check_out=night(3), rooms="0")
    assert "Ngày trả phòng phải sau ngày nhận phòng." in text_of(tree)
    (summary,) = tree.xpath("//div[@class='error-summary']")
    for target in summary.xpath(".//a/@href"):
        assert tree.xpath(f"//*[@id='{target[1:]}']")
    # What was typed is still there.
    assert tree.xpath("//input[@name='check_in']/@value") == [night(5)]
    assert tree.xpath("//input[@name='rooms']/@value") == ["0"]
    assert tree.xpath("//input[@name='rooms']/@aria-invalid") == ["true"]


def test_nothing_found_says_what_helps_next(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", check_in=night(5), stars="5", rooms="3", adults="6")
    assert "Chưa thấy nơi nào còn phòng như vậy" in text_of(tree)
    steps = links(tree, "//ul[@class='next-steps']//a")
    # No other night has five stars either, so none is offered.
    assert not any(label.startswith("Sớm một ngày") for label in steps)
    assert "stars" not in steps["Bỏ “5 sao” 1 nơi"]


def test_without_dates_the_page_asks_for_them(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, "/search", q="hải âu")
    assert "Chọn ngày nhận phòng" in text_of(tree)
    assert "Còn 3 phòng" not in text_of(tree)


def test_the_language_travels_in_the_links(client: FlaskClient, hotel: Any) -> None:
    for path in ("/search", f"/establishments/{hotel.code}"):
        tree = fetch(client, path, check_in=night(1), lang="en")
        inside = [
            link
            for link in tree.xpath("//main//a/@href")
            if link.startswith("/") and not link.startswith("/static")
        ]
        assert inside
        assert all("lang=en" in link for link in inside)
    assert fetch(client, "/search", lang="en").xpath("//form//input[@name='lang']/@value")


def test_pages_have_links_of_their_own(client: FlaskClient, db_session: Any) -> None:
    for _ in range(45):
        EstablishmentFactory()
    tree = fetch(client, "/search", page="2", kind="hotel")
    ways = links(tree, "//nav[@class='pagination']/a")
    assert ways == {
        "Trước": {"kind": ["hotel"], "page": ["1"]},
        "Sau": {"kind": ["hotel"], "page": ["3"]},
    }
    assert len(tree.xpath("//li[contains(@class, 'result')]")) == 20


def test_what_somebody_typed_is_never_markup(client: FlaskClient, hotel: Any) -> None:
    evil = '"><script>alert(1)</script>'
    assert "<script>alert" not in client.get("/search", query_string={"q": evil}).text


# --- The page of a house -------------------------------------------------------------------------


def test_a_house_shows_its_rooms_for_the_stay(client: FlaskClient, hotel: Any) -> None:
    RoomTypeFactory(
        establishment=hotel,
        name="Phòng nhỏ",
        capacity=1,
        rooms=20,
        all_known=True,
        confirmed_at=dates.now(),
    )
    RoomTypeFactory(establishment=hotel, name="Phòng chưa báo", rooms=1)
    path = f"/establishments/{hotel.code}"
    tree = fetch(client, path, check_in=night(1), check_out=night(3), adults="2")
    rows = [text_of(row) for row in tree.xpath("//table[contains(@class, 'table')]/tbody/tr")]
    assert "Còn 3 phòng" in rows[0]
    assert "1.600.000 ₫" in rows[0]
    assert "Còn từ 8 phòng" in rows[1]
    assert "không đủ cho số khách" in rows[1]
    assert "Chưa rõ còn phòng" in rows[2]


def test_a_house_has_a_calendar_in_three_steps(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, f"/establishments/{hotel.code}")
    today = dates.today()
    assert f"Tháng {today.month}/{today.year}" in text_of(tree)
    nights = tree.xpath("//a[contains(@class, 'night')]")
    assert "còn" in text_of(nights[0])
    query = parse_qs(urlsplit(nights[0].get("href")).query)
    assert query == {"check_in": [night(0)], "check_out": [night(1)]}
    later = next(link for link in tree.xpath("//a/@href") if "month=" in link)
    assert fetch(client, later.partition("#")[0]).xpath("//table[@class='month']")


@pytest.mark.parametrize("month", ["2020-01", "2099-01", "x", "2026-99", "１２３４-５６"])
def test_a_month_nobody_can_search_is_none(client: FlaskClient, hotel: Any, month: str) -> None:
    fetch(client, f"/establishments/{hotel.code}", month=month)


def test_wrong_dates_do_not_hide_a_house(client: FlaskClient, hotel: Any) -> None:
    tree = fetch(client, f"/establishments/{hotel.code}", check_in="2020-01-01", rooms="x")
    assert "Các loại phòng" in text_of(tree)


def test_only_open_houses_have_a_page(client: FlaskClient, hotel: Any) -> None:
    assert client.get("/establishments/nobody").status_code == 404
    db.session.execute(
        update(Establishment).where(Establishment.id == hotel.id).values(status="suspended")
    )
    assert client.get(f"/establishments/{hotel.code}").status_code == 404


@pytest.mark.browser
def test_a_filter_swaps_the_results_and_the_address(
    page: Any, live_server: str, committed: Any
) -> None:
    with committed.app_context():
        for kind in ("hotel", "villa"):
            house = EstablishmentFactory(name=f"Nhà {kind}", kind=kind)
            RoomTypeFactory(establishment=house, rooms=2, all_known=True, confirmed_at=dates.now())
        db.session.commit()
    page.goto(f"{live_server}/search?check_in={night(1)}")
    expect(page.locator("li.result")).to_have_count(2)
    page.locator("details.filters summary").click()
    page.locator("label", has_text="Biệt thự").click()
    page.locator("li.result", has_text="Nhà hotel").wait_for(state="detached")
    page.wait_for_url("**kind=villa**")
    expect(page.locator("li.result")).to_contain_text("Nhà villa")
    # Leaving while the map is being fetched would count as a fault of the page.
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator("li.result")).to_have_count(1)
    page.wait_for_load_state("networkidle")
