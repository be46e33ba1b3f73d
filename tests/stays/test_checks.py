"""What blocks and what only warns, field by field; without a database."""

from __future__ import annotations

import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.dates import ZONE
from app.stays import countries, fields
from app.stays.checks import holds_number, read_stay
from app.stays.inputs import Findings
from app.stays.words import WORDS, detail, message
from tests.stays.conftest import FOREIGN, GUEST

NOW = datetime(2026, 12, 24, 15, 0, tzinfo=ZONE)


class Units:
    def now(self, text: str) -> Any:
        known = {"26506": "26506", "26508": "26506", "26542": "26542"}
        if text not in known:
            raise ValueError(text)
        return SimpleNamespace(code=known[text])

    def named(self, text: str) -> Any:
        known = {"Phường Vũng Tàu": "26506", "Phường 2, Vũng Tàu": "26506"}
        return SimpleNamespace(code=known[text], name="Phường Vũng Tàu") if text in known else None


def body(**changes: Any) -> dict[str, Any]:
    return {
        "room": "101",
        "arrived_at": "2026-12-24T14:05:00+07:00",
        "planned_departure": "2026-12-26",
        "guests": [GUEST],
    } | changes


def person(base: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    base = base or GUEST
    document = {**base["document"], **changes.pop("document", {})}
    return {**base, "document": document, **changes}


def read(**changes: Any) -> tuple[Any, set[tuple[str, str]], set[tuple[str, str]]]:
    given, found = read_stay(body(**changes), now=NOW, units=Units())
    errors = {(f.pointer, f.code) for f in found.errors}
    warnings = {(f.pointer, f.code) for f in found.warnings}
    assert (given is None) == bool(errors)
    return given, errors, warnings


def guest_findings(guest: dict[str, Any]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    _given, errors, warnings = read(guests=[guest])
    shorten = lambda found: {(p.removeprefix("/guests/0/"), c) for p, c in found}  # noqa: E731
    return shorten(errors), shorten(warnings)


def test_a_good_guest_raises_nothing() -> None:
    assert guest_findings(GUEST) == (set(), set())
    assert guest_findings(FOREIGN) == (set(), set())


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"full_name": ""}, ("full_name", "required")),
        ({"full_name": "A"}, ("full_name", "invalid_name")),
        ({"full_name": "A" * 101}, ("full_name", "too_long")),
        ({"full_name": "Nguyễn 😀"}, ("full_name", "invalid_name")),
        ({"full_name": "Nguyễn Văn (An)"}, ("full_name", "invalid_name")),
        ({"full_name": "阮 文"}, ("full_name", "not_latin")),
        ({"full_name": "..."}, ("full_name", "invalid_name")),
        ({"date_of_birth": None}, ("date_of_birth", "required")),
        ({"date_of_birth": "1899-12-31"}, ("date_of_birth", "out_of_range")),
        ({"date_of_birth": "2026-12-25"}, ("date_of_birth", "out_of_range")),
        ({"date_of_birth": "1990-02-30"}, ("date_of_birth", "invalid_format")),
        ({"date_of_birth": "1990"}, ("date_of_birth", "invalid_format")),
        ({"birth_date_precision": "month"}, ("birth_date_precision", "unknown_code")),
        ({"sex": "X"}, ("sex", "unknown_code")),
        ({"nationality": "UTO"}, ("nationality", "unknown_code")),
        ({"document": {"type": "x"}}, ("document/type", "unknown_code")),
        ({"document": {"type": None}}, ("document/type", "required")),
        ({"document": {"number": None}}, ("document/number", "required")),
        ({"document": {"number": "07719012345"}}, ("document/number", "invalid_number")),
        ({"document": {"number": "07719012345A"}}, ("document/number", "invalid_number")),
        (
            {"document": {"type": "old_id", "number": "1234567890"}},
            ("document/number", "invalid_number"),
        ),
        (
            {"document": {"type": "passport", "number": "C1234567890"}},
            ("document/number", "invalid_number"),
        ),
        (
            {"document": {"type": "driving_licence", "number": "1" * 21}},
            ("document/number", "invalid_number"),
        ),
        ({"document": {"type": "other", "number": "1"}}, ("document/name", "required")),
        ({"document": {"type": "other", "number": "///"}}, ("document/number", "invalid_number")),
        ({"phone": "0909 12"}, ("phone", "invalid_format")),
        ({"phone": "+1 555 123 4567"}, ("phone", "invalid_format")),
        ({"residence": {"kind": "home"}}, ("residence/kind", "unknown_code")),
        ({"residence": {"country": "VN"}}, ("residence/country", "unknown_code")),
        ({"residence": {"address": "x" * 256}}, ("residence/address", "too_long")),
        ({"arrived_at": "2026-12-24T13:00:00+07:00"}, ("arrived_at", "out_of_range")),
        ({"arrived_at": "2026-12-24T16:00:00+07:00"}, ("arrived_at", "in_future")),
        ({"departed_at": "2026-12-24T14:00:00+07:00"}, ("departed_at", "order")),
    ],
)
def test_what_blocks_at_a_domestic_guest(change, finding) -> None:
    errors, _warnings = guest_findings(person(**change))
    assert finding in errors


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"nationality": "VN"}, ("nationality", "unknown_code")),
        ({"document": {"type": "citizen_id"}}, ("document/type", "needs_passport")),
        ({"document": {"number": "L898 8901 234"}}, ("document/number", "invalid_number")),
        ({"document": {"number": "Ł123"}}, ("document/number", "invalid_number")),
        ({"permitted_until": "2026-12-23"}, ("permitted_until", "expired")),
        ({"permitted_until": "soon"}, ("permitted_until", "invalid_format")),
        ({"phone": "555"}, ("phone", "invalid_format")),
    ],
)
def test_what_blocks_at_a_foreign_guest(change, finding) -> None:
    errors, _warnings = guest_findings(person(FOREIGN, **change))
    assert finding in errors


