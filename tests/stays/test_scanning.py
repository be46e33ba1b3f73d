"""Documents scanned or pasted into the check-in page: whose row they fill, what is said of them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from sqlalchemy import select

from app.db import db
from app.stays.models import Guest, Stay
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate
from tests.stays.test_pages import form_data, open_form, token_of

CARD = (
    "077190000017|270000017|Nguyễn Thị Thử|31011990|Nữ|"
    "5 Thùy Vân, Phường 2, Vũng Tàu, Bà Rịa - Vũng Tàu|01012021"
)
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
)
TD1 = (
    "IDVNM0900000018077090000001<<6\n9001011M3001019VNM<<<<<<<<<<<4\nNGUYEN<<VAN<THU<<<<<<<<<<<<<<<"
)
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
MRV_A = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<"
MRV_B = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<"
HEADERS = {"HX-Request": "true", "HX-Target": "form#check-in"}
BLANK = {f"guests-0-{name}": "" for name in ("full_name", "date_of_birth", "document_number")}


def card(n: int, name: str = "Nguyễn Thị Thử") -> str:
    return CARD.replace("077190000017", f"0771900{n:05d}").replace("Nguyễn Thị Thử", name)


@pytest.fixture
def desk(sign_in: Any, house: Any) -> Any:
    return sign_in(UserFactory(front_desk_of=house))


class Desk:
    """Posts the form as the page last showed it."""

    def __init__(self, client: Any, house: Any) -> None:
        self.client, self.url = client, f"/hotel/{house.code}/stays"
        self.data = form_data(open_form(client, house), **BLANK)
        self.data.pop("guests-0-sex")

    def scan(self, text: str, **more: str) -> Any:
        answer = self.client.post(self.url, data={**self.data, **more, "scan": text, "read": "1"})
        if answer.status_code == 200:
            self.data = values_of(answer)
        return answer


def values_of(page: Any) -> dict[str, str]:
    """Return what a browser would send back."""
    [form] = gate(page).xpath("//form[@id='check-in']")
    values = {}
    for field in form.xpath(".//input[@name]|.//textarea[@name]"):
        if field.get("type") in ("radio", "checkbox") and field.get("checked") is None:
            continue
        values[field.get("name")] = field.get("value") or field.text or ""
    for select_ in form.xpath(".//select"):
        [chosen] = select_.xpath(".//option[@selected]") or select_.xpath("(.//option)[1]")
        values[select_.get("name")] = chosen.get("value")
    return values


@pytest.fixture
def page(desk: Any, house: Any) -> Desk:
    return Desk(desk, house)


def cursor(answer: Any) -> str:
    [form] = gate(answer).xpath("//form[@id='check-in']")
    return form.get("data-cursor")


def test_a_card_fills_the_row_and_the_cursor_stays_for_the_next(page) -> None:
    answer = page.scan(CARD)
    assert answer.status_code == 200
    assert page.data["guests-0-full_name"] == "Nguyễn Thị Thử"
    assert page.data["guests-0-date_of_birth"] == "31/01/1990"
    assert page.data["guests-0-sex"] == "F"
    assert page.data["guests-0-document_number"] == "077190000017"
    assert page.data["guests-0-document_type"] == "citizen_id"
    assert page.data["guests-0-residence_kind"] == "permanent"
    assert page.data["guests-0-address"].startswith("5 Thùy Vân")
    assert cursor(answer) == ""
    assert "Đã đọc giấy tờ vào khách 1." in answer.text
    assert "Có chỗ cần xem lại" not in answer.text, "a ward that was renamed is no doubt"
    assert "270000017" not in answer.text, "the number of the former card is used nowhere"


def test_what_follows_the_seventh_field_is_not_even_shown(page) -> None:
    answer = page.scan(f"{CARD}|Cha Canary|Mẹ Canary\n")
    assert page.data["guests-0-full_name"] == "Nguyễn Thị Thử"
    assert "Canary" not in answer.text


def test_four_cards_fill_four_guests(page) -> None:
    for n in range(4):
        page.scan(card(n, f"Nguyễn Thị {'ABCD'[n]}n"))
    names = [page.data[f"guests-{n}-full_name"] for n in range(4)]
    assert names == ["Nguyễn Thị An", "Nguyễn Thị Bn", "Nguyễn Thị Cn", "Nguyễn Thị Dn"]
    assert "guests-4-full_name" not in page.data


def test_a_document_that_is_on_the_form_says_so(page) -> None:
    page.scan(CARD)
    answer = page.scan(CARD)
    assert "Giấy tờ này đã có trên phiếu: khách 1" in answer.text
    assert "guests-1-full_name" not in page.data


def test_decomposed_accents_are_composed(page) -> None:
    page.scan(unicodedata.normalize("NFD", CARD))
    assert page.data["guests-0-full_name"] == unicodedata.normalize("NFC", "Nguyễn Thị Thử")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PASSPORT, {"full_name": "ERIKSSON ANNA MARIA", "document_type": "passport"}),
        (PASSPORT.replace("\n", " "), {"document_number": "L898902C3"}),
        (PASSPORT.replace("\n", "\r\n") + "\r\n", {"date_of_birth": "12/08/1974", "sex": "F"}),
        (TD1, {"document_number": "077090000001", "nationality": "VNM", "sex": "M"}),
        (TD2, {"document_number": "D23145890", "document_type": "other"}),
        (MRV_A, {"document_type": "other", "document_name": "Thị thực"}),
        (MRV_B, {"document_type": "other", "full_name": "ERIKSSON ANNA MARIA"}),
    ],
)
def test_lines_of_all_formats_fill_the_row(page, text, expected) -> None:
    assert page.scan(text).status_code == 200
    assert {name: page.data[f"guests-0-{name}"] for name in expected} == expected


def test_the_cursor_waits_at_the_first_field_that_is_missing(page) -> None:
    swedish = PASSPORT.replace("UTO7408122", "SWE7408122")
    assert cursor(page.scan(swedish)) == "guests-0-permitted_until"
    # The utopian nationality is none that the list has.
    assert cursor(page.scan(PASSPORT.replace("L898902C36", "L898902C00"))) == "guests-1-nationality"
    without_birth = CARD.replace("31011990", "99999999")
    assert cursor(page.scan(without_birth)) == "guests-2-date_of_birth"


def test_what_was_doubtful_is_said_at_its_field_and_asked_before_saving(page, desk, house) -> None:
    wrong = PASSPORT.replace("L898902C36UTO", "L898902C35SWE")
    answer = page.scan(wrong)
    assert "Có chỗ cần xem lại" in answer.text
    [hint] = gate(answer).xpath("//*[@id='guests-0-document_number-hint']//*[@class='doubt']")
    assert "Số kiểm tra không khớp" in hint.text_content()
    # It is still said after another scan, and asked before the check-in.
    answer = page.scan(CARD)
    assert gate(answer).xpath("//*[@id='guests-0-document_number-hint']//*[@class='doubt']")
    data = {**page.data, "guests-0-permitted_until": "20/01/2027"}
    asked = desk.post(page.url, data=data)
    assert asked.status_code == 422
    assert "Số kiểm tra không khớp" in gate(asked).xpath("string(//*[@role='alert'])")
    assert desk.post(page.url, data={**data, "confirmed": "1"}).status_code == 303


def test_codes_of_doubts_that_nobody_wrote_say_nothing(page) -> None:
    answer = page.scan("101", **{"guests-0-doubts": "full_name:<b> nobody:required x:y full_name:"})
    assert answer.status_code == 200
    assert 'class="doubt"' not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a|b|c", "ít nhất 7 phần"),
        ("1|2|3|4|5|6|7", "không phải của thẻ căn cước"),
        ("P<UTOERIKSSON<<ANNA", "3 dòng 30 ký tự"),
        ("xin chào", "Không phải mã QR"),
        ("x" * 2001, "Dài quá"),
        ("  ", "Chưa có gì để đọc"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept_to_be_mended(page, text, words) -> None:
    answer = page.scan(text)
    assert answer.status_code == 200
    assert words in answer.text
    assert page.data["guests-0-full_name"] == ""


def test_scan_room_enter(page, desk, house) -> None:
    page.scan(CARD)
    answer = page.scan("102")
    assert answer.status_code == 303
    assert f"/stays/new?after={page.data['stay_id']}" in answer.location
    stay = db.session.scalars(select(Stay)).one()
    assert stay.room_id is not None
    again = desk.get(answer.location)
    assert "Đã nhận phòng 102." in again.text
    # With a script the form comes back first, and the tab sends it: it must outlast a dropped line.
    page.data["stay_id"] = ""
    page.data["guests-0-document_number"] = "077190000018"
    asked = desk.post(page.url, data={**page.data, "scan": "103", "read": "1"}, headers=HEADERS)
    assert asked.status_code == 200
    assert "data-saves" in asked.text


def test_a_room_before_the_guests_is_chosen_and_nothing_saved(page) -> None:
    answer = page.scan("103")
    assert answer.status_code == 200
    assert page.data["place"] == "room:103"
    assert cursor(answer) == ""
    assert db.session.scalars(select(Stay)).all() == []


def test_a_room_of_another_house_is_no_room(page) -> None:
    room_type = RoomTypeFactory(establishment=EstablishmentFactory(), rooms=9)
    assert len(room_type.establishment.room_types) == 1
    assert "Không phải mã QR" in page.scan("109").text


def test_a_typed_number_begins_a_row(page) -> None:
    answer = page.scan("077190000017")
    assert page.data["guests-0-document_number"] == "077190000017"
    assert cursor(answer) == "guests-0-full_name"
    # The card of the same guest fills that row.
    page.scan(CARD)
    assert page.data["guests-0-full_name"] == "Nguyễn Thị Thử"
    assert "guests-1-full_name" not in page.data


def test_the_tonight_page_begins_with_a_scan(desk, house) -> None:
    tonight = desk.get(f"/hotel/{house.code}/tonight")
    [form] = gate(tonight).xpath("//form[contains(@class, 'scan-start')]")
    data = {"csrf_token": token_of(tonight), "scan": CARD}
    answer = desk.post(form.get("action"), data=data)
    assert answer.status_code == 200
    values = values_of(answer)
    assert values["guests-0-full_name"] == "Nguyễn Thị Thử"
    assert values["stay_id"]
    assert values["departure_time"] == "12:00"


def test_nothing_that_was_scanned_is_in_an_address_or_stored(page, desk) -> None:
    page.scan(CARD)
    assert db.session.scalars(select(Guest)).all() == []
    assert desk.get(
        page.url.replace("/stays", "/stays/read"), query_string={"scan": CARD}
    ).status_code in (404, 405)


def test_nobody_scans_in_another_house(page, desk) -> None:
    other = EstablishmentFactory()
    data = {"csrf_token": page.data["csrf_token"], "scan": CARD}
    for path in ("stays/read", "stays"):
        assert desk.post(f"/hotel/{other.code}/{path}", data=data).status_code == 404


def test_only_the_check_in_page_may_run_webassembly(desk, house) -> None:
    policy = desk.get(f"/hotel/{house.code}/stays/new").headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    for path in ("tonight", "stays", "stays/quick?room=101"):
        policy = desk.get(f"/hotel/{house.code}/{path}").headers["Content-Security-Policy"]
        assert "wasm-unsafe-eval" not in policy


def test_the_same_form_sent_again_gets_the_same_answer_whatever_it_says_now(page, desk) -> None:
    page.scan(CARD)
    data = {**page.data, "then": "next"}
    headers = {"Accept": "application/json"}
    first = desk.post(page.url, data=data, headers=headers)
    second = desk.post(page.url, data={**data, "guests-0-full_name": ""}, headers=headers)
    assert first.json == {**second.json, "again": False}
    assert second.json["again"] is True
    assert len(db.session.scalars(select(Stay)).all()) == 1
