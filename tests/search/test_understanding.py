"""Sentences of tourists, as they are typed, mean what a local would take them to mean."""

import unicodedata
from collections.abc import Callable
from datetime import date

import pytest

from app.search.understanding import understand
from app.search.vocabulary import gazetteer_of
from app.text import fold
from tests.search.understanding_table import OTHER_DAYS, TODAY, Row, fields, rows, telex, vni

ROWS = list(rows())
# A name is known by its capitals, or by marks that no other word has.
MARKS_TELL = {
    "khách sạn có sân bóng",
    "khách sạn gần ngã tư giếng nước",
    "nhà nghỉ Phượng 2",
    "căn hộ 2pn the sóng view biển 4 người cuối tuần sau",
}
PLAIN = [row for row in ROWS if row.text == row.text.lower() and row.sentence not in MARKS_TELL]


def sentence_of(row: Row) -> str:
    return row.sentence


@pytest.mark.parametrize("row", ROWS, ids=sentence_of)
def test_sentence(row: Row) -> None:
    understood = understand(row.sentence, today=TODAY, gazetteer=gazetteer_of(TODAY))
    assert (fields(understood), understood.text) == (row.expected, row.text)


def test_days_are_reckoned_from_when_it_is_typed() -> None:
    wrong = {}
    for row in rows(OTHER_DAYS):
        understood = understand(row.sentence, today=row.today, gazetteer=gazetteer_of(row.today))
        if (fields(understood), understood.text) != (row.expected, row.text):
            wrong[row.today, row.sentence] = fields(understood), understood.text
    assert wrong == {}


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("typed", [fold, str.upper, str.title, decomposed])
def test_marks_and_capitals_are_not_needed(typed: Callable[[str], str]) -> None:
    wrong = {}
    for row in PLAIN:
        understood = understand(typed(row.sentence), today=TODAY, gazetteer=gazetteer_of(TODAY))
        if (fields(understood), fold(understood.text)) != (row.expected, fold(row.text)):
            wrong[typed(row.sentence)] = fields(understood), understood.text
    assert wrong == {}


# "mốt" alone in keystrokes, a slip within them, and a name of a house, are asked too much.
NOT_IN_KEYSTROKES = {
    "mốt",
    "gđ 4 người",
    "lan rừng 24/12 2 người",
    "khách sạnn 4 sao",
    "phường 1 (cũ)",
}


@pytest.mark.parametrize("typed", [telex, vni])
def test_keystrokes_left_in_are_undone(typed: Callable[[str], str]) -> None:
    wrong = {}
    for row in PLAIN:
        understood = understand(typed(row.sentence), today=TODAY, gazetteer=gazetteer_of(TODAY))
        if fields(understood) != row.expected and row.sentence not in NOT_IN_KEYSTROKES:
            wrong[typed(row.sentence)] = fields(understood)
    assert wrong == {}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("khcah san bai sau", "kind=hotel near=bai-sau"),
        ("khachsan baisau", "kind=hotel near=bai-sau"),
        ("resot ho tram", "kind=resort unit"),
        ("homstay", "kind=homestay"),
        ("aparment", "kind=apartment"),
        ("hotell", "kind=hotel"),
        ("brgkfst", ""),
        ("breakfest", "amenities=breakfast"),
        ("karaoek", "amenities=karaoke"),
        ("2 nguio", "adults=2"),
        ("hoboi", "amenities=pool"),
        ("wifi mienx phis", "amenities=wifi"),
        # One slip away from "hotel", "phường" and "tượng": but these are words of their own.
        ("Novel", ""),
        ("nhà nghỉ Hương 2", ""),
        ("nhà nghỉ Trường 2", ""),
        ("peach house", ""),
    ],
)
def test_one_slip_in_a_long_word_is_forgiven(sentence: str, expected: str) -> None:
    understood = fields(understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY)))
    named = dict(pair.partition("=")[::2] for pair in expected.split())
    assert understood.keys() == named.keys()
    for name, value in named.items():
        found = understood[name]
        assert value in ("", str(found)) or found == (value,)


