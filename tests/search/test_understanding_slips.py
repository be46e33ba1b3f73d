"""A wrong letter in a phrase of several words: forgiven in wishes, never in names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.search.understanding import Understood, understand
from app.search.vocabulary import gazetteer_of
from tests.search.understanding_table import TODAY, fields

HOTEL_AT_BACK_BEACH = {"kind": ("hotel",), "near": "bai-sau"}
SLIPS: dict[str, dict[str, Any]] = {
    "khach sn bai sau": HOTEL_AT_BACK_BEACH,
    "bãi sa khach san": HOTEL_AT_BACK_BEACH,
    "bai su khahc san": HOTEL_AT_BACK_BEACH,
    "khách sạn gần bãi sa": HOTEL_AT_BACK_BEACH,
    "khac hsan bai sau": HOTEL_AT_BACK_BEACH,
    "khachsn baisauu": HOTEL_AT_BACK_BEACH,
    "hotel near bak beach": HOTEL_AT_BACK_BEACH,
    "nha ngh gan bai trouc": {"kind": ("guest_house",), "near": "bai-truoc"},
    "ks co ho bi": {"kind": ("hotel",), "amenities": ("pool",)},
    "ks ho bpi": {"kind": ("hotel",), "amenities": ("pool",)},
}
# Words like those of the vocabulary, of which houses are called: alone and with a kind.
NAMES = [
    "Thuỳ An",
    "Thùy Vi Hotel",
    "Nhà Nghĩa Homestay",
    "Nhà Trà Villa",
    "Bãi Sao Resort",
    "Sea Viet Hotel",
    "Long Dai",
    "Hồ Bay Homestay",
]


@pytest.mark.parametrize("sentence", SLIPS)
def test_a_slip_is_understood(sentence: str) -> None:
    assert fields(read(sentence)) == SLIPS[sentence]
    assert read(sentence).text == ""


@pytest.mark.parametrize("sentence", ["cuoi tun ks 2 nguoi", "cuoi tuna ks", "cuoii tuan ks"])
def test_a_slip_in_a_date_is_understood(sentence: str) -> None:
    assert read(sentence).check_in == read("cuối tuần").check_in is not None


@pytest.mark.parametrize(
    ("phrase", "field", "meant"),
    [
        ("khach san", "kind", ("hotel",)),
        ("nha nghi", "kind", ("guest_house",)),
        ("bai truoc", "near", "bai-truoc"),
        ("cuoi tuan", "check_in", "2026-11-28"),
        ("vung tau", "unit", ("26506", "26526", "26536", "26542", "26545")),
    ],
)
def test_nearly_every_slip_is_understood(phrase: str, field: str, meant: object) -> None:
    slips = list(slips_of(phrase))
    missed = []
    for slip in slips:
        value = getattr(read(f"{slip} 2 nguoi"), field)
        value = getattr(value, "code", value)
        if (value if isinstance(value, tuple) else str(value)) != meant:
            missed.append(slip)
    assert len(missed) <= len(slips) / 30, missed


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_looks_like_a_slip_stays_a_name(name: str) -> None:
    for typed in (name, name.lower()):
        assert (read(typed).chips, read(typed).text) == ((), typed)


def test_what_may_be_two_places_is_guessed_as_neither() -> None:
    assert read("ks gan bai lau").near is None, "Bãi Sau or Bãi Dâu"


def test_a_known_name_is_no_slip() -> None:
    assert read("khach sang").kind == ("hotel",)
    known = understand(
        "khach sang",
        today=TODAY,
        gazetteer=gazetteer_of(TODAY),
        known_names=lambda folded: folded == "khach sang",
    )
    assert (known.kind, known.text) == ((), "khach sang")


def test_written_as_a_name_it_is_no_slip() -> None:
    assert read("khách sạn tên là Bai Su").near is None
    assert read("khách sạn ở bai su").near is not None


@pytest.mark.parametrize("sentence", ["phòng to", "khách sang trọng", "từ đến", "bé thú"])
def test_ordinary_words_are_no_slips(sentence: str) -> None:
    assert fields(read(sentence)) == {}


def read(sentence: str) -> Understood:
    return understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY))


def slips_of(phrase: str) -> Iterator[str]:
    """Every letter but the first missing, doubled, exchanged with the one before, or wrong."""
    for at in range(1, len(phrase)):
        if phrase[at] == " ":
            continue
        before, letter, after = phrase[:at], phrase[at], phrase[at + 1 :]
        yield before + after
        yield before + letter + letter + after
        if at > 1 and before[-1] != " ":
            yield before[:-1] + letter + before[-1] + after
        for wrong in "aehist":
            if wrong != letter:
                yield before + wrong + after
