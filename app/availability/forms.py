"""The forms of the calendar, of rooms out of order and of reservations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.availability.labels import room_type_name, weekday_names
from app.availability.operations import allowed_nights
from app.availability.reservations import LONGEST
from app.dates import ONE_DAY, Period, today
from app.registry.forms import Checkboxes
from app.registry.models import Room, RoomType
from app.web.filters import day
from app.web.forms import Form, MoneyField, WholeField

ALL_TYPES = "all"
HIGHEST_PRICE = 1_000_000_000


class _PeriodForm(Form):
    """A form with a first night and the day after the last one."""

    first, last = "start", "end"
    longest = 731

    _period: Period | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the dates together as well, so that all faults are told at once."""
        valid = super().validate(extra_validators)
        self._period = self._read_period()
        return valid and self._period is not None

    def period(self) -> Period | None:
        """Return the nights, or None where :meth:`validate` has told what is wrong with them."""
        return self._period

    def _read_period(self) -> Period | None:
        start, end = self[self.first].data, self[self.last].data
        if start is None or end is None:
            return None
        allowed = allowed_nights()
        if start not in allowed:
            words = _("Từ %(start)s đến %(end)s.", start=day(allowed.start), end=day(allowed.end))
            self.refuse(self.first, words)
        elif end <= start:
            self.refuse(self.last, _("Ngày trả phòng phải sau đêm đầu."))
        elif end > allowed.end or (end - start).days > self.longest:
            last = min(allowed.end, start + timedelta(days=self.longest))
            self.refuse(self.last, _("Muộn nhất là %(end)s.", end=day(last)))
        else:
            return Period(start, end)
        return None


def _day(label: Any, **words: Any) -> DateField:
    return DateField(label, validators=[InputRequired(_l("Hãy chọn ngày."))], **words)


class NightsForm(_PeriodForm):
    """Vacant rooms and price of a range of nights, on some days of the week perhaps."""

    room_type = SelectField(_l("Loại phòng"))
    start = _day(_l("Từ đêm"), name="from")
    end = _day(_l("Đến ngày trả phòng"), name="to")
    rooms = WholeField(_l("Phòng trống"), validators=[Optional(), NumberRange(0, 5_000)])
    price = MoneyField(_l("Giá một đêm"), validators=[Optional(), NumberRange(0, HIGHEST_PRICE)])
    weekdays = Checkboxes(_l("Chỉ những ngày"), coerce=int)
    shown = HiddenField()

    def __init__(self, room_types: Iterable[RoomType], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [SelectChoice(str(t.id), room_type_name(t)) for t in room_types]
        everything = SelectChoice(ALL_TYPES, _("Mọi loại phòng"))
        self.room_type.choices = [*names, everything] if len(names) > 1 else names
        self.weekdays.choices = [
            SelectChoice(number, word) for number, word in enumerate(weekday_names())
        ]

    def type_ids(self) -> list[int]:
        chosen = self.room_type.data
        ids = [int(choice.value) for choice in self.room_type.choices if choice.value != ALL_TYPES]
        return ids if chosen == ALL_TYPES else [int(chosen)]

    def nights(self) -> list[date] | None:
        """Return the nights of the range on the chosen days of the week; None if there are none."""
        period = self.period()
        if period is None:
            return None
        wanted = set(self.weekdays.data or range(7))
        found = [night for night in period if night.weekday() in wanted]
        if not found:
            self.refuse("weekdays", _("Không đêm nào trong khoảng này rơi vào ngày đã chọn."))
        return found or None


class StillRightForm(Form):
    """One type or all."""

    room_type = HiddenField()
    shown = HiddenField()


class OutOfOrderForm(_PeriodForm):
    """A room that can't be let for some nights."""

    longest = 366
    room = SelectField(_l("Phòng"))
    start = _day(_l("Từ đêm"), name="from")
    end = _day(_l("Dùng lại từ ngày"), name="to")

    def __init__(self, rooms: Iterable[Room], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room.choices = [SelectChoice(str(room.id), room.number) for room in rooms]


class ReservationForm(_PeriodForm):
    """A reservation as the desk writes it down."""

    first, last = "arrival", "departure"
    longest = LONGEST
    arrival = _day(_l("Đến ngày"))
    departure = _day(_l("Trả phòng ngày"))
    room_type = SelectField(_l("Loại phòng"))
    rooms = WholeField(_l("Số phòng"), default=1, validators=[InputRequired(), NumberRange(1, 500)])
    people = WholeField(_l("Số khách"), validators=[Optional(), NumberRange(0, 5_000)])
    reference = StringField(_l("Mã đặt phòng"), validators=[Length(max=60)])
    channel = StringField(_l("Đặt qua"), validators=[Length(max=40)])
    label = StringField(_l("Ghi để nhận ra"), validators=[Length(max=200)])
    overbook = BooleanField(_l("Vẫn lưu, dù nhận quá số phòng"))
    version = HiddenField()

    def __init__(self, room_types: Iterable[RoomType], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room_type.choices = [SelectChoice(str(t.id), room_type_name(t)) for t in room_types]
        if self.arrival.data is None and not self.is_submitted():
            self.arrival.data, self.departure.data = today(), today() + ONE_DAY
