"""The pages of imports: sending a list, watching it being read, mending its faulty rows."""

from __future__ import annotations

import io
import uuid
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField

from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays.imports import jobs
from app.stays.imports.access import import_or_404
from app.stays.imports.models import ROW_STATES, GuestImport, GuestImportRow
from app.stays.imports.words import FAILURES, FIELDS, STATES, message_of
from app.text import is_storable, tidy
from app.web.forms import Form
from app.web.pages import page, wants_fragment
from app.web.security import principal, requires
from app.web.workbooks import plain_workbook

blueprint = Blueprint("imports", __name__)

STAFF = ("front_desk", "manager")
PER_PAGE = 50
CELL_LONGEST = 2_000
# The template's columns, and a row that shows how: it begins with a mark that imports leave out.
TEMPLATE = (
    ("Họ tên", "[VÍ DỤ] Nguyễn Văn An"),
    ("Ngày sinh", "31/01/1990"),
    ("Giới tính", "Nam"),
    ("Quốc tịch", "Việt Nam"),
    ("Loại giấy tờ", "CCCD"),
    ("Số giấy tờ", "077090000001"),
    ("Điện thoại", "0903123456"),
    ("Phường xã", "Phường Tam Thắng"),
    ("Địa chỉ", "12 Lê Lợi"),
    ("Ngày đến", "24/12/2026"),
    ("Ngày đi", "26/12/2026"),
    ("Số phòng", "101"),
    ("Loại phòng", ""),
    ("Thời hạn tạm trú", ""),
    ("Lý do lưu trú", "Du lịch"),
)


class ImportForm(Form):
    """A list as a file."""

    sheet = FileField(_l("Danh sách khách (Excel hoặc CSV)"))


@blueprint.get("/hotel/<code>/imports")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    return _index(house, ImportForm(formdata=None))


def _index(house: Establishment, form: ImportForm, status: int = 200) -> ResponseReturnValue:
    earlier = jobs.latest(house.id)
    return page(
        "stays/imports.html",
        status=status,
        house=house,
        form=form,
        earlier=earlier,
        summary=jobs.summary,
        failures=FAILURES,
    )


@blueprint.post("/hotel/<code>/imports")
@requires(*STAFF)
def create(code: str) -> ResponseReturnValue:
    """Take a list in; it is only tried at first, unless the other button was pressed."""
    house = establishment_or_404(code)
    form = ImportForm()
    if not form.validate_on_submit():
        return _index(house, form, 422)
    sent = form.sheet.data
    content = sent.read() if hasattr(sent, "read") else b""
    if not content:
        form.refuse("sheet", _("Hãy chọn tệp danh sách khách."))
        return _index(house, form, 422)
    try:
        made = jobs.start(house, content, dry_run="store" not in request.form, by=principal())
    except jobs.TooManyImports:
        form.refuse("sheet", _("Đang có nhiều danh sách chờ đọc; xin đợi chúng xong."))
        return _index(house, form, 422)
    db.session.commit()
    return redirect(url_for("imports.show", code=code, import_id=made.id), 303)


@blueprint.get("/hotel/<code>/imports/template.xlsx")
@requires(*STAFF)
def template(code: str) -> Response:
    """A sheet with the headings; all its cells are text, so that no zero is eaten."""
    establishment_or_404(code)
    file = io.BytesIO()
    with plain_workbook(file) as book:
        sheet = book.add_worksheet("KHACH")
        text = book.add_format({"num_format": "@"})
        sheet.set_column(0, len(TEMPLATE) - 1, 20, text)
        for column, (heading, example) in enumerate(TEMPLATE):
            sheet.write_string(0, column, heading, book.add_format({"bold": True}))
            sheet.write_string(1, column, example, text)
    response = Response(file.getvalue())
    response.content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response.headers["Content-Disposition"] = 'attachment; filename="danh-sach-khach.xlsx"'
    return response


