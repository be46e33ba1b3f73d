"""Pages of stays: tonight, the list, checking a party in."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.availability.models import Reservation
from app.availability.reservations import ReservationUsedUp, find_reservation
from app.availability.taking import RoomTaken
from app.dates import ONE_DAY
from app.db import db, new_id
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.registry.units import Units
from app.stays import labels, queries, remembered_rows, residence_names, scanning
from app.stays.check_in import AlreadyCheckedIn, Done, check_in, find_room
from app.stays.checks import read_stay
from app.stays.choices import place_choices
from app.stays.forms import CheckInForm, QuickForm, errors_of, show
from app.stays.inputs import Finding, Findings, Refused, StayInput
from app.stays.models import Stay
from app.stays.queries import UnitsWhenAsked
from app.stays.roll import releases as roll_releases
from app.stays.scanning import Scan
from app.stays.tonight import tonight
from app.stays.words import message
from app.text import tidy
from app.web.filters import day as day_words
from app.web.pages import page
from app.web.security import allow_webassembly, principal, requires

blueprint = Blueprint("stays", __name__)
labels.register(blueprint)

PER_PAGE = 50
STAFF = ("front_desk", "manager")


@blueprint.get("/hotel/<code>/")
@requires(*STAFF)
def house(code: str) -> ResponseReturnValue:
    establishment_or_404(code)
    return redirect(url_for("stays.tonight_page", code=code), 303)


@blueprint.get("/hotel/<code>/tonight")
@requires(*STAFF)
def tonight_page(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    return page(
        "stays/tonight.html",
        fragment="tonight",
        house=house,
        tonight=tonight(house),
        officials=roll_releases.of_house(house, since=roll_releases.NEWS),
    )


# --- The list ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/stays")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    """List stays by room, date and state; never by name."""
    house = establishment_or_404(code)
    state = request.args.get("state")
    number = max(1, min(request.args.get("page", 1, type=int), 1000))
    rows = queries.listed(
        house.id,
        state=state if state in queries.STATES else None,
        day=_asked_day(),
        room=request.args.get("room", "").strip()[:20] or None,
        offset=(number - 1) * PER_PAGE,
        limit=PER_PAGE + 1,
    )
    return page(
        "stays/index.html",
        fragment="stays",
        house=house,
        rows=rows[:PER_PAGE],
        more=len(rows) > PER_PAGE,
        number=number,
        states=queries.STATES,
    )


def _asked_day() -> date | None:
    try:
        return dates.parse_date(request.args.get("date", ""))
    except ValueError:
        return None


# --- Checking in ---------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/stays/new")
@requires(*STAFF)
def new(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    return _check_in_page(house, _empty_form(house))


def _empty_form(house: Establishment) -> CheckInForm:
    now = dates.local(dates.now())
    first = dates.first_night(now)
    form = CheckInForm(formdata=None)
    form.stay_id.data = str(new_id())
    form.arrived_date.data, form.arrived_time.data = str(now.date()), f"{now:%H:%M}"
    form.departure_date.data, form.departure_time.data = str(first + ONE_DAY), "12:00"
    room = request.args.get("room")
    form.place.data = f"room:{room}" if room else None
    reservation = _asked_reservation(house)
    if reservation is not None:
        form.reservation.data = str(reservation.id)
        form.source.data = "reservation"
        form.place.data = form.place.data or f"type:{reservation.room_type_id}"
        form.departure_date.data = str(max(reservation.departure, first + ONE_DAY))
    return form


def _asked_reservation(house: Establishment) -> Reservation | None:
    try:
        return find_reservation(house, uuid.UUID(request.args.get("reservation", "")))
    except ValueError:
        return None


def _check_in_page(
    house: Establishment,
    form: CheckInForm,
    *,
    faults: list[tuple[str | None, str]] | None = None,
    warnings: list[tuple[str | None, str]] | None = None,
    scan: Scan | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    form.place.choices = place_choices(house.id)
    # The reader of the camera's pictures is WebAssembly.
    allow_webassembly()
    return page(
        "stays/new.html",
        fragment="check-in",
        status=status,
        house=house,
        form=form,
        faults=faults or [],
        warnings=warnings or [],
        residences=residence_names.choices(Units.load()),
        scan=scan or Scan(""),
        remembered=remembered_rows.offers(house, form),
        after=_form_key(request.args.get("after")),
        doubts=[scanning.doubts(entry.form) for entry in form.guests],
        now=dates.now(),
    )


@blueprint.post("/hotel/<code>/stays/read")
@requires(*STAFF)
def read(code: str) -> ResponseReturnValue:
    """Begin a check-in with the document that was scanned on the tonight page."""
    house = establishment_or_404(code)
    form = _empty_form(house)
    return _check_in_page(house, form, scan=scanning.take(form, _scanned(), house))


def _scanned() -> str:
    """Return the text of the scan field as it came: its lines mean something."""
    return request.form.get("scan", "")


@blueprint.post("/hotel/<code>/stays")
@requires(*STAFF)
def create(code: str) -> ResponseReturnValue:
    """Check the party in, or show the form again: with faults, or with warnings to confirm."""
    house = establishment_or_404(code)
    form = CheckInForm()
    earlier = _stored_before(house, form)
    if earlier is not None:
        return _answer(house, earlier, again=True)
    if form.rearrange(request.form.get("add"), request.form.get("remove")):
        return _check_in_page(house, form)
    scan = remembered_rows.press(form, request.form, house, by=principal()) or _scan(house, form)
    if scan is not None and not (scan.saves and not request.headers.get("HX-Request")):
        db.session.commit()
        return _check_in_page(house, form, scan=scan)
    if not form.validate_on_submit():
        return _check_in_page(house, form, faults=list(errors_of(form)), status=422)
    given, found = read_stay(form.raw(), now=dates.now(), units=UnitsWhenAsked())
    if given is None:
        return _check_in_page(house, form, faults=show(form, found.errors), status=422)
    unsure = to_confirm([*scanning.to_check(form), *found.warnings])
    if unsure:
        return _check_in_page(house, form, warnings=show(form, unsure), status=422)
    return _stored(house, form, given, found)


def _stored_before(house: Establishment, form: CheckInForm) -> Stay | None:
    """Return what this form has stored already, before anything of it is judged anew."""
    key = _form_key(form.stay_id.data)
    stay = db.session.get(Stay, key) if key else None
    return stay if stay is not None and stay.establishment_id == house.id else None


def _scan(house: Establishment, form: CheckInForm) -> Scan | None:
    """Read what stands in the scan field, None where nothing is to be read."""
    text = _scanned()
    if not text.strip() and "read" not in request.form:
        return None
    return scanning.take(form, text, house)


# These are facts, not slips of the pen: said once, after the check-in.
NEEDS_NO_CONFIRMING = frozenset(
    {"unit_converted", "unit_unknown", "long_stay", "identity_not_kept"}
)


def to_confirm(warnings: list[Finding]) -> list[Finding]:
    """Return what is to be confirmed on the page before it is saved, nothing once it is."""
    if "confirmed" in request.form:
        return []
    return [finding for finding in warnings if finding.code not in NEEDS_NO_CONFIRMING]


def _stored(
    house: Establishment, form: CheckInForm, given: StayInput, found: Findings
) -> ResponseReturnValue:
    try:
        done = check_in(house, given, by=principal(), stay_id=_form_key(form.stay_id.data))
    except AlreadyCheckedIn as earlier:
        return _answer(house, earlier.stay, again=True)
    except Refused as refused:
        db.session.rollback()
        faults = show(form, refused.findings.errors)
        return _check_in_page(house, form, faults=faults, status=422)
    except (RoomTaken, ReservationUsedUp) as conflict:
        db.session.rollback()
        form.refuse("place", conflict_words(conflict))
        return _check_in_page(house, form, faults=list(errors_of(form)), status=409)
    remembered_rows.keep(house, form, given.guests, by=principal())
    db.session.commit()
    said = [w for w in found.warnings if w.code in NEEDS_NO_CONFIRMING]
    tell(done, said)
    return _answer(house, done.stay)


def _form_key(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _answer(house: Establishment, stay: Stay, *, again: bool = False) -> ResponseReturnValue:
    """Lead to the stay, or to the next check-in; a tab that waited for the line gets the address.

    A form that is sent again gets the same answer, and its tab is told that it was stored before.
    """
    shown = url_for("stay.show", code=house.code, stay_id=stay.id)
    goes_on = "then" in request.form or request.form.get("scan", "").strip()
    # The address is another one each time, so that the browser does not restore the last form.
    further = url_for("stays.new", code=house.code, after=stay.id, _anchor="scan")
    url = further if goes_on else shown
    if request.accept_mimetypes.best == "application/json":
        return {"url": url, "stay": shown, "again": again}
    return redirect(url, 303)


def conflict_words(conflict: Exception) -> str:
    """Return what stands in the way, in the reader's words."""
    if isinstance(conflict, RoomTaken):
        nights = ", ".join(day_words(night) for night in conflict.nights[:10])
        return _("Phòng này đã có khách đêm %(nights)s. Chọn phòng khác.", nights=nights)
    return _("Đặt trước này đã nhận đủ phòng hoặc đã đóng. Chọn lại nguồn khách.")


