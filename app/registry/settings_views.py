"""Settings of one house: overview and what comes next, profile, closures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.dates import Period
from app.db import db
from app.registry import operations, queries
from app.registry.access import establishment_or_404
from app.registry.forms import ClosureForm, ProfileForm
from app.registry.models import TEST, Closure, Establishment
from app.registry.words import AMENITY_NAMES, KIND_NAMES, MISSING_NAMES
from app.web.pages import page
from app.web.saving import saved
from app.web.security import principal, requires

blueprint = Blueprint("settings", __name__)

STAFF = ("front_desk", "manager")


@blueprint.get("/hotel/<code>/settings")
@requires(*STAFF)
def overview(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    room_types = queries.room_types(house.id)
    numbers = queries.numbers_by_type([room_type.id for room_type in room_types])
    rooms = sum(map(len, numbers.values()))
    return page(
        "registry/settings.html",
        house=house,
        class_=queries.class_today(house),
        room_types=[(room_type, len(numbers[room_type.id])) for room_type in room_types],
        rooms=rooms,
        missing=queries.missing_of([house.id]).get(house.id, []),
        steps=_steps(house, rooms, any(r.confirmed_at for r in room_types)),
        next_step=_next_step(house, len(room_types), rooms),
        closures=[c for c in queries.closures(house) if _is_ahead(c)],
        **_words(house),
    )


def _words(house: Establishment) -> dict[str, Any]:
    return {
        "manages": principal().manages(house.id),
        "kind_names": KIND_NAMES,
        "amenity_names": AMENITY_NAMES,
        "missing_names": MISSING_NAMES,
    }


def _is_ahead(closure: Closure) -> bool:
    return closure.valid.upper is None or closure.valid.upper > dates.today()


def _steps(house: Establishment, rooms: int, knows_vacancy: bool) -> list[tuple[str, str]]:
    """What the house has done, does next, and what is left; empty when all is done."""
    done = [
        (_("Vào sổ lưu trú"), True),
        (_("Khai phòng"), rooms > 0),
        (_("Được duyệt"), house.status in ("approved", "suspended", TEST)),
        (_("Báo phòng trống"), knows_vacancy),
    ]
    if all(is_done for _label, is_done in done):
        return []
    first_open = next(label for label, is_done in done if not is_done)
    return [
        (label, "done" if is_done else "now" if label == first_open else "next")
        for label, is_done in done
    ]


def _next_step(house: Establishment, room_types: int, rooms: int) -> tuple[str, str]:
    """The button for what comes next: the rooms first, then the vacancy, approved or not."""
    if not room_types:
        return _("Khai loại phòng"), url_for("room_settings.room_types", code=house.code)
    if not rooms:
        return _("Ghi số phòng"), url_for("room_settings.room_list", code=house.code)
    return _("Báo phòng trống"), url_for("availability.calendar_page", code=house.code)


# --- Profile -------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/settings/profile")
@requires("manager")
def profile(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    return _profile_page(house, ProfileForm.of(house))


def _profile_page(
    house: Establishment, form: ProfileForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registry/profile.html",
        house=house,
        form=form,
        class_=queries.class_today(house),
        status=status,
        **_words(house),
    )


@blueprint.post("/hotel/<code>/settings/profile")
@requires("manager")
def save_profile(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = ProfileForm()
    if not form.validate():
        return _profile_page(house, form, 422)
    version = form.read_version()
    try:
        operations.update_profile(house, version=version, by=principal(), **form.values())
    except operations.Changed:
        db.session.rollback()
        form.refuse(
            "name",
            _("Có người vừa sửa thông tin này. Hãy mở lại trang để thấy bản mới rồi sửa tiếp."),
        )
        return _profile_page(establishment_or_404(code, to="manage"), form, 409)
    return saved(_("Đã lưu thông tin cơ sở."), url_for("settings.overview", code=code))


# --- Closures ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/settings/closures")
@requires("manager")
def closures(code: str) -> ResponseReturnValue:
    return _closures_page(establishment_or_404(code, to="manage"), ClosureForm())


def _closures_page(
    house: Establishment, form: ClosureForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registry/closures.html",
        house=house,
        form=form,
        closures=queries.closures(house),
        today=dates.today(),
        status=status,
        **_words(house),
    )


@blueprint.post("/hotel/<code>/settings/closures")
@requires("manager")
def add_closure(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = ClosureForm()
    if not form.validate():
        return _closures_page(house, form, 422)
    try:
        operations.add_closure(
            house,
            Period(form.start.data, form.end.data),
            reason=form.reason.data or None,
            by=principal(),
        )
    except operations.ClosureOverlaps:
        form.refuse("start", _("Cơ sở đã đóng cửa trong một phần thời gian này."))
        return _closures_page(house, form, 409)
    return saved(_("Đã ghi thời gian đóng cửa."), url_for("settings.closures", code=code))


@blueprint.post("/hotel/<code>/settings/closures/<int:closure_id>/remove")
@requires("manager")
def remove_closure(code: str, closure_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    closure = db.session.get(Closure, closure_id)
    if closure is None or closure.establishment_id != house.id:
        abort(404)
    operations.remove_closure(closure, by=principal())
    return saved(_("Đã bỏ lần đóng cửa đó."), url_for("settings.closures", code=code))
