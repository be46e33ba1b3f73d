"""The house's side of the links that guests fill a list with: making, showing, revoking."""

from __future__ import annotations

import uuid

import segno
from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.db import db
from app.stays.groups import operations as groups
from app.stays.groups import prefill
from app.stays.groups.views import group_or_404, to_group
from app.stays.views import STAFF
from app.web.links import absolute_url
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("group_link", __name__)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/links")
@requires(*STAFF)
def make(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    house, group = group_or_404(code, group_id)
    group = groups.locked(group)
    expires_at = prefill.expiry(group, request.form.get("expiry", ""), dates.now())
    if expires_at is None:
        db.session.rollback()
        flash(_("Xin chọn thời hạn của đường dẫn."), "warning")
        return to_group(house, group)
    try:
        link = prefill.make_link(group, expires_at, secret=_secret(), by=principal())
    except prefill.TooManyLinks:
        db.session.rollback()
        flash(_("Danh sách này có quá nhiều đường dẫn đang mở; xin thu hồi bớt."), "warning")
        return to_group(house, group)
    db.session.commit()
    return redirect(url_for(".show", code=code, group_id=group_id, link_id=link.id), 303)


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


@blueprint.get("/hotel/<code>/groups/<uuid:group_id>/links/<int:link_id>")
@requires(*STAFF)
def show(code: str, group_id: uuid.UUID, link_id: int) -> ResponseReturnValue:
    """Show the link and its QR code, as long as it works."""
    house, group = group_or_404(code, group_id)
    link = prefill.find_link(group, link_id)
    if link is None or not prefill.is_open(link):
        abort(404)
    address = absolute_url("prefill.show", token=prefill.token_of(link, _secret()))
    return page(
        "stays/group_link.html",
        house=house,
        group=group,
        link=link,
        address=address,
        qr=segno.make(address, error="m").svg_data_uri(scale=5, border=2),
    )


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/links/<int:link_id>/revoke")
@requires(*STAFF)
def revoke(code: str, group_id: uuid.UUID, link_id: int) -> ResponseReturnValue:
    house, group = group_or_404(code, group_id)
    link = prefill.find_link(group, link_id)
    if link is None:
        abort(404)
    prefill.revoke(link, by=principal())
    db.session.commit()
    flash(_("Đã thu hồi đường dẫn; mở ra sẽ không còn trang nào."))
    return to_group(house, group)
