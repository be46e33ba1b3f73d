"""The forms of stays: they hold plain texts, which the same reader checks as the API's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, TimeInput

from app import dates
from app.reference import document_types, stay_reasons
from app.stays import countries
from app.stays.inputs import Finding
from app.stays.words import message
from app.web import locale
from app.web.forms import Form


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return (value, label) pairs as what a field wants."""
    return [SelectChoice(value=value, label=label) for value, label in pairs]


SOURCES = options(
    [
        ("walk_in", _l("Khách vãng lai")),
        ("reservation", _l("Đã đặt trước với cơ sở")),
        ("ota", _l("Qua trang đặt phòng")),
        ("agency", _l("Qua công ty du lịch")),
    ]
)
SEXES = options([("M", _l("Nam")), ("F", _l("Nữ"))])
RESIDENCES = options(
    [
        ("", _l("Không ghi")),
        ("permanent", _l("Thường trú")),
        ("temporary", _l("Tạm trú")),
        ("other", _l("Khác")),
    ]
)
ORIGINS = options([("VNM", _l("Việt Nam")), ("foreign", _l("Nước ngoài"))])
NIGHTS = options([("0", _l("Theo giờ")), *((str(n), str(n)) for n in (1, 2, 3, 7))])
GUESTS_MOST = 30
CITIZEN_CARD, PASSPORT = "citizen_id", "passport"
TYPED = {"autocomplete": "off", "spellcheck": "false"}
DATE = {"inputmode": "numeric", "placeholder": "31/01/1990", "autocomplete": "off"}


def _named(rows: Iterable[Any]) -> list[SelectChoice]:
    attribute = "name_en" if locale.selected() == "en" else "name_vi"
    return options((row.code, getattr(row, attribute)) for row in rows)


class GuestForm(wtforms.Form):
    """One guest, as far as the papers say it."""

    full_name = StringField(_l("Họ và tên"), render_kw=TYPED)
    date_of_birth = StringField(_l("Ngày sinh"), render_kw=DATE)
    # Which codes are known is for the reader to say, as it says it to the API.
    sex = RadioField(_l("Giới tính"), choices=SEXES, validate_choice=False)
    nationality = SelectField(_l("Quốc tịch"), default=countries.VIETNAM, validate_choice=False)
    document_type = SelectField(_l("Loại giấy tờ"), default=CITIZEN_CARD, validate_choice=False)
    document_number = StringField(_l("Số giấy tờ"), render_kw=TYPED)
    permitted_until = StringField(
        _l("Được phép tạm trú đến"), render_kw={**DATE, "placeholder": "31/12/2026"}
    )
    phone = StringField(_l("Điện thoại"), render_kw={"inputmode": "tel", "autocomplete": "off"})
    document_name = StringField(_l("Tên giấy tờ"), render_kw=TYPED)
    residence_kind = SelectField(
        _l("Nơi cư trú hiện nay"), choices=RESIDENCES, validate_choice=False
    )
    residence_unit = StringField(_l("Phường, xã"), render_kw=TYPED)
    address = StringField(_l("Địa chỉ"), render_kw=TYPED)
    arrived_time = StringField(_l("Đến sau, lúc"), widget=TimeInput())
    remember = BooleanField(_l("Khách đồng ý để cơ sở nhớ thông tin cho lần sau"))
    # What was doubtful when a document was read, in codes that name nobody.
    doubts = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nationality.choices = options(countries.choices(locale.selected()))
        self.document_type.choices = _named(document_types())

    def settle_document(self) -> None:
        """Take a foreign guest's document for a passport where the type was left as it stood.

        A number of 12 digits is a citizen's, so that the slip is in the nationality.
        """
        nationality = (self.nationality.data or countries.VIETNAM).upper()
        number = re.sub(r"[\s.\-]", "", self.document_number.data or "")
        was_left = countries.is_foreign(nationality) and self.document_type.data == CITIZEN_CARD
        if was_left and not re.fullmatch(r"[0-9]{12}", number):
            self.document_type.data = PASSPORT

    def raw(self, day: str | None) -> dict[str, Any]:
        """Return the guest as the API would be told."""
        self.settle_document()
        born, precision = read_birth(self.date_of_birth.data)
        return {
            "full_name": self.full_name.data,
            "date_of_birth": born,
            "birth_date_precision": precision,
            "sex": self.sex.data,
            "nationality": self.nationality.data,
            "document": {
                "type": self.document_type.data,
                "number": self.document_number.data,
                "name": self.document_name.data,
            },
            "permitted_until": read_day(self.permitted_until.data),
            "phone": self.phone.data,
            "residence": {
                "kind": self.residence_kind.data,
                "unit": self.residence_unit.data,
                "address": self.address.data,
            },
            "arrived_at": read_moment(day, self.arrived_time.data),
        }


