"""Machine-readable lines: the specimens of ICAO 9303, bent text, short dates, properties."""

from __future__ import annotations

import dataclasses
import time
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.stays.documents import Parsed, mrz, parse, why_not
from app.stays.documents.mrz import NoDate, check_digit
from tests.stays.mrz_composer import VALUES, WIDTHS, Document

TODAY = date(2026, 11, 24)

TD3 = """P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L898902C36UTO7408122F1204159ZE184226B<<<<<10"""
TD2 = """I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<
D231458907UTO7408122F1204159<<<<<<<6"""
TD1 = """I<UTOD231458907<<<<<<<<<<<<<<<
7408122F1204159UTO<<<<<<<<<<<6
ERIKSSON<<ANNA<MARIA<<<<<<<<<<"""
MRV_A = """V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L8988901C4XXX4009078F96121096ZE184226B<<<<<<"""
MRV_B = """V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<
L8988901C4XXX4009078F9612109<<<<<<<<"""
GERMAN = """P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<
C11T002JM4D<<9608122F1310317<<<<<<<<<<<<<<<6"""
# Made up: no person has this number.
VIETNAMESE = """IDVNM0900000018077090000001<<6
9001011M3001019VNM<<<<<<<<<<<4
NGUYEN<<VAN<THU<<<<<<<<<<<<<<<"""


def read(text: str) -> Parsed:
    parsed = parse(text, TODAY)
    assert parsed is not None
    return parsed


def codes(parsed: Parsed) -> list[tuple[str, str]]:
    return [(w.pointer.removeprefix("/fields/"), w.code) for w in parsed.found.warnings]


# --- Specimens -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        (TD3, "mrz_td3", "L898902C3"),
        (TD2, "mrz_td2", "D23145890"),
        (TD1, "mrz_td1", "D23145890"),
        (MRV_A, "mrv_a", "L8988901C"),
        (MRV_B, "mrv_b", "L8988901C"),
    ],
)
def test_specimens_of_all_formats(text: str, kind: str, number: str) -> None:
    parsed = read(text)
    assert (parsed.kind, parsed.errors) == (kind, [])
    fields = parsed.fields
    assert fields["full_name"] == "ERIKSSON ANNA MARIA"
    assert (fields["surname"], fields["given_names"]) == ("ERIKSSON", "ANNA MARIA")
    assert fields["document"]["number"] == number
    assert fields["issuing_state"] == "UTO"
    assert (fields["sex"], fields["birth_date_precision"]) == ("F", "day")


def test_a_passport_has_the_fields_of_a_guest() -> None:
    fields = read(TD3).fields
    assert fields["date_of_birth"] == "1974-08-12"
    assert fields["document"] == {"type": "passport", "number": "L898902C3", "name": None}
    assert fields["personal_number"] == "ZE184226B"
    assert fields["expiry_date"][2:] == "12-04-15"


def test_germany_and_unknown_states() -> None:
    parsed = read(GERMAN)
    assert (parsed.fields["nationality"], parsed.fields["issuing_state"]) == ("DEU", "DEU")
    assert codes(read(TD3))[:2] == [
        ("nationality", "state_unknown"),
        ("issuing_state", "state_unknown"),
    ]
    for code in ("UNO", "XXA", "RKS", "GBD"):
        lines = Document("mrz_td3", nationality=code).lines()
        parsed = read("\n".join(lines))
        assert parsed.fields["nationality"] == code
        assert codes(parsed) == []


def test_a_visa_says_that_its_number_may_be_its_own() -> None:
    parsed = read(MRV_A)
    assert parsed.fields["document"]["type"] == "other"
    assert ("document/number", "visa_number") in codes(parsed)


def test_a_card_of_vietnam_has_twelve_digits() -> None:
    parsed = read(VIETNAMESE)
    assert parsed.errors == []
    assert parsed.fields["document"] == {
        "type": "citizen_id", "number": "077090000001", "name": None,
    }  # fmt: skip
    assert parsed.fields["full_name"] == "NGUYEN VAN THU"
    assert parsed.fields["nationality"] == "VNM"
    assert codes(parsed) == [("document/type", "card_type_unsure")]


def test_the_check_digit_of_the_twelve_digits_is_read() -> None:
    wrong = read(VIETNAMESE.replace("077090000001<<6", "077090000001<<7"))
    assert wrong.errors == ["composite", "personal_number"]
    other = read(VIETNAMESE.replace("077090000001<<6", "<<<<<<<<<<<<<<<"))
    assert ("document/number", "number_not_whole") in codes(other)
    assert other.fields["document"]["number"] == "090000001"


