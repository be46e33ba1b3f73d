"""Pages of groups: the lists of a house, one list, its rooms, its check-in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice

from app import dates
from app.availability.reservations import expected, find_reservation
from app.db import db
from app.identity import mask
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays.forms import errors_of
from app.stays.groups import operations as groups
from app.stays.groups import words as group_words
from app.stays.groups.checking_in import Outcome, check_in_group
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.groups.forms import GroupForm, RowForm
from app.stays.groups.prefill import links_of
from app.stays.groups.review import Review, Row, review
from app.stays.labels import type_name
from app.stays.queries import room_types_of
from app.stays.revealing import shown
from app.stays.views import STAFF
from app.web.pages import page
from app.web.security import allow_webassembly, principal, requires

blueprint = Blueprint("group", __name__)
blueprint.add_app_template_filter(group_words.sentences, "row_sentences")
blueprint.add_app_template_filter(mask, "masked_number")

PER_PAGE = 50
ROWS = "group-rows"


@blueprint.get("/hotel/<code>/groups")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    number = max(1, min(request.args.get("page", 1, type=int), 1000))
    lists = groups.listed(house, offset=(number - 1) * PER_PAGE, limit=PER_PAGE + 1)
    return page(
        "stays/groups.html",
        house=house,
        lists=lists[:PER_PAGE],
        more=len(lists) > PER_PAGE,
        number=number,
    )


@blueprint.post("/hotel/<code>/groups")
@requires(*STAFF)
def create(code: str) -> ResponseReturnValue:
    """Open a new list, or the one of a reservation."""
    house = establishment_or_404(code)
    reservation = None
    if request.form.get("reservation"):
        reservation = find_reservation(house, _id_or_404(request.form["reservation"]))
        if reservation is None:
            abort(404)
    group = groups.open_group(house, by=principal(), now=dates.now(), reservation=reservation)
    db.session.commit()
    return to_group(house, group)


def _id_or_404(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)


def to_group(house: Establishment, group: GuestGroup, **values: Any) -> ResponseReturnValue:
    return redirect(url_for("group.show", code=house.code, group_id=group.id, **values), 303)


def group_or_404(code: str, group_id: uuid.UUID) -> tuple[Establishment, GuestGroup]:
    """Return a list and its house; another house's is a 404 like none at all."""
    house = establishment_or_404(code)
    group = groups.find_group(house, group_id)
    if group is None:
        abort(404)
    return house, group


