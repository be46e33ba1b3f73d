"""The page behind a link for guests: it takes guests into one list, and never shows them again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.stays.checks import Frame, read_guest
from app.stays.forms import errors_of
from app.stays.groups import intake, prefill, words
from app.stays.groups.drafts import PrefillLink
from app.stays.groups.forms import RowForm
from app.stays.groups.intake import Incoming
from app.stays.groups.review import raw_of
from app.stays.inputs import Findings
from app.stays.queries import UnitsWhenAsked
from app.text import is_storable
from app.web import locale
from app.web.security import public

blueprint = Blueprint("prefill", __name__)

# A page of a guest is small; a whole group of a hundred with its addresses fits.
BODY_MOST = 256 * 1024


@blueprint.get("/prefill/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    link = _link(token)
    return _nothing() if link is None else _page(link, token, _form())


def _link(token: str) -> PrefillLink | None:
    """Return the link that works, None for any other; wrong tokens are counted and bounded."""
    address = request.remote_addr or ""
    if not prefill.may_guess(address):
        return None
    link = prefill.open_link(token)
    if link is None:
        prefill.note_guess(address)
        db.session.commit()
    return link


def _nothing() -> Response:
    """The one answer to a link that never was, has expired, was revoked, or is guessed at."""
    return _discreet(make_response(render_template("stays/prefill_gone.html"), 404))


def _discreet(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response


def _form() -> Any:
    return RowForm(meta={"csrf": False})


def _page(
    link: PrefillLink,
    token: str,
    form: Any,
    *,
    text: str = "",
    fault: str = "",
    status: int = 200,
) -> Response:
    body = render_template(
        "stays/prefill.html",
        token=token,
        link=link,
        house=db.session.get_one(Establishment, link.establishment_id),
        initials=prefill.initials(link),
        most=prefill.ROWS_MOST,
        form=form,
        text=text,
        fault=fault,
        faults=list(errors_of(form)),
    )
    return _discreet(make_response(body, status))


@blueprint.post("/prefill/<token>")
@public
def send(token: str) -> ResponseReturnValue:
    """Take one typed guest, or all that were pasted, into the list of the link."""
    request.max_content_length = BODY_MOST
    link = _link(token)
    if link is None:
        return _nothing()
    form, text = _form(), request.form.get("text", "")
    incoming, fault = _read(form, text)
    if fault or form.errors or list(errors_of(form)):
        return _page(link, token, form, text=text, fault=fault, status=422)
    try:
        prefill.receive(link, incoming)
    except prefill.LinkFull:
        db.session.rollback()
        fault = _("Đường dẫn này nhận tối đa %(n)s khách.", n=prefill.ROWS_MOST)
        return _page(link, token, form, text=text, fault=fault, status=422)
    db.session.commit()
    language = None if locale.selected() == "vi" else locale.selected()
    target = url_for(".show", token=token, lang=language, _anchor="received")
    return _discreet(make_response(redirect(target, 303)))


def _read(form: Any, text: str) -> tuple[list[Incoming], str]:
    """Return the guests sent; a fault in words, or one written at its field, says why not."""
    if text.strip():
        if len(text) > BODY_MOST or not is_storable(text):
            return [], _("Dài quá hoặc có ký tự lạ; xin dán từng phần.")
        incoming = intake.read(text, dates.local(dates.now()).date())
        if not incoming:
            return [], _("Chưa đọc được khách nào. Xin ghi mỗi khách một dòng.")
        return incoming, ""
    form.validate()
    fields = form.fields_of_guest()
    if not fields.get("full_name"):
        form.guest.form.full_name.errors = [_("Xin điền chỗ này.")]
        return [], ""
    _show_slips(form, fields)
    return [Incoming(fields, origin="typed")], ""


def _show_slips(form: Any, fields: dict[str, Any]) -> None:
    """Say at its field what is written wrongly; what a guest leaves out the house will ask."""
    found = Findings()
    read_guest(raw_of(fields), "", found, Frame(dates.now(), UnitsWhenAsked()))
    for finding in found.errors:
        field = form.guest.form._fields.get(words.field_of(finding))
        if field is not None and finding.code != "required":
            field.errors = [*field.errors, words.words_of(finding)]