# --- The day it is asked -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "sentence", "check_in", "check_out"),
    [
        # Weekday names include today; on a Sunday the weekend is the next one.
        ("2026-11-28", "thứ 7 này", "2026-11-28", "2026-11-29"),
        ("2026-11-28", "thứ 7 tới", "2026-12-05", "2026-12-06"),
        ("2026-11-28", "cuối tuần", "2026-11-28", "2026-11-29"),
        ("2026-11-29", "cuối tuần này", "2026-12-05", "2026-12-06"),
        ("2026-11-29", "chủ nhật", "2026-11-29", "2026-11-30"),
        ("2026-11-27", "cuối tuần 2 đêm", "2026-11-27", "2026-11-29"),
        # Saturday has come: two nights begin on it.
        ("2026-11-28", "cuối tuần 2 đêm", "2026-11-28", "2026-11-30"),
        # A day and month without a year are the next occurrence.
        ("2026-12-24", "24/12", "2026-12-24", "2026-12-25"),
        ("2026-12-25", "24/12", "2027-12-24", "2027-12-25"),
        ("2026-12-31", "1/1", "2027-01-01", "2027-01-02"),
        ("2027-12-01", "29/2", "2028-02-29", "2028-03-01"),
        # A holiday that has begun is what is left of it.
        ("2027-04-29", "lễ 30/4", "2027-04-30", "2027-05-03"),
        ("2027-05-01", "lễ 30/4", "2027-05-01", "2027-05-03"),
        ("2027-05-03", "lễ 30/4", "2028-04-29", "2028-05-02"),
        # A single day off begins the evening before.
        ("2026-11-01", "lễ 24/11", "2026-11-23", "2026-11-24"),
        ("2026-08-01", "quốc khánh", "2026-08-29", "2026-09-02"),
        ("2026-12-20", "tết dương lịch", "2027-01-01", "2027-01-03"),
        # The last night one may search.
        ("2026-11-24", "24/11/2027", "2027-11-24", "2027-11-25"),
        ("2026-11-24", "30 đêm từ mai", "2026-11-25", "2026-12-25"),
    ],
)
def test_dates_follow_the_day_they_are_asked(
    today: str, sentence: str, check_in: str, check_out: str
) -> None:
    asked = date.fromisoformat(today)
    understood = understand(sentence, today=asked, gazetteer=gazetteer_of(TODAY))
    assert str(understood.check_in) == check_in
    assert str(understood.check_out) == check_out


@pytest.mark.parametrize("sentence", ["25/11/2027", "31 đêm từ mai", "23/11/2026", "24/12-26/1"])
def test_dates_nobody_can_search_stay_text(sentence: str) -> None:
    understood = understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY))
    assert understood.check_out is None or sentence.startswith("31")
    assert understood.text


@pytest.mark.parametrize(
    ("today", "friday"), [("2026-11-24", True), ("2026-11-27", True), ("2026-11-28", False)]
)
def test_a_weekend_offers_friday_while_it_is_to_come(today: str, friday: bool) -> None:
    asked = date.fromisoformat(today)
    understood = understand("villa cuối tuần này", today=asked, gazetteer=gazetteer_of(TODAY))
    offers = [(offer.reason, str(offer.stay.start), len(offer.stay)) for offer in understood.offers]
    assert offers == ([("friday", "2026-11-27", 2)] if friday else [])


# --- What is said beside the fields ------------------------------------------------------------


def test_dollars_show_their_rate_and_its_date() -> None:
    chip = understand("under $40", today=TODAY, gazetteer=gazetteer_of(TODAY)).chips[0]
    assert (chip.field, chip.value) == ("price", (None, 1_040_000))
    assert chip.note["usd"] == 40
    assert chip.note["rate"] == 26_000
    assert chip.note["since"] == date(2026, 1, 1)
    assert "illustrative" in chip.note["source"]


def test_an_old_ward_says_that_it_is_old() -> None:
    chip = understand("phường 2", today=TODAY, gazetteer=gazetteer_of(TODAY)).chips[0]
    assert (chip.value, chip.note) == (("26506",), {"name": "Phường 2", "former": True})
    chip = understand("phường Rạch Dừa", today=TODAY, gazetteer=gazetteer_of(TODAY)).chips[0]
    assert chip.note["former"] is False
    chip = understand("phường Rạch Dừa cũ", today=TODAY, gazetteer=gazetteer_of(TODAY)).chips[0]
    assert chip.note["former"] is True


def test_praise_is_dropped_and_said_to_be_dropped() -> None:
    understood = understand(
        "khách sạn đẹp giá rẻ, không cần hồ bơi", today=TODAY, gazetteer=gazetteer_of(TODAY)
    )
    assert understood.ignored == ("đẹp", "giá rẻ", "không cần hồ bơi")
    assert understood.cheapest
    assert understood.text == ""


def test_descriptions_are_text_but_no_name() -> None:
    understood = understand("phòng yên tĩnh, Lan Rừng", today=TODAY, gazetteer=gazetteer_of(TODAY))
    assert (understood.text, understood.name) == ("yên tĩnh, Lan Rừng", "Lan Rừng")
    understood = understand(
        "homestay yên tĩnh gần bãi sau", today=TODAY, gazetteer=gazetteer_of(TODAY)
    )
    assert (understood.text, understood.name) == ("yên tĩnh", "")


def test_json_has_the_form_of_the_public_interface() -> None:
    sentence = "ks gần bãi sau 2 người 24/12-26/12 dưới 1tr có hồ bơi"
    assert understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY)).as_json() == {
        "check_in": "2026-12-24",
        "check_out": "2026-12-26",
        "rooms": None,
        "adults": 2,
        "children": None,
        "price_min": None,
        "price_max": 1_000_000,
        "kind": ["hotel"],
        "stars": [],
        "amenities": ["pool"],
        "unit": [],
        "near": {"name": "Bãi Sau", "lat": 10.33, "lon": 107.093},
        "text": "",
    }
