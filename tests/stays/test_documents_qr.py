"""The text of a citizen card's QR code, the ward its address means, and POST /documents/parse."""

from __future__ import annotations

import logging
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts import operations as accounts
from app.db import db
from app.registry.units import Units
from app.stays.documents import Parsed, parse, why_not
from app.stays.documents.addresses import ward_of
from app.web.idempotency import IdempotentRequest
from tests.stays.conftest import Api, api_for

TODAY = date(2026, 11, 24)
# Made up: no person has this number.
ADDRESS = "12 Lê Lợi, Phường 2, Thành phố Vũng Tàu, Bà Rịa - Vũng Tàu"
CARD = f"077190123456|273123456|Nguyễn Thị Canary|31011990|Nữ|{ADDRESS}|20042021"
PASSPORT = """P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L898902C36UTO7408122F1204159ZE184226B<<<<<10"""


def card(**changes: str) -> str:
    """The card with some of its fields changed."""
    names = ("number", "old", "name", "birth", "sex", "address", "issue")
    return "|".join((dict(zip(names, CARD.split("|"), strict=True)) | changes).values())


def read(text: str) -> Parsed:
    parsed = parse(text, TODAY)
    assert parsed is not None
    return parsed


def codes(parsed: Parsed) -> list[str]:
    return [warning.code for warning in parsed.found.warnings]


# --- Reading -------------------------------------------------------------------------------


def test_a_card_gives_the_fields_of_a_guest() -> None:
    parsed = read(CARD)
    assert (parsed.kind, parsed.errors, codes(parsed)) == ("citizen_qr", [], [])
    assert parsed.fields == {
        "full_name": "Nguyễn Thị Canary",
        "date_of_birth": "1990-01-31",
        "birth_date_precision": "day",
        "sex": "F",
        "nationality": "VNM",
        "document": {"type": "citizen_id", "number": "077190123456", "name": None},
        "residence": {"kind": "permanent", "country": "VNM", "unit": None, "address": ADDRESS},
        "issuing_state": "VNM",
        "issue_date": "2021-04-20",
        "old_id": "273123456",
    }


@pytest.mark.parametrize(
    "text",
    [
        f"{CARD}|",
        f"{CARD}||||",
        f"{CARD}|31012015|077000000001|NGUYEN VAN CHA|TRAN THI ME",
        f"  {CARD}  \r\n",
        f"\ufeffCCCD:{CARD}",
        f"]Q1{CARD}",
        f'"{CARD}"\r\n',
        card(name="  Nguyễn   Thị Canary "),
        unicodedata.normalize("NFD", CARD),
        CARD.replace("|", "｜"),
        CARD.encode().decode("latin-1"),
    ],
)  # fmt: skip
def test_bent_text_and_more_fields_give_the_same(text: str) -> None:
    parsed = read(text)
    assert (parsed.errors, parsed.fields) == ([], read(CARD).fields)


def test_what_follows_the_seven_fields_is_nowhere_in_the_result() -> None:
    assert "SECRET" not in repr(read(f"{CARD}|SECRET|SECRET"))


@pytest.mark.parametrize(
    ("said", "sex"),
    [("Nam", "M"), ("NAM", "M"), ("nam ", "M"), ("Nữ", "F"), ("nu", "F"), ("Nuwx", "F"),
     ("Nuxw", "F"), ("Nu74", "F"), ("NU47", "F"), ("Nu\u031b\u0303", "F"), ("Female", "F"),
     ("Khác", None), ("", None), ("Nami", None), ("Nũa", None)],
)  # fmt: skip
def test_the_sex_in_many_spellings(said: str, sex: str | None) -> None:
    parsed = read(card(sex=said))
    assert (parsed.fields["sex"], parsed.errors) == (sex, [] if sex else ["sex"])


@pytest.mark.parametrize(
    ("issue", "kind"),
    [("30062024", "citizen_id"), ("01072024", "identity_card"), ("24112026", "identity_card")],
)
def test_the_day_of_issue_says_which_card_it_is(issue: str, kind: str) -> None:
    parsed = read(card(issue=issue))
    assert (parsed.errors, parsed.fields["document"]["type"]) == ([], kind)
    assert parsed.fields["residence"]["kind"] == ("permanent" if kind == "citizen_id" else None)


def test_empty_old_number_and_address() -> None:
    parsed = read(card(old="", address=""))
    assert (parsed.errors, parsed.fields["old_id"]) == ([], None)
    assert parsed.fields["residence"] == {
        "kind": None, "country": "VNM", "unit": None, "address": None,
    }  # fmt: skip


