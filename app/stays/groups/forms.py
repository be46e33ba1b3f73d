"""The forms of a list of guests: what is common to all, and one row."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, HiddenField, SelectField, StringField
from wtforms.widgets import DateInput, TimeInput

from app import dates
from app.reference import stay_reasons
from app.stays.checks import CLOCK_SLACK, EARLIEST, read_departure, read_reason
from app.stays.forms import SOURCES, TYPED, GuestForm, _named
from app.stays.forms import read_departure as departure_text
from app.stays.groups.drafts import GuestGroup
from app.stays.groups.words import FIELDS
from app.stays.inputs import Findings
from app.stays.words import message
from app.web.forms import Form

LABEL_LONGEST = 100


class GroupForm(Form):
    """What is the same for the whole group; ``key`` makes pressing twice one check-in."""

    key = HiddenField()
    label = StringField(_l("Tên đoàn"), render_kw=TYPED)
    arrived_date = StringField(_l("Ngày đến"), widget=DateInput())
    arrived_time = StringField(_l("Giờ đến"), widget=TimeInput())
    departure_date = StringField(_l("Ngày đi dự kiến"), widget=DateInput())
    departure_time = StringField(_l("Giờ đi"), widget=TimeInput())
    source = SelectField(_l("Nguồn khách"), choices=SOURCES)
    reservation = SelectField(_l("Đặt trước"), validate_choice=False)
    reason = SelectField(_l("Lý do lưu trú"))
    reason_detail = StringField(_l("Nói rõ lý do"), render_kw=TYPED)
    confirmed = BooleanField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = _named(stay_reasons())

    @classmethod
    def of(cls, group: GuestGroup) -> GroupForm:
        """Return the form as the list stands."""
        form = cls(formdata=None)
        leaves = dates.local(group.planned_departure)
        form.key.data = str(uuid.uuid4())
        form.label.data = group.label
        form.arrived_date.data = str(group.arrival)
        if group.arrived_at is not None:
            form.arrived_time.data = f"{dates.local(group.arrived_at):%H:%M}"
        form.departure_date.data = str(leaves.date())
        form.departure_time.data = f"{leaves:%H:%M}"
        form.source.data, form.reason.data = group.source, group.reason
        form.reservation.data = str(group.reservation_id or "")
        form.reason_detail.data = group.reason_detail
        return form

    def write(self, group: GuestGroup, now: datetime, *, arriving: bool = False) -> bool:
        """Write what was typed into the list; False where a field is wrong, which then says so.

        ``arriving`` is for the check-in itself, which can't lie in the future.
        """
        found = Findings()
        day = self._day(found)
        arrived_at = self._moment(found, day) if day else None
        if day is not None:
            self._look_at_arrival(found, day, arrived_at, now, arriving=arriving)
        text = departure_text(self.departure_date.data, self.departure_time.data)
        begins = arrived_at or max(now, dates.at(day, 0) if day else now)
        departure = read_departure(text, "/departure_date", found, begins, now)
        said = {"reason": self.reason.data, "reason_detail": self.reason_detail.data}
        words = read_reason(said, found)
        if len(self.label.data or "") > LABEL_LONGEST:
            found.error("/label", "too_long")
        for finding in found.errors:
            self.refuse(finding.pointer.strip("/"), message(finding))
        if self.errors or day is None or departure is None:
            return False
        group.label, group.arrival, group.arrived_at = self.label.data, day, arrived_at
        group.planned_departure = dates.departure_instant(departure)
        group.source = self.source.data
        group.reason, group.reason_detail = words["reason"] or "tourism", words["reason_detail"]
        return True

    def _day(self, found: Findings) -> Any:
        try:
            return dates.parse_date(self.arrived_date.data or "")
        except ValueError:
            found.error("/arrived_date", "invalid_format")
            return None

    def _moment(self, found: Findings, day: Any) -> datetime | None:
        if not self.arrived_time.data:
            return None
        try:
            said = time.fromisoformat(self.arrived_time.data)
        except ValueError:
            found.error("/arrived_time", "invalid_format")
            return None
        return dates.at(day, said.hour, said.minute)

    def _look_at_arrival(
        self, found: Findings, day: Any, at: datetime | None, now: datetime, *, arriving: bool
    ) -> None:
        if dates.at(day, 0) < EARLIEST:
            found.error("/arrived_date", "out_of_range", earliest=dates.local(EARLIEST).date())
        elif at is None and day < dates.hotel_day(now):
            # "Now" would not be that day, which lasts until 06:00 of the next.
            found.error("/arrived_time", "required")
        elif arriving and at is not None and at > now + CLOCK_SLACK:
            found.error("/arrived_time", "in_future")


class RowForm(Form):
    """One guest of the list, as typed or mended."""

    room = SelectField(_l("Phòng"), validate_choice=False)
    guest = FormField(GuestForm)

    def fields_of_guest(self) -> dict[str, Any]:
        """Return the texts to keep; a document's type follows the nationality as at check-in."""
        guest = self.guest.form
        guest.settle_document()
        named = {name: guest[name].data for name in FIELDS if name != "room"}
        return {name: text for name, text in named.items() if text and text != "None"}
