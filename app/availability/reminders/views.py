"""The setting of the evening reminder, for the house's manager."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice

from app.availability.reminders import operations
from app.availability.reminders.models import USUAL_HOUR
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.web.forms import Form
from app.web.pages import page
from app.web.saving import saved
from app.web.security import principal, requires

blueprint = Blueprint("reminders", __name__)

HOURS = range(8, 23)


@blueprint.app_template_global("stale_tonight")
def stale_tonight(house: Establishment) -> list[operations.Tonight]:
    """Return the types whose vacancy tonight is stale, for the notice on the house's pages."""
    return operations.stale_types(house)


class ReminderForm(Form):
    """Whether to be reminded, and at which hour."""

    active = BooleanField(_l("Nhắc khi số phòng trống tối nay đã cũ"))
    hour = SelectField(_l("Lúc"), choices=[SelectChoice(str(hour), f"{hour}:00") for hour in HOURS])


@blueprint.get("/hotel/<code>/settings/reminder")
@requires("manager")
def show(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form, hour = ReminderForm(formdata=None), operations.hour_of(house)
    form.active.data, form.hour.data = hour is not None, str(hour or USUAL_HOUR)
    return _page(house, form)


def _page(house: Establishment, form: ReminderForm, status: int = 200) -> ResponseReturnValue:
    return page("availability/reminder.html", house=house, form=form, status=status)


@blueprint.post("/hotel/<code>/settings/reminder")
@requires("manager")
def save(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = ReminderForm()
    if not form.validate_on_submit():
        return _page(house, form, 422)
    hour = int(form.hour.data) if form.active.data else None
    operations.set_hour(house, hour, by=principal())
    return saved(
        _("Đã bật nhắc buổi chiều.") if hour is not None else _("Đã tắt nhắc buổi chiều."),
        url_for(".show", code=code),
    )
