"""How lists and forms name a party, a room type, a country, a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import ngettext

from app.reference import document_types, stay_reasons
from app.registry.models import RoomType
from app.stays import countries
from app.stays.queries import StayRow
from app.stays.revealing import shown
from app.web import locale


def type_name(room_type: RoomType) -> str:
    """Return the type's name in the reader's language."""
    english = locale.spoken() == "en"
    return (room_type.name_en if english else None) or room_type.name


def party(row: StayRow) -> str:
    """Return who is in a room: the first guest's masked name and how many more, or a number."""
    first = shown(row.stay.guests[0])["full_name"] if row.stay.guests else None
    if not first:
        return ngettext("%(num)s khách", "%(num)s khách", row.people)
    others = row.people - 1
    if others < 1:
        return first
    return ngettext(
        "%(name)s và %(num)s người nữa", "%(name)s và %(num)s người nữa", others, name=first
    )


def birth(identity: Mapping[str, Any], precision: str | None) -> str | None:
    """Return a date of birth as people write it, whole or masked; a bare year is only that."""
    born: str | None = identity.get("date_of_birth")
    parts = (born or "").split("-")
    if len(parts) != 3:
        return born
    return parts[0] if precision == "year" else "/".join(reversed(parts))


def country(code: str | None) -> str:
    return countries.name(code, locale.spoken()) if code else ""


def document_type(code: str | None) -> str:
    return _reference_name(document_types(), code)


def reason(code: str | None) -> str:
    return _reference_name(stay_reasons(), code)


def source_of(rule: Any) -> str:
    """Return where a rule is from, in the reader's language."""
    return str(rule.source if locale.spoken() == "en" else rule.source_vi)


def _reference_name(rows: Iterable[Any], code: str | None) -> str:
    row = next((row for row in rows if row.code == code), None)
    if row is None:
        return code or ""
    return str(row.name_en if locale.spoken() == "en" else row.name_vi)


def state(name: str) -> str:
    """Return the words of a state that a list can be narrowed to."""
    words = {
        "in_house": _("Đang ở"),
        "overdue": _("Quá giờ trả"),
        "departed": _("Đã trả phòng"),
        "cancelled": _("Đã huỷ"),
        "leaving": _("Trả phòng hôm nay"),
        "overbooked": _("Chưa có phòng"),
    }
    return words.get(name, name)


def register(blueprint: Blueprint) -> None:
    """Make the names available to templates."""
    labels: dict[str, Callable[..., str | None]] = {
        "type_name": type_name,
        "party": party,
        "birth_of": birth,
        "country_name": country,
        "document_name": document_type,
        "reason_name": reason,
        "state_name": state,
        "source_words": source_of,
    }
    for name, label in labels.items():
        blueprint.add_app_template_filter(label, name)