def test_a_number_of_vietnam_that_contradicts_sex_and_year_warns() -> None:
    number = "001190000001"
    card = Document(
        "mrz_td1", code="ID", state="VNM", nationality="VNM", number=number[3:], sex="M",
        birth="910101", optional=f"{number}<<{check_digit(number)}",
    )  # fmt: skip
    parsed = read("\n".join(card.lines()))
    assert parsed.errors == []
    assert [code for _, code in codes(parsed)][1:] == ["number_sex", "number_birth_year"]


@pytest.mark.parametrize("kind", ["mrz_td1", "mrz_td2"])
def test_a_long_number_flows_into_the_optional_field(kind: str) -> None:
    lines = Document(kind, code="ID", number="60000179501").lines()
    assert lines[0 if kind == "mrz_td1" else 1][14 if kind == "mrz_td1" else 9] == "<"
    parsed = read("\n".join(lines))
    assert (parsed.errors, parsed.fields["document"]["number"]) == ([], "60000179501")


def test_both_ways_to_sum_a_long_number_are_right() -> None:
    lines = Document("mrz_td1", code="I", number="D23145890123").lines()
    assert lines[0].startswith("I<FRAD23145890<1233")
    # Without the filler the sum of this one is 1, with it 3; 6 is neither.
    for check, errors in (("1", []), ("3", []), ("6", ["document_number"])):
        text = f"IDBEL000590240<601{check}<<<<<<<<<<<\n8512017F1311048BEL8512010020<{{}}\nX<<Y"
        faults = [
            set(read(text.format(composite)).errors) - {"composite"} for composite in "0123456789"
        ]
        assert faults == [set(errors)] * 10


# --- Faults --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("ZE184226B<<<<<10", "ZE184226B<<<<<20", ["personal_number", "composite"]),
        ("L898902C36", "L898902C37", ["document_number", "composite"]),
        ("7408122", "7408132", ["birth_date", "composite"]),
        ("1204159", "1204158", ["expiry_date", "composite"]),
        ("<<<<<10", "<<<<<11", ["composite"]),
        ("7408122F1204159", "740BIZZF12041S9",
         ["birth_date", "expiry_date", "composite", "birth_date_value", "expiry_date_value"]),
        ("2F1", "2H1", ["sex"]),
    ],
)  # fmt: skip
def test_faults_are_named(old: str, new: str, errors: list[str]) -> None:
    assert old in TD3
    assert read(TD3.replace(old, new)).errors == errors


def test_digits_read_as_letters_are_not_mended() -> None:
    parsed = read(TD3.replace("ANNA<MARIA", "ANNA<MAR1A").replace("<<<<<10", "<<<<<1O"))
    assert parsed.errors == ["composite"]
    assert parsed.fields["full_name"] == "ERIKSSON ANNA MAR1A"
    assert ("full_name", "name_digits") in codes(parsed)


def test_a_filler_for_the_check_digit_of_nothing() -> None:
    assert read(GERMAN).errors == []
    assert read(GERMAN.replace("<<<6", "<<06")).errors == []
    assert read(TD3.replace("B<<<<<10", "B<<<<<<0")).errors == ["personal_number", "composite"]


@pytest.mark.parametrize(
    ("sex", "said", "warned"), [("<", None, True), ("X", None, True), ("M", "M", False)]
)
def test_a_sex_that_is_not_said_is_asked(sex: str, said: str | None, warned: bool) -> None:
    parsed = read("\n".join(Document("mrz_td3", sex=sex).lines()))
    assert (parsed.errors, parsed.fields["sex"]) == ([], said)
    assert (("sex", "sex_not_said") in codes(parsed)) is warned


# --- Names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "surname", "given_names", "code"),
    [
        ("ERIKSSON", "ERIKSSON", "", None),
        ("DE<MAIENFELD<<PIERRE", "DE MAIENFELD", "PIERRE", None),
        ("NGUYEN<<K", "NGUYEN", "K", None),
        ("MARTIN<<ANNEKKKKKKKK", "MARTIN", "ANNE", "name_fillers"),
        ("MARTIN<<ANNE<<<KK<<<K", "MARTIN", "ANNE", "name_fillers"),
        ("MARTIN<<ANNE<<LISE", "MARTIN", "ANNE LISE", None),
        ("PAPADOPOULOS<<ALEXANDROSGEORGIOSKONSTAN", "PAPADOPOULOS", "ALEXANDROSGEORGIOSKONSTAN",
         "name_cut"),
    ],
)  # fmt: skip
def test_names(names: str, surname: str, given_names: str, code: str | None) -> None:
    second = Document("mrz_td3").lines()[1]
    parsed = read(f"P<FRA{names.ljust(39, '<')}\n{second}")
    assert (parsed.fields["surname"], parsed.fields["given_names"]) == (surname, given_names)
    assert [c for _, c in codes(parsed)] == ([code] if code else [])


