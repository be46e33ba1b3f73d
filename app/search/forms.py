"""The form of a search: what the sentence says too, field by field."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from app.registry.models import AMENITIES, KINDS
from app.registry.words import AMENITY_NAMES, KIND_NAMES, unit_name
from app.search.asked import MOST_PEOPLE, Asked
from app.search.documents import MOST_NIGHTS, MOST_ROOMS
from app.search.geography import geography
from app.text import fold
from app.web.forms import Form
from app.web.problems import FieldError


class Boxes(SelectMultipleField):
    """A group of boxes, any number of them ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SearchForm(Form):
    """Read by ``asked.read``; here only shown, with its faults at the fields."""

    class Meta(Form.Meta):
        # It changes nothing, and a token would be a cookie.
        csrf = False

    check_in = StringField(_l("Ngày nhận phòng"), widget=DateInput())
    check_out = StringField(_l("Ngày trả phòng"), widget=DateInput())
    adults = StringField(_l("Người lớn"))
    children = StringField(_l("Trẻ em"))
    rooms = StringField(_l("Số phòng"))
    price_min = StringField(_l("Giá từ"))
    price_max = StringField(_l("Giá đến"))
    unit = SelectField(_l("Khu vực"), choices=lambda: _unit_choices(), validate_choice=False)
    kind = Boxes(_l("Loại hình"), choices=[SelectChoice(code, KIND_NAMES[code]) for code in KINDS])
    stars = Boxes(
        _l("Hạng sao"),
        choices=[SelectChoice(str(n), _l("%(n)s sao", n=n)) for n in range(5, 0, -1)],
    )
    amenities = Boxes(
        _l("Tiện nghi"), choices=[SelectChoice(code, AMENITY_NAMES[code]) for code in AMENITIES]
    )


LISTS = ("kind", "stars", "amenities")
FIELDS = (
    *("check_in", "check_out", "adults", "children", "rooms"),
    *("price_min", "price_max", "unit"),
    *LISTS,
)


def _unit_choices() -> list[SelectChoice]:
    places = geography()
    wards = sorted(places.units.items(), key=lambda unit: fold(unit[1]))
    pairs = [("", _("Tất cả")), *places.area_names.items(), *wards]
    return [SelectChoice(code, unit_name(name)) for code, name in pairs]


def search_form(asked: Asked, shown: Mapping[str, str], typed: Mapping[str, str]) -> SearchForm:
    """Return the form with what was understood; where a value is at fault, as it was typed."""
    values: MultiDict[str, str] = MultiDict()
    at_fault = {fault.parameter for fault in asked.faults}
    for name in FIELDS:
        text = (typed if name in at_fault else shown).get(name, "")
        if asked.faults and not text:
            # Where dates do not fit together, none is understood; what was typed stays.
            text = typed.get(name, "")
        values.setlist(name, text.split(",") if name in LISTS and text else [text])
    form = SearchForm(formdata=values)
    units = values["unit"]
    if units not in {choice.value for choice in form.unit.choices}:
        name = ", ".join(map(geography().name_of, units.split(",")))
        form.unit.choices.append(SelectChoice(units, name))
    for fault in asked.faults:
        if fault.parameter and fault.parameter in form:
            form.refuse(fault.parameter, message(fault))
    return form


def message(fault: FieldError) -> str:
    """Return what to do about a fault, in the reader's language."""
    special = {
        ("check_in", "out_of_range"): _("Chọn ngày nhận phòng từ hôm nay đến một năm tới."),
        ("check_in", "required"): _("Chọn cả ngày nhận phòng."),
        ("check_out", "out_of_range"): _("Mỗi lần tìm được nhiều nhất %(n)s đêm.", n=MOST_NIGHTS),
        ("check_out", "order"): _("Ngày trả phòng phải sau ngày nhận phòng."),
        ("rooms", "out_of_range"): _("Từ 1 đến %(n)s phòng.", n=MOST_ROOMS),
        ("adults", "out_of_range"): _("Từ 1 đến %(n)s người lớn.", n=MOST_PEOPLE),
        ("children", "out_of_range"): _("Nhiều nhất %(n)s trẻ em.", n=MOST_PEOPLE),
        ("price_max", "order"): _("Giá đến phải cao hơn giá từ."),
        ("price_min", "order"): _("Giá từ phải thấp hơn giá đến."),
    }
    general = {
        "invalid_format": _("Chưa đọc được. Ngày viết như 2026-12-24, số viết bằng chữ số."),
        "unknown_code": _("Giá trị này không có trong danh sách."),
        "out_of_range": _("Giá trị này nằm ngoài khoảng tìm được."),
        "required": _("Xin điền chỗ này."),
        "order": _("Hai giá trị này ngược nhau."),
    }
    found = special.get((fault.parameter or "", fault.code)) or general.get(fault.code)
    return found or fault.detail
