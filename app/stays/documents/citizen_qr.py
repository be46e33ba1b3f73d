"""The text in the QR code of a citizen's card: seven fields, what follows stays unread; pure."""

from __future__ import annotations

import re
from datetime import date

from app.stays import countries, fields
from app.stays.documents.result import Parsed, iso
from app.stays.inputs import Findings
from app.text import fold, tidy

FIELDS = 7
KIND = "citizen_qr"
# The Căn cước replaced the CCCD on this day; the text itself does not say which card it is on.
NEW_CARD_SINCE = date(2024, 7, 1)
_SEPARATORS = str.maketrans({"｜": "|", "¦": "|", "│": "|"})
_AROUND = re.compile(r"^[\s\ufeff]*(?:\][A-Za-z][0-9A-Za-z])?[\s\"'“]*|[\"'”\s]+$")
_LABEL = re.compile(r"[^\W\d]{1,12} ?: ?(?=[0-9])")
_NUMBER = re.compile(r"[0-9]{12}")
_OLD_NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}")
_DAY = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
# "Nữ" with what Telex or VNI left of it: "Nuwx", "Nuxw", "Nu74", "Nux".
_FEMALE = re.compile(r"nu[wx47]{0,3}|female|f")
_MALE = re.compile(r"nam|male|m")
# A Vietnamese word has no such letters or digits; names of other peoples of the country may.
_KEYSTROKES = re.compile(r"[^\W\d_][0-9]|aa|dd|ee|[aou]w|[aeiouy][a-z]{0,4}[fjrsx]\b")


def has_fields(text: str) -> bool:
    """Whether there are separators for as many fields as the card has."""
    return text.translate(_SEPARATORS).count("|") >= FIELDS - 1


def read(text: str, today: date) -> Parsed | None:
    """Return what the card says about its holder, None where the fields are no card's."""
    first = _bare(text).translate(_SEPARATORS).split("|", FIELDS)[:FIELDS]
    if len(first) < FIELDS:
        return None
    parsed = Parsed(KIND, {})
    number, old, name, birth, sex, address, issue = _mended(first, parsed)
    born, precision = _birth(birth, today)
    issued = _day(issue)
    if issued is not None and issued > today:
        issued = None
    read = {
        "document_number": _number(number),
        "birth_date": born,
        "sex": _sex(sex),
        "issue_date": issued,
    }
    # A table row with separators is no card: at least two of the strict forms must be right.
    if len([value for value in read.values() if value]) < 2:
        return None
    parsed.errors.extend(name for name, value in read.items() if not value)
    parsed.fields.update(
        full_name=_name(name, parsed),
        date_of_birth=iso(born),
        birth_date_precision=precision,
        sex=read["sex"],
        nationality=countries.VIETNAM,
        document={"type": _type(issued), "number": read["document_number"], "name": None},
        residence=_residence(address, issued),
        issuing_state=countries.VIETNAM,
        issue_date=iso(issued),
        old_id=_old_number(old, parsed),
    )
    _compare(parsed, born, issued)
    return parsed


def _bare(text: str) -> str:
    """Return the text without what a scanner or a copied cell puts around it: "]Q1", quotes."""
    return _AROUND.sub("", text)


def _mended(raw: list[str], parsed: Parsed) -> list[str]:
    """Return the fields in NFC; text that was taken for another encoding is set right."""
    repaired = [_decoded(field) for field in raw]
    if repaired != raw:
        parsed.warn("full_name", "encoding_mended")
    return [tidy(field) for field in repaired]


def _decoded(text: str) -> str:
    """`Nguyá»…n` → `Nguyễn`: UTF-8 that a scanner sent as the bytes of Windows' Latin letters."""
    if text.isascii():
        return text
    try:
        raw = b"".join(_byte(character) for character in text)
        return raw.decode("utf-8")
    except UnicodeError:
        return text


def _byte(character: str) -> bytes:
    return bytes([ord(character)]) if ord(character) < 256 else character.encode("cp1252")


def _number(text: str) -> str | None:
    """Return the 12 digits; readers may put a label before them."""
    number = _LABEL.sub("", text, count=1).replace(" ", "")
    return number if _NUMBER.fullmatch(number) else None


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _birth(text: str, today: date) -> tuple[date | None, str | None]:
    """Return the date of birth; of older people only the year may be known, with zeros before."""
    match = _DAY.fullmatch(text)
    is_year_only = match is not None and match[1] == "00"
    born = _day(f"0101{match[3]}") if match and is_year_only else _day(text)
    if born is None or not fields.OLDEST_BIRTH <= born <= today:
        return None, None
    return born, "year" if is_year_only else "day"


def _sex(text: str) -> str | None:
    word = fold(text)
    if _FEMALE.fullmatch(word):
        return "F"
    return "M" if _MALE.fullmatch(word) else None


def _name(text: str, parsed: Parsed) -> str | None:
    if _KEYSTROKES.search(fold(text)):
        parsed.warn("full_name", "name_keystrokes")
    checked = Findings()
    name = fields.full_name({"full_name": text}, "/fields/full_name", checked, foreign=False)
    if name is None:
        parsed.errors.insert(0, "full_name")
    for finding in checked.warnings:
        parsed.found.warn(finding.pointer, finding.code)
    return name or text or None


def _type(issued: date | None) -> str:
    is_new = issued is not None and issued >= NEW_CARD_SINCE
    return "identity_card" if is_new else "citizen_id"


def _residence(address: str, issued: date | None) -> dict[str, str | None]:
    # The CCCD prints the permanent residence, the Căn cước wherever its holder lives.
    kind = "permanent" if _type(issued) == "citizen_id" else None
    return {
        "kind": kind if address else None,
        "country": countries.VIETNAM,
        "unit": None,
        "address": address or None,
    }


def _old_number(text: str, parsed: Parsed) -> str | None:
    """Return the number of the former card. Nothing needs it, so that a strange one only warns."""
    if text and not _OLD_NUMBER.fullmatch(text):
        parsed.warn("old_id", "old_id_strange")
        return None
    return text or None


def _compare(parsed: Parsed, born: date | None, issued: date | None) -> None:
    number = parsed.fields["document"]["number"]
    if number is not None:
        pointer = "/fields/document/number"
        sex = parsed.fields["sex"]
        fields.compare_number(number, pointer, parsed.found, sex=sex, born=born)
    if born and issued and issued < born:
        parsed.warn("issue_date", "issued_before_birth")