# --- Dates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("261124", date(2026, 11, 24), "day"),
        ("261125", date(1926, 11, 25), "day"),
        ("000229", date(2000, 2, 29), "day"),
        ("74<<<<", date(1974, 1, 1), "year"),
        ("7408<<", date(1974, 1, 1), "year"),
        ("2612<<", date(1926, 1, 1), "year"),
        ("26<<<<", date(2026, 1, 1), "year"),
        ("<<<<<<", None, None),
        ("<<0812", None, None),
    ],
)
def test_a_birth_date_is_the_latest_until_today(
    text: str, day: date | None, precision: str | None
) -> None:
    assert mrz.birth_date(text, TODAY) == (day, precision)


@pytest.mark.parametrize(
    "text", ["741312", "740230", "000000", "7<0812", "<<1332", "7413<<", "A40812"]
)
def test_what_is_no_birth_date(text: str) -> None:
    with pytest.raises(NoDate):
        mrz.birth_date(text, TODAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("161124", date(2016, 11, 24)),
        ("161123", date(2116, 11, 23)),
        ("991231", date(2099, 12, 31)),
        ("310228", date(2031, 2, 28)),
        ("<<<<<<", None),
    ],
)
def test_an_expiry_date_lies_from_ten_years_ago_to_ninety_ahead(
    text: str, day: date | None
) -> None:
    assert mrz.expiry_date(text, TODAY) == day


def test_unknown_and_odd_dates_are_said() -> None:
    unknown = read("\n".join(Document("mrz_td3", birth="<<<<<<", expiry="240101").lines()))
    assert (unknown.errors, unknown.fields["date_of_birth"]) == ([], None)
    assert codes(unknown) == [
        ("date_of_birth", "birth_date_unknown"), ("expiry_date", "document_expired"),
    ]  # fmt: skip
    year = read("\n".join(Document("mrz_td3", birth="74<<<<").lines()))
    assert year.fields["birth_date_precision"] == "year"
    assert ("expiry_date", "expiry_far") in codes(read(TD3))


# --- Bent text -----------------------------------------------------------------------------


def bent(text: str) -> dict[str, str]:
    first, *rest = text.split("\n")
    return {
        "as it is": text,
        "lower case": text.lower(),
        "CRLF": text.replace("\n", "\r\n") + "\r\n",
        "CR": text.replace("\n", "\r"),
        "empty lines": f"\n\n  {first}  \n\n" + "\n\n".join(rest),
        "one line": text.replace("\n", ""),
        "one line with blanks": text.replace("\n", "  "),
        "blanks inside": " ".join(text[at : at + 5] for at in range(0, len(text), 5)),
        "guillemets": text.replace("<<", "«"),
        "single guillemets": text.replace("<", "‹"),
        "full width": text.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
        "byte order mark": f"\ufeff{text}",
        "escaped": text.replace("<", "&lt;"),
        "name without fillers": "\n".join(
            line.rstrip("<") if "<<ANNA" in line else line for line in (first, *rest)
        ),
        "fillers too many": "\n".join(
            f"{line}<<" if "<<ANNA" in line else line for line in (first, *rest)
        ),
        "blanks for fillers": "\n".join(
            line.replace("<", " ") if "<<ANNA" in line else line for line in (first, *rest)
        ),
    }


@pytest.mark.parametrize("way", bent(TD3))
@pytest.mark.parametrize("text", [TD1, TD2, TD3, MRV_A, MRV_B], ids=lambda text: text[:1])
def test_bent_text_is_straightened(text: str, way: str) -> None:
    parsed, straight = read(bent(text)[way]), read(text)
    assert (parsed.kind, parsed.errors, parsed.fields) == (straight.kind, [], straight.fields)


@pytest.mark.parametrize("text", [MRV_A, MRV_B])
def test_a_visa_may_lose_the_fillers_of_both_lines(text: str) -> None:
    parsed = read("\n".join(line.rstrip("<") for line in text.split("\n")))
    assert parsed.errors == []
    assert parsed.fields == read(text).fields


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not_a_document"),
        ("Nguyễn Văn An, 1990", "not_a_document"),
        ("https://example.org/P<UTO", "not_a_document"),
        ("9" * 88, "not_a_document"),
        (TD3[:-1], "wrong_length"),
        (TD3.replace("L898902C36", "L89890C36"), "wrong_length"),
        (TD3.split("\n")[0], "wrong_length"),
        (TD3.split("\n")[1], "wrong_length"),
        (f"{TD1}\n{TD1}", "wrong_length"),
        ("<" * 88, "wrong_length"),
        ("A" * 88, "not_a_document"),
        ("V" * 72, "not_a_document"),
        (f"A{TD3[1:65]}", "wrong_length"),
        (TD3.replace("P<UTO", "X<UTO").replace("740812", "740813"), "wrong_length"),
    ],
)
def test_what_is_no_document(text: str, why: str) -> None:
    assert parse(text, TODAY) is None
    assert why_not(text) == why


