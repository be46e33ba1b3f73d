"""The words of a group's rows: what a field is called, what is missing, what a state means."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.stays.forms import GUEST_FIELDS
from app.stays.inputs import Finding
from app.stays.reading.words import message_of
from app.stays.words import message

FIELDS: dict[str, LazyString] = {
    "full_name": _l("họ tên"),
    "date_of_birth": _l("ngày sinh"),
    "sex": _l("giới tính"),
    "nationality": _l("quốc tịch"),
    "document_type": _l("loại giấy tờ"),
    "document_number": _l("số giấy tờ"),
    "document_name": _l("tên giấy tờ"),
    "permitted_until": _l("hạn tạm trú"),
    "phone": _l("điện thoại"),
    "residence_kind": _l("nơi cư trú"),
    "residence_unit": _l("phường, xã"),
    "address": _l("địa chỉ"),
    "room": _l("phòng"),
}
# What only a list of guests can find; the rest is said in the words of every check-in.
OWN: dict[str, LazyString] = {
    "room_unknown": _l("cơ sở không có phòng số này."),
    "room_taken": _l("phòng đã có khách trong các đêm này; xin chọn phòng khác."),
}
STATES: dict[str, tuple[str, LazyString]] = {
    "ready": ("fine", _l("Đủ")),
    "look": ("look", _l("Cần xem")),
    "missing": ("late", _l("Thiếu")),
    "wrong": ("late", _l("Sai")),
    "done": ("sea", _l("Đã nhận")),
}


def field_of(finding: Finding) -> str:
    """Return the field of the row that a pointer stands for."""
    name = finding.pointer.strip("/")
    return GUEST_FIELDS.get(name, name)


def words_of(finding: Finding) -> str:
    """Return what was found, without the name of the field."""
    problem = finding.values.get("problem")
    if problem is not None:
        said = message_of(problem)
        return f"{said} ({problem.proposal})" if problem.proposal else said
    if finding.code in OWN:
        return str(OWN[finding.code])
    return message(finding)


def sentences(findings: Iterable[Finding]) -> list[tuple[str | None, str]]:
    """Return (field, words) for a row: first everything that is missing, in one sentence."""
    findings = list(findings)
    missing = [field_of(f) for f in findings if f.blocks and f.code == "required"]
    said: list[tuple[str | None, str]] = []
    if missing:
        names = ", ".join(str(FIELDS.get(name, name)) for name in dict.fromkeys(missing))
        said.append((missing[0], _("Thiếu %(fields)s.", fields=names)))
    for finding in sorted(findings, key=lambda f: not f.blocks):
        if finding.blocks and finding.code == "required":
            continue
        name = field_of(finding)
        label = str(FIELDS.get(name, name))
        said.append((name, f"{label[:1].upper()}{label[1:]}: {words_of(finding)}"))
    return said
