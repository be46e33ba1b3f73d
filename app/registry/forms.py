"""Forms of houses: application, profile, class, room types, rooms, closures, decisions, claims."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
)
from wtforms.validators import ValidationError as Invalid
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.operations import PASSWORD_SHORTEST
from app.registry.models import Establishment, RoomType, Unit
from app.registry.words import (
    AMENITY_NAMES,
    KIND_NAMES,
    MISSING_NAMES,
    STARS,
    STATUS_NAMES,
    unit_name,
)
from app.web.forms import Form, MoneyField, WholeField

EARLIEST = date(1900, 1, 1)
PRICE_MOST = 1_000_000_000
UNKNOWN, UNRATED = "", "0"


# --- Fields --------------------------------------------------------------------------------


class Checkboxes(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LocationField(StringField):
    """Latitude and longitude in one, as maps copy them: "10.34500, 107.09200"."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ", ".join(f"{degrees:.6f}" for degrees in self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        match = re.fullmatch(r"\(?(-?\d{1,3}\.\d{1,15})[,;\s]+(-?\d{1,3}\.\d{1,15})\)?", text)
        if match is None:
            raise ValueError(_l("Hãy dán toạ độ như bản đồ chép ra, ví dụ 10.345, 107.092."))
        lat, lon = float(match[1]), float(match[2])
        if abs(lat) > 90 or abs(lon) > 180:
            raise ValueError(_l("Vĩ độ đứng trước, kinh độ đứng sau, ví dụ 10.345, 107.092."))
        # Six decimals are ten centimetres; more would come back as a change nobody made.
        self.data = (round(lat, 6), round(lon, 6))


def _text(label: Any, most: int, *, required: Any = None, **words: Any) -> StringField:
    presence = DataRequired(required) if required else Optional()
    return StringField(label, validators=[presence, Length(max=most)], **words)


def choices(*pairs: tuple[Any, Any]) -> list[SelectChoice]:
    """Return the choices of a select from pairs of value and label."""
    return [SelectChoice(value=value, label=label) for value, label in pairs]


def _unit_field(*, required: Any = None) -> SelectField:
    # The choices come from the database, when a form is made.
    presence = DataRequired(required) if required else Optional()
    first = choices(("", _l("Chưa chọn")))
    return SelectField(_l("Phường, xã"), choices=first, validators=[presence])


def _phone(*, required: bool = False) -> TelField:
    presence = DataRequired(_l("Hãy ghi số điện thoại.")) if required else Optional()
    shape = Regexp(
        r"[0-9+()./\- ]{6,40}$", message=_l("Số điện thoại chỉ gồm chữ số, ví dụ 0254 3856 789.")
    )
    return TelField(_l("Điện thoại"), validators=[presence, shape])


def _web_address(label: Any) -> URLField:
    shape = Regexp(
        r"https?://[^\s<>\"]+\.[^\s<>\"]+$",
        message=_l("Địa chỉ web bắt đầu bằng https://, ví dụ https://sonxanh.vn."),
    )
    return URLField(label, validators=[Optional(), Length(max=400), shape])


def _day(label: Any) -> DateField:
    return DateField(label, validators=[Optional(), _not_before_1900])


def _not_before_1900(_form: Any, field: Any) -> None:
    if field.data is not None and not EARLIEST <= field.data <= date(2100, 1, 1):
        raise Invalid(_l("Hãy xem lại năm."))


STAR_CHOICES = [(UNRATED, _l("Không xếp hạng")), *((str(n), _l("%(n)s sao", n=n)) for n in STARS)]


def set_unit_choices(form: Form, units: Iterable[Unit], name: str = "unit") -> None:
    """Offer the units of today, under the former city or district people know them by."""
    offered = [
        SelectChoice(value=unit.code, label=unit_name(unit.name), optgroup=unit.area.name)
        for unit in units
    ]
    form[name].choices = [*form[name].choices[:1], *offered]


# --- The profile of a house ----------------------------------------------------------------


