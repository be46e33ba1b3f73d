"""Who has not reported, for the officials who call them; and what was said, agreed and sent.

The list is one of work, not of blame: it stands in the order of wards and names or of what is next
to be done, never of lateness, and a house that reports leaves it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.audit.operations import record
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Establishment
from app.registry.operations import add_note
from app.statistics import words
from app.statistics.quality.facts import now
from app.statistics.queries import Filters
from app.statistics.worklist.models import HouseReminder, WorklistEntry
from app.text import fold
from app.web import mail
from app.web.filters import day as day_words
from app.web.links import base_url
from app.web.security import Principal

DAYS_BACK = 31
STREAK = 3
WHO = ("yesterday", "today", "streak", "any")
ORDERS = ("ward", "next")
MOST_AT_ONCE = 100
# As long as a reminder stands on the desk of a house that still has days to report.
SHOWN_FOR = 3

_MOBILE = re.compile(r"0(?:3|5|7|8|9)[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Work:
    """A house that has days to report, and how far an official is with it."""

    house_id: int
    code: str
    name: str
    phone: str | None
    email: str | None
    unit_code: str | None
    unit: str
    today: bool
    yesterday: bool
    missing: int
    streak: int
    last_missing: date | None
    state: str = "to_call"
    promised_until: date | None = None
    touched_at: datetime | None = None
    reminded_on: date | None = None

    @property
    def telephone(self) -> str | None:
        """The digits to dial."""
        return telephone(self.phone)

    @property
    def zalo(self) -> str | None:
        """The number Zalo knows, which mobile numbers alone have."""
        digits = self.telephone or ""
        return digits if _MOBILE.fullmatch(digits) else None

    @property
    def is_reminded(self) -> bool:
        return self.reminded_on == dates.today()

    @property
    def is_due_again(self) -> bool:
        """Whether the day has come until which the house promised."""
        return self.promised_until is not None and self.promised_until <= dates.today()


def telephone(phone: str | None) -> str | None:
    """Return the number as it is dialled within the country: digits alone, beginning with 0."""
    first = re.split(r"[/,;]", phone or "")[0]
    digits = re.sub(r"[^0-9+]", "", first)
    digits = re.sub(r"^(?:\+84|0084|84(?=[0-9]{9}$))", "0", digits).lstrip("+")
    return digits if 8 <= len(digits) <= 12 else None


# --- Reading -------------------------------------------------------------------------------

_LIST = """{now},
owed AS MATERIALIZED (
    SELECT f.establishment_id, f.night, f.told = 1 AS reporting, f.unit_code
    FROM quality_now f WHERE f.owed = 1 AND {condition}
),
worked AS MATERIALIZED (
    SELECT establishment_id, (array_agg(unit_code ORDER BY night DESC))[1] AS unit_code,
           coalesce(bool_or(reporting) FILTER (WHERE night = :today), false) AS today,
           coalesce(bool_or(reporting) FILTER (WHERE night = :yesterday), false) AS yesterday,
           count(*) FILTER (WHERE NOT reporting AND night < :today) AS missing,
           max(night) FILTER (WHERE NOT reporting AND night < :today) AS last_missing,
           CAST(:yesterday AS date) - coalesce(
               max(night) FILTER (WHERE reporting AND night < :today),
               min(night) - 1) AS streak
    FROM owed GROUP BY 1
)
SELECT w.*, e.code, e.name, e.phone, e.email, t.state, t.promised_until, t.at AS touched_at,
       (SELECT max(day) FROM house_reminder r WHERE r.establishment_id = e.id) AS reminded_on
