"""Settings of one room: another type, or the end of its service."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import InputRequired, Optional

from app import dates
from app.availability import rooms
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.forms import choices
from app.registry.models import Establishment, Room, RoomAssignment, RoomType
from app.registry.queries import room_types
from app.web.filters import day
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("room", __name__)

NIGHTS_SHOWN = 8


class MoveForm(Form):
    """Another type from a date on; without a date the type was written down wrongly."""

    room_type = SelectField(_l("Loại phòng mới"), coerce=int)
    since = DateField(
        _l("Từ ngày"),
        validators=[Optional()],
        description=_l("Để trống nếu trước nay ghi nhầm loại."),
    )


class RetireForm(Form):
    """The first night on which the room no longer exists."""

    since = DateField(_l("Ngừng từ ngày"), validators=[InputRequired(_l("Hãy chọn ngày."))])


class ForgetForm(Form):
    """A room that never existed."""

    sure = BooleanField(_l("Phòng này ghi nhầm, chưa từng có"), validators=[InputRequired()])


def _room_or_404(house: Establishment, room_id: int) -> Room:
    room = db.session.get(Room, room_id)
    if room is None or room.establishment_id != house.id:
        abort(404)
    return room


def _page(
    house: Establishment,
    room: Room,
    *,
    move: MoveForm | None = None,
    retire: RetireForm | None = None,
    forget: ForgetForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    spans = db.session.scalars(
        select(RoomAssignment)
        .where(RoomAssignment.room_id == room.id)
        .options(joinedload(RoomAssignment.room_type))
        .order_by(func.lower(RoomAssignment.valid).nulls_first())
    ).all()
    if move is None:
        move = _move_form(house, blank=True)
    return page(
        "availability/room.html",
        house=house,
        room=room,
        spans=spans,
        exists=any(span.valid.upper is None for span in spans),
        move=move,
        retire=retire or RetireForm(formdata=None, prefix="retire", since=dates.today()),
        forget=forget or ForgetForm(formdata=None, prefix="forget"),
        status=status,
    )


def _move_form(house: Establishment, *, blank: bool = False) -> MoveForm:
    # Each form of the page has a prefix, so that no two fields share an id.
    sent = {"formdata": None, "since": dates.today()} if blank else {}
    form = MoveForm(prefix="move", **sent)
    form.room_type.choices = choices(*((one.id, one.name) for one in room_types(house.id)))
    return form


@blueprint.get("/hotel/<code>/settings/rooms/<int:room_id>")
@requires("manager")
def show(code: str, room_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    return _page(house, _room_or_404(house, room_id))


@blueprint.post("/hotel/<code>/settings/rooms/<int:room_id>/type")
@requires("manager")
def move(code: str, room_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    room = _room_or_404(house, room_id)
    form = _move_form(house)
    if not form.validate():
        return _page(house, room, move=form, status=422)
    room_type = db.session.get_one(RoomType, form.room_type.data)
    before = [span.room_type_id for span in room.assignments]
    rooms.reassign_room(room, room_type, since=form.since.data, by=principal())
    _warn(before)
    db.session.commit()
    flash(_("Đã đổi loại của phòng %(number)s.", number=room.number))
    return redirect(url_for("room_settings.room_list", code=code), 303)


@blueprint.post("/hotel/<code>/settings/rooms/<int:room_id>/retire")
@requires("manager")
def retire(code: str, room_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    room = _room_or_404(house, room_id)
    form = RetireForm(prefix="retire")
    if not form.validate():
        return _page(house, room, retire=form, status=422)
    number, before = room.number, [span.room_type_id for span in room.assignments]
    try:
        rooms.retire_room(room, since=form.since.data, by=principal())
    except rooms.RoomInUse as used:
        form.refuse("since", _in_use(used))
        return _page(house, room, retire=form, status=409)
    _warn(before)
    db.session.commit()
    flash(_("Phòng %(number)s ngừng dùng từ ngày đã chọn.", number=number))
    return redirect(url_for("room_settings.room_list", code=code), 303)


@blueprint.post("/hotel/<code>/settings/rooms/<int:room_id>/forget")
@requires("manager")
def forget(code: str, room_id: int) -> ResponseReturnValue:
    """Undo that the room was ever added."""
    house = establishment_or_404(code, to="manage")
    room = _room_or_404(house, room_id)
    form = ForgetForm(prefix="forget")
    if not form.validate():
        return _page(house, room, forget=form, status=422)
    number = room.number
    try:
        rooms.retire_room(room, since=None, by=principal())
    except rooms.RoomInUse as used:
        form.refuse("sure", _in_use(used))
        return _page(house, room, forget=form, status=409)
    db.session.commit()
    flash(_("Đã bỏ phòng %(number)s.", number=number))
    return redirect(url_for("room_settings.room_list", code=code), 303)


def _in_use(used: rooms.RoomInUse) -> str:
    shown = ", ".join(day(night) for night in used.nights[:NIGHTS_SHOWN])
    if len(used.nights) > NIGHTS_SHOWN:
        shown += " …"
    return _("Phòng đang có khách các đêm %(nights)s. Hãy chuyển khách trước.", nights=shown)


def _warn(room_type_ids: list[int]) -> None:
    """Say where a type has now promised more rooms than it has; the promise is the house's."""
    for type_id in dict.fromkeys(room_type_ids):
        short = rooms.short_of_rooms(type_id)
        if short:
            name = db.session.get_one(RoomType, type_id).name
            flash(
                _("%(name)s nay thiếu phòng từ đêm %(night)s.", name=name, night=day(short[0])),
                "warning",
            )