class ProfileForm(Form):
    """What a house says of itself; kind, stars and ward are decided by the province."""

    version = HiddenField()
    name = _text(_l("Tên cơ sở"), 200, required=_l("Hãy ghi tên cơ sở."))
    name_en = _text(_l("Tên tiếng Anh"), 200)
    address = _text(_l("Địa chỉ (số nhà, đường)"), 400)
    location = LocationField(
        _l("Toạ độ"),
        description=_l("Bấm giữ vào nhà mình trên bản đồ điện thoại rồi chép hai con số vào đây."),
    )
    phone = _phone()
    email = EmailField(
        _l("Thư điện tử"),
        validators=[
            Optional(),
            Length(max=200),
            Email(_l("Thư điện tử này chưa đúng dạng ten@noi.vn.")),
        ],
    )
    website = _web_address(_l("Trang web"))
    booking_url = _web_address(_l("Trang đặt phòng"))
    licence_no = _text(_l("Số giấy phép kinh doanh"), 60)
    licence_on = _day(_l("Ngày cấp"))
    opened_on = _day(_l("Ngày khai trương"))
    description = TextAreaField(_l("Giới thiệu"), validators=[Optional(), Length(max=2000)])
    description_en = TextAreaField(
        _l("Giới thiệu bằng tiếng Anh"), validators=[Optional(), Length(max=2000)]
    )
    amenities = Checkboxes(_l("Tiện nghi"), choices=choices(*AMENITY_NAMES.items()))

    @classmethod
    def of(cls, house: Establishment) -> ProfileForm:
        location = None if house.lat is None else (house.lat, house.lon)
        return cls(obj=house, location=location, version=str(house.record_version))

    def values(self) -> dict[str, Any]:
        """The fields of the house; an empty text is nothing."""
        values = {n: f.data or None for n, f in self._fields.items() if n not in _NOT_OF_PROFILE}
        values["lat"], values["lon"] = self.location.data or (None, None)
        values["amenities"] = [
            code for code in AMENITY_NAMES if code in (self.amenities.data or ())
        ]
        return values


_NOT_OF_PROFILE = {"csrf_token", "version", "location"}


class ApplyForm(Form):
    """A new house; its owner's account too, unless the owner is signed in."""

    name = _text(_l("Tên cơ sở"), 200, required=_l("Hãy ghi tên cơ sở."))
    kind = SelectField(_l("Loại hình"), choices=choices(*KIND_NAMES.items()))
    unit = _unit_field(required=_l("Hãy chọn phường, xã."))
    address = _text(_l("Địa chỉ (số nhà, đường)"), 400, required=_l("Hãy ghi số nhà và đường."))
    phone = _phone(required=True)
    licence_no = _text(
        _l("Số giấy phép kinh doanh"),
        60,
        description=_l("Chưa có thì để trống; Sở sẽ hỏi lại khi duyệt."),
    )


class _AccountFields(Form):
    person = _text(_l("Họ tên của bạn"), 200, required=_l("Hãy ghi họ tên."))
    login = EmailField(
        _l("Thư điện tử để đăng nhập"),
        validators=[
            DataRequired(_l("Hãy nhập thư điện tử.")),
            Length(max=200),
            Email(_l("Thư điện tử này chưa đúng dạng ten@noi.vn.")),
        ],
    )
    password = PasswordField(
        _l("Mật khẩu"),
        validators=[
            DataRequired(_l("Hãy nhập mật khẩu.")),
            Length(
                min=PASSWORD_SHORTEST,
                max=200,
                message=_l("Mật khẩu cần ít nhất %(min)d ký tự; một câu ngắn là tốt nhất."),
            ),
        ],
    )


class ApplyWithAccountForm(ApplyForm, _AccountFields):
    """A new house and a new person."""


class ClaimForm(Form):
    """The one-time code of a printed invitation."""

    code = _text(
        _l("Mã trên giấy mời"),
        40,
        required=_l("Hãy nhập mã trên giấy mời."),
        description=_l("12 chữ và số, không phân biệt chữ hoa, chữ thường."),
    )


class ClaimWithAccountForm(ClaimForm, _AccountFields):
    """The code and a new person."""


# --- Room types, rooms, closures -----------------------------------------------------------


class RoomTypeForm(Form):
    """A room type as its house describes it."""

    version = HiddenField()
    name = _text(_l("Tên loại phòng"), 200, required=_l("Hãy ghi tên loại phòng."))
    name_en = _text(_l("Tên tiếng Anh"), 200)
    capacity = WholeField(
        _l("Số khách tối đa một phòng"), validators=[InputRequired(), NumberRange(1, 100)]
    )
    bed_places = WholeField(
        _l("Số chỗ ngủ một phòng"),
        validators=[Optional(), NumberRange(1, 100)],
        description=_l("Giường đôi là hai chỗ; không kể giường phụ. Để trống là bằng số khách."),
    )
    list_price = MoneyField(
        _l("Giá niêm yết một đêm"), validators=[Optional(), NumberRange(0, PRICE_MOST)]
    )
    code = _text(
        _l("Mã trong phần mềm của bạn"),
        60,
        description=_l("Chỉ cần khi một phần mềm quản lý phòng gửi số liệu vào đây."),
    )
    amenities = Checkboxes(_l("Tiện nghi trong phòng"), choices=choices(*AMENITY_NAMES.items()))

    @classmethod
    def of(cls, room_type: RoomType) -> RoomTypeForm:
        return cls(obj=room_type, version=str(room_type.record_version))

    def values(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "name_en": self.name_en.data or None,
            "capacity": self.capacity.data,
            "bed_places": self.bed_places.data or self.capacity.data,
            "list_price": self.list_price.data,
            "code": self.code.data or None,
            "amenities": [code for code in AMENITY_NAMES if code in (self.amenities.data or ())],
        }