# --- One list ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/groups/<uuid:group_id>")
@requires(*STAFF)
def show(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    house, group = group_or_404(code, group_id)
    return group_page(house, group, edit=request.args.get("edit"))


def group_page(
    house: Establishment,
    group: GuestGroup,
    *,
    form: GroupForm | None = None,
    row_form: RowForm | None = None,
    edit: str | None = None,
    text: str = "",
    text_fault: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    """Render the list; ``edit`` is the id of the row that is being mended."""
    found = review(group, dates.now())
    edited = next((row for row in found.rows if row.is_open and str(row.draft.id) == edit), None)
    if edited is not None and row_form is None:
        row_form = row_form_of(edited)
    if row_form is not None:
        row_form.room.choices = room_choices(found)
    form = form or GroupForm.of(group)
    form.reservation.choices = _reservation_choices(house, group)
    # The reader of the camera's pictures is WebAssembly.
    allow_webassembly()
    return page(
        "stays/group.html",
        fragment=ROWS,
        status=status,
        house=house,
        group=group,
        found=found,
        form=form,
        faults=list(errors_of(form)) if status != 200 else [],
        edited=edited,
        row_form=row_form,
        rooms=room_choices(found),
        room_types=[(t.id, type_name(t)) for t in room_types_of(house.id)],
        links=links_of(group),
        states=group_words.STATES,
        names={row.draft.id: _name(row) for row in found.rows},
        text=text,
        text_fault=text_fault,
        now=dates.now(),
        today=dates.local(dates.now()).date(),
    )


def _reservation_choices(house: Establishment, group: GuestGroup) -> list[SelectChoice]:
    """Return the reservations that arrive now, and the list's own."""
    known = {reservation.id: reservation for reservation in expected(house)}
    if group.reservation is not None:
        known[group.reservation.id] = group.reservation
    choices = [
        SelectChoice(str(r.id), f"{r.reference} · {r.rooms} × {type_name(r.room_type)}")
        for r in known.values()
    ]
    return [SelectChoice(value="", label=_("Không có")), *choices]


def _name(row: Row) -> str:
    if row.guest is not None:
        return shown(row.guest)["full_name"] or ""
    return row.fields.get("full_name") or ""


def row_form_of(row: Row) -> RowForm:
    """Return the form of a row with what is known, and its faults at their fields."""
    known = {name: text for name, text in row.fields.items() if name in group_words.FIELDS}
    form = RowForm(formdata=None, data={"guest": known, "room": row.draft.room or ""})
    if not known.get("nationality") and known.get("document_number"):
        # Nobody is taken for a Vietnamese citizen because a field was left as it stood.
        form.guest.form.nationality.choices.insert(0, SelectChoice(value="", label=_("Chưa chọn")))
        form.guest.form.nationality.data = ""
    show_faults(form, row)
    return form


def show_faults(form: RowForm, row: Row) -> None:
    """Write what blocks at the fields; what is merely still to be filled in shows in the list."""
    for finding in row.found:
        name = group_words.field_of(finding)
        field = form.room if name == "room" else form.guest.form._fields.get(name)
        if field is not None and finding.blocks:
            field.errors = [*field.errors, group_words.words_of(finding)]


def room_choices(found: Review) -> list[SelectChoice]:
    """Return the rooms of the group's nights by type; those of others are left out."""
    choices = [SelectChoice(value="", label=_("Chưa chọn"))]
    inside: dict[str, int] = {}
    for row in found.rows:
        if row.draft.room:
            inside[row.draft.room] = inside.get(row.draft.room, 0) + 1
    for number, place in found.places.items():
        if place.can_be_had:
            label = f"{number} ({inside.get(number, 0)}/{place.room_type.capacity})"
            choices.append(SelectChoice(number, label, optgroup=type_name(place.room_type)))
    return choices


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>")
@requires(*STAFF)
def save(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    """Save what is common and the rooms of the rows."""
    house, group = group_or_404(code, group_id)
    group = groups.locked(group)
    form = _written(house, group)
    if form.errors:
        db.session.rollback()
        return group_page(house, group, form=form, status=422)
    _save_rooms(group)
    group.record_version += 1
    db.session.commit()
    flash(_("Đã lưu danh sách."))
    return to_group(house, group)


def _written(house: Establishment, group: GuestGroup, *, arriving: bool = False) -> GroupForm:
    """Write the common fields into a locked list and return their form, with what is wrong."""
    form = GroupForm()
    form.validate_on_submit()
    if form.write(group, dates.now(), arriving=arriving) and "reservation" in request.form:
        try:
            if not groups.choose_reservation(house, group, form.reservation.data):
                form.refuse("reservation", _("Không tìm thấy."))
        except groups.ReservationHasList:
            form.refuse("reservation", _("Đặt trước này đã có danh sách khác."))
    return form


def _save_rooms(group: GuestGroup) -> None:
    rooms: dict[uuid.UUID, str | None] = {}
    for name, value in list(request.form.items())[:500]:
        if name.startswith("room-"):
            try:
                rooms[uuid.UUID(name.removeprefix("room-"))] = value.strip()[:20] or None
            except ValueError:
                continue
    groups.set_rooms(group, rooms)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/rooms")
@requires(*STAFF)
def rooms(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    """Give one row or several their rooms, as soon as they are chosen."""
    house, group = group_or_404(code, group_id)
    _save_rooms(groups.locked(group))
    db.session.commit()
    return group_page(house, group) if _is_htmx() else to_group(house, group)


def _is_htmx() -> bool:
    return bool(request.headers.get("HX-Request"))


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/allot")
@requires(*STAFF)
def allot(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    """Put the rows without a room into free rooms."""
    house, group = group_or_404(code, group_id)
    group = groups.locked(group)
    form = _written(house, group)
    if form.errors:
        db.session.rollback()
        return group_page(house, group, form=form, status=422)
    _save_rooms(group)
    left = groups.allot_rooms(
        review(group, dates.now()), type_id=request.form.get("type", type=int)
    )
    db.session.commit()
    if left:
        words = ngettext("%(num)s khách chưa có phòng", "%(num)s khách chưa có phòng", left)
        flash(_("Hết phòng trống hợp loại: %(words)s.", words=words), "warning")
    else:
        flash(_("Đã chia phòng."))
    return to_group(house, group)


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/check-in")
@requires(*STAFF)
def check_in(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    """Check in every row that is right, exactly once; the others stay and are named."""
    house, group = group_or_404(code, group_id)
    group = groups.locked(group)
    form = _written(house, group, arriving=True)
    if form.errors:
        db.session.rollback()
        return group_page(house, group, form=form, status=422)
    _save_rooms(group)
    try:
        key = uuid.UUID(form.key.data or "")
    except ValueError:
        key = uuid.uuid4()
    outcome = check_in_group(
        house,
        group,
        by=principal(),
        now=dates.now(),
        key=key,
        confirmed=bool(form.confirmed.data),
    )
    db.session.commit()
    _tell(outcome)
    return to_group(house, group)


def _tell(outcome: Outcome) -> None:
    if outcome.guests:
        people = ngettext("%(num)s khách", "%(num)s khách", outcome.guests)
        into = ngettext("%(num)s phòng", "%(num)s phòng", len(outcome.rooms))
        flash(_("Đã nhận %(people)s vào %(rooms)s.", people=people, rooms=into))
    if outcome.not_had:
        flash(
            _(
                "Chưa nhận được phòng %(rooms)s: phòng hoặc khách vừa được ghi ở nơi khác.",
                rooms=", ".join(outcome.not_had),
            ),
            "warning",
        )
    if outcome.left:
        flash(_("Còn là bản nháp: dòng %(rows)s.", rows=numbers(outcome.left)), "warning")
    elif not outcome.guests:
        flash(_("Danh sách này đã được nhận hết."))


def numbers(found: Sequence[int]) -> str:
    """Return up to twenty numbers of rows as one text."""
    return ", ".join(map(str, found[:20])) + ("…" if len(found) > 20 else "")


@blueprint.post("/hotel/<code>/groups/<uuid:group_id>/delete")
@requires(*STAFF)
def delete(code: str, group_id: uuid.UUID) -> ResponseReturnValue:
    house, group = group_or_404(code, group_id)
    groups.delete_group(group, by=principal())
    db.session.commit()
    flash(_("Đã xoá danh sách và các bản nháp của nó."))
    return redirect(url_for(".index", code=house.code), 303)


def draft_or_404(group: GuestGroup, draft_id: uuid.UUID) -> GuestDraft:
    draft = groups.find_draft(group, draft_id)
    if draft is None:
        abort(404)
    return draft