def test_a_card_may_know_only_the_year_of_birth() -> None:
    fields = read(card(birth="00001990")).fields
    assert (fields["date_of_birth"], fields["birth_date_precision"]) == ("1990-01-01", "year")


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"number": "77190123456"}, ["document_number"]),
        ({"number": "0771901234567"}, ["document_number"]),
        ({"number": "07719012345A"}, ["document_number"]),
        ({"number": "٠٧٧١٩٠١٢٣٤٥٦"}, ["document_number"]),
        ({"birth": "31021990"}, ["birth_date"]),
        ({"birth": "19900131"}, ["birth_date"]),
        ({"birth": "25112026"}, ["birth_date"]),
        ({"birth": "31011889"}, ["birth_date"]),
        ({"birth": ""}, ["birth_date"]),
        ({"issue": "20/04/2021"}, ["issue_date"]),
        ({"issue": "25112026"}, ["issue_date"]),
        ({"issue": ""}, ["issue_date"]),
        ({"name": ""}, ["full_name"]),
        ({"name": "Nguyễn 7"}, ["full_name"]),
        ({"name": "<script>"}, ["full_name"]),
        (
            {"number": "1", "birth": "2", "name": "3"},
            ["full_name", "document_number", "birth_date"],
        ),
    ],
)
def test_faults_are_named(changes: dict[str, str], errors: list[str]) -> None:
    parsed = read(card(**changes))
    assert (parsed.errors, parsed.is_valid) == (errors, False)


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({"number": "003190123456"}, ["number_province"]),
        ({"number": "077090123456"}, ["number_sex"]),
        ({"number": "077191123456"}, ["number_birth_year"]),
        ({"number": "077390123456"}, ["number_birth_year"]),
        ({"name": "Canary"}, ["one_word_name"]),
        ({"name": "Nguyeenx Thij Maix"}, ["name_keystrokes"]),
        ({"old": "12345678"}, ["old_id_strange"]),
        ({"birth": "31011990", "issue": "01011989"}, ["issued_before_birth"]),
        ({"name": "Nguyễn Thị Hoàng Oanh"}, []),
    ],
)
def test_the_rest_only_warns(changes: dict[str, str], warnings: list[str]) -> None:
    parsed = read(card(**changes))
    assert (parsed.errors, codes(parsed)) == ([], warnings)


def test_the_wrong_encoding_is_mended_and_said() -> None:
    assert codes(read(CARD.encode().decode("latin-1"))) == ["encoding_mended"]
    parsed = read(card(name="Nguyá»…n Canary"))
    assert parsed.fields["full_name"] == "Nguyễn Canary"
    assert codes(parsed) == ["encoding_mended"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CARD.rsplit("|", 1)[0], "too_few_fields"),
        (CARD.replace("|", ";"), "not_a_document"),
        ("a|b|c|d|e|f|g", "not_a_card"),
        ("||||||", "not_a_card"),
        ("room|name|birth|sex|nationality|Nam|note", "not_a_card"),
    ],
)
def test_what_is_no_card(text: str, why: str) -> None:
    assert parse(text, TODAY) is None
    assert why_not(text) == why


@given(st.lists(st.text(), min_size=7, max_size=9))
def test_no_fields_raise(fields: list[str]) -> None:
    parse("|".join(fields), TODAY)


@given(st.text(), st.text(), st.text(), st.sampled_from(CARD.split("|")))
def test_no_text_in_a_right_card_raises(name: str, address: str, old: str, other: str) -> None:
    parse(card(name=name, address=address, old=old, birth=other), TODAY)
    parse(card(number=name, sex=address, issue=old), TODAY)


# --- The ward of the address ---------------------------------------------------------------

OLD, NEW = date(2021, 4, 20), date(2025, 9, 1)


