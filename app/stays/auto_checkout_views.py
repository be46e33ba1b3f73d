"""Pages of the automatic check-out: its setting, and taking one back."""

from __future__ import annotations

import uuid

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import NumberRange, Optional

from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays import auto_checkout
from app.stays.stay_views import act
from app.web.forms import Form, WholeField
from app.web.pages import page
from app.web.saving import saved
from app.web.security import principal, requires

blueprint = Blueprint("auto_checkout", __name__)

USUAL_HOURS = 2


class AutoCheckoutForm(Form):
    """Whether parties leave by themselves, and how long after their planned departure."""

    active = BooleanField(_l("Tự trả phòng khi quá giờ hẹn"))
    hours = WholeField(
        _l("Số giờ chờ sau giờ hẹn đi"),
        validators=[
            Optional(),
            NumberRange(0, auto_checkout.MOST_HOURS),
        ],
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for the hours where it is switched on."""
        valid = super().validate(extra_validators)
        if self.active.data and self.hours.data is None and not self.hours.errors:
            self.refuse("hours", _("Hãy ghi số giờ."))
            return False
        return valid


@blueprint.get("/hotel/<code>/settings/auto-checkout")
@requires("manager")
def show(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = AutoCheckoutForm(formdata=None)
    form.active.data = house.auto_checkout_hours is not None
    form.hours.data = (
        USUAL_HOURS if house.auto_checkout_hours is None else house.auto_checkout_hours
    )
    return _page(house, form)


def _page(house: Establishment, form: AutoCheckoutForm, status: int = 200) -> ResponseReturnValue:
    return page("stays/auto_checkout.html", house=house, form=form, status=status)


@blueprint.post("/hotel/<code>/settings/auto-checkout")
@requires("manager")
def save(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = AutoCheckoutForm()
    if not form.validate_on_submit():
        return _page(house, form, 422)
    hours = form.hours.data if form.active.data else None
    auto_checkout.set_hours(house, hours, by=principal())
    return saved(
        _("Đã bật tự trả phòng.") if hours is not None else _("Đã tắt tự trả phòng."),
        url_for(".show", code=code),
    )


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/not-left")
@requires("front_desk", "manager")
def not_left(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    """Answer for a party that left by itself: it is still here, until tomorrow."""
    return act(
        code,
        stay_id,
        "not_left",
        lambda house, stay: auto_checkout.still_here(stay, by=principal()),
        _("Đã ghi: khách còn ở, hẹn đi trưa mai."),
    )
