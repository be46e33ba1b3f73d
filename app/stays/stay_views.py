"""The page of one stay and what can be done with it: its end, its room, its identity."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.availability.taking import RoomTaken
from app.dates import ONE_DAY
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays import changes, forms, queries
from app.stays.access import guest_or_404, stay_or_404
from app.stays.changes import NotInHouse
from app.stays.check_in import Done, find_room, find_room_type
from app.stays.checks import read_departure
from app.stays.choices import place_choices
from app.stays.fields import instant_of
from app.stays.forms import (
    ActionForm,
    CancelForm,
    CheckOutForm,
    ExtendForm,
    MoveForm,
    RevealForm,
)
from app.stays.inputs import Findings, Refused, refusal
from app.stays.models import Stay
from app.stays.revealing import is_revealed, reveal, shown
from app.stays.views import STAFF, conflict_words
from app.stays.words import message
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("stay", __name__)

PREFIXES = {
    "extend": ExtendForm,
    "move": MoveForm,
    "check_out": CheckOutForm,
    "cancel": CancelForm,
    "reveal": RevealForm,
}
Work = Callable[[Establishment, Stay], Done]


def bound(name: str) -> Any:
    """Return the form of that name as it was sent."""
    return PREFIXES[name](prefix=f"{name}-")


def _loaded(code: str, stay_id: uuid.UUID) -> tuple[Establishment, Stay]:
    house = establishment_or_404(code)
    return house, stay_or_404(stay_id, house=house)


@blueprint.get("/hotel/<code>/stays/<uuid:stay_id>")
@requires(*STAFF)
def show(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    return _page(*_loaded(code, stay_id))


def _page(
    house: Establishment,
    stay: Stay,
    *,
    sent: dict[str, Any] | None = None,
    faults: list[tuple[str | None, str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """Render the stay; a form that was sent with faults is shown as it was filled in."""
    [row] = queries.rows_of([stay])
    revealed = is_revealed(stay, principal())
    return page(
        "stays/show.html",
        status=status,
        house=house,
        stay=stay,
        row=row,
        nights=queries.rooms_by_night(stay),
        revealed=revealed,
        guests=[(guest, shown(guest, whole=revealed)) for guest in stay.guests],
        forms={**_fresh_forms(house, stay), **(sent or {})},
        open_form=next(iter(sent or {}), None),
        faults=faults or [],
    )


def _fresh_forms(house: Establishment, stay: Stay) -> dict[str, Any]:
    made = {name: kind(formdata=None, prefix=f"{name}-") for name, kind in PREFIXES.items()}
    for form in made.values():
        form.version.data = str(stay.record_version)
    leaves = dates.local(stay.planned_departure)
    later = max(leaves.date(), dates.today()) + ONE_DAY
    made["extend"].departure_date.data, made["extend"].departure_time.data = str(later), "12:00"
    now = dates.local(dates.now())
    made["check_out"].departed_date.data = str(now.date())
    made["check_out"].departed_time.data = f"{now:%H:%M}"
    made["move"].since.data = str(max(dates.today(), stay.first_night))
    made["move"].place.choices = place_choices(house.id)
    made["move"].place.data = f"type:{stay.room_type_id}"
    return made


def act(code: str, stay_id: uuid.UUID, name: str, work: Work, saved: str) -> ResponseReturnValue:
    """Run one change of a stay: its form, its version, what it refuses, the way back."""
    house, stay = _loaded(code, stay_id)
    form = bound(name) if name in PREFIXES else ActionForm()
    if isinstance(form, MoveForm):
        form.place.choices = place_choices(house.id)
    sent = {name: form} if name in PREFIXES else {}
    if not form.validate_on_submit():
        return _page(house, stay, sent=sent, faults=list(forms.errors_of(form)), status=422)
    try:
        _refuse_stale(stay, form.version.data)
        done = work(house, stay)
    except Refused as refused:
        found = forms.show(form, refused.findings.errors)
        return _again(code, stay_id, sent, found, 422)
    except RoomTaken as taken:
        return _again(code, stay_id, sent, _at_field(form, conflict_words(taken)), 409)
    except NotInHouse:
        return _again(code, stay_id, sent, [(None, _why_not())], 409)
    db.session.commit()
    flash(saved)
    for finding in done.warnings:
        flash(message(finding), "warning")
    if form.back.data == "tonight":
        return redirect(url_for("stays.tonight_page", code=code), 303)
    return redirect(url_for("stay.show", code=code, stay_id=stay_id), 303)


def _refuse_stale(stay: Stay, version: str | None) -> None:
    """Refuse a change made on a page that shows an older state than what is stored."""
    if str(changes.locked(stay).record_version) != version:
        raise NotInHouse


def _again(
    code: str,
    stay_id: uuid.UUID,
    sent: dict[str, Any],
    faults: list[tuple[str | None, str]],
    status: int,
) -> ResponseReturnValue:
    db.session.rollback()
    return _page(*_loaded(code, stay_id), sent=sent, faults=faults, status=status)


def _why_not() -> str:
    return _("Lượt ở này vừa được thay đổi. Đây là bản mới nhất; xin xem rồi làm lại.")


def _at_field(form: Any, words: str) -> list[tuple[str | None, str]]:
    """Show that a room is taken where the room or the date was chosen; a button has no field."""
    name = next((name for name in ("place", "departure_date") if name in form), None)
    if name is None:
        return [(None, words)]
    form.refuse(name, words)
    return [(form[name].id, f"{form[name].label.text}: {words}")]


# --- Its end -------------------------------------------------------------------------------


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/extend")
@requires(*STAFF)
def extend(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    def work(house: Establishment, stay: Stay) -> Done:
        form, found = bound("extend"), Findings()
        departure = read_departure(
            forms.read_departure(form.departure_date.data, form.departure_time.data),
            "/planned_departure",
            found,
            stay.arrived_at,
            dates.now(),
        )
        if departure is None or found.errors:
            raise Refused(found)
        return changes.extend(stay, departure)

    return act(code, stay_id, "extend", work, _("Đã đổi ngày đi."))


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/check-out")
@requires(*STAFF)
def check_out(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    def work(house: Establishment, stay: Stay) -> Done:
        form, found = bound("check_out"), Findings()
        moment = forms.read_moment(form.departed_date.data, form.departed_time.data)
        at = instant_of({"departed_at": moment}, "departed_at", "/departed_at", found)
        found.refuse()
        return changes.check_out(stay, at)

    return act(code, stay_id, "check_out", work, _("Đã trả phòng."))


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/leave-now")
@requires(*STAFF)
def leave_now(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    """Check out at this moment, as the button of the tonight page does."""
    return act(
        code, stay_id, "now", lambda house, stay: changes.check_out(stay), _("Đã trả phòng.")
    )


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/gone")
@requires(*STAFF)
def gone(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    """Answer for an overdue party: it left as planned."""
    return act(
        code,
        stay_id,
        "gone",
        lambda house, stay: changes.gone_as_planned(stay),
        _("Đã ghi: khách đi đúng hẹn."),
    )


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/still-here")
@requires(*STAFF)
def still_here(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    """Answer for an overdue party: it stays until tomorrow."""
    return act(
        code,
        stay_id,
        "still",
        lambda house, stay: changes.still_here(stay),
        _("Đã ghi: khách còn ở, hẹn đi trưa mai."),
    )


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/cancel")
@requires(*STAFF)
def cancel(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    def work(house: Establishment, stay: Stay) -> Done:
        reason = bound("cancel").reason.data
        if not reason:
            raise refusal("/reason", "required")
        return changes.cancel(stay, reason=reason[:200], by=principal())

    return act(code, stay_id, "cancel", work, _("Đã huỷ lượt ở này; mọi thứ đã trả lại."))


# --- Its room ------------------------------------------------------------------------------


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/move")
@requires(*STAFF)
def move(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    def work(house: Establishment, stay: Stay) -> Done:
        form = bound("move")
        place = forms.read_place(form.place.data)
        room = find_room(house, place["room"]) if place["room"] else None
        room_type = find_room_type(house, place["room_type"]) if place["room_type"] else None
        if room is None and room_type is None:
            raise refusal("/room", "required")
        try:
            since = dates.parse_date(form.since.data) if form.since.data else None
        except ValueError:
            raise refusal("/since", "invalid_format") from None
        return changes.move(stay, room=room, room_type=room_type, since=since)

    return act(code, stay_id, "move", work, _("Đã đổi phòng."))


# --- Its identity --------------------------------------------------------------------------


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/reveal")
@requires(*STAFF)
def reveal_identity(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    """Write the reason down; the page then shows the identity for some minutes."""
    _house, stay = _loaded(code, stay_id)
    form = bound("reveal")
    try:
        if not form.validate_on_submit():
            raise refusal("/reason", "required")
        reveal(stay, reason=form.reason.data, by=principal())
    except Refused as refused:
        found = forms.show(form, refused.findings.errors)
        return _again(code, stay_id, {"reveal": form}, found, 422)
    db.session.commit()
    return redirect(url_for("stay.show", code=code, stay_id=stay_id), 303)


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/guests/<uuid:guest_id>/leave")
@requires(*STAFF)
def guest_leaves(code: str, stay_id: uuid.UUID, guest_id: uuid.UUID) -> ResponseReturnValue:
    return act(
        code,
        stay_id,
        "leaves",
        lambda house, stay: changes.leave_early(stay, guest_or_404(stay, guest_id)),
        _("Đã ghi: khách này đã về trước."),
    )
