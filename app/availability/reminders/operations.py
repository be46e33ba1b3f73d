"""The evening reminder: who is due, the mail with its one-tap link, and what the link may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.accounts.models import Membership, User
from app.audit.operations import record
from app.availability import operations, queries
from app.availability.freshness import cutoffs
from app.availability.reminders.models import USUAL_HOUR, VacancyReminder
from app.db import db
from app.registry.models import Establishment, RoomAssignment, RoomType
from app.web import mail
from app.web.links import base_url
from app.web.security import Principal

MOST_A_TURN = 100
MOST_PEOPLE = 5
# Who confirms by the link of a mail: nobody in particular, only for this house and day.
BY_LINK = Principal(kind="reminder_link", name="reminder link")
HOUSE_SHOWN = "approved"


class Tonight(NamedTuple):
    """A room type and what it is taken to have vacant tonight."""

    room_type: RoomType
    vacant: int | None


# --- Who is due --------------------------------------------------------------------------------


def stale_types(house: Establishment, now: datetime | None = None) -> list[Tonight]:
    """Return the types whose vacancy tonight has not been confirmed for a day, with that vacancy.

    Types that were never confirmed are left out: a single tap may not make up what nobody said.
    """
    since = cutoffs(0, now or dates.now()).ageing
    tonight = dates.Period.of(dates.today(), 1)
    found = queries.nights(tonight, establishment_id=house.id)
    return [
        Tonight(room_type, state.vacant)
        for state in found
        for room_type in house.room_types
        if room_type.id == state.room_type_id
        and state.total
        and room_type.confirmed_at is not None
        and room_type.confirmed_at < since
    ]


def due_houses(now: datetime) -> Sequence[Establishment]:
    """Return the houses whose hour has come, who have not been reminded today and need it."""
    today, hour = dates.hotel_day(now), dates.local(now).hour
    if dates.local(now).date() != today:
        # After midnight it is too late for this evening.
        return []
    wanted = func.coalesce(VacancyReminder.hour, USUAL_HOUR)
    said = VacancyReminder.establishment_id == Establishment.id
    has_rooms = exists().where(
        RoomAssignment.room_type_id == RoomType.id, RoomAssignment.valid.contains(today)
    )
    stale = exists().where(
        RoomType.establishment_id == Establishment.id,
        RoomType.confirmed_at < cutoffs(0, now).ageing,
        has_rooms,
    )
    is_on = or_(VacancyReminder.establishment_id.is_(None), VacancyReminder.hour.is_not(None))
    not_yet = or_(VacancyReminder.sent_on.is_(None), VacancyReminder.sent_on < today)
    return db.session.scalars(
        select(Establishment)
        .outerjoin(VacancyReminder, said)
        .where(Establishment.status == HOUSE_SHOWN, is_on, not_yet, wanted <= hour, stale)
        .order_by(Establishment.id)
        .limit(MOST_A_TURN)
    ).all()


# --- Sending -----------------------------------------------------------------------------------


def tick() -> bool:
    """Remind some of the houses that are due; returns whether there were any. Commits.

    The mark of the day and the mails are one transaction, so nobody is reminded twice.
    """
    if not mail.can_send():
        return False
    houses = due_houses(dates.now())
    for house in houses:
        if _mark(house.id, dates.today()):
            _remind(house)
        db.session.commit()
    return len(houses) == MOST_A_TURN


def _mark(establishment_id: int, day: date) -> bool:
    """Note that the house is reminded on this day; False where another worker just did."""
    statement = insert(VacancyReminder).values(establishment_id=establishment_id, sent_on=day)
    marked = db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["establishment_id"],
            set_={"sent_on": day},
            where=and_(
                VacancyReminder.hour.is_not(None),
                or_(VacancyReminder.sent_on.is_(None), VacancyReminder.sent_on < day),
            ),
        ).returning(VacancyReminder.establishment_id)
    )
    return marked.first() is not None


def _remind(house: Establishment) -> None:
    base = base_url(current_app.extensions["config"])
    day = dates.today()
    types = stale_types(house)
    for address, language in _addresses(house):
        query = "?lang=en" if language == "en" else ""
        confirm = f"{base}/still-right/{token_of(house.id, day)}{query}"
        off = f"{base}/no-reminder/{off_token_of(house.id)}{query}"
        with force_locale(language):
            mail.queue(
                address,
                _("%(house)s: số phòng trống tối nay còn đúng không?", house=house.name),
                _text(types, confirm, off),
                unsubscribe_url=off,
            )


def _addresses(house: Establishment) -> list[tuple[str, str]]:
    """Return the managers' addresses and languages, else the house's own address."""
    people = db.session.execute(
        select(User.login, User.locale)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.establishment_id == house.id,
            Membership.role == "manager",
            User.is_active,
            User.login.contains("@"),
        )
        .order_by(User.id)
        .limit(MOST_PEOPLE)
    )
    found = [(row.login, "en" if row.locale == "en" else "vi") for row in people]
    return found or ([(house.email, "vi")] if house.email else [])


def _text(types: Sequence[Tonight], confirm: str, off: str) -> str:
    lines = [
        _("Từ hôm qua đến giờ chưa ai xác nhận số phòng trống. Số cũ bị xếp cuối, rồi bị ẩn."),
        "",
        *(f"- {line_of(one)}" for one in types),
        "",
        _("Vẫn đúng? Một lần chạm là xong, không cần đăng nhập:"),
        confirm,
        "",
        _("Không đúng nữa? Sửa ở lịch phòng của cơ sở."),
        "-- ",
        _("Không nhắc buổi chiều nữa: %(url)s", url=off),
    ]
    return "\n".join(lines) + "\n"


def line_of(one: Tonight) -> str:
    """Return «Phòng đôi: còn 3 phòng tối nay»."""
    if one.vacant is None:
        return _("%(type)s: chưa rõ tối nay còn mấy phòng", type=one.room_type.name)
    return _("%(type)s: tối nay còn %(rooms)s phòng", type=one.room_type.name, rooms=one.vacant)


# --- The links ---------------------------------------------------------------------------------


def token_of(establishment_id: int, day: date) -> str:
    """Return what lets its holder confirm this house on this hotel day, and nothing else."""
    return _serializer("still-right").dumps([establishment_id, day.toordinal()])


def house_of(token: str) -> Establishment | None:
    """Return the house of a link made today; None for another day's or a bent one."""
    try:
        establishment_id, ordinal = _serializer("still-right").loads(token)
    except (BadData, ValueError, TypeError):
        return None
    if ordinal != dates.today().toordinal():
        return None
    found = db.session.get(Establishment, establishment_id)
    return found if found is not None and found.status == HOUSE_SHOWN else None


