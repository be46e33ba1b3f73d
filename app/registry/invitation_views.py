"""Pages of invitations: the houses that nobody manages yet, and the sheets to print for them."""

from __future__ import annotations

from typing import Any, NamedTuple

import segno
from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.db import db
from app.registry import invitations, queries
from app.registry.access import house_for_officials
from app.registry.admin_views import (
    DECIDERS,
    asked,
    kept_query,
    page_number,
    paging,
    seen_units,
    words,
)
from app.registry.models import Invitation
from app.registry.queries import HouseFilter, HouseRow
from app.web.links import absolute_url
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("invitations", __name__)

AT_ONCE = 50
PAPERS = ("a4", "a5")


class Sheet(NamedTuple):
    """What is printed for one house."""

    row: HouseRow
    invitation: Invitation
    code: str
    address: str
    qr: str


# --- One house -----------------------------------------------------------------------------


@blueprint.post("/admin/establishments/<code>/invitation")
@requires(*DECIDERS)
def invite(code: str) -> ResponseReturnValue:
    row = house_for_officials(code)
    invitations.invite(row.house, secret=_secret(), by=principal())
    db.session.commit()
    return redirect(url_for("invitations.sheet", code=code), 303)


@blueprint.get("/admin/establishments/<code>/invitation")
@requires(*DECIDERS)
def sheet(code: str) -> ResponseReturnValue:
    """The sheet to print; it can be printed again until the code is used or has expired."""
    sheets = _sheets([house_for_officials(code)])
    if not sheets:
        abort(404)
    return page("admin/establishments_invitation.html", sheet=sheets[0])


# --- Many at once --------------------------------------------------------------------------


@blueprint.get("/admin/invitations")
@requires(*DECIDERS)
def houses() -> ResponseReturnValue:
    """Houses in force that nobody manages; ``all=1`` ticks those of the page."""
    return _list_page()


def _list_page(fault: str | None = None, status: int = 200) -> ResponseReturnValue:
    form, which = asked()
    which = HouseFilter(
        q=which.q,
        units=which.units,
        kinds=which.kinds,
        statuses=["approved"],
        within=which.within,
        unclaimed=True,
    )
    number = page_number()
    rows, total = queries.page_of_houses(which, number, AT_ONCE)
    kept = kept_query("all")
    return page(
        "admin/invitations.html",
        form=form,
        rows=rows,
        total=total,
        invited=invitations.open_of([row.house.id for row in rows]),
        ticked=set(request.form.getlist("house")),
        all_ticked=request.args.get("all") == "1",
        ticking_url=url_for(".houses", **kept, all=1),
        unticking_url=url_for(".houses", **kept),
        fault=fault,
        status=status,
        **paging("invitations.houses", number, total, AT_ONCE),
        **words(),
    )


@blueprint.post("/admin/invitations")
@requires(*DECIDERS)
def invite_many() -> ResponseReturnValue:
    """Make an invitation for each house chosen that has none to print, and lead to the sheets."""
    codes = list(dict.fromkeys(request.form.getlist("house")))
    if not codes:
        return _list_page(_("Hãy chọn ít nhất một cơ sở."), 422)
    if len(codes) > AT_ONCE:
        return _list_page(_("Mỗi lần in nhiều nhất %(n)s giấy mời.", n=AT_ONCE), 422)
    rows = _chosen(codes)
    held = invitations.open_of([row.house.id for row in rows])
    for row in rows:
        if row.house.id not in held:
            invitations.invite(row.house, secret=_secret(), by=principal())
    db.session.commit()
    left_out = len(codes) - len(rows)
    if left_out:
        words_ = ngettext(
            "%(num)s cơ sở đã có người quản lý hoặc không còn hoạt động.",
            "%(num)s cơ sở đã có người quản lý hoặc không còn hoạt động.",
            left_out,
        )
        flash(words_, "warning")
    if not rows:
        return redirect(url_for("invitations.houses"), 303)
    target: dict[str, Any] = {"house": [row.house.code for row in rows], "paper": _paper()}
    return redirect(url_for("invitations.sheets", **target), 303)


@blueprint.get("/admin/invitations/sheets")
@requires(*DECIDERS)
def sheets() -> ResponseReturnValue:
    """The sheets of the houses named, one to a page of ``paper``; used ones are left out."""
    codes = request.args.getlist("house")[:AT_ONCE]
    found = _sheets(_chosen(codes)) if codes else []
    if not found:
        abort(404)
    paper_urls = {paper: url_for(".sheets", house=codes, paper=paper) for paper in PAPERS}
    return page(
        "admin/invitations_sheets.html", sheets=found, paper=_paper(), paper_urls=paper_urls
    )


def _chosen(codes: list[str]) -> list[HouseRow]:
    which = HouseFilter(codes=codes, statuses=["approved"], within=seen_units(), unclaimed=True)
    rows, _total = queries.page_of_houses(which, 1, AT_ONCE)
    return rows


def _paper() -> str:
    asked_for = request.values.get("paper", "")
    return asked_for if asked_for in PAPERS else PAPERS[0]


def _sheets(rows: list[HouseRow]) -> list[Sheet]:
    held = invitations.open_of([row.house.id for row in rows])
    address = absolute_url("registry.claim")
    made = []
    for row in rows:
        invitation = held.get(row.house.id)
        if invitation is not None:
            code = invitations.code_of(invitation, _secret())
            qr = segno.make(f"{address}?code={code}", error="m").svg_data_uri(scale=4, border=2)
            made.append(Sheet(row, invitation, code, address, qr))
    return made


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