class RoomsForm(Form):
    """Many rooms of one type at once."""

    numbers = _text(
        _l("Số phòng"),
        2_000,
        required=_l("Hãy ghi số phòng."),
        description=_l("Ghi từng số hoặc cả dãy, ví dụ: 101-110, 201, A1-A5."),
    )
    room_type = SelectField(_l("Loại phòng"), coerce=int)
    since = DateField(
        _l("Dùng từ ngày"),
        validators=[Optional(), _not_before_1900],
        description=_l("Để trống nếu phòng đã có từ trước."),
    )


class ClosureForm(Form):
    """Nights on which the house sells no room."""

    start = DateField(_l("Đóng cửa từ ngày"), validators=[InputRequired(_l("Hãy chọn ngày."))])
    end = DateField(_l("Mở cửa lại ngày"), validators=[InputRequired(_l("Hãy chọn ngày."))])
    reason = _text(_l("Lý do"), 200)

    def validate_end(self, field: Any) -> None:
        if not (self.start.data and field.data):
            return
        if field.data <= self.start.data:
            raise Invalid(_l("Ngày mở cửa lại phải sau ngày đóng cửa."))
        if (field.data - self.start.data).days > 1_100 or self.start.data < date(2000, 1, 1):
            raise Invalid(_l("Một lần đóng cửa dài nhất ba năm."))


# --- Officials -----------------------------------------------------------------------------


class DecisionForm(Form):
    """The reason of a decision, which the owner reads."""

    reason = TextAreaField(_l("Lý do"), validators=[Optional(), Length(max=500)])


class ReasonedDecisionForm(Form):
    """A decision against a house needs its reason."""

    reason = TextAreaField(
        _l("Lý do (cơ sở sẽ đọc được)"),
        validators=[DataRequired(_l("Hãy ghi lý do để cơ sở biết.")), Length(max=500)],
    )


class NoteForm(Form):
    text = TextAreaField(
        _l("Ghi chú cho cán bộ khác"),
        validators=[DataRequired(_l("Hãy viết ghi chú.")), Length(max=1000)],
    )


class ClassForm(Form):
    """Kind, stars and ward from a date on."""

    kind = SelectField(_l("Loại hình"), choices=choices(*KIND_NAMES.items()))
    stars = SelectField(_l("Hạng"), choices=choices(*STAR_CHOICES))
    unit = _unit_field()
    since = _day(_l("Có hiệu lực từ ngày"))
    whole = BooleanField(_l("Đã ghi sai từ đầu: sửa cho toàn bộ thời gian"))

    def validate_whole(self, field: Any) -> None:
        if not field.data and self.since.data is None and not self.since.errors:
            raise Invalid(_l("Hãy chọn ngày, hoặc đánh dấu là sửa cho toàn bộ thời gian."))


class CompleteForm(Form):
    """What an imported house came without; only what is filled in is stored."""

    unit = _unit_field()
    location = LocationField(_l("Toạ độ"))
    rooms = WholeField(_l("Số phòng"), validators=[Optional(), NumberRange(1, 500)])
    capacity = WholeField(
        _l("Số khách một phòng"), validators=[Optional(), NumberRange(1, 100)], default=2
    )
    phone = _phone()
    licence_no = _text(_l("Số giấy phép"), 60)
    stars = SelectField(
        _l("Hạng"),
        choices=choices((UNKNOWN, _l("Chưa biết")), *STAR_CHOICES),
        validators=[Optional()],
    )
    no_phone = BooleanField(_l("Cơ sở không có điện thoại"))
    no_licence = BooleanField(_l("Không cần giấy phép"))


class HouseFilterForm(Form):
    """The filters above the officials' list; sent by GET, so without a token."""

    class Meta(Form.Meta):
        csrf = False

    q = StringField(_l("Tên hoặc mã"))
    status = SelectField(
        _l("Tình trạng"), choices=choices(("", _l("Tất cả")), *STATUS_NAMES.items()), default=""
    )
    unit = SelectField(_l("Phường, xã"), choices=choices(("", _l("Tất cả"))), default="")
    kind = SelectField(
        _l("Loại hình"), choices=choices(("", _l("Tất cả")), *KIND_NAMES.items()), default=""
    )
    missing = SelectField(
        _l("Còn thiếu"),
        choices=choices(("", _l("Không lọc")), ("any", _l("Bất kỳ")), *MISSING_NAMES.items()),
        default="",
    )
