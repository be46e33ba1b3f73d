"""Pages of outside lists: bringing one, what of it the register lacks, deciding row by row."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField, StringField
from wtforms.validators import Length, Optional

from app.db import db
from app.registry.admin_views import OFFICIALS, may_decide, page_number, paging
from app.registry.forms import choices
from app.registry.outside_list import comparison, files
from app.registry.outside_list.models import RESULTS, OutsideList, OutsideRow
from app.registry.outside_list.words import (
    DECISION_NAMES,
    RESULT_NAMES,
    RESULT_TAGS,
    evidence_words,
    fault_words,
    kind_said,
)
from app.registry.words import KIND_NAMES
from app.text import tidy
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires
from app.web.sheets import UnreadableSheet

blueprint = Blueprint("outside_lists", __name__)

PER_PAGE = 50
SHOWN = ("undecided", *DECISION_NAMES)


class UploadForm(Form):
    """A list as a file."""

    sheet = FileField(_l("Danh sách cơ sở (Excel hoặc CSV)"))


class DecisionForm(Form):
    """What a row is."""

    decision = SelectField(
        _l("Quyết định"),
        choices=choices(("", _l("Chưa quyết định")), *DECISION_NAMES.items()),
        default="",
    )
    kind = SelectField(
        _l("Loại hình (khi lập hồ sơ)"), choices=choices(*KIND_NAMES.items()), default="hotel"
    )
    note = StringField(_l("Ghi chú"), validators=[Optional(), Length(max=500)])


@blueprint.get("/admin/outside-lists")
@requires(*OFFICIALS)
def index() -> ResponseReturnValue:
    return _index(UploadForm(formdata=None))


def _index(form: UploadForm, status: int = 200) -> ResponseReturnValue:
    lists = comparison.lists(principal())
    return page(
        "admin/outside_lists.html",
        status=status,
        form=form,
        lists=lists,
        counts=comparison.counts([each.id for each in lists]),
        may_decide=may_decide(),
    )


@blueprint.post("/admin/outside-lists")
@requires(*OFFICIALS)
def take_in() -> ResponseReturnValue:
    """Take a list in; the same one again leads to the one there is."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _index(form, 422)
    sent = form.sheet.data
    content = sent.read() if hasattr(sent, "read") else b""
    if not content:
        form.refuse("sheet", _("Hãy chọn tệp danh sách."))
        return _index(form, 422)
    try:
        # Reading takes longer than a transaction may be idle.
        db.session.commit()
        name = tidy(PurePath(sent.filename or "").name)
        taken = comparison.take_in(content, name, by=principal())
    except (UnreadableSheet, comparison.NotAList) as refusal:
        db.session.rollback()
        form.refuse("sheet", fault_words(refusal.code))
        return _index(form, 422)
    db.session.commit()
    return redirect(url_for(".show", list_id=taken.id), 303)


def _list_or_404(list_id: uuid.UUID) -> OutsideList:
    found = comparison.find(list_id, principal())
    if found is None:
        abort(404)
    return found


@blueprint.get("/admin/outside-lists/<uuid:list_id>")
@requires(*OFFICIALS)
def show(list_id: uuid.UUID) -> ResponseReturnValue:
    """Show the rows of a list, those the register lacks first asked for by the links above."""
    taken = _list_or_404(list_id)
    wanted = request.args.get("format")
    if wanted in files.FORMATS:
        rows = comparison.all_rows(taken)
        return files.answer(wanted, f"outside_list_{taken.created_at:%Y-%m-%d}", rows)
    return _page(taken)


def _page(
    taken: OutsideList, opened: int = 0, form: DecisionForm | None = None, status: int = 200
) -> ResponseReturnValue:
    result = request.args.get("result", "")
    decision = request.args.get("decision", "")
    result = result if result in RESULTS else ""
    decision = decision if decision in SHOWN else ""
    number = page_number()
    rows, total = comparison.rows_of(
        taken,
        result=result,
        decision=decision,
        offset=(number - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    return page(
        "admin/outside_list.html",
        fragment="outside-list",
        status=status,
        taken=taken,
        rows=rows,
        total=total,
        counts=comparison.counts([taken.id])[taken.id],
        result=result,
        decision=decision,
        opened=opened or request.args.get("line", 0, type=int),
        form=form,
        form_of=_form_of,
        result_names=RESULT_NAMES,
        result_tags=RESULT_TAGS,
        decision_names=DECISION_NAMES,
        evidence_words=evidence_words,
        kept=_kept(),
        may_decide=may_decide(),
        endpoint_args={"list_id": taken.id},
        **_paging(taken, number, total),
    )


def _paging(taken: OutsideList, number: int, total: int) -> dict[str, Any]:
    found = paging("outside_lists.show", number, total, PER_PAGE)
    found["page_url"] = lambda wanted: url_for(
        "outside_lists.show", list_id=taken.id, page=wanted, **_kept()
    )
    return found


def _kept() -> dict[str, Any]:
    """What a link or a form of the page keeps of its address."""
    return {name: request.args[name] for name in ("result", "decision") if request.args.get(name)}


def _form_of(row: OutsideRow) -> DecisionForm:
    return DecisionForm(
        formdata=None,
        prefix=f"row{row.line}",
        decision=row.decision or "",
        kind=kind_said(row.name),
        note=row.note or "",
    )


@blueprint.post("/admin/outside-lists/<uuid:list_id>/rows/<int:line>")
@requires(*OFFICIALS)
def decide(list_id: uuid.UUID, line: int) -> ResponseReturnValue:
    """Decide on a row."""
    taken = _list_or_404(list_id)
    row = comparison.row_of(taken, line) if line < 2**31 else None
    if row is None:
        abort(404)
    form = DecisionForm(prefix=f"row{line}")
    if not form.validate_on_submit():
        return _page(taken, line, form, 422)
    try:
        comparison.decide(
            row,
            form.decision.data or "",
            note=form.note.data,
            kind=form.kind.data,
            by=principal(),
        )
    except comparison.AlreadyDecided:
        db.session.rollback()
        form.refuse("decision", _("Dòng này đã lập hồ sơ; hãy sửa ở hồ sơ ấy."))
        return _page(_list_or_404(list_id), line, form, 409)
    except comparison.NothingThere:
        db.session.rollback()
        form.refuse("decision", _("Dòng này chưa khớp với cơ sở nào trong sổ."))
        return _page(_list_or_404(list_id), line, form, 422)
    db.session.commit()
    flash(_("Đã ghi dòng %(line)s.", line=line), "fine")
    target = url_for(".show", list_id=list_id, page=page_number(), **_kept())
    return redirect(f"{target}#row-{line}", 303)


@blueprint.post("/admin/outside-lists/<uuid:list_id>/again")
@requires(*OFFICIALS)
def again(list_id: uuid.UUID) -> ResponseReturnValue:
    """Compare what nobody decided with the register as it is now."""
    taken = _list_or_404(list_id)
    comparison.compare_again(taken)
    db.session.commit()
    flash(_("Đã so lại những dòng chưa quyết định."), "fine")
    return redirect(url_for(".show", list_id=list_id), 303)


@blueprint.post("/admin/outside-lists/<uuid:list_id>/delete")
@requires(*OFFICIALS)
def delete(list_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a list with its rows; applications made of it stay."""
    db.session.delete(_list_or_404(list_id))
    db.session.commit()
    flash(_("Đã xoá danh sách."), "fine")
    return redirect(url_for(".index"), 303)
