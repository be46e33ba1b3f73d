"""Numbers of documents and telephones as spreadsheets leave them; pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from app.reference import personal_number_provinces

_SCIENTIFIC = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?E\+?([0-9]{1,2})", re.IGNORECASE)
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
PERSONAL, OLD = 12, 9
_MOBILE = re.compile(r"0[35789][0-9]{8}")
_WHOLE = re.compile(r"0[0-9]{11}")
VIETNAMESE_PASSPORT = re.compile(r"[A-Z][0-9]{7}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was understood, and the codes of what was done or is wrong."""

    text: str
    notes: tuple[str, ...] = ()
    fault: str | None = None


def bare(text: str) -> tuple[str, str | None, bool]:
    """Return the number without a spreadsheet's additions, a fault, and whether any was there."""
    plain = unicodedata.normalize("NFKC", text).strip()
    shown = re.sub(r'^="?|"$', "", plain).lstrip("'’`").strip()
    match = _SCIENTIFIC.fullmatch(shown.replace(" ", ""))
    if match:
        return _expanded(match, shown.replace(" ", ""))
    shown = re.sub(r"(?<=[0-9]{6})[.,]0{1,2}$", "", shown)
    return re.sub(r"[\s.\-_]", "", shown).upper(), None, shown != plain


def _expanded(match: re.Match[str], shown: str) -> tuple[str, str | None, bool]:
    """``7.9090123456E+10`` holds all its digits, ``7.909E+10`` does not."""
    digits = match[1] + (match[2] or "")
    whole = len(match[1]) + int(match[3])
    if len(digits) < whole or whole > PERSONAL:
        return shown.upper(), "number_digits_lost", False
    try:
        value = Decimal(shown.replace(",", "."))
    except InvalidOperation:
        return shown.upper(), "number_digits_lost", False
    return str(int(value)), None, True


def read_number(
    text: str, *, foreign: bool, kind: str | None, born: date | None, sex: str | None
) -> Number:
    """Return the number of a document.

    A personal number begins with 0, which a spreadsheet takes away. It is put back where the
    province, and the century and year of birth as far as they are known, then agree.
    """
    if _WHOLE.fullmatch(text):
        return Number(text)
    number, fault, was_cleaned = bare(text)
    if fault:
        return Number(number, fault=fault)
    notes = ("number_cleaned",) if was_cleaned else ()
    if foreign:
        return Number(number, notes)
    if not number.isdigit():
        spelt = number.translate(_LOOKALIKES)
        if len(number) == PERSONAL and spelt.isdigit():
            return Number(spelt, (*notes, "letters_for_digits"))
        return Number(number, notes)
    if kind in (None, "citizen_id", "identity_card", "personal_number_notice"):
        return _personal(number, notes, kind, born, sex)
    if kind == "old_id" and len(number) == OLD - 1:
        return Number(number.zfill(OLD), (*notes, "zeros_restored"))
    return Number(number, notes)


def _personal(
    number: str, notes: tuple[str, ...], kind: str | None, born: date | None, sex: str | None
) -> Number:
    if len(number) == OLD - 1 and kind is None:
        return Number(number.zfill(OLD), (*notes, "zeros_restored"))
    if len(number) not in (PERSONAL - 2, PERSONAL - 1):
        return Number(number, notes)
    whole = number.zfill(PERSONAL)
    if number[0] != "0" and fits(whole, born, sex):
        return Number(whole, (*notes, "zeros_restored"))
    return Number(number, notes, "number_digits_lost")


def fits(number: str, born: date | None, sex: str | None) -> bool:
    """Whether 12 digits are a known province's and agree with what else is known."""
    if number[:3] not in personal_number_provinces():
        return False
    century, is_female = divmod(int(number[3]), 2)
    if born is not None and 1900 + 100 * century + int(number[4:6]) != born.year:
        return False
    return sex is None or (sex == "F") == bool(is_female)


def type_of(number: str, *, foreign: bool) -> str | None:
    """Return the type of document that a number is usually of."""
    if foreign:
        return "passport"
    if number.isdigit() and len(number) in (PERSONAL, OLD):
        return "citizen_id" if len(number) == PERSONAL else "old_id"
    return "passport" if VIETNAMESE_PASSPORT.fullmatch(number) else None


def read_phone(text: str, *, foreign: bool) -> Number:
    """Return a telephone number; one of Vietnam with its first 0."""
    if _MOBILE.fullmatch(text):
        return Number(text)
    first, *others = [part for part in re.split(r"[/;,]|\s{2,}| - ", text) if part.strip()] or [""]
    number, fault, _cleaned = bare(re.sub(r"[()]", "", first))
    notes = ("first_of_several",) if others else ()
    if fault:
        return Number(number, fault=fault)
    number = re.sub(r"^00(?=[1-9])", "+", number)
    if number.startswith("+") or foreign:
        whole = re.sub(r"^\+84\(?0\)?(?=[1-9])", "+84", number)
    elif re.fullmatch(r"84[35789][0-9]{8}", number):
        whole = f"+{number}"
    elif re.fullmatch(r"[35789][0-9]{8}|2[0-9]{9}", number):
        whole = f"0{number}"
    else:
        whole = number
    if whole != number:
        notes = (*notes, "phone_completed")
    is_fine = re.fullmatch(r"(0|\+)[0-9]{6,15}", whole)
    return Number(whole, notes, None if is_fine else "phone_unreadable")
