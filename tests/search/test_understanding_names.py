"""A name of a house stays text, whatever words it is made of."""

import random
import threading
from collections.abc import Callable

import pytest
from flask import Flask

from app.search import vocabulary
from app.search.understanding import understand
from app.search.vocabulary import gazetteer_of, is_name, names_of
from app.text import fold
from tests.search.understanding_table import TODAY

# Invented, but made as names here are made: of kinds, stars, beaches, towns, numbers and dates.
NAMES = [
    "Khách sạn Sóng Hát Vũng Tàu",
    "Hotel Hoàng Yến 2",
    "Khách Sạn Gió Lộng 30 Tháng 4",
    "Nhà nghỉ Phượng Vỹ 3",
    "Seastar 5 Sao Luxury Apartment",
    "The Coral Vũng Tàu - Căn hộ 5 sao view biển",
    "Căn hộ THE CORAL VŨNG TÀU - MINH'S HOUSE",
    "Blue Whale Resort & Spa Hồ Tràm",
    "Ốc Biển Homestay",
    "Your Tide Homestay - Vũng Tàu Land",
    "4 Mùa Homestay",
    "3B Grand Hotel",
    "Azure Villa Long Hải by Maris",
    "Sao Biển Hotel & Apartment",
    "Thùy Mai Villa",
    "Khách sạn The Pearl Côn Đảo",
    "Suối Mơ Camping Bình Châu",
    "Queen Shell Boutique Hotel",
    "Bella Tàu Hotel",
    "Khu nghỉ dưỡng Lặng Yên Hồ Tràm Beach by Kora",
    "Ngọc Trai Bungalow Côn Đảo",
    "An Nhiên Village",
    "Cỏ Lau Homestay",
    "Ở Đây Homestay",
    "Trên Đồi Thông Villa",
]  # fmt: skip


def lower(name: str) -> str:
    return name.lower()


@pytest.mark.parametrize("typed", [str, fold, lower, str.upper, str.title])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_no_filter(name: str, typed: Callable[[str], str]) -> None:
    understood = understand(typed(name), today=TODAY, gazetteer=gazetteer_of(TODAY))
    if name == "The Coral Vũng Tàu - Căn hộ 5 sao view biển" and typed is str:
        # What is written small after a name in capitals describes it.
        assert [chip.field for chip in understood.chips] == ["stars", "amenities"]
        return
    assert understood.chips == ()
    assert understood.text == typed(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistyped_name_is_no_filter(name: str) -> None:
    rng = random.Random(name)
    for _ in range(20):
        at = rng.choice([i for i in range(1, len(name) - 1) if name[i - 1 : i + 2].isalpha()])
        slips = [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
            name[:at] + rng.choice("aeioulnth") + name[at + 1 :],
        ]
        typed = fold(rng.choice(slips))
        understood = understand(typed, today=TODAY, gazetteer=gazetteer_of(TODAY))
        assert understood.chips == (), typed


@pytest.mark.parametrize("name", [n for n in NAMES if "view biển" not in n])
def test_a_name_written_as_such_keeps_its_words_among_wishes(name: str) -> None:
    sentence = f"{name} 24/12-26/12 cho 2 người"
    understood = understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY))
    assert [chip.field for chip in understood.chips] == ["dates", "people"]
    assert understood.text == name


KNOWN = {
    fold(name)
    for name in (*NAMES, "Khách sạn 30/4", "Nhà nghỉ 2/9", "Khách sạn Vũng Tàu", "Mai", "Đêm Nay")
}


def known(folded: str) -> bool:
    return folded in KNOWN


@pytest.mark.parametrize("name", NAMES)
def test_a_known_name_is_text_even_in_small_letters(name: str) -> None:
    sentence = f"{fold(name)} 24/12-26/12 cho 2 nguoi"
    understood = understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY), known_names=known)
    assert [chip.field for chip in understood.chips] == ["dates", "people"]
    assert understood.text == fold(name)


def test_a_known_name_may_be_a_date() -> None:
    understood = understand("khách sạn 30/4", today=TODAY, gazetteer=gazetteer_of(TODAY))
    assert str(understood.check_in) == "2027-04-30"
    understood = understand(
        "khách sạn 30/4 ngày mai", today=TODAY, gazetteer=gazetteer_of(TODAY), known_names=known
    )
    assert (str(understood.check_in), understood.text) == ("2026-11-25", "khách sạn 30/4")


def test_what_anybody_would_type_is_no_name_even_where_a_house_is_called_so() -> None:
    understood = understand(
        "khách sạn vũng tàu", today=TODAY, gazetteer=gazetteer_of(TODAY), known_names=known
    )
    assert [chip.field for chip in understood.chips] == ["kind", "unit"]


@pytest.mark.parametrize("sentence", ["ks mai 2 người", "ks đêm nay 2 người"])
def test_a_house_called_by_a_common_word_takes_no_wish_away(sentence: str) -> None:
    understood = understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY), known_names=known)
    assert [chip.field for chip in understood.chips] == ["kind", "dates", "people"]


def test_names_are_filed_aside_and_a_search_goes_on_without(
    committed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filing forty thousand takes seconds, which no request has."""
    filing, go_on = threading.Event(), threading.Event()

    def slow() -> set[str]:
        filing.set()
        assert go_on.wait(20)
        return {"Gần Biển"}

    monkeypatch.setattr(vocabulary, "_names", slow)
    names = names_of(committed)
    names.keep_aside(committed)
    assert filing.wait(20)
    with committed.app_context():
        assert not is_name("gan bien"), "it is known only once it is filed"
        go_on.set()
        with names.reading:
            pass
        assert is_name("gan bien")
        names.read_at = float("-inf")
        filing.clear()
        go_on.clear()
        assert is_name("gan bien"), "those of before, while they are read again"
        assert filing.wait(20)
        go_on.set()
        with names.reading:
            pass


def test_control_a_process_that_does_not_file_aside_reads_them_itself(
    committed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "_names", lambda: {"Gần Biển"})
    with committed.app_context():
        assert is_name("gan bien")