@pytest.mark.parametrize(
    ("address", "issued", "code", "was_renamed"),
    [
        (ADDRESS, OLD, "26506", True),
        ("Tổ 3, P.8, TP Vũng Tàu, Tỉnh Bà Rịa-Vũng Tàu", OLD, "26526", True),
        ("Long Sơn, Vũng Tàu, Bà Rịa - Vũng Tàu", OLD, "26545", False),
        ("Phước Hưng, Bà Rịa, Bà Rịa - Vũng Tàu", OLD, "26560", True),
        ("Phước Hưng, Long Điền, Bà Rịa - Vũng Tàu", OLD, "26662", True),
        ("Khu phố 1, Thị trấn Long Hải, Long Điền, Bà Rịa - Vũng Tàu", OLD, "26662", True),
        ("Khu 3, Côn Đảo, BR-VT", OLD, "26732", False),
        ("Phường Thắng Tam, Bà Rịa - Vũng Tàu", OLD, "26506", True),
        ("1 Thùy Vân, Phường Vũng Tàu, Thành phố Hồ Chí Minh", NEW, "26506", False),
        ("Long Hải, TP. Hồ Chí Minh", NEW, "26662", False),
        ("Vũng Tàu, Bà Rịa - Vũng Tàu", OLD, None, False),
        # Wards of the city with names that ours have or had.
        ("Phường 2, Quận 3, TP. Hồ Chí Minh", OLD, None, False),
        ("Phường 2, TP. Hồ Chí Minh", NEW, None, False),
        ("Phường Phú Mỹ, Quận 7, TP. Hồ Chí Minh", NEW, None, False),
        ("Phường Phú Mỹ, TP. Hồ Chí Minh", OLD, None, False),
        ("Phường Phú Mỹ, TP. Hồ Chí Minh", None, None, False),
        ("Phường 2, Thành phố Đà Lạt, Lâm Đồng", OLD, None, False),
        ("Bà Rịa - Vũng Tàu", OLD, None, False),
        (",,,", OLD, None, False),
        ("P. Cát Linh", OLD, None, False),
    ],
)
def test_the_ward_of_an_address(
    db_session: Any, address: str, issued: date | None, code: str | None, was_renamed: bool
) -> None:
    found = ward_of(address, issued, Units.load())
    assert ((found[0].code, found[1]) if found else (None, False)) == (code, was_renamed)


# --- The endpoint --------------------------------------------------------------------------


def test_a_card_through_the_api_keeps_its_address_and_finds_the_ward(api: Api) -> None:
    answer = api.post("/documents/parse", {"text": CARD})
    assert answer.status_code == 200, answer.json
    assert set(answer.json) == {"kind", "valid", "fields", "errors", "warnings"}
    assert (answer.json["kind"], answer.json["valid"]) == ("citizen_qr", True)
    residence = answer.json["fields"]["residence"]
    assert (residence["unit"], residence["address"]) == ("26506", ADDRESS)
    [warning] = answer.json["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/fields/residence/unit", "unit_converted")
    assert warning["detail"]


def test_a_passport_through_the_api_needs_no_idempotency_key(client: Any, api: Api) -> None:
    answer = client.post(
        "/api/v1/documents/parse",
        json={"text": PASSPORT},
        headers={"Authorization": f"Bearer {api.key}"},
    )
    assert answer.status_code == 200
    assert (answer.json["kind"], answer.json["valid"]) == ("mrz_td3", True)
    assert answer.json["fields"]["document"]["number"] == "L898902C3"
    assert answer.json["fields"]["issuing_state"] == "UTO"


def test_what_was_read_can_be_checked_in(api: Api) -> None:
    from tests.stays.conftest import stay_body

    fields = api.post("/documents/parse", {"text": CARD}).json["fields"]
    names = ("full_name", "date_of_birth", "birth_date_precision", "sex", "nationality",
             "document", "residence")  # fmt: skip
    guest = {name: fields[name] for name in names}
    answer = api.post("/stays", stay_body(guests=[guest]))
    assert (answer.status_code, answer.json.get("warnings")) == (201, [])


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"text": "Nguyễn Thị Canary"}, "/text", "not_a_document"),
        ({"text": ""}, "/text", "not_a_document"),
        ({"text": "a|b"}, "/text", "too_few_fields"),
        ({"text": PASSPORT[:-1]}, "/text", "wrong_length"),
        ({"text": "1" * 2001}, "/text", "string_too_long"),
        ({"text": None}, "/text", "string_type"),
        ({}, "/text", "required"),
    ],
)
def test_neither_is_a_422_that_repeats_nothing(
    api: Api, body: Any, pointer: str, code: str
) -> None:
    answer = api.post("/documents/parse", body)
    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert "Canary" not in answer.text


def test_half_a_character_is_refused(client: Any, api: Api) -> None:
    headers = api.headers(**{"Content-Type": "application/json"})
    answer = client.post("/api/v1/documents/parse", data=b'{"text": "\\ud800"}', headers=headers)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/text")


def test_nothing_is_stored_and_nothing_logged(api: Api, caplog: Any, capfd: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        api.post("/documents/parse", {"text": CARD})
        api.post("/documents/parse", {"text": CARD.replace("|", ";")})
    written = caplog.text + "".join(capfd.readouterr())
    assert "077190123456" not in written
    assert "Canary" not in written
    assert db.session.scalar(select(func.count()).select_from(IdempotentRequest)) == 0


def test_only_a_house_may_ask(client: Any, house: Any) -> None:
    assert client.post("/api/v1/documents/parse", json={"text": CARD}).status_code == 401
    _, key = accounts.create_api_key(role="province_official", establishment_ids=[])
    db.session.commit()
    official = Api(client, key)
    assert official.post("/documents/parse", {"text": CARD}).status_code == 403
    manager = api_for(client, house, role="manager")
    assert manager.post("/documents/parse", {"text": CARD}).status_code == 200