# Where a finding about a guest is shown, by the end of its pointer.
GUEST_FIELDS = {
    "document/type": "document_type",
    "document/number": "document_number",
    "document/name": "document_name",
    "birth_date_precision": "date_of_birth",
    "residence/kind": "residence_kind",
    "residence/unit": "residence_unit",
    "residence/address": "address",
    "residence/country": "address",
    "arrived_at": "arrived_time",
}
STAY_FIELDS = {
    "arrived_at": "arrived_time",
    "planned_departure": "departure_date",
    "room": "place",
    "room_type": "place",
    "reservation": "source",
    "from": "since",
    "departed_at": "departed_time",
}


class CheckInForm(Form):
    """A party and its room. ``stay_id`` makes a form that is sent twice one check-in.

    Fields stand in the order of the page, which is that of the summary of faults.
    """

    stay_id = HiddenField()
    reservation = HiddenField()
    place = SelectField(_l("Phòng"), validate_choice=False)
    source = SelectField(_l("Nguồn khách"), choices=SOURCES, validate_choice=False)
    arrived_date = StringField(_l("Ngày đến"), widget=DateInput())
    arrived_time = StringField(_l("Giờ đến"), widget=TimeInput())
    departure_date = StringField(_l("Ngày đi dự kiến"), widget=DateInput())
    departure_time = StringField(_l("Giờ đi"), widget=TimeInput())
    guests = FieldList(FormField(GuestForm), min_entries=1, max_entries=GUESTS_MOST)
    reason = SelectField(_l("Lý do lưu trú"), default="tourism", validate_choice=False)
    reason_detail = StringField(_l("Nói rõ lý do"), render_kw=TYPED)
    note = TextAreaField(_l("Ghi chú"), render_kw={"rows": 2})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = _named(stay_reasons())

    def raw(self) -> dict[str, Any]:
        """Return the check-in as the API would be told."""
        day = self.arrived_date.data
        return {
            **read_place(self.place.data),
            "arrived_at": read_moment(day, self.arrived_time.data),
            "planned_departure": read_departure(self.departure_date.data, self.departure_time.data),
            "source": self.source.data,
            "reservation": self.reservation.data or None,
            "reason": self.reason.data,
            "reason_detail": self.reason_detail.data,
            "note": self.note.data,
            "guests": [entry.form.raw(day) for entry in self.guests],
        }

    def rearrange(self, add: str | None, remove: str | None) -> bool:
        """Add an empty guest or remove one, as the pressed button says; True if one was."""
        if add and len(self.guests) < GUESTS_MOST:
            self.guests.append_entry()
        elif remove in [str(i) for i in range(len(self.guests))] and len(self.guests) > 1:
            kept = [entry.data for i, entry in enumerate(self.guests) if str(i) != remove]
            while self.guests.entries:
                self.guests.pop_entry()
            for data in kept:
                self.guests.append_entry(data)
        else:
            return bool(add or remove)
        return True


class QuickForm(Form):
    """A stay without identity, for a house that files with the police elsewhere."""

    stay_id = HiddenField()
    room = HiddenField()
    people = RadioField(
        _l("Số khách"), choices=options((str(n), str(n)) for n in range(1, 7)), default="2"
    )
    origin = RadioField(
        _l("Khách"),
        choices=ORIGINS,
        default="VNM",
    )
    country = SelectField(_l("Nước nào"), validate_choice=False)
    nights = RadioField(
        _l("Ở mấy đêm"),
        choices=NIGHTS,
        default="1",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        foreign = countries.choices(locale.selected())[1:]
        self.country.choices = options([(countries.UNKNOWN, _l("Chưa rõ")), *foreign])

    def raw(self, now: datetime) -> dict[str, Any]:
        is_vietnamese = self.origin.data == countries.VIETNAM
        nationality = countries.VIETNAM if is_vietnamese else self.country.data or countries.UNKNOWN
        nights = int(self.nights.data)
        first = dates.first_night(now)
        return {
            "room": self.room.data,
            "arrived_at": dates.local(now).isoformat(),
            "planned_departure": str(first + nights * dates.ONE_DAY) if nights else _hours(now),
            "filed_elsewhere": True,
            "guests": [{"nationality": nationality, "persons": int(self.people.data)}],
        }


def _hours(now: datetime) -> str:
    """Return three hours from now, but within the date, or it would be a night."""
    local = dates.local(now)
    end = min(local + timedelta(hours=3), dates.at(local.date(), 23, 59))
    return end.isoformat()


# --- Small forms of the stay page ----------------------------------------------------------


class ActionForm(Form):
    """A button that changes a stay; ``version`` is the stay's as the page showed it."""

    version = HiddenField()
    back = HiddenField()


class ExtendForm(ActionForm):
    departure_date = StringField(_l("Ngày đi"), widget=DateInput())
    departure_time = StringField(_l("Giờ đi"), widget=TimeInput())


class MoveForm(ActionForm):
    place = SelectField(_l("Sang phòng"), validate_choice=False)
    since = StringField(_l("Từ đêm"), widget=DateInput())


class CheckOutForm(ActionForm):
    departed_date = StringField(_l("Ngày đi"), widget=DateInput())
    departed_time = StringField(_l("Giờ đi"), widget=TimeInput())


class CancelForm(ActionForm):
    reason = StringField(_l("Nhầm ở đâu"), render_kw=TYPED)


class RevealForm(ActionForm):
    reason = StringField(_l("Lý do xem đủ giấy tờ"), render_kw=TYPED)


class GuestEditForm(ActionForm):
    """A guest of a stay: what stands in sealed fields is not shown, and empty means unchanged."""

    arrived_date = StringField(_l("Ngày đến"), widget=DateInput())
    arrived_time = StringField(_l("Giờ đến"), widget=TimeInput())
    guest = FormField(GuestForm)


class StayEditForm(ActionForm):
    arrived_date = StringField(_l("Ngày đến"), widget=DateInput())
    arrived_time = StringField(_l("Giờ đến"), widget=TimeInput())
    reason = SelectField(_l("Lý do lưu trú"), validate_choice=False)
    reason_detail = StringField(_l("Nói rõ lý do"), render_kw=TYPED)
    note = TextAreaField(_l("Ghi chú"), render_kw={"rows": 2})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = _named(stay_reasons())


# --- Reading what people type --------------------------------------------------------------


def read_day(text: str | None) -> str | None:
    """Return 31/01/1990, 31.1.1990 or 31011990 as 1990-01-31; other texts as they are."""
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})|(\d{2})(\d{2})(\d{4})", text)
    if found is None or not text.isascii():
        return text
    day, month, year = (part for part in found.groups() if part is not None)
    try:
        return str(date(int(year), int(month), int(day)))
    except ValueError:
        return text