@blueprint.get("/hotel/<code>/imports/<uuid:import_id>")
@requires(*STAFF)
def show(code: str, import_id: uuid.UUID) -> ResponseReturnValue:
    house = establishment_or_404(code)
    return _show(house, import_or_404(import_id, house_id=house.id))


def _show(
    house: Establishment,
    found: GuestImport,
    *,
    mended: GuestImportRow | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    counts = jobs.summary(found)
    default = "faulty" if counts["faulty"] else None
    asked = request.args.get("state", default)
    state = asked if asked in ROW_STATES else None
    after = request.args.get("after", 0, type=int)
    after = after if 0 <= after < 2**31 else 0
    rows = jobs.rows_of(found.id, state=state, after=after, limit=PER_PAGE + 1)
    return page(
        "stays/import.html",
        fragment="import-progress",
        status=status,
        house=house,
        found=found,
        counts=counts,
        state=state,
        rows=rows[:PER_PAGE],
        more=rows[PER_PAGE - 1].line if len(rows) > PER_PAGE else None,
        mended=mended,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "failures": FAILURES,
        "labels": FIELDS,
        "message": message_of,
        "shown_fields": _shown_fields,
    }


def _shown_fields(row: GuestImportRow) -> list[tuple[str, str, bool]]:
    """Return (name, text, whether it is wrong) of what can be mended: wrong ones come first."""
    texts = row.texts
    wrong = [f["field"] for f in row.findings if f["severity"] == "error" and f["field"] in FIELDS]
    names = dict.fromkeys([*wrong, *(name for name in FIELDS if name in texts)])
    return [(name, texts.get(name, ""), name in wrong) for name in names]


@blueprint.post("/hotel/<code>/imports/<uuid:import_id>/store")
@requires(*STAFF)
def store(code: str, import_id: uuid.UUID) -> ResponseReturnValue:
    """Store what a dry run has looked at."""
    house = establishment_or_404(code)
    found = import_or_404(import_id, house_id=house.id, lock=True)
    if not jobs.store_for_good(found):
        flash(_("Danh sách này không còn để ghi; xin tải lên lại."))
    db.session.commit()
    return redirect(url_for("imports.show", code=code, import_id=import_id), 303)


@blueprint.post("/hotel/<code>/imports/<uuid:import_id>/cancel")
@requires(*STAFF)
def cancel(code: str, import_id: uuid.UUID) -> ResponseReturnValue:
    """Stop; rows that are stored stay stored."""
    house = establishment_or_404(code)
    jobs.cancel(import_or_404(import_id, house_id=house.id, lock=True))
    db.session.commit()
    return redirect(url_for("imports.show", code=code, import_id=import_id), 303)


@blueprint.post("/hotel/<code>/imports/<uuid:import_id>/rows/<int:line>")
@requires(*STAFF)
def mend(code: str, import_id: uuid.UUID, line: int) -> ResponseReturnValue:
    """Send a faulty row again; it comes back as it is now, alone where HTMX asks for it."""
    house = establishment_or_404(code)
    found = import_or_404(import_id, house_id=house.id, lock=True)
    row = jobs.row_of(found.id, line) if line < 2**31 else None
    if row is None:
        abort(404)
    if row.state == "faulty" and row.content_sealed is not None and not found.is_open:
        row = jobs.mend(found, row, row.texts | _sent(), by=principal())
    db.session.commit()
    status = 422 if row.state == "faulty" else 200
    if wants_fragment(f"row-{line}"):
        context = {"house": house, "found": found, "row": row, **_words()}
        return page("stays/_import_row.html", status=status, **context)
    if status == 422:
        return _show(house, found, mended=row, status=422)
    return redirect(url_for("imports.show", code=code, import_id=import_id), 303)


def _sent() -> dict[str, str]:
    """Return the mended texts by field."""
    return {
        name: tidy(text)[:CELL_LONGEST]
        for name, text in request.form.items()
        if name in FIELDS and is_storable(text)
    }
