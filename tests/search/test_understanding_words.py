"""The lower layers of understanding: keystrokes, syllables, phrases and slips."""

from datetime import date

import pytest

from app.search.understanding import untype
from app.search.understanding.sentence import Sentence
from app.search.understanding.tokens import agrees, tokenise
from app.search.understanding.vocabulary import Vocabulary
from app.syllables import is_syllable, without_telex, without_vni


@pytest.mark.parametrize(
    "word", ["bai", "nghieng", "truong", "uyen", "giua", "quynh", "khuya", "ay", "o", "thuyen"]
)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word", ["hotel", "baix", "resort", "zen", "uoo", "ngg", "star", "boutique"]
)
def test_what_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("baix", "bai"),
        ("hoof", "ho"),
        ("bowi", "boi"),
        ("dduwowngf", "duong"),
        ("nguwowif", "nguoi"),
        ("trieeuj", "trieu"),
        ("hotel", None),
        ("bai", None),
        ("pool", None),
        ("oasis", None),
    ],
)
def test_telex_is_taken_out(typed: str, meant: str | None) -> None:
    assert without_telex(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ba4i", "bai"), ("d9u7o72ng", "duong"), ("nguo72i", "nguoi"), ("p2", None), ("t7", None)],
)
def test_vni_is_taken_out(typed: str, meant: str | None) -> None:
    assert without_vni(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hair aau", "hải âu"),
        ("Khachs sanj Songs Bieenr", "khách sạn sóng biển"),
        ("dduwowngf thuyf vaan", "đường thùy vân"),
        ("d9u7o72ng thu2y va6n", "đường thùy vân"),
        ("quys hoaf giuwax", "quý hòa giữa"),
        ("Vias", "vía"),
        ("Vias Vung Tau", None),
        ("hotel hair aau", None),
        ("hải âu", None),
        ("", None),
    ],
)
def test_keystrokes_become_marks(typed: str, meant: str | None) -> None:
    assert untype(typed) == meant


def test_tokens_know_where_they_stood() -> None:
    text = "Bãi Sau, 2N1Đ 500.000đ"
    tokens = tokenise(text)
    assert [t.text for t in tokens] == ["Bãi", "Sau", ",", "2", "N", "1", "Đ", "500.000", "đ"]
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert [t.glued for t in tokens] == [
        False, False, True, False, True, True, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant", "exactly", "agreed"),
    [
        ("phuong", "phường", True, True),
        ("phường", "phường", True, True),
        ("phừơng", "phường", True, True),
        ("phượng", "phường", True, False),
        ("phương", "phường", True, False),
        ("một", "mốt", False, False),
        ("bải", "bãi", False, True),
        ("tầu", "tàu", False, True),
        ("cỏ", "có", False, False),
        ("mái", "mai", False, False),
    ],
)
def test_marks_that_contradict(typed: str, meant: str, exactly: bool, agreed: bool) -> None:
    assert agrees(typed, meant, exactly=exactly) is agreed


@pytest.fixture
def sea() -> Vocabulary:
    vocabulary = Vocabulary()
    vocabulary.add("bãi sau", "place", "back", joined=True)
    vocabulary.add("bãi sau nhỏ", "place", "little")
    vocabulary.add("resort", "kind", "resort")
    vocabulary.add("=phường 2", "unit", "two")
    return vocabulary


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("bãi sau", "back"),
        ("BAI SAU", "back"),
        ("bãi - sau", "back"),
        ("baisau", "back"),
        ("baix sau", "back"),
        ("bãi sau nhỏ", "little"),
        ("resot", "resort"),
        ("resrot", "resort"),
        ("ressort", "resort"),
        ("phuong 2", "two"),
        ("phượng 2", None),
        ("besort", None),
        ("resoo", None),
        ("bãi, sau", None),
    ],
)
def test_phrases_are_found_in_spite_of_slips(sea: Vocabulary, text: str, value: str | None) -> None:
    found = Sentence(text, sea, date(2026, 11, 24)).find(0, "place", "kind", "unit")
    assert (found.value if found else None) == value


def test_an_overlong_word_costs_nothing(sea: Vocabulary) -> None:
    (token,) = tokenise("resor" * 2_000)
    assert sea.forms(token) == [(token.folded, 0)]