@pytest.mark.parametrize(
    ("base", "change", "finding"),
    [
        (GUEST, {"full_name": "Madonna"}, ("full_name", "one_word_name")),
        (GUEST, {"date_of_birth": "1910-01-01"}, ("date_of_birth", "very_old")),
        (GUEST, {"document": {"number": "003190123456"}}, ("document/number", "number_province")),
        (GUEST, {"sex": "M"}, ("document/number", "number_sex")),
        (GUEST, {"date_of_birth": "1991-01-31"}, ("document/number", "number_birth_year")),
        (GUEST, {"document": {"type": "old_id"}}, ("document/type", "document_ended")),
        (GUEST, {"residence": {"unit": "26508"}}, ("residence/unit", "unit_converted")),
        (GUEST, {"residence": {"unit": "Phường 2"}}, ("residence/unit", "unit_unknown")),
        (
            GUEST,
            {"residence": {"unit": "Phường 2, Vũng Tàu"}},
            ("residence/unit", "unit_converted"),
        ),
        (FOREIGN, {"permitted_until": None}, ("permitted_until", "permitted_until_missing")),
        (FOREIGN, {"permitted_until": "2026-12-25"}, ("permitted_until", "permitted_until_short")),
        (GUEST, {"date_of_birth": "2015-01-01"}, ("date_of_birth", "child_alone")),
    ],
)
def test_what_only_warns(base, change, finding) -> None:
    errors, warnings = guest_findings(person(base, **change))
    assert errors == set()
    assert finding in warnings


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"full_name": " Nguyễn   Thị\u200b Canary "}, ("full_name", "Nguyễn Thị Canary")),
        ({"full_name": "Nguyê\u0303n Thị Canary"}, ("full_name", "Nguyễn Thị Canary")),
        ({"full_name": "H’Hen Niê"}, ("full_name", "H'Hen Niê")),
        ({"document": {"number": "077 190.123-456"}}, ("document_number", "077190123456")),
        ({"document": {"number": "０７７１９０１２３４５６"}}, ("document_number", "077190123456")),
        ({"phone": "0909.123.456"}, ("phone", "0909123456")),
        ({"residence": {"unit": "26508"}}, ("residence_unit", "26506")),
        ({"residence": {"unit": "00001"}}, ("residence_unit", "00001")),
        ({"date_of_birth": "1990", "birth_date_precision": "year"}, ("age_band", "16-59")),
        ({"date_of_birth": "2010-12-25"}, ("age_band", "0-15")),
        ({"date_of_birth": "1966-12-24"}, ("age_band", "60+")),
    ],
)
def test_what_is_kept_of_what_was_typed(change, kept) -> None:
    given, _errors, _warnings = read(guests=[person(**change)])
    assert getattr(given.guests[0], kept[0]) == kept[1]


