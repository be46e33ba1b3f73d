"""Remembered guests on the check-in form: whom a row could be, and filling or forgetting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from app.registry.models import Establishment
from app.registry.units import Units
from app.stays import remembered, residence_names
from app.stays.forms import CheckInForm
from app.stays.inputs import GuestInput
from app.stays.remembered import RememberedGuest
from app.stays.scanning import Scan, birth_text, is_empty, missing, put
from app.web.security import Principal

PRESSED = ("recall", "forget", "look")


def offers(house: Establishment, form: CheckInForm) -> dict[str, RememberedGuest]:
    """Return by document number whom of the form's guests this house remembers."""
    return remembered.known(house, {_number(entry.form) for entry in form.guests})


def press(
    form: CheckInForm, pressed: Mapping[str, str], house: Establishment, *, by: Principal
) -> Scan | None:
    """Do what a button of a row says, None where none was pressed; the caller commits."""
    name = next((name for name in PRESSED if name in pressed), None)
    if name is None:
        return None
    index = _index(pressed[name], form)
    if index is None:
        return Scan("")
    guest = form.guests[index].form
    if name == "forget":
        remembered.forget(house, _number(guest), by=by)
        words = _("Đã quên khách này: cơ sở không còn giữ thông tin cho lần sau.")
        return Scan(words, cursor=missing((index, guest)))
    row = remembered.known(house, [_number(guest)]).get(_number(guest))
    if name == "look" or row is None:
        return Scan("", cursor=missing((index, guest)))
    recall(guest, row)
    remembered.note_use(house, row, by=by)
    words = _("Đã điền khách %(n)s theo lần trước. Xin so với giấy tờ.", n=index + 1)
    return Scan(words, cursor=missing((index, guest)))


def _index(text: str, form: CheckInForm) -> int | None:
    return int(text) if text in [str(i) for i in range(len(form.guests))] else None


def _number(guest: Any) -> str:
    return str(guest.document_number.data or "")


def recall(guest: Any, row: RememberedGuest) -> None:
    """Fill the row from memory; what stands there, typed or read from the document, stays."""
    said = {
        "full_name": row.full_name,
        "date_of_birth": birth_text(row.date_of_birth, row.birth_date_precision),
        "sex": row.sex,
        "document_name": row.document_name,
        "phone": row.phone,
        "residence_kind": row.residence_kind,
        "residence_unit": residence_names.name_of(row.residence_unit, Units.load()),
        "address": row.address,
    }
    if not guest.full_name.data:
        # Nobody has read the document yet: the type and nationality are those a form begins with.
        put(guest, {"nationality": row.nationality, "document_type": row.document_type})
    put(guest, {name: value for name, value in said.items() if _is_open(guest[name].data)})


def _is_open(value: Any) -> bool:
    return not value or value == "None"


def keep(
    house: Establishment, form: CheckInForm, guests: Iterable[GuestInput], *, by: Principal
) -> None:
    """Remember the guests whose consent is ticked, and note that the known ones were here."""
    guests = list(guests)
    remembered.seen(house, guests)
    rows = [entry.form for entry in form.guests if not is_empty(entry.form)]
    for row, guest in zip(rows, guests, strict=False):
        if row.remember.data:
            remembered.remember(house, guest, by=by)
