"""Pages of the availability calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import dates
from app.availability import labels, operations
from app.availability.calendar import calendar
from app.availability.forms import NightsForm, StillRightForm
from app.availability.labels import night_names
from app.availability.operations import NightEdit, NotPossible
from app.availability.undoing import read_undo, undo_token
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("availability", __name__)
labels.register(blueprint)

STAFF = ("front_desk", "manager")
SHOWN = 31


@blueprint.get("/hotel/<code>/calendar")
@requires(*STAFF)
def calendar_page(code: str) -> ResponseReturnValue:
    """The calendar from a night on; ``room_type`` and ``night`` choose what the form is about."""
    house = establishment_or_404(code)
    form = NightsForm(house.room_types, formdata=None)
    _fill_in(form)
    return _calendar(house, form, _asked("from"))


def _fill_in(form: NightsForm) -> None:
    night = _asked("night")
    form.start.data = night or dates.today()
    form.end.data = form.start.data + ONE_DAY
    form.room_type.data = request.args.get("room_type")


def _calendar(
    house: Establishment, form: NightsForm, start: date | None, status: int = 200
) -> ResponseReturnValue:
    start = start or dates.today()
    shown = calendar(house, Period.of(start, SHOWN))
    form.shown.data = start.isoformat()
    return page(
        "availability/calendar.html",
        fragment="calendar",
        status=status,
        house=house,
        calendar=shown,
        form=form,
        still_right=StillRightForm(formdata=None, shown=start.isoformat()),
        earlier=max(start - SHOWN * ONE_DAY, operations.allowed_nights().start),
        later=start + SHOWN * ONE_DAY,
        chosen=request.args.get("night"),
        undo=request.args.get("undo") if status == 200 else None,
    )


def _asked(name: str, text: str | None = None) -> date | None:
    """Return a night of the address, or None where it is none that can be shown."""
    allowed = operations.allowed_nights()
    try:
        night = dates.parse_date(text if text is not None else request.args.get(name, ""))
    except ValueError:
        return None
    return night if allowed.start <= night < allowed.end - SHOWN * ONE_DAY else None


@blueprint.post("/hotel/<code>/nights")
@requires(*STAFF)
def set_nights(code: str) -> ResponseReturnValue:
    """Set the vacant rooms or the price of a range of nights."""
    house = establishment_or_404(code)
    form = NightsForm(house.room_types)
    shown = _asked("", form.shown.data or "")
    nights = form.nights() if form.validate_on_submit() else None
    if nights is None or not _is_said(form):
        return _calendar(house, form, shown, status=422)
    edits = _edits(form, nights)
    before = operations.as_said([(edit.room_type_id, edit.night) for edit in edits])
    try:
        operations.set_nights(house, edits)
    except NotPossible as refused:
        form.refuse("rooms", _too_many(refused))
        return _calendar(house, form, shown, status=422)
    db.session.commit()
    flash(ngettext("Đã lưu %(num)s đêm.", "Đã lưu %(num)s đêm.", len(nights)))
    return _back(code, shown, undo=undo_token(house, before))


@blueprint.post("/hotel/<code>/nights/undo")
@requires(*STAFF)
def undo(code: str) -> ResponseReturnValue:
    """Take the last change of nights back."""
    house = establishment_or_404(code)
    rows = read_undo(house, request.form.get("undo", ""))
    if rows is None:
        flash(_("Không hoàn tác được nữa."), "warning")
    else:
        operations.restore(house, rows)
        db.session.commit()
        flash(_("Đã trở lại như trước."))
    return _back(code, _asked("", request.form.get("shown", "")))


# What the buttons beside "save" say about all chosen nights.
ACTS = ("open", "close", "list_price")


def _is_said(form: NightsForm) -> bool:
    """Whether the form says what to change; a button may say it all."""
    if (
        request.form.get("act") in ACTS
        or form.rooms.data is not None
        or form.price.data is not None
    ):
        return True
    form.refuse("rooms", _("Hãy ghi số phòng trống, giá, hoặc cả hai."))
    return False


def _edits(form: NightsForm, nights: list[date]) -> list[NightEdit]:
    act = request.form.get("act")
    vacant, price = (None, None) if act in ACTS else (form.rooms.data, form.price.data)
    return [
        NightEdit(
            type_id,
            night,
            vacant=0 if act == "close" else vacant,
            all_left=act == "open",
            price=price,
            sets_price=price is not None or act == "list_price",
        )
        for type_id in form.type_ids()
        for night in nights
    ]


def _too_many(refused: NotPossible) -> str:
    most = min(state.possible for state in refused.states)
    return _(
        "Không còn đủ phòng: nhiều nhất %(most)s phòng vào đêm %(nights)s.",
        most=most,
        nights=night_names(sorted({state.night for state in refused.states})),
    )


@blueprint.post("/hotel/<code>/still-right")
@requires(*STAFF)
def still_right(code: str) -> ResponseReturnValue:
    """Say that what is shown is still right, for one room type or for all."""
    house = establishment_or_404(code)
    form = StillRightForm()
    types = {str(room_type.id): room_type for room_type in house.room_types}
    chosen = types.get(form.room_type.data or "")
    if not form.validate_on_submit() or (form.room_type.data and chosen is None):
        return _calendar(house, NightsForm(house.room_types, formdata=None), None, status=422)
    operations.confirm(house, [chosen.id] if chosen else [t.id for t in house.room_types])
    db.session.commit()
    flash(_("Đã xác nhận số phòng trống."))
    return _back(code, _asked("", form.shown.data or ""))


def _back(code: str, shown: date | None, undo: str | None = None) -> ResponseReturnValue:
    query: dict[str, Any] = {"from": shown, "undo": undo}
    return redirect(url_for(".calendar_page", code=code, **query), 303)
