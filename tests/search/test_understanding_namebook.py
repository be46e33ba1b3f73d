"""A house is found by its name with letters wrong, keystrokes left in, kinds and towns aside."""

import random

import pytest

from app.search.understanding import understand
from app.search.understanding.namebook import NameBook, slips_between, spelling
from app.search.vocabulary import gazetteer_of
from app.text import fold
from tests.search.test_understanding_names import NAMES
from tests.search.understanding_table import TODAY, telex, vni

BOOK = NameBook(
    [
        *NAMES,
        *("Khách sạn Trùng Dương", "Nhà nghỉ Trùng Dương 2", "Căn hộ Bình Đào", "Gia Biển Hotel"),
        *("White Dove Apartment", "Căn hộ White Dove", "The Reef Hotel", "The Rest Hotel Vũng Tàu"),
        *("Ngân Hà Ho Tram Resort & Spa", "Ho Tram Ngân Hà Resort & Spa"),
    ]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ks trung duong", "Khách sạn Trùng Dương"),
        ("Trùng Dương Hotel", "Khách sạn Trùng Dương"),
        ("khahc san trung duong vt", "Khách sạn Trùng Dương"),
        ("ks trugn duong", "Khách sạn Trùng Dương"),
        ("trungduonghotel", "Khách sạn Trùng Dương"),
        ("nn trung duong hai", "Nhà nghỉ Trùng Dương 2"),
        ("Khachs sanj Trungf Duwowng", "Khách sạn Trùng Dương"),
        ("Trung2 Du7o7ng", "Khách sạn Trùng Dương"),
        ("azur villa long hai by maris", "Azure Villa Long Hải by Maris"),
        ("bella taau hotel", "Bella Tàu Hotel"),
        # Written as one word, the kind and the town somewhere within.
        ("nganhahotramresort&spa", "Ngân Hà Ho Tram Resort & Spa"),
        ("kstrungduongvt", "Khách sạn Trùng Dương"),
        ("nntrungduong2", "Nhà nghỉ Trùng Dương 2"),
        ("trung duong rs", "Khách sạn Trùng Dương"),
        # Of names with the same letters of their own, the one whose words stand as typed.
        ("whtie dove apartment", "White Dove Apartment"),
        ("can ho whtie dove", "Căn hộ White Dove"),
        ("ho tram nagn ha resort spa", "Ho Tram Ngân Hà Resort & Spa"),
        # "rest" may be Telex too; as it is typed it is nearer.
        ("the rst", "The Rest Hotel Vũng Tàu"),
        # Two slips in ten letters.
        ("trugn duogn", "Khách sạn Trùng Dương"),
    ],
)
def test_a_name_is_known_however_it_is_typed(typed: str, meant: str) -> None:
    found = BOOK.nearest(typed)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize("name", NAMES)
def test_one_slip_anywhere_hides_no_name(name: str) -> None:
    rng = random.Random(name)
    for _ in range(15):
        at = rng.choice([i for i in range(1, len(name) - 1) if name[i - 1 : i + 2].isalpha()])
        slips = [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
            name[:at] + rng.choice("aeioulnth") + name[at + 1 :],
        ]
        for typed in (rng.choice(slips), fold(rng.choice(slips)), telex(name), vni(name)):
            found = BOOK.nearest(typed)
            assert found is not None, typed
            assert spelling(found.name).letters == spelling(name).letters, typed


@pytest.mark.parametrize(
    "typed",
    ["khách sạn gần biển", "bãi sau", "hồ bơi", "villa", "vũng tàu", "", "?", "xyzzy", "24/12"],
)
def test_what_is_like_no_name_is_none(typed: str) -> None:
    assert BOOK.nearest(typed) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "nhà nghỉ bình dân vũng tàu",
        "khách sạn gần biển có hồ bơi",
        "ks gan bien",
        "căn hộ bình dân",
        "khách sạn vũng tàu",
        "homestay ngày mai 2 người",
    ],
)
def test_words_that_mean_something_are_no_slip_of_a_name(sentence: str) -> None:
    understood = understand(
        sentence, today=TODAY, gazetteer=gazetteer_of(TODAY), nearest=BOOK.nearest
    )
    assert understood.meant == ""
    assert understood.chips or "bình dân" in sentence


def test_a_mistyped_name_stands_among_wishes() -> None:
    understood = understand(
        "ks trugn duong 24/12-26/12 2 nguoi",
        today=TODAY,
        gazetteer=gazetteer_of(TODAY),
        nearest=BOOK.nearest,
    )
    assert understood.meant == "Khách sạn Trùng Dương"
    assert [chip.field for chip in understood.chips] == ["dates", "people"]
    assert understood.text == "ks trugn duong"


def test_a_name_that_is_given_up_is_forgotten() -> None:
    book = NameBook(["Khách sạn Trùng Dương", "Khách sạn Cỏ Lau"])
    book.hold(["Khách sạn Cỏ Lau", "Ốc Biển Homestay"])
    assert book.nearest("trung duogn") is None
    assert "khach san trung duong" not in book
    assert book.nearest("oc bine") is not None
    assert "oc bien homestay" in book


@pytest.mark.parametrize(
    ("typed", "meant", "slips"),
    [("hai", "hai", 0), ("hia", "hai", 1), ("ha", "hai", 1), ("haii", "hai", 1), ("xyz", "hai", 3)],
)
def test_slips_are_counted_as_the_hand_makes_them(typed: str, meant: str, slips: int) -> None:
    assert slips_between(typed, meant, 2) == min(slips, 3)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ixorahotrambyfusion", "IXORA Hồ Tràm by Fusion"),
        ("lotusvungtauresort&spa", "Lotus Vũng Tàu Resort & Spa"),
        ("whte dove apartment", "White Dove Apartment"),
        ("can ho whte dove", "Căn hộ White Dove"),
        ("vietsovpetor ho tram resort", "Vietsovpetro Ho Tram Resort"),
        ("ixorahotrambyfision", None),
    ],
)
def test_of_names_alike_the_one_written_alike_is_meant(typed: str, meant: str | None) -> None:
    book = NameBook(
        [
            "IXORA Hồ Tràm by Fusion",
            "Lotus Vũng Tàu Resort & Spa",
            "Căn hộ White Dove",
            "White Dove Apartment",
            "Ho Tram Vietsovpetro Resort",
            "Vietsovpetro Ho Tram Resort",
        ]
    )
    found = book.nearest(typed)
    assert (found.name if found else None) == meant
