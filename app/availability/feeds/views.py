"""Pages of the calendars a house has fetched from booking sites, and of where they disagree."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app import dates
from app.availability import queries
from app.availability.feeds import conflicts, operations, wire
from app.availability.feeds.models import VacancyFeed
from app.availability.labels import room_type_name
from app.dates import Period
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment, Room, RoomType
from app.web import outside
from app.web.forms import Form, WholeField
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("feeds", __name__)
blueprint.add_app_template_global(conflicts.notice, "feeds_notice")

STAFF = ("front_desk", "manager")

# Why a calendar was not believed; what was believed last stays in force.
FAILURES: dict[str, Any] = {
    "address": _l("Địa chỉ không dùng được: chỉ nhận http và https, cổng thường."),
    "not_public": _l("Địa chỉ không nằm trên internet công cộng."),
    "redirects": _l("Trang đặt phòng chuyển hướng quá nhiều lần."),
    "unreachable": _l("Không kết nối được với trang đặt phòng."),
    "timeout": _l("Trang đặt phòng trả lời quá chậm."),
    "refused": _l("Trang đặt phòng từ chối."),
    "gone": _l("Trang đặt phòng không còn lịch ở địa chỉ này."),
    "too_large": _l("Lịch quá lớn."),
    "truncated": _l("Lịch bị cắt giữa chừng."),
    "not_calendar": _l("Nội dung không phải là lịch."),
    "event": _l("Có một mục trong lịch không đọc được."),
    "repeats": _l("Lịch có mục lặp lại theo quy tắc không đọc được."),
    "held": _l("Lịch bỗng mất phần lớn các đêm. Các đêm cũ vẫn giữ, chờ xác nhận."),
}


class FeedForm(Form):
    """A calendar's address and the rooms it stands for."""

    name = StringField(
        _l("Trang đặt phòng"),
        validators=[InputRequired(_l("Hãy ghi tên, ví dụ Airbnb.")), Length(max=60)],
    )
    url = StringField(
        _l("Địa chỉ lịch (iCal)"),
        validators=[
            InputRequired(_l("Hãy dán địa chỉ lịch.")),
            Length(max=outside.LONGEST_ADDRESS),
        ],
    )
    place = SelectField(_l("Lịch này là của"))
    rooms = WholeField(
        _l("Số phòng bán chung một lịch"), validators=[Optional(), NumberRange(1, 500)]
    )

    def __init__(self, types: list[RoomType], rooms: list[Room], *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.place.choices = [
            *(SelectChoice(f"type-{one.id}", room_type_name(one)) for one in types),
            *(
                SelectChoice(f"room-{one.id}", _("Phòng %(room)s", room=one.number))
                for one in rooms
            ),
        ]


@blueprint.get("/hotel/<code>/feeds")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    """The calendars, how their last fetches went, and the form to add one."""
    house = establishment_or_404(code)
    return _index(house, _form(house, formdata=None))


def _form(house: Establishment, **words: Any) -> FeedForm:
    return FeedForm(list(house.room_types), queries.rooms(house.id), **words)


def _index(house: Establishment, form: FeedForm, status: int = 200) -> ResponseReturnValue:
    mine = conflicts.feeds_of(house)
    return page(
        "availability/feeds.html",
        status=status,
        house=house,
        form=form,
        feeds=mine,
        blocked=conflicts.blocked_counts(mine),
        conflicts=conflicts.conflicts(house),
        failures=FAILURES,
    )


@blueprint.post("/hotel/<code>/feeds")
@requires("manager")
def add(code: str) -> ResponseReturnValue:
    """Add a calendar; the worker fetches it at once."""
    house = establishment_or_404(code, to="manage")
    form = _form(house)
    form.validate_on_submit()
    url = _address(form) if not form.url.errors else ""
    place = _place(house, form) if not form.place.errors else None
    if form.errors or place is None:
        return _index(house, form, 422)
    room_type, room = place
    data = operations.FeedData(form.name.data or "", url, room_type, room, form.rooms.data or 1)
    try:
        operations.add_feed(house, data, by=principal())
    except operations.TooManyFeeds:
        form.refuse("url", _("Mỗi cơ sở nhiều nhất %(n)s lịch.", n=operations.MOST_FEEDS))
        return _index(house, form, 409)
    db.session.commit()
    flash(_("Đã thêm lịch. Vài phút nữa các đêm đã bán sẽ hiện ra."))
    return redirect(url_for(".index", code=code), 303)


def _address(form: FeedForm) -> str:
    """Return the address, with what calendar programs write for https; a fault is told."""
    url = form.url.data or ""
    scheme, colon, rest = url.partition(":")
    url = f"https:{rest}" if colon and scheme.lower() == "webcal" else url
    try:
        wire.checked(url)
    except wire.NotFetched as refused:
        form.refuse("url", str(FAILURES[refused.why]))
    return url


def _place(house: Establishment, form: FeedForm) -> tuple[RoomType, Room | None] | None:
    kind, _dash, number = (form.place.data or "").partition("-")
    types = {one.id: one for one in house.room_types}
    if kind == "type":
        return types[int(number)], None
    room = db.session.get_one(Room, int(number))
    room_type = types.get(operations.type_tonight(room) or 0)
    if room_type is None:
        form.refuse("place", _("Tối nay phòng này không thuộc loại nào."))
        return None
    return room_type, room


# --- One feed ------------------------------------------------------------------------------


def _feed(house: Establishment, feed_id: uuid.UUID) -> VacancyFeed:
    feed = db.session.get(VacancyFeed, feed_id)
    if feed is None or feed.establishment_id != house.id:
        abort(404)
    return feed


@blueprint.post("/hotel/<code>/feeds/<uuid:feed_id>/remove")
@requires("manager")
def remove(code: str, feed_id: uuid.UUID) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    operations.remove_feed(_feed(house, feed_id), by=principal())
    db.session.commit()
    flash(_("Đã bỏ lịch. Các đêm lịch này giữ đã mở lại."))
    return redirect(url_for(".index", code=code), 303)


@blueprint.post("/hotel/<code>/feeds/<uuid:feed_id>/fetch")
@requires(*STAFF)
def fetch(code: str, feed_id: uuid.UUID) -> ResponseReturnValue:
    """Have a calendar fetched soon."""
    house = establishment_or_404(code)
    asked = operations.ask_again(_feed(house, feed_id))
    db.session.commit()
    flash(_("Đang đọc lại lịch.") if asked else _("Lịch vừa được đọc. Hãy đợi một phút."))
    return redirect(url_for(".index", code=code), 303)


@blueprint.post("/hotel/<code>/feeds/<uuid:feed_id>/believe")
@requires("manager")
def believe(code: str, feed_id: uuid.UUID) -> ResponseReturnValue:
    """Say that a calendar that lost most of its nights is right."""
    house = establishment_or_404(code, to="manage")
    operations.believe(_feed(house, feed_id), by=principal())
    db.session.commit()
    flash(_("Lần đọc tới sẽ theo lịch mới."))
    return redirect(url_for(".index", code=code), 303)


@blueprint.post("/hotel/<code>/feeds/<uuid:feed_id>/decide")
@requires(*STAFF)
def decide(code: str, feed_id: uuid.UUID) -> ResponseReturnValue:
    """Say of some nights whether the calendar's rooms are counted already."""
    house = establishment_or_404(code)
    feed = _feed(house, feed_id)
    decision = request.form.get("decision", "")
    period = _period()
    if decision not in ("same", "other") or period is None:
        abort(404)
    operations.decide(house, feed, period, decision)
    db.session.commit()
    flash(_("Đã ghi."))
    return redirect(url_for(".index", code=code), 303)


def _period() -> Period | None:
    try:
        start, end = (dates.parse_date(request.form.get(name, "")) for name in ("from", "to"))
        period = Period(start, end)
    except ValueError:
        return None
    return period if len(period) <= conflicts.MOST_NIGHTS else None
