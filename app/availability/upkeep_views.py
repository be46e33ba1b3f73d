"""Pages of rooms out of order, and of who keeps the vacancies of a room type."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.availability import operations, queries
from app.availability.forms import OutOfOrderForm
from app.availability.labels import night_names
from app.availability.taking import RoomTaken
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("upkeep", __name__)

STAFF = ("front_desk", "manager")


# --- Out of order --------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/out-of-order")
@requires(*STAFF)
def out_of_order(code: str) -> ResponseReturnValue:
    """Rooms that can't be let, tonight and later, and the form to add one."""
    house = establishment_or_404(code)
    form = OutOfOrderForm(queries.rooms(house.id), formdata=None)
    form.start.data = dates.today()
    form.end.data = dates.today() + dates.ONE_DAY
    return _out_of_order(house, form)


def _out_of_order(
    house: Establishment, form: OutOfOrderForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "availability/out_of_order.html",
        status=status,
        house=house,
        form=form,
        outages=queries.outages(house.id),
    )


@blueprint.post("/hotel/<code>/out-of-order")
@requires(*STAFF)
def set_out_of_order(code: str) -> ResponseReturnValue:
    """Take a room out of order, or (``act=clear``) put it back into service."""
    house = establishment_or_404(code)
    rooms = queries.rooms(house.id)
    form = OutOfOrderForm(rooms)
    period = form.period() if form.validate_on_submit() else None
    if period is None:
        return _out_of_order(house, form, status=422)
    room = next(room for room in rooms if str(room.id) == form.room.data)
    if request.form.get("act") == "clear":
        operations.clear_out_of_order(room, period)
        words = _("Phòng %(room)s dùng lại được.", room=room.number)
    else:
        try:
            operations.set_out_of_order(room, period)
        except RoomTaken as taken:
            nights = night_names(taken.nights)
            form.refuse("start", _("Phòng đang có khách hoặc chưa có, đêm %(n)s.", n=nights))
            return _out_of_order(house, form, status=409)
        words = _("Đã ghi: phòng %(room)s đang sửa.", room=room.number)
    db.session.commit()
    flash(words)
    return redirect(url_for(".out_of_order", code=code), 303)


# --- Keepers -------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/keepers")
@requires(*STAFF)
def keepers(code: str) -> ResponseReturnValue:
    """Whether the house's work or a feed keeps each room type."""
    house = establishment_or_404(code)
    return page("availability/keepers.html", house=house, room_types=house.room_types)


@blueprint.post("/hotel/<code>/keepers")
@requires("manager")
def set_keeper(code: str) -> ResponseReturnValue:
    """Let the other one keep a room type."""
    house = establishment_or_404(code, to="manage")
    types = {str(room_type.id): room_type for room_type in house.room_types}
    room_type = types.get(request.form.get("room_type", ""))
    keeper: Any = request.form.get("keeper")
    if room_type is None or keeper not in ("stays", "feed"):
        abort(404)
    operations.keep_by(room_type, keeper, by=principal())
    db.session.commit()
    flash(_("Đã đổi. Số phòng trống đã báo vẫn giữ nguyên."))
    return redirect(url_for(".keepers", code=code), 303)