def test_a_name_in_the_passport_s_form_is_turned_to_spaces() -> None:
    given, _errors, _warnings = read(guests=[person(FOREIGN, full_name="ERIKSSON<<ANNA<MARIA<<<")])
    assert given.guests[0].full_name == "ERIKSSON ANNA MARIA"


def test_a_child_with_an_adult_is_not_alone() -> None:
    child = person(
        date_of_birth="2015-01-01", document={"type": "birth_certificate", "number": "1"}
    )
    _given, _errors, warnings = read(guests=[GUEST, child])
    assert warnings == set()


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"arrived_at": "2026-12-23T14:00:00+07:00"}, ("/arrived_at", "arrived_long_ago")),
        ({"planned_departure": "2027-01-23"}, ("/planned_departure", "long_stay")),
        ({"note": "CCCD 077 190 123 456"}, ("/note", "note_holds_number")),
    ],
)
def test_what_warns_about_the_stay(change, warning) -> None:
    assert warning in read(**change)[2]


def test_twenty_nine_nights_are_no_long_stay() -> None:
    assert read(planned_departure="2027-01-22")[2] == set()
    # The date of arrival counts, though the house sells the night before it.
    assert read(arrived_at="2026-12-24T05:30:00+07:00", planned_departure="2027-01-22")[2] == set()


@pytest.mark.parametrize(
    ("text", "holds"),
    [("gọi 0909123456", False), ("077190123456", True), ("số 123 456 789", True), ("305", False)],
)
def test_numbers_in_free_text(text, holds) -> None:
    assert holds_number(text) is holds


def test_filed_elsewhere_needs_a_nationality_alone() -> None:
    given, errors, warnings = read(filed_elsewhere=True, guests=[{"nationality": "KOR"}])
    assert (errors, warnings) == (set(), set())
    assert given.guests[0].persons == 1
    assert read(filed_elsewhere=True, guests=[{}])[1] == {("/guests/0/nationality", "required")}


def test_every_finding_has_words() -> None:
    _given, found = read_stay({}, now=NOW, units=Units())
    assert all(detail(f) and message(f) for f in found)
    assert all(english and str(vietnamese) for english, vietnamese in WORDS.values())


def test_countries_are_iso_and_icao() -> None:
    assert len(countries.alpha2()) == 249
    assert {"VNM", "DEU", "RKS", "GBD", "UNO", "XXA", "XXX"} <= {
        code for code, _ in countries.choices()
    }
    for code in ("UTO", "D", "XKX", "VN", "ANT", "SUN", "ZZZ", "EUU"):
        assert not countries.is_known(code)
    assert countries.name("VNM", "en") == "Vietnam"
    assert countries.choices()[0][0] == "VNM"


def test_no_pattern_is_slow_on_hostile_text() -> None:
    hostile = "1 " * 25_000
    started = time.perf_counter()
    read(
        note=hostile,
        guests=[person(full_name=hostile, phone=hostile, document={"number": hostile})],
    )
    assert time.perf_counter() - started < 1


def test_a_free_text_for_the_ward_is_kept_with_the_address_alone() -> None:
    """Only a code may stand in the clear: a free text could say where a person lives."""
    residence = {"unit": "hẻm 12 Phường Lạ", "address": "số 5"}
    read = fields.residence({"residence": residence}, "/guests/0", Findings(), Units())
    assert read.unit is None
    assert read.address == "số 5, hẻm 12 Phường Lạ"
