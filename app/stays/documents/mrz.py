"""Machine-readable lines of identity documents (ICAO 9303) in all five formats; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.stays.documents.mrz_lines import Lines, candidates

# Passports, visas, and the three letters of official travel documents of the size of a card.
_FIRST_LETTERS = "PVACI"
# Where no sex stands in its place and none of these holds, nothing speaks for a document.
_SEXES = ("M", "F", "X", "")
_CHECKED = frozenset({"document_number", "birth_date", "expiry_date"})
_UNKNOWN = "<<"
# Documents have expired for 10 years or will be good for 90: of two digits only one year is left.
_EXPIRED_FOR = 10
_NAME_END = re.compile(r"K{3,}$")


@dataclass(slots=True)
class Mrz:
    """The fields of the lines as they stand there, fillers cut off, and the names of the faulty."""

    kind: str
    document_code: str
    issuing_state: str
    number: str
    nationality: str
    sex: str
    birth: str
    expiry: str
    surname: str
    given_names: str
    name_is_cut: bool
    name_is_mended: bool
    # TD1 has two optional fields, the others one, which TD3 calls the personal number.
    optional: tuple[str, ...]
    errors: list[str] = field(default_factory=list)


def read(text: str) -> Mrz | None:
    """Return the reading with the fewest faults, None where the text is no such document."""
    read = [(_read(lines), lines.changed) for lines in candidates(text)]
    fit = [one for one in read if _is_document(one[0])]
    return min(fit, key=lambda one: (len(one[0].errors), one[1]))[0] if fit else None


def _is_document(mrz: Mrz) -> bool:
    """Whether this is more than any letters of the right length."""
    first = mrz.document_code[:1]
    is_other = first.isalpha() and not mrz.errors
    if not mrz.surname or not (first in _FIRST_LETTERS or is_other):
        return False
    return mrz.sex in _SEXES or not _CHECKED.issubset(mrz.errors)


def check_digit(text: str) -> str:
    """Return the check digit: weights 7, 3, 1; a filler counts 0, a letter 10 and more."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10)


def _read(lines: Lines) -> Mrz:
    return _read_td1(lines) if lines.kind == "mrz_td1" else _read_two_lines(lines)


def _read_td1(lines: Lines) -> Mrz:
    first, second, names = lines.rows
    number = _Number(first[5:14], first[14], first[15:])
    mrz = _make(lines.kind, first, names, number)
    mrz.nationality = second[15:18].rstrip("<")
    mrz.optional = (number.optional.rstrip("<"), second[18:29].rstrip("<"))
    _read_dates(mrz, second[:15])
    composite = first[5:] + second[:7] + second[8:15] + second[18:29]
    if check_digit(composite) != second[29]:
        mrz.errors.append("composite")
    return mrz


def _read_two_lines(lines: Lines) -> Mrz:
    first, second = lines.rows
    end = {"mrz_td3": 42, "mrz_td2": 35}.get(lines.kind, len(second))
    optional = second[28:end]
    # Only cards let a long number flow over; a passport's or visa's optional field is its own.
    may_flow = lines.kind == "mrz_td2"
    number = _Number(second[:9], second[9], optional if may_flow else "")
    mrz = _make(lines.kind, first, first[5:], number)
    mrz.nationality = second[10:13].rstrip("<")
    mrz.optional = ((number.optional if may_flow else optional).rstrip("<"),)
    _read_dates(mrz, second[13:28])
    if lines.kind == "mrz_td3":
        _check_personal_number(mrz, optional, second[42])
    composite = second[:10] + second[13:20] + second[21:]
    if end < len(second) and check_digit(composite[:-1]) != second[-1]:
        mrz.errors.append("composite")
    return mrz


class _Number:
    """The number of the document, which a filler for its check digit lets flow into the next field.

    The states disagree whether that filler takes part in the sum, so both are right.
    """

    def __init__(self, principal: str, check: str, optional: str) -> None:
        self.text, self.optional = principal, optional
        wanted = {check_digit(principal)}
        if check == "<" and optional.strip("<") and optional[0] != "<":
            more, _, self.optional = optional.partition("<")
            more, check = more[:-1], more[-1]
            self.text = principal + more
            wanted = {check_digit(self.text), check_digit(f"{principal}<{more}")}
        self.is_right = check in wanted


