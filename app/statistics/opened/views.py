"""Pages of opened figures: the reason an official gives, and what the house sees of it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.statistics.access import OFFICIALS, house_of_official
from app.statistics.opened import openings
from app.statistics.opened.models import REASON_LONGEST
from app.stays.checks import holds_number
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("opened", __name__)

REASON_SHORTEST = 10
FRONT = "/statistics/"


class ReasonForm(Form):
    """Why an official looks at a house's figures; the house reads it."""

    house = HiddenField()
    next = HiddenField()
    reason = StringField(
        _l("Vì sao cần xem"),
        validators=[InputRequired(), Length(REASON_SHORTEST, REASON_LONGEST)],
    )

    def validate(self, extra_validators: object = None) -> bool:
        """The reason stays for good and the house reads it: no guest is named in it."""
        valid = super().validate(extra_validators)
        if valid and holds_number(self.reason.data or ""):
            self.refuse("reason", _("Đừng ghi số giấy tờ ở đây."))
            return False
        return valid


@blueprint.get("/statistics/open")
@requires(*OFFICIALS)
def ask() -> ResponseReturnValue:
    form = ReasonForm(formdata=None)
    form.house.data = request.args.get("house", "")[:20]
    form.next.data = request.args.get("next", "")[:2000]
    return _page(form, _house(form.house.data))


@blueprint.post("/statistics/open")
@requires(*OFFICIALS)
def submit() -> ResponseReturnValue:
    form = ReasonForm()
    house = _house(form.house.data)
    if not form.validate_on_submit():
        return _page(form, house, status=422)
    openings.open_figures(house.id if house else None, form.reason.data or "", by=principal())
    db.session.commit()
    return redirect(_target(form.next.data), 303)


def _house(code: str | None) -> Establishment | None:
    return house_of_official(code) if code else None


def _target(address: str | None) -> str:
    """Return the page of statistics asked for before; any other address leads to their front."""
    parts = urlsplit(address or "")
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(FRONT)
    return address if address and inside and "\\" not in address else FRONT


def _page(form: ReasonForm, house: Establishment | None, status: int = 200) -> ResponseReturnValue:
    return page("statistics/opened_ask.html", status=status, form=form, house=house, tab=None)


@blueprint.get("/hotel/<code>/opened")
@requires("front_desk", "manager")
def show(code: str) -> ResponseReturnValue:
    """Show a house who opened its figures, when and why."""
    house = establishment_or_404(code)
    return page("statistics/opened.html", house=house, openings=openings.openings_of(house))
