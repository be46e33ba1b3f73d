"""A scanned or pasted document on the check-in form: whose row it fills, and what is doubtful."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app import dates
from app.identity import normal_document
from app.registry.models import Establishment
from app.registry.units import Units
from app.stays import countries, residence_names
from app.stays.check_in import find_room
from app.stays.documents import Parsed, parse, why_not
from app.stays.documents.addresses import add_ward
from app.stays.forms import CITIZEN_CARD, GUEST_FIELDS, GUESTS_MOST, PASSPORT, CheckInForm
from app.stays.inputs import Finding
from app.stays.words import WORDS
from app.text import tidy

LONGEST = 2000
# A number typed by hand: a personal number, or a passport's.
_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]{5,12}")
_PERSONAL = re.compile(r"[0-9]{12}")
# In the order of the form. Who is asked last is asked of foreigners, or for other documents, only.
COMPULSORY = (
    "full_name",
    "date_of_birth",
    "sex",
    "nationality",
    "document_type",
    "document_number",
    "document_name",
    "permitted_until",
)
# Whose field shows that the check digit of another field of the lines fails.
SHOWN_AT = {
    "birth_date": "date_of_birth",
    "birth_date_value": "date_of_birth",
    "sex": "sex",
    "full_name": "full_name",
}
# What is said beside its field, but is nothing to look at: nearly every older card has it.
FACTS = frozenset({"unit_converted", "unit_unknown"})
CHECKED = frozenset({"document_number", "birth_date", "personal_number", "composite"})
UNREAD, CHECK = "unread", "check_digit"


@dataclass(slots=True)
class Scan:
    """What reading a text did to the form, in words.

    ``cursor`` is the id of the field that waits for the receptionist, empty for the scan field;
    ``saves`` says that a room was named for guests of whom nothing is missing; ``text`` is what
    could not be read, to be mended.
    """

    words: str
    kind: str = "fine"
    cursor: str = ""
    saves: bool = False
    text: str = ""


def take(form: CheckInForm, text: str, house: Establishment) -> Scan:
    """Read a text into the form: a room's number, a document's number, or a document."""
    plain = tidy(text)
    if not plain:
        return Scan(_("Chưa có gì để đọc. Xin quét hoặc dán giấy tờ vào ô này."), "look")
    if len(text) > LONGEST:
        return Scan(_("Dài quá, không phải nội dung của một giấy tờ."), "late")
    room = find_room(house, plain)
    if room is not None:
        return _take_room(form, room.number)
    if _NUMBER.fullmatch(plain):
        return _take_number(form, plain.upper())
    parsed = parse(text, dates.local(dates.now()).date())
    if parsed is None:
        return Scan(_why_not(text), "late", text=text)
    return _take_document(form, parsed)


def _why_not(text: str) -> str:
    words = {
        "too_few_fields": _("Mã QR của thẻ có ít nhất 7 phần cách nhau bằng dấu |; đây chưa đủ."),
        "not_a_card": _("Các phần giữa dấu | không phải của thẻ căn cước. Xin quét lại."),
        "wrong_length": _("Dòng MRZ phải là 3 dòng 30 ký tự, hoặc 2 dòng 36 hay 44 ký tự."),
        "not_a_document": _("Không phải mã QR thẻ căn cước, dòng MRZ hay số phòng. Xin quét lại."),
    }
    return words[why_not(text)]


def _take_room(form: CheckInForm, number: str) -> Scan:
    form.place.data = f"room:{number}"
    lacking = next((field for field in map(missing, _indexed(form)) if field), "")
    if lacking:
        return Scan(_("Đã chọn phòng %(room)s.", room=number), cursor=_cursor_for(form, lacking))
    return Scan(_("Đã chọn phòng %(room)s.", room=number), saves=True)


def _cursor_for(form: CheckInForm, lacking: str) -> str:
    """Where nobody is on the form yet, the next thing is a scan, not the first field."""
    return "" if all(is_empty(entry.form) for entry in form.guests) else lacking


def _take_number(form: CheckInForm, number: str) -> Scan:
    index = _row_of(form, number)
    if index is None:
        index = _next_row(form)
        if index is None:
            return _full()
        guest = form.guests[index].form
        guest.document_number.data = number
        guest.document_type.data = CITIZEN_CARD if _PERSONAL.fullmatch(number) else PASSPORT
    cursor = missing((index, form.guests[index].form))
    return Scan(_("Đã ghi số giấy tờ cho khách %(n)s.", n=index + 1), cursor=cursor)


def _take_document(form: CheckInForm, parsed: Parsed) -> Scan:
    add_ward(parsed, Units.load())
    index = _row_of(form, parsed.fields["document"]["number"])
    if index is not None and form.guests[index].form.full_name.data:
        words = _("Giấy tờ này đã có trên phiếu: khách %(n)s. Không thêm nữa.", n=index + 1)
        return Scan(words, "look")
    index = _next_row(form) if index is None else index
    if index is None:
        return _full()
    guest = form.guests[index].form
    fill(guest, parsed)
    guest.doubts.data = " ".join(doubts_of(parsed))
    cursor = missing((index, guest))
    if "nationality:state_unknown" in guest.doubts.data:
        cursor = f"guests-{index}-nationality"
    words = _("Đã đọc giấy tờ vào khách %(n)s.", n=index + 1)
    if any(code not in FACTS for _name, code in _pairs(guest)):
        return Scan(f"{words} {_('Có chỗ cần xem lại, ghi ngay bên ô.')}", "look", cursor)
    return Scan(words, cursor=cursor)


def _full() -> Scan:
    return Scan(_("Phiếu này đã đủ %(n)s khách; xin lưu rồi mở phiếu mới.", n=GUESTS_MOST), "late")


# --- Rows ----------------------------------------------------------------------------------


def _indexed(form: CheckInForm) -> list[tuple[int, Any]]:
    return [(index, entry.form) for index, entry in enumerate(form.guests)]


def _row_of(form: CheckInForm, number: str | None) -> int | None:
    """Return the row that holds this document already."""
    wanted = normal_document(number or "")
    if not wanted:
        return None
    held = (i for i, guest in _indexed(form) if _number_of(guest) == wanted)
    return next(held, None)


def _number_of(guest: Any) -> str:
    return normal_document(guest.document_number.data or "")


def is_empty(guest: Any) -> bool:
    """Whether nobody has been written into the row yet."""
    fields = (guest.full_name, guest.date_of_birth, guest.document_number)
    return not any(field.data for field in fields)


def _next_row(form: CheckInForm) -> int | None:
    empty = next((i for i, guest in _indexed(form) if is_empty(guest)), None)
    if empty is not None:
        return empty
    if len(form.guests) >= GUESTS_MOST:
        return None
    form.guests.append_entry()
    return len(form.guests) - 1


def missing(row: tuple[int, Any]) -> str:
    """Return the id of the first compulsory field that is empty, or an empty text."""
    index, guest = row
    for name in COMPULSORY:
        if name == "document_name" and guest.document_type.data != "other":
            continue
        if name == "permitted_until" and not countries.is_foreign(guest.nationality.data or "VNM"):
            continue
        if not guest[name].data or guest[name].data == "None":
            return f"guests-{index}-{name}" + ("-0" if name == "sex" else "")
    return ""


# --- Filling -------------------------------------------------------------------------------


def fill(guest: Any, parsed: Parsed) -> None:
    """Write what the document says into the row; what it leaves open stays as it was."""
    fields, document = parsed.fields, parsed.fields["document"]
    residence = fields.get("residence") or {}
    said = {
        "full_name": fields["full_name"],
        "date_of_birth": birth_text(fields["date_of_birth"], fields["birth_date_precision"]),
        "sex": fields["sex"],
        "nationality": known_country(fields["nationality"]),
        "document_type": document["type"],
        "document_number": document["number"],
        "document_name": document["name"],
        "residence_kind": residence.get("kind"),
        "residence_unit": residence_names.name_of(residence.get("unit"), Units.load()),
        "address": residence.get("address"),
    }
    put(guest, said)


def put(guest: Any, said: dict[str, str | None]) -> None:
    for name, value in said.items():
        if value:
            guest[name].data = value


def known_country(code: str | None) -> str | None:
    """Return the code where the list of the form has it."""
    return code if code and countries.is_known(code) else None


def birth_text(born: str | None, precision: str | None) -> str | None:
    """Return a date of birth as it is typed: 31/01/1990, or the bare year."""
    if born is None:
        return None
    return born[:4] if precision == "year" else f"{date.fromisoformat(born):%d/%m/%Y}"


# --- What is doubtful ----------------------------------------------------------------------


def doubts_of(parsed: Parsed) -> list[str]:
    """Return what was doubtful as "field:code" pairs, which name nobody and travel in the form."""
    pairs = [_error_pair(name, parsed.kind) for name in parsed.errors]
    for finding in parsed.found.warnings:
        name = finding.pointer.removeprefix("/fields/")
        pairs.append((SHOWN_AT.get(name) or GUEST_FIELDS.get(name, name), finding.code))
    known = [(name, code) for name, code in pairs if name in SHOWN]
    return [f"{name}:{code}" for name, code in dict.fromkeys(known)]


def _error_pair(name: str, kind: str) -> tuple[str, str]:
    field = SHOWN_AT.get(name, "document_number")
    is_check = kind != "citizen_qr" and name in CHECKED
    if name in ("expiry_date", "expiry_date_value"):
        return field, "expiry_check"
    return field, CHECK if is_check else UNREAD


SHOWN = frozenset(
    {"full_name", "date_of_birth", "sex", "nationality", "document_type", "document_number"}
    | {"document_name", "residence_unit", "residence_kind", "address"}
)


def doubts(guest: Any) -> dict[str, list[str]]:
    """Return for each field of the row the words of what was doubtful when it was read."""
    found: dict[str, list[str]] = {}
    for name, code in _pairs(guest):
        found.setdefault(name, []).append(str(WORDS[code][1]))
    return found


def _pairs(guest: Any) -> list[tuple[str, str]]:
    """Return the pairs that the form brought along, without what nobody here has written."""
    pairs = [pair.partition(":")[::2] for pair in (guest.doubts.data or "").split()[:20]]
    return [(name, code) for name, code in pairs if name in SHOWN and code in WORDS]


POINTERS = {"document_number": "document/number", "date_of_birth": "date_of_birth", "sex": "sex"}


def to_check(form: CheckInForm) -> list[Finding]:
    """Return the fields whose check digit failed, to be confirmed before they are saved."""
    return [
        Finding(f"/guests/{index}/{POINTERS[name]}", CHECK, False)
        for index, guest in _indexed(form)
        for name, code in _pairs(guest)
        if code == CHECK and name in POINTERS
    ]
