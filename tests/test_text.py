"""Folding and tidying of text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import fold, tidy


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Bãi Sau", "bai sau"),
        ("ĐƯỜNG  Thùy Vân", "duong thuy van"),
        (" đặc khu\tCôn Đảo ", "dac khu con dao"),
        ("Khách sạn Ánh Dương 2", "khach san anh duong 2"),
        (unicodedata.normalize("NFD", "Hồ Tràm"), "ho tram"),
        ("ﬁne Ｈotel", "fine hotel"),
        ("STRASSE Straße", "strasse strasse"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_tidy_composes_trims_and_drops_what_cannot_be_seen() -> None:
    assert tidy("  Ngu\u200byễn\x00  Văn\nThu ") == "Nguyễn Văn Thu"
    assert tidy(unicodedata.normalize("NFD", "Hải Âu")) == "Hải Âu"
