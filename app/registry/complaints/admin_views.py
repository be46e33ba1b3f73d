"""The department's list of visitors' reports: their states, notes and answers."""

from __future__ import annotations

import uuid

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.db import db
from app.registry import queries
from app.registry.admin_views import page_number, paging
from app.registry.complaints import operations
from app.registry.complaints.models import STATES, Complaint
from app.registry.complaints.views import KIND_NAMES, STATUS_NAMES
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("complaint_admin", __name__)

DEPARTMENT = ("province_official", "admin")


class ComplaintNoteForm(Form):
    text = TextAreaField(
        _l("Ghi chú"), validators=[DataRequired(_l("Hãy ghi chú gì đó.")), Length(max=1000)]
    )


class AnswerForm(Form):
    answer = TextAreaField(
        _l("Trả lời (người phản ánh đọc được)"),
        validators=[DataRequired(_l("Hãy ghi trả lời.")), Length(max=1000)],
    )


@blueprint.get("/admin/reports")
@requires(*DEPARTMENT)
def index() -> ResponseReturnValue:
    status = request.args.get("status", "")
    number = page_number()
    rows, total = operations.page_of(status if status in STATES else None, number)
    return page(
        "registry/complaint_list.html",
        rows=rows,
        status_shown=status,
        kind_names=KIND_NAMES,
        status_names=STATUS_NAMES,
        **paging(".index", number, total, operations.PER_PAGE),
    )


def _complaint(complaint_id: uuid.UUID) -> Complaint:
    return db.session.get(Complaint, complaint_id) or abort(404)


@blueprint.get("/admin/reports/<uuid:complaint_id>")
@requires(*DEPARTMENT)
def show(complaint_id: uuid.UUID) -> ResponseReturnValue:
    return _show(
        _complaint(complaint_id), ComplaintNoteForm(formdata=None), AnswerForm(formdata=None)
    )


def _show(
    complaint: Complaint, note_form: ComplaintNoteForm, answer_form: AnswerForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registry/complaint_case.html",
        complaint=complaint,
        house=complaint.establishment,
        room_types=queries.room_types(complaint.establishment_id),
        notes=operations.notes_of(complaint),
        note_form=note_form,
        answer_form=answer_form,
        kind_names=KIND_NAMES,
        status_names=STATUS_NAMES,
        status=status,
    )


@blueprint.post("/admin/reports/<uuid:complaint_id>/notes")
@requires(*DEPARTMENT)
def add_note(complaint_id: uuid.UUID) -> ResponseReturnValue:
    complaint = _complaint(complaint_id)
    form = ComplaintNoteForm()
    if not form.validate_on_submit():
        return _show(complaint, form, AnswerForm(formdata=None), 422)
    operations.add_note(complaint, form.text.data or "", by=principal())
    db.session.commit()
    flash(_("Đã lưu ghi chú."))
    return redirect(url_for(".show", complaint_id=complaint_id), 303)


@blueprint.post("/admin/reports/<uuid:complaint_id>/close")
@requires(*DEPARTMENT)
def close(complaint_id: uuid.UUID) -> ResponseReturnValue:
    complaint = _complaint(complaint_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _show(complaint, ComplaintNoteForm(formdata=None), form, 422)
    try:
        operations.close(complaint, form.answer.data or "", by=principal())
    except operations.Closed:
        abort(409)
    db.session.commit()
    flash(_("Đã đóng phản ánh."))
    return redirect(url_for(".show", complaint_id=complaint_id), 303)
