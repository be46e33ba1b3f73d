"""The page on which a house asks whether a template downloaded today is still the one known."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField

from app.declarations import queries, template_check
from app.declarations.template_check import Changes, NotATemplate
from app.declarations.views import STAFF
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.web.forms import Form
from app.web.pages import page
from app.web.security import requires
from app.web.sheets import UnreadableSheet, read_sheets

blueprint = Blueprint("portal_template", __name__)


class TemplateForm(Form):
    """A workbook as the portal gives it."""

    sheet = FileField(_l("Tệp mẫu vừa tải từ cổng (Excel)"))


@blueprint.get("/hotel/<code>/declarations/template")
@requires(*STAFF)
def form(code: str) -> ResponseReturnValue:
    return _page(establishment_or_404(code), TemplateForm(formdata=None))


@blueprint.post("/hotel/<code>/declarations/template")
@requires(*STAFF)
def compare(code: str) -> ResponseReturnValue:
    """Say what differs from the template known; nothing is stored."""
    house = establishment_or_404(code)
    form = TemplateForm()
    sent = form.sheet.data
    content = sent.read() if form.validate_on_submit() and hasattr(sent, "read") else b""
    try:
        changes = template_check.compare(read_sheets(content))
    except (UnreadableSheet, NotATemplate):
        form.refuse("sheet", _("Đây không phải tệp mẫu của cổng (.xlsx)."))
        return _page(house, form, status=422)
    return _page(house, TemplateForm(formdata=None), changes)


def _page(
    house: Establishment, form: TemplateForm, changes: Changes | None = None, status: int = 200
) -> ResponseReturnValue:
    waiting = [d.record for d in queries.sendable(house.id) if d.record] if changes else []
    return page(
        "declarations/template.html",
        status=status,
        house=house,
        form=form,
        changes=changes,
        touched=len(template_check.touched(changes, waiting)) if changes else 0,
    )
