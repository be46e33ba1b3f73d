"""Putting rows into a list of guests and mending them, each with and without scripts."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.stays.forms import errors_of
from app.stays.groups import intake
from app.stays.groups import operations as groups
from app.stays.groups.drafts import GuestGroup
from app.stays.groups.forms import RowForm
from app.stays.groups.intake import Incoming
from app.stays.groups.review import review
from app.stays.groups.views import draft_or_404, group_or_404, group_page, show_faults, to_group
from app.stays.views import STAFF
from app.text import is_storable
from app.web.security import requires

blueprint = Blueprint("group_row", __name__)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/rows")
@requires(*STAFF)
def add(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    """Add what was pasted or scanned, or (``blank``) an empty row to type into."""
    house, group = group_or_404(code, group_id)
    if "blank" in request.form:
        return _add_blank(house, group)
    text = request.form.get("text", "")
    fault = _fault_of(text)
    incoming = [] if fault else intake.read(text, dates.local(dates.now()).date())
    if not incoming:
        fault = fault or _(
            "Chưa đọc được khách nào. Mỗi khách một dòng, hoặc mỗi thẻ một lần quét."
        )
        return group_page(house, group, text=text[:10_000], text_fault=fault, status=422)
    try:
        groups.add_rows(groups.locked(group), incoming)
    except groups.TooManyRows:
        db.session.rollback()
        return group_page(house, group, text=text[:10_000], text_fault=_too_many(), status=422)
    db.session.commit()
    many = len(incoming)
    flash(ngettext("Đã thêm %(num)s khách.", "Đã thêm %(num)s khách.", many))
    return _answer(house, group)


def _fault_of(text: str) -> str:
    if not text.strip():
        return _("Chưa có gì để đọc. Xin dán danh sách hoặc quét giấy tờ vào ô này.")
    if len(text) > intake.LONGEST or not is_storable(text):
        return _("Dài quá hoặc có ký tự lạ; xin dán từng phần.")
    return ""


def _too_many() -> str:
    return _("Một danh sách có tối đa %(n)s khách; xin lập thêm danh sách.", n=groups.ROWS_MOST)


def _add_blank(house: Establishment, group: GuestGroup) -> ResponseReturnValue:
    try:
        (draft,) = groups.add_rows(groups.locked(group), [Incoming(origin="typed")])
    except groups.TooManyRows:
        db.session.rollback()
        return group_page(house, group, text_fault=_too_many(), status=422)
    db.session.commit()
    return _answer(house, group, edit=str(draft.id))


def _answer(
    house: Establishment, group: GuestGroup, *, edit: str | None = None
) -> ResponseReturnValue:
    """Show the rows to a script, or the whole page anew."""
    if request.headers.get("HX-Request"):
        return group_page(house, group, edit=edit)
    return to_group(house, group, edit=edit)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/rows/<uuid:draft_id>")
@requires(*STAFF)
def change(code: str, group_id: uuid.UUID, draft_id: uuid.UUID) -> ResponseReturnValue:
    """Save a mended row; with ``next`` go on to the one after it that wants mending."""
    house, group = group_or_404(code, group_id)
    draft = draft_or_404(groups.locked(group), draft_id)
    form = RowForm()
    form.validate_on_submit()
    if list(errors_of(form)):
        return group_page(house, group, row_form=form, edit=str(draft_id), status=422)
    room = (form.room.data or "").strip()[:20] or None
    if not groups.change_row(draft, form.fields_of_guest(), room):
        flash(_("Khách của dòng này đã được nhận phòng; sửa ở lượt lưu trú."), "warning")
        return _answer(house, group)
    db.session.commit()
    found = review(group, dates.now())
    row = next(row for row in found.rows if row.draft.id == draft_id)
    if row.state == "wrong":
        # What is missing may come later; what is wrong is said while the eye is on it.
        form = RowForm()
        show_faults(form, row)
        return group_page(house, group, row_form=form, edit=str(draft_id), status=422)
    if "next" not in request.form:
        return _answer(house, group)
    others = [other for other in found.to_mend if other is not row]
    later = [other for other in others if other.number > row.number] or others
    return _answer(house, group, edit=str(later[0].draft.id) if later else None)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/rows/<uuid:draft_id>/confirm")
@requires(*STAFF)
def confirm(code: str, group_id: uuid.UUID, draft_id: uuid.UUID) -> ResponseReturnValue:
    """Note that what only warns was looked at."""
    house, group = group_or_404(code, group_id)
    groups.confirm_row(draft_or_404(groups.locked(group), draft_id))
    db.session.commit()
    return _answer(house, group)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/rows/<uuid:draft_id>/delete")
@requires(*STAFF)
def remove(code: str, group_id: uuid.UUID, draft_id: uuid.UUID) -> ResponseReturnValue:
    house, group = group_or_404(code, group_id)
    if groups.remove_row(draft_or_404(groups.locked(group), draft_id)):
        flash(_("Đã bỏ một dòng."))
    else:
        flash(_("Khách của dòng này đã được nhận phòng; sửa ở lượt lưu trú."), "warning")
    db.session.commit()
    return _answer(house, group)
