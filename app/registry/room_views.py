"""Settings of one house: room types with their prices, and rooms, many at once."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import dates
from app.db import db
from app.registry import operations, queries, rooms
from app.registry.access import establishment_or_404
from app.registry.forms import RoomsForm, RoomTypeForm, choices
from app.registry.models import Establishment, RoomType
from app.web.forms import Form
from app.web.pages import page
from app.web.saving import saved
from app.web.security import principal, requires

blueprint = Blueprint("room_settings", __name__)


# --- Room types ----------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/settings/room-types")
@requires("manager")
def room_types(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    return _room_types_page(house, RoomTypeForm())


def _room_types_page(
    house: Establishment, form: RoomTypeForm, status: int = 200
) -> ResponseReturnValue:
    types = queries.room_types(house.id)
    return page(
        "registry/room_types.html",
        house=house,
        room_types=types,
        numbers=queries.numbers_by_type([room_type.id for room_type in types]),
        form=form,
        status=status,
    )


@blueprint.post("/hotel/<code>/settings/room-types")
@requires("manager")
def add_room_type(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = RoomTypeForm()
    if not form.validate():
        return _room_types_page(house, form, 422)
    try:
        room_type = rooms.add_room_type(house, by=principal(), **form.values())
    except (rooms.CodeTaken, rooms.TooMany) as fault:
        _refuse(form, fault)
        return _room_types_page(house, form, 409)
    return saved(
        _("Đã thêm loại phòng. Bây giờ hãy ghi các số phòng."),
        url_for("room_settings.room_list", code=code, type=room_type.id),
    )


def _refuse(form: Form, fault: Exception) -> None:
    if isinstance(fault, rooms.CodeTaken):
        form.refuse("code", _("Loại phòng khác của cơ sở đã có mã này."))
    else:
        form.refuse("name", _("Cơ sở đã có quá nhiều loại phòng."))


def _type_or_404(house: Establishment, type_id: int) -> RoomType:
    room_type = db.session.get(RoomType, type_id)
    if room_type is None or room_type.establishment_id != house.id:
        abort(404)
    return room_type


@blueprint.get("/hotel/<code>/settings/room-types/<int:type_id>")
@requires("manager")
def room_type(code: str, type_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    found = _type_or_404(house, type_id)
    return _room_type_page(house, found, RoomTypeForm.of(found))


def _room_type_page(
    house: Establishment, room_type: RoomType, form: RoomTypeForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registry/room_type.html",
        house=house,
        room_type=room_type,
        numbers=queries.numbers_by_type([room_type.id])[room_type.id],
        form=form,
        status=status,
    )


@blueprint.post("/hotel/<code>/settings/room-types/<int:type_id>")
@requires("manager")
def save_room_type(code: str, type_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    found = _type_or_404(house, type_id)
    form = RoomTypeForm()
    if not form.validate():
        return _room_type_page(house, found, form, 422)
    version = form.read_version()
    try:
        rooms.update_room_type(found, version=version, by=principal(), **form.values())
    except rooms.CodeTaken as fault:
        _refuse(form, fault)
        return _room_type_page(house, found, form, 409)
    except operations.Changed:
        form.refuse("name", _("Có người vừa sửa loại phòng này. Hãy mở lại trang rồi sửa tiếp."))
        return _room_type_page(house, found, form, 409)
    return saved(_("Đã lưu loại phòng."), url_for("room_settings.room_types", code=code))


@blueprint.post("/hotel/<code>/settings/room-types/<int:type_id>/remove")
@requires("manager")
def remove_room_type(code: str, type_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    found = _type_or_404(house, type_id)
    try:
        rooms.remove_room_type(found, by=principal())
    except rooms.StillInUse:
        form = RoomTypeForm.of(found)
        form.refuse("name", _("Loại phòng này đã có phòng hoặc số liệu nên không xoá được."))
        return _room_type_page(house, found, form, 409)
    return saved(_("Đã xoá loại phòng."), url_for("room_settings.room_types", code=code))


# --- Rooms ---------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/settings/rooms")
@requires("manager")
def room_list(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = _rooms_form(house)
    wanted = request.args.get("type", type=int)
    if wanted in [choice.value for choice in form.room_type.choices]:
        form.room_type.data = wanted
    return _rooms_page(house, form)


def _rooms_form(house: Establishment) -> RoomsForm:
    form = RoomsForm()
    form.room_type.choices = choices(*((one.id, one.name) for one in queries.room_types(house.id)))
    return form


def _rooms_page(house: Establishment, form: RoomsForm, status: int = 200) -> ResponseReturnValue:
    found = queries.rooms(house.id)
    grouped = groupby(found, key=lambda row: row.room_type)
    return page(
        "registry/rooms.html",
        house=house,
        groups=[(room_type, list(rows)) for room_type, rows in grouped],
        count=len({row.room.id for row in found}),
        form=form,
        today=dates.today(),
        status=status,
    )


@blueprint.post("/hotel/<code>/settings/rooms")
@requires("manager")
def add_rooms(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = _rooms_form(house)
    if not form.validate():
        return _rooms_page(house, form, 422)
    try:
        numbers = rooms.parse_numbers(form.numbers.data or "")
    except rooms.BadNumbers as bad:
        form.refuse("numbers", _bad_numbers(bad))
        return _rooms_page(house, form, 422)
    room_type = _type_or_404(house, form.room_type.data)
    try:
        rooms.add_rooms(room_type, numbers, since=form.since.data, by=principal())
    except rooms.NumbersTaken as taken:
        form.refuse("numbers", _("Cơ sở đã có phòng %(numbers)s.", numbers=_some(taken.numbers)))
        return _rooms_page(house, form, 409)
    except rooms.TooMany:
        form.refuse("numbers", _("Một cơ sở có nhiều nhất %(n)s phòng.", n=rooms.ROOMS_MOST))
        return _rooms_page(house, form, 422)
    return saved(
        ngettext("Đã thêm %(num)s phòng.", "Đã thêm %(num)s phòng.", len(numbers)),
        url_for("room_settings.room_list", code=code),
    )


def _bad_numbers(bad: rooms.BadNumbers) -> str:
    if bad.why == "range":
        return _("Dãy “%(part)s” không đúng; hãy ghi như 101-110.", part=bad.part)
    if bad.why == "number":
        return _("“%(part)s” không phải là số phòng.", part=bad.part)
    if bad.why == "many":
        return _("Mỗi lần thêm nhiều nhất %(n)s phòng.", n=rooms.ROOMS_AT_ONCE)
    return _("Hãy ghi số phòng.")


def _some(numbers: list[str], most: int = 12) -> str:
    shown = ", ".join(numbers[:most])
    return f"{shown} …" if len(numbers) > most else shown
