"""The card for the driver, and what the page of a house says about trusting it."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.registry import operations
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate


def test_the_card_is_vietnamese_inside_an_english_page(db_session: Any, client: Any) -> None:
    house = EstablishmentFactory(
        name="Khách sạn Sóng Biển",
        address="12 Hạ Long",
        phone="0254 385 1234",
        lat=10.33,
        lon=107.08,
    )
    page = gate(client.get(f"/establishments/{house.code}/driver?lang=en"))
    (card,) = page.xpath("//section[@lang='vi']")
    text = " ".join(" ".join(card.itertext()).split())
    assert text.startswith("Xin đưa tôi đến Khách sạn Sóng Biển 12 Hạ Long")
    assert "0254 385 1234" in text
    assert page.xpath("//a[contains(@href, 'mlat=10.33')]")
    bare = EstablishmentFactory(address=None, phone=None, lat=None, lon=None)
    gate(client.get(f"/establishments/{bare.code}/driver"))


def test_there_is_no_card_of_a_house_that_is_not_shown(db_session: Any, client: Any) -> None:
    house = EstablishmentFactory(applied=True)
    assert client.get(f"/establishments/{house.code}/driver").status_code == 404


def test_the_page_of_a_house_says_what_was_checked_and_when(db_session: Any, client: Any) -> None:
    house = EstablishmentFactory(phone="0254 385 1234", applied=True, licence_no="GP-12")
    RoomTypeFactory(establishment=house, list_price=800_000, list_price_on=date(2026, 3, 8))
    operations.approve(house, by=Principal(kind="user"))
    page = gate(client.get(f"/establishments/{house.code}"))
    text = " ".join(page.text_content().split())
    assert "Sở Du lịch đã kiểm tra ngày" in text
    assert "Giấy phép GP-12" in text
    assert "khai ngày CN 8/3/2026" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Số điện thoại này chưa được xác minh bằng mã." in text
    assert "Đừng chuyển tiền theo số khác" in text
    assert page.xpath(f"//a[@href='/establishments/{house.code}/report']")
    assert page.xpath(f"//a[@href='/establishments/{house.code}/driver']")