def tell(done: Done, said: list[Finding] | None = None) -> None:
    """Say that the check-in is saved, and what only warns."""
    rooms = {room.number for room in done.nights.values() if room}
    if len(rooms) == 1:
        flash(_("Đã nhận phòng %(room)s.", room=rooms.pop()))
    else:
        flash(_("Đã ghi nhận khách."))
    for finding in [*(said or []), *done.warnings]:
        flash(message(finding), "warning")


# --- Two taps ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/stays/quick")
@requires(*STAFF)
def quick(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    number = tidy(request.args.get("room", ""))
    if not number:
        return redirect(url_for("stays.tonight_page", code=code), 303)
    if find_room(house, number) is None:
        abort(404)
    form = QuickForm(formdata=None)
    form.stay_id.data, form.room.data = str(new_id()), number
    return _quick_page(house, form)


def _quick_page(
    house: Establishment,
    form: QuickForm,
    faults: list[tuple[str | None, str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return page(
        "stays/quick.html",
        fragment="quick",
        status=status,
        house=house,
        form=form,
        faults=faults or [],
        first=dates.today(),
    )


@blueprint.post("/hotel/<code>/stays/quick")
@requires(*STAFF)
def quick_submit(code: str) -> ResponseReturnValue:
    """Note that a room is used, without identity."""
    house = establishment_or_404(code)
    form = QuickForm()
    if not form.validate_on_submit():
        return _quick_page(house, form, list(errors_of(form)), 422)
    # A second of slack: the stay of hours may end in this very minute.
    now = dates.now() - timedelta(seconds=1)
    given, found = read_stay(form.raw(now), now=dates.now(), units=UnitsWhenAsked())
    try:
        if given is None:
            raise Refused(found)
        done = check_in(house, given, by=principal(), stay_id=_form_key(form.stay_id.data))
    except AlreadyCheckedIn:
        return _to_rooms(code)
    except Refused as refused:
        db.session.rollback()
        return _quick_page(house, form, show(form, refused.findings.errors), 422)
    except RoomTaken as conflict:
        db.session.rollback()
        return _quick_page(house, form, [(None, conflict_words(conflict))], 409)
    db.session.commit()
    tell(done)
    return _to_rooms(code)


def _to_rooms(code: str) -> ResponseReturnValue:
    """Lead back to the tiles: on a telephone the next room is tapped without scrolling."""
    return redirect(url_for("stays.tonight_page", code=code, _anchor="rooms"), 303)