def off_token_of(establishment_id: int) -> str:
    """Return what lets its holder end the reminders of this house; it does not run out."""
    return _serializer("no-reminder").dumps(establishment_id)


def house_to_leave(token: str) -> Establishment | None:
    try:
        establishment_id = _serializer("no-reminder").loads(token)
    except BadData:
        return None
    return db.session.get(Establishment, establishment_id)


def _serializer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=salt)


def confirm(house: Establishment) -> int:
    """Say "still right" of what is stale; returns how many types. Does not commit."""
    types = [one.room_type.id for one in stale_types(house)]
    if types:
        operations.confirm(house, types)
        record("still_right_by_link", by=BY_LINK, establishment_id=house.id, types=len(types))
    return len(types)


# --- The setting -------------------------------------------------------------------------------


def hour_of(house: Establishment) -> int | None:
    """Return the hour the house wants to be reminded at; None for never."""
    kept = db.session.get(VacancyReminder, house.id)
    return USUAL_HOUR if kept is None else kept.hour


def set_hour(house: Establishment, hour: int | None, *, by: Principal) -> None:
    """Set the hour, or with None end the reminders. Does not commit."""
    statement = insert(VacancyReminder).values(establishment_id=house.id, hour=hour)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["establishment_id"], set_={"hour": hour})
    )
    db.session.expire_all()
    record("reminder_set", by=by, establishment_id=house.id, hour=hour)
