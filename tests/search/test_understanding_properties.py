"""What holds for every sentence: it is understood at all, in no time, and can be taken back."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.search.understanding import Understood, understand
from app.search.vocabulary import gazetteer_of
from tests.search.understanding_table import TODAY, fields, rows

SENTENCES = [row.sentence for row in rows()]
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})


def read(sentence: str) -> Understood:
    return understand(sentence, today=TODAY, gazetteer=gazetteer_of(TODAY))


def check(understood: Understood) -> None:
    for chip in understood.chips:
        for start, end in chip.spans:
            assert 0 <= start < end <= len(understood.sentence)
    taken = [span for chip in understood.chips for span in chip.spans]
    assert len(taken) == len(set(taken))
    assert all(a[1] <= b[0] for a, b in zip(sorted(taken), sorted(taken)[1:], strict=False))
    if understood.check_in:
        assert understood.check_out is not None
        assert TODAY <= understood.check_in < understood.check_out
        assert (understood.check_in - TODAY).days <= 365
        assert (understood.check_out - understood.check_in).days <= 30
    assert understood.rooms is None or 1 <= understood.rooms <= 8
    assert understood.price_min is None or understood.price_min >= 0


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_understood_somehow(text: str) -> None:
    check(read(text))


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_words_are_understood_somehow(text: str) -> None:
    understood = read(text)
    check(understood)
    assert read(text) == understood


@pytest.mark.parametrize("text", ["", " ", "?", "24/12" * 400, "a" * 10_000, "\u0301", "9" * 5_000])
def test_odd_texts(text: str) -> None:
    check(read(text))


def test_a_chip_taken_away_takes_its_wish_away() -> None:
    for understood in map(read, SENTENCES):
        for chip in understood.chips:
            left = read(understood.without(chip))
            values = [(other.field, other.value) for other in left.chips]
            assert (chip.field, chip.value) not in values, understood.sentence
            assert fields(left).keys() <= fields(understood).keys(), understood.sentence


def test_a_chip_taken_away_leaves_the_others() -> None:
    understood = read("ks gần bãi sau 2 người 24/12-26/12 dưới 1tr có hồ bơi và bbq")
    for chip in understood.chips:
        left = read(understood.without(chip))
        rest = [(other.field, other.value) for other in understood.chips if other is not chip]
        assert [(other.field, other.value) for other in left.chips] == rest
        assert left.text == ""


def test_a_sentence_takes_a_moment() -> None:
    gazetteer_of(TODAY).vocabulary  # noqa: B018 - prepared once, not measured
    sentences = [*SENTENCES, " ".join(SENTENCES[:6])]
    random.Random(4).shuffle(sentences)
    taken = []
    for sentence in sentences:
        start = time.perf_counter()
        read(sentence)
        taken.append(time.perf_counter() - start)
    # Half a millisecond on a quiet machine; ten times that where everything else runs too.
    assert sorted(taken)[len(taken) // 2] < 0.005