# --- Properties ----------------------------------------------------------------------------

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Not K: a run of it at the end of a name is taken for fillers.
words = st.text(LETTERS.replace("K", ""), min_size=1, max_size=6)
days = st.dates(date(1927, 1, 1), TODAY).map(lambda day: f"{day:%y%m%d}")


@st.composite
def documents(draw: Any) -> Document:
    kind = draw(st.sampled_from(sorted(WIDTHS)))
    longest = 14 if kind in ("mrz_td1", "mrz_td2") else 9
    code = {"mrz_td3": "P", "mrv_a": "V", "mrv_b": "V"}.get(kind, "I")
    return Document(
        kind=kind,
        code=code,
        number=draw(st.text(LETTERS + "0123456789", min_size=1, max_size=longest)),
        birth=draw(days),
        expiry=draw(days),
        sex=draw(st.sampled_from("MF<")),
        surname=draw(words),
        given_names=" ".join(draw(st.lists(words, max_size=2))),
        optional=draw(st.text(LETTERS, max_size=14)) if kind == "mrz_td3" else "",
    )


@given(documents())
def test_composed_lines_are_read_back(document: Document) -> None:
    parsed = read("\n".join(document.lines()))
    assert (parsed.kind, parsed.errors) == (document.kind, [])
    fields = parsed.fields
    assert fields["document"]["number"] == document.number
    assert (fields["surname"], fields["given_names"]) == (document.surname, document.given_names)
    assert (fields["date_of_birth"] or "").replace("-", "")[2:] == document.birth
    assert (fields["expiry_date"] or "").replace("-", "")[2:] == document.expiry
    assert fields["sex"] == document.sex.replace("<", "") or fields["sex"] is None
    assert read("".join(document.lines())).fields == fields


@given(documents(), st.data())
def test_one_wrong_character_is_found(document: Document, data: Any) -> None:
    lines = document.lines()
    row = 0 if document.kind == "mrz_td1" and data.draw(st.booleans()) else 1
    checked = range(5, 15) if row == 0 else [*range(7), *range(8, 15)]
    if document.kind != "mrz_td1":
        checked = [*range(10), *range(13, 20), *range(21, 28)]
    at = data.draw(st.sampled_from(list(checked)))
    new = data.draw(st.sampled_from(LETTERS + "0123456789<"))
    # The sums run modulo 10, so that A can't be told from K, U and 0.
    assume(VALUES[new] % 10 != VALUES[lines[row][at]] % 10)
    lines[row] = lines[row][:at] + new + lines[row][at + 1 :]
    assert read("\n".join(lines)).errors != []


@pytest.mark.parametrize(
    "text",
    ["0" * 88, "0" * 44 + "\n" + "0" * 44, f"{TD3}0", TD3[:-1], TD2 + "0", TD2[:-1]],
    ids=["88 zeros", "two lines of zeros", "45 of 44", "43 of 44", "37 of 36", "35 of 36"],
)
def test_text_of_the_wrong_size_is_no_document(text: str) -> None:
    assert parse(text, TODAY) is None


@given(st.text() | st.text(alphabet=LETTERS + "0123456789<« \n|"))
def test_no_text_raises(text: str) -> None:
    if parse(text, TODAY) is None:
        assert why_not(text)


@given(st.text(alphabet=LETTERS[:3] + "059<", min_size=88, max_size=90), st.sampled_from("PVACI"))
def test_no_lines_raise(text: str, first: str) -> None:
    parse(first + text[1:], TODAY)
    parse(f"{first}{text[1:44]}\n{text[44:]}", TODAY)
    parse(f"{first}{text[1:30]}\n{text[30:60]}\n{text[60:90]}", TODAY)


@pytest.mark.parametrize(
    "text",
    ["<" * 50_000, "A<" * 25_000, "« " * 25_000, "K" * 50_000, "\n" * 50_000, "P<\n" * 16_000,
     "|" * 50_000, "0|" * 25_000, "aw" * 25_000 + "|" * 6, "ộ" * 50_000, "a:" * 25_000 + "|" * 6,
     f"077190123456||{'bic' * 17_000}|01011990|Nam||01012021"],
    ids=lambda text: repr(text[:4]),
)  # fmt: skip
def test_long_text_takes_no_time(text: str) -> None:
    # The processor's time: a busy machine changes nothing.
    began = time.process_time()
    parse(text, TODAY)
    why_not(text)
    assert time.process_time() - began < 2


def test_a_document_of_the_composer_is_faulty_where_it_is_made_so() -> None:
    lines = dataclasses.replace(Document("mrz_td3"), number="12AB34567").lines()
    assert read("\n".join(lines)).is_valid
    assert not read("\n".join(lines).replace("12AB34567", "12AB34568")).is_valid
