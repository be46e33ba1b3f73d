"""Pages of declarations: what is unsent, its files, what the portal has, and receipts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import segno
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from app import dates
from app.db import db
from app.declarations import handing_in, operations, queries, words
from app.declarations.api import file_response
from app.declarations.evening import evening
from app.declarations.models import FILE_FORMATS, MANUAL_FORMATS, Filing
from app.declarations.operations import NothingToDeclare, Unfit
from app.declarations.portal_client import portal_of
from app.declarations.receipts import spelled
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays.filing import clock
from app.stays.revealing import shown
from app.web.links import absolute_url
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("declarations", __name__)
words.register(blueprint)
blueprint.add_app_template_global(evening, "evening_declarations")

STAFF = ("front_desk", "manager")
TABS = ("unsent", "sent", "problem", "confirmed")
MOST = 200


@blueprint.get("/hotel/<code>/declarations")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    """Whom the house still has to declare, and what came of those it declared."""
    house = establishment_or_404(code)
    operations.refresh(house.id)
    db.session.commit()
    return _page(house)


def _page(house: Establishment, fault: str | None = None, status: int = 200) -> ResponseReturnValue:
    tab = request.args.get("state", "unsent")
    tab = tab if tab in TABS else "unsent"
    late, fine = queries.tier(house.id, dates.local(dates.now()).date())
    rows = queries.listed(house.id, state=tab, newest=tab != "unsent", limit=MOST + 1)
    moved = queries.with_moved_departure(house.id)
    return page(
        "declarations/index.html",
        fragment="declarations",
        status=status,
        house=house,
        now=dates.now(),
        portal=portal_of(house, current_app.extensions["config"]),
        tab=tab,
        tabs=TABS,
        counts=queries.counts(house.id),
        rows=rows[:MOST],
        more=len(rows) > MOST,
        moved=moved,
        names={row.guest.id: shown(row.guest)["full_name"] for row in (*rows, *moved)},
        clock=clock(house.id),
        late=late,
        fine=fine,
        filings=queries.filings(house.id, limit=10),
        contact=queries.contact(house),
        fault=fault,
    )


# --- Files and sending ---------------------------------------------------------------------


def _chosen() -> list[uuid.UUID] | None:
    """Return the guests ticked; None where nobody is, which means everybody."""
    try:
        return [uuid.UUID(text) for text in request.form.getlist("guest")] or None
    except ValueError:
        abort(404)


def _why(unfit: Unfit) -> str:
    codes = dict.fromkeys(code for found in unfit.faults.values() for code in found)
    reasons = ", ".join(words.fault(code) for code in codes)
    return _("Không làm được cho khách đã chọn: %(reasons)s.", reasons=reasons)


@blueprint.post("/hotel/<code>/declarations/files")
@requires(*STAFF)
def files(code: str) -> ResponseReturnValue:
    """Make a file for the portal and send it to the browser."""
    house = establishment_or_404(code)
    format, _sep, kind = request.form.get("format", "").partition(":")
    if format not in FILE_FORMATS or kind not in ("", "domestic", "foreign"):
        return _page(house, _("Hãy chọn một mẫu tệp."), 422)
    try:
        file = operations.make_file(
            house, format, by=principal(), kind=kind or None, guest_ids=_chosen()
        )
    except Unfit as unfit:
        return _page(house, _why(unfit), 422)
    except NothingToDeclare:
        return _page(house, _("Không có khách nào đủ thông tin cho mẫu này."), 422)
    response = file_response(file)
    db.session.commit()
    return response


@blueprint.post("/hotel/<code>/declarations/sent")
@requires(*STAFF)
def sent(code: str) -> ResponseReturnValue:
    """Note that the guests ticked, or everybody complete, were sent now."""
    house = establishment_or_404(code)
    format = request.form.get("format", "")
    if format not in MANUAL_FORMATS:
        return _page(house, _("Hãy chọn đã khai bằng cách nào."), 422)
    try:
        filings = operations.mark_all_sent(
            house, by=principal(), format=format, guest_ids=_chosen()
        )
    except Unfit as unfit:
        return _page(house, _why(unfit), 422)
    except NothingToDeclare:
        return _page(house, _("Không còn khách nào để đánh dấu."), 422)
    db.session.commit()
    _say(filings)
    return redirect(url_for(".index", code=code, state="sent"), 303)


@blueprint.post("/hotel/<code>/declarations/hand-in")
@requires(*STAFF)
def hand_in(code: str) -> ResponseReturnValue:
    """Send everything unsent through the portal's API, where that is set up for the house."""
    house = establishment_or_404(code)
    portal = portal_of(house, current_app.extensions["config"])
    if portal is None:
        abort(404)
    batches = handing_in.prepare(house, by=principal())
    db.session.commit()
    handing_in.send(batches, portal)
    done = handing_in.note(house, batches, by=principal())
    db.session.commit()
    if done.taken:
        _say(done.taken)
    for refusals in done.refused:
        for _declaration, errors in refusals.refused:
            reasons = ", ".join(words.difference(error.code) for error in errors)
            flash(_("Cổng từ chối một khách: %(reasons)s.", reasons=reasons), "error")
    if done.unanswered:
        flash(_("Cổng không trả lời. Nộp bằng tệp, hoặc thử lại."), "error")
    return redirect(url_for(".index", code=code), 303)


