"""The page on which a house compares what it sent with what the portal has."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField, TextAreaField
from wtforms.validators import Length

from app.db import db
from app.declarations import queries, reconciling, words
from app.declarations.portal_list import NotAList, PortalRow, read_list, split_errors
from app.declarations.reconciling import Outcome, Refusals
from app.declarations.taking_over import TakenOver, take_over
from app.declarations.views import STAFF
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays.revealing import shown
from app.web.filters import moment
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires
from app.web.sheets import UnreadableSheet, read_rows

blueprint = Blueprint("reconcile", __name__)


class ReconcileForm(Form):
    """The portal's list as a file, or the text of its error with the file it was about."""

    sheet = FileField(_l("Danh sách tải từ cổng (Excel hoặc CSV)"))
    take_over = BooleanField(_l("Ghi luôn vào sổ khách mà cổng có, ở đây chưa có"))
    said = TextAreaField(
        _l("Hoặc dán thông báo lỗi của cổng"), [Length(max=100_000)], render_kw={"rows": 4}
    )
    filing = SelectField(_l("Lỗi của tệp nào"), validate_choice=False)


@blueprint.get("/hotel/<code>/declarations/reconcile")
@requires(*STAFF)
def form(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    return _page(house, ReconcileForm(formdata=None))


@blueprint.post("/hotel/<code>/declarations/reconcile")
@requires(*STAFF)
def compare(code: str) -> ResponseReturnValue:
    """Compare and show the result; what was sent twice is compared twice, nothing else."""
    house = establishment_or_404(code)
    form = ReconcileForm()
    if not form.validate_on_submit():
        return _page(house, form, status=422)
    found: dict[str, Any] = _errors(house, form) if form.said.data else _list(form)
    if form.sheet.errors or form.said.errors or form.filing.errors:
        return _page(house, form, status=422)
    if "rows" in found:
        found = _compared(house, found["rows"], create=form.take_over.data)
    db.session.commit()
    return _page(house, ReconcileForm(formdata=None), **found)


def _compared(house: Establishment, rows: list[PortalRow], *, create: bool) -> dict[str, Any]:
    outcome = reconciling.reconcile(house, rows, by=principal())
    taken = take_over(house, rows, outcome, by=principal()) if create else None
    return {"outcome": outcome, "taken": taken}


def _list(form: ReconcileForm) -> dict[str, list[PortalRow]]:
    sent = form.sheet.data
    content = sent.read() if hasattr(sent, "read") else b""
    if not content:
        form.refuse("sheet", _("Hãy chọn tệp, hoặc dán thông báo lỗi."))
        return {}
    try:
        return {"rows": read_list(read_rows(content))}
    except UnreadableSheet as unreadable:
        form.refuse("sheet", _unreadable(unreadable.code))
    except NotAList:
        form.refuse("sheet", _("Không thấy cột số giấy tờ. Lấy nguyên danh sách của cổng."))
    return {}


def _unreadable(code: str) -> str:
    known = {
        "too_large": _("Tệp quá lớn."),
        "too_many_rows": _("Tệp có quá nhiều dòng: tải từng ngày."),
        "old_or_locked": _(
            "Tệp Excel cũ (.xls) hoặc có mật khẩu; xin lưu lại dạng .xlsx, bỏ mật khẩu."
        ),
        "not_utf8": _("Lưu lại tệp dạng “CSV UTF-8”."),
    }
    return known.get(code, _("Không đọc được tệp này: cần Excel (.xlsx) hoặc CSV."))


def _errors(house: Establishment, form: ReconcileForm) -> dict[str, Any]:
    errors = split_errors(form.said.data or "")
    filing = next((f for f in _filings(house) if str(f.id) == form.filing.data), None)
    if not errors:
        form.refuse("said", _("Không thấy “Bản khai báo 1: …” trong đoạn này."))
    if filing is None:
        form.refuse("filing", _("Hãy chọn tệp đã nộp."))
    if not errors or filing is None:
        return {}
    return {"refusals": reconciling.take_errors(house, filing, errors, by=principal())}


def _filings(house: Establishment) -> list[Any]:
    return [*queries.filings(house.id, limit=20)]


def _page(
    house: Establishment,
    form: ReconcileForm,
    *,
    outcome: Outcome | None = None,
    taken: TakenOver | None = None,
    refusals: Refusals | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    form.filing.choices = [
        (str(filing.id), f"{moment(filing.created_at)} · {words.format_name(filing.format)}")
        for filing in _filings(house)
    ]
    return page(
        "declarations/reconcile.html",
        status=status,
        house=house,
        form=form,
        outcome=outcome,
        taken=taken,
        refusals=refusals,
        name_of=lambda declaration: shown(declaration.guest)["full_name"] or "?",
    )