def _make(kind: str, first: str, names: str, number: _Number) -> Mrz:
    surname, given_names, is_mended = _names(names)
    mrz = Mrz(
        kind=kind,
        document_code=first[:2].rstrip("<"),
        issuing_state=first[2:5].rstrip("<"),
        number=number.text.replace("<", ""),
        nationality="",
        sex="",
        birth="",
        expiry="",
        surname=surname,
        given_names=given_names,
        name_is_cut=not names.endswith("<"),
        name_is_mended=is_mended,
        optional=(),
    )
    if not number.is_right:
        mrz.errors.append("document_number")
    return mrz


def _names(field: str) -> tuple[str, str, bool]:
    """Return surname, given names, and whether fillers that were read as K had to be dropped.

    Three at the end, or any behind the fillers that follow the given names, can be nothing else.
    """
    kept = _NAME_END.sub("", field.rstrip("<"))
    surname, _, rest = kept.partition("<<")
    given, _, more = rest.strip("<").partition("<<")
    is_noise = bool(more) and not more.strip("<K")
    names = given if is_noise else f"{given}<{more}"
    is_mended = is_noise or kept != field.rstrip("<")
    return _words(surname), _words(names), is_mended


def _words(field: str) -> str:
    return " ".join(field.replace("<", " ").split())


def _read_dates(mrz: Mrz, part: str) -> None:
    """Read birth, its check digit, sex, expiry, its check digit: the same in all formats."""
    mrz.birth, mrz.sex, mrz.expiry = part[:6], part[7].rstrip("<"), part[8:14]
    if check_digit(mrz.birth) != part[6]:
        mrz.errors.append("birth_date")
    if check_digit(mrz.expiry) != part[14]:
        mrz.errors.append("expiry_date")


def _check_personal_number(mrz: Mrz, optional: str, check: str) -> None:
    is_empty = not optional.strip("<")
    if check != check_digit(optional) and not (is_empty and check == "<"):
        mrz.errors.append("personal_number")


# --- Dates of two digits for the year ------------------------------------------------------------


class NoDate(ValueError):
    """The six places hold no date."""


def birth_date(text: str, today: date) -> tuple[date | None, str | None]:
    """Return the latest such day until today, and whether its day or only its year is known.

    Unknown parts are fillers; where the month or the day is one, the year is left, as its first
    of January.
    """
    year, *rest = text[:2], text[2:4], text[4:]
    parts = [year, *("01" if part == _UNKNOWN else part for part in rest)]
    if year == _UNKNOWN:
        # A day and a month alone say no date, but must be some: 2000 has all of them.
        _in_century(_two_digits(["00", *parts[1:]]), [2000], (1, 1, 1), (9999, 1, 1))
        return None, None
    born = _in_century(_two_digits(parts), [2000, 1900], (1, 1, 1), _parts(today))
    if "<" in text:
        return born.replace(month=1, day=1), "year"
    return born, "day"


def expiry_date(text: str, today: date) -> date | None:
    """Return the day, at most ten years ago and less than ninety ahead; None where it is empty."""
    if not text.strip("<"):
        return None
    numbers = _two_digits([text[:2], text[2:4], text[4:]])
    year, month, day = _parts(today)
    # One day short of a hundred years, so that there is one answer.
    earliest = (year - _EXPIRED_FOR, month, day)
    latest = (year - _EXPIRED_FOR + 100, month, day - 1)
    return _in_century(numbers, [1900, 2000, 2100], earliest, latest)


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _two_digits(parts: Sequence[str]) -> list[int]:
    if not all(map(str.isdigit, parts)):
        raise NoDate
    return [int(part) for part in parts]


def _in_century(
    numbers: Sequence[int],
    centuries: Sequence[int],
    earliest: tuple[int, int, int],
    latest: tuple[int, int, int],
) -> date:
    year, month, day = numbers
    for century in centuries:
        if earliest <= (century + year, month, day) <= latest:
            try:
                return date(century + year, month, day)
            except ValueError:
                break
    raise NoDate