@blueprint.post("/hotel/<code>/declarations/filings/<uuid:filing_id>/sent")
@requires(*STAFF)
def filing_sent(code: str, filing_id: uuid.UUID) -> ResponseReturnValue:
    """Note that a file made before was sent now."""
    house = establishment_or_404(code)
    filing = operations.mark_filing_sent(_filing_or_404(house, filing_id), by=principal())
    db.session.commit()
    _say([filing])
    return redirect(url_for(".index", code=code, state="sent"), 303)


@blueprint.post("/hotel/<code>/declarations/guests/<uuid:guest_id>/departure-told")
@requires(*STAFF)
def departure_told(code: str, guest_id: uuid.UUID) -> ResponseReturnValue:
    """Note that the portal knows the guest's new departure."""
    house = establishment_or_404(code)
    found = queries.of_guests(house.id, [guest_id])
    if not found:
        abort(404)
    operations.departure_told(found[0], by=principal())
    db.session.commit()
    flash(_("Đã ghi: cổng đã biết ngày đi mới."))
    return redirect(url_for(".index", code=code), 303)


def _say(filings: Sequence[Filing]) -> None:
    count = sum(filing.guests for filing in filings)
    flash(
        ngettext(
            "Đã ghi: %(num)s khách đã gửi, chưa đối soát.",
            "Đã ghi: %(num)s khách đã gửi, chưa đối soát.",
            count,
        )
    )


def _filing_or_404(house: Establishment, filing_id: uuid.UUID) -> Filing:
    filing = queries.filing(house.id, filing_id)
    if filing is None:
        abort(404)
    return filing


# --- Receipts ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/declarations/filings/<uuid:filing_id>")
@requires(*STAFF)
def filing(code: str, filing_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt as the house prints it: with its guests, their names masked."""
    house = establishment_or_404(code)
    found = _filing_or_404(house, filing_id)
    guests: list[tuple[Any, Any]] = [
        (entry, shown(entry.guest)["full_name"] if entry.guest else None) for entry in found.entries
    ]
    code = spelled(found.receipt_code or "")
    address = absolute_url("receipts.show", code=code or "-")
    return page(
        "declarations/filing.html",
        house=house,
        filing=found,
        code=code,
        address=address,
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=2),
        guests=guests,
    )


# --- Reading out by telephone --------------------------------------------------------------


@blueprint.post("/hotel/<code>/declarations/read-out")
@requires(*STAFF)
def open_read_out(code: str) -> ResponseReturnValue:
    """Note that somebody opens the sheet with whole names, then show it."""
    house = establishment_or_404(code)
    operations.open_read_out(house, by=principal())
    db.session.commit()
    return redirect(url_for(".read_out", code=code), 303)


@blueprint.get("/hotel/<code>/declarations/read-out")
@requires(*STAFF)
def read_out(code: str) -> ResponseReturnValue:
    """The words to read to the commune police; whole names only minutes after they were opened."""
    house = establishment_or_404(code)
    is_open = queries.is_read_out_open(house.id, principal().actor)
    rows = queries.to_read_out(house.id) if is_open else []
    # The police are spoken to in Vietnamese, whatever language the reader of the page has.
    with force_locale("vi"):
        words = Markup(render_template("declarations/_words.html", house=house, rows=rows))
    return page(
        "declarations/read_out.html",
        house=house,
        is_open=is_open,
        contact=queries.contact(house),
        rows=rows,
        words=words,
        waiting=queries.counts(house.id).get("unsent", 0),
    )