FROM worked w JOIN establishment e ON e.id = w.establishment_id
LEFT JOIN worklist_entry t ON t.establishment_id = w.establishment_id
WHERE e.status = 'approved' AND (w.missing > 0 OR NOT w.today)
"""


def worklist(
    filters: Filters, *, who: str = "yesterday", state: str = "", order: str = "ward"
) -> list[Work]:
    """Return the houses that have not reported today, yesterday, for days, or any day lately."""
    today = dates.today()
    condition, values = filters.condition()
    period = Period(today - (DAYS_BACK - 1) * ONE_DAY, today + ONE_DAY)
    start, more = now(period, filters.house_id)
    values |= more | {"yesterday": today - ONE_DAY}
    found = db.session.execute(text(_LIST.format(now=start, condition=condition)), values).all()
    names = words.names_of("unit", {row.unit_code for row in found if row.unit_code})
    works = [_work(row, names) for row in found]
    works = [work for work in works if _is_asked(work, who) and state in ("", work.state)]
    return sorted(works, key=_by_ward if order == "ward" else _by_next)


def _work(row: object, names: dict[str, str]) -> Work:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    values["house_id"] = values.pop("establishment_id")
    values["unit"] = names.get(values["unit_code"] or "", "")
    values["streak"] = max(values["streak"], 0)
    said = values["state"] or "to_call"
    missed, touched = values["last_missing"], values["touched_at"]
    # Solved holds until another day is missed.
    if said == "solved" and missed and touched and dates.hotel_day(touched) <= missed:
        said = "to_call"
    return Work(**{**values, "state": said})


def _is_asked(work: Work, who: str) -> bool:
    if who == "today":
        return not work.today
    if who == "yesterday":
        return not work.yesterday and work.streak > 0
    return work.streak >= STREAK if who == "streak" else work.missing > 0


def _by_ward(work: Work) -> tuple[str, str, str]:
    return fold(work.unit), fold(work.name), work.code


def _by_next(work: Work) -> tuple[int, date, str, str, str]:
    steps = {"to_call": 1, "called": 2, "promised": 3, "solved": 4}
    step = 0 if work.is_due_again else steps[work.state]
    return step, work.promised_until or date.max, *_by_ward(work)


def reminder_on_desk(house_id: int) -> HouseReminder | None:
    """Return the latest reminder of a house, as long as its desk shows it."""
    since = dates.today() - (SHOWN_FOR - 1) * ONE_DAY
    return db.session.scalar(
        select(HouseReminder)
        .where(HouseReminder.establishment_id == house_id, HouseReminder.day >= since)
        .order_by(HouseReminder.day.desc())
        .limit(1)
    )


def reminders(house_id: int, *, limit: int = 20) -> Sequence[HouseReminder]:
    statement = select(HouseReminder).where(HouseReminder.establishment_id == house_id)
    return db.session.scalars(statement.order_by(HouseReminder.day.desc()).limit(limit)).all()


# --- Writing -------------------------------------------------------------------------------


def note_call(
    house: Establishment, *, state: str, promised_until: date | None, words: str, by: Principal
) -> None:
    """Write down how far one is with a house, and what was said, dated and by whom."""
    values = {
        "state": state,
        "promised_until": promised_until if state == "promised" else None,
        "at": dates.now(),
        "by_user_id": by.id,
    }
    db.session.execute(
        insert(WorklistEntry)
        .values(establishment_id=house.id, **values)
        .on_conflict_do_update(index_elements=["establishment_id"], set_=values)
    )
    if words:
        add_note(house, words, by=by)
    record(
        "house_called",
        by=by,
        establishment_id=house.id,
        subject=house.code,
        state=state,
        promised_until=promised_until.isoformat() if promised_until else None,
    )


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many houses a click reminded: at their desk, of these by mail, and none a second time."""

    houses: int = 0
    by_mail: int = 0
    already: int = 0


def remind(works: Collection[Work], *, by: Principal) -> Reminded:
    """Remind houses of their missing days at their desk and by mail, at most once a day each."""
    houses = by_mail = 0
    sends = mail.can_send()
    for work in works:
        to = work.email if sends else None
        added = db.session.execute(
            insert(HouseReminder)
            .values(
                establishment_id=work.house_id,
                day=dates.today(),
                at=dates.now(),
                by=by.actor,
                missing=work.missing,
                by_mail=to is not None,
            )
            .on_conflict_do_nothing()
            .returning(HouseReminder.day)
        )
        if added.first() is None:
            continue
        houses += 1
        if to is not None:
            by_mail += _write(to, work)
        record(
            "house_reminded",
            by=by,
            establishment_id=work.house_id,
            subject=work.code,
            missing=work.missing,
            by_mail=to is not None,
        )
    return Reminded(houses, by_mail, len(works) - houses)


def _write(to: str, work: Work) -> int:
    base = base_url(current_app.extensions["config"])
    url = f"{base}/hotel/{work.code}/days"
    lines = [
        _("Kính gửi %(name)s,", name=work.name),
        "",
        _("Sổ lưu trú chưa có báo cáo của %(n)s ngày gần đây.", n=work.missing)
        if work.missing
        else _("Sổ lưu trú chưa có báo cáo của hôm nay."),
    ]
    if work.last_missing:
        lines.append(_("Ngày gần nhất: %(day)s.", day=day_words(work.last_missing, year=True)))
    lines += [
        _("Ngày đóng cửa hoặc không có khách chỉ cần bấm một lần:"),
        url,
        "",
        _("Nếu đã báo rồi, xin bỏ qua thư này."),
    ]
    subject = _("Nhắc chốt ngày: %(name)s", name=" ".join(work.name.split()))
    try:
        mail.queue(to, subject, "\n".join(lines))
    except ValueError:
        # An address of several lines, from an old list: the desk's notice has to do.
        return 0
    return 1