def read_birth(text: str | None) -> tuple[str | None, str | None]:
    """Return a date of birth and its precision; a bare year is only that."""
    if text and re.fullmatch(r"[0-9]{4}", text):
        return text, "year"
    return read_day(text), None


def read_moment(day: str | None, time: str | None) -> str | None:
    """Return a date and an hour of Vietnam as an instant."""
    if not day or not time:
        return None
    return f"{day}T{time}+07:00"


def read_departure(day: str | None, time: str | None) -> str | None:
    """Return a departure: noon is what a bare date means."""
    return day if not time or time == "12:00" else read_moment(day, time)


def read_place(text: str | None) -> dict[str, str | None]:
    """Return "room:101" or "type:7" as what the API is told."""
    kind, _, value = (text or "").partition(":")
    return {
        "room": value if kind == "room" else None,
        "room_type": value if kind == "type" else None,
    }


# --- Showing what was found ----------------------------------------------------------------


def show(form: Any, findings: list[Finding]) -> list[tuple[str | None, str]]:
    """Write each finding at its field and return (id of the field, words) for the summary.

    The summary goes from the top of the form to its end; what belongs to no field comes first.
    """
    shown, places = [], {id(field): place for place, field in enumerate(_fields_of(form))}
    findings = sorted(findings, key=lambda f: places.get(id(field_of(form, f.pointer)), -1))
    for finding in findings:
        field = field_of(form, finding.pointer)
        words = message(finding)
        if field is not None and finding.blocks:
            field.errors = [*field.errors, words]
        shown.append((_anchor(field), _with_place(form, finding, field, words)))
    return shown


def _with_place(form: Any, finding: Finding, field: Field | None, words: str) -> str:
    """Say which field, and of which guest, the words in the summary are about."""
    if field is None:
        return words
    parts = finding.pointer.strip("/").split("/")
    if parts[0] == "guests" and "guests" in form and len(form.guests) > 1:
        number = int(parts[1]) + 1
        return _("Khách %(n)s, %(field)s: %(words)s", n=number, field=field.label.text, words=words)
    return f"{field.label.text}: {words}"


def _anchor(field: Field | None) -> str | None:
    if field is None:
        return None
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)


def field_of(form: Any, pointer: str) -> Field | None:
    """Return the field that a pointer of the API stands for."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "guests" and len(parts) > 2:
        entry = _guest_form(form, int(parts[1]))
        name = "/".join(parts[2:])
        return _within(entry, GUEST_FIELDS.get(name, name)) if entry else None
    if parts[0] == "guests":
        return None
    found = _within(form, STAY_FIELDS.get(parts[0], parts[0]))
    return found if found is not None else _within(form, parts[0])


def _guest_form(form: Any, index: int) -> Any:
    if "guests" in form and index < len(form.guests):
        return form.guests[index].form
    return form.guest.form if "guest" in form else None


def _within(form: Any, name: str) -> Field | None:
    found: Field | None = form._fields.get(name)
    return found


def _fields_of(form: Any) -> Iterator[Field]:
    """Yield every field that can be filled in, in order."""
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                yield from _fields_of(entry.form)
        elif isinstance(field, FormField):
            yield from _fields_of(field.form)
        else:
            yield field


def errors_of(form: Any) -> Iterator[tuple[str | None, str]]:
    """Yield (id, words) of every fault a form's own validation found."""
    for field in _fields_of(form):
        for words in field.errors:
            yield _anchor(field), str(words)
