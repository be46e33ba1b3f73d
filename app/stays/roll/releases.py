"""The emergency roll for officials: asked for by one, released by another, read for a limited time.

Officials get counts by room and never a name; the house sees who asked, who released, who opened.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from app import dates
from app.accounts.models import User
from app.audit.operations import record
from app.config import folder
from app.db import db, new_id
from app.registry.models import Classification, Establishment, Unit
from app.registry.queries import HouseFilter, HouseRow, houses
from app.stays.models import Guest, Stay
from app.stays.roll.release_models import REASON_LONGEST, RollOpening, RollRelease
from app.web.security import Principal

ASKED, RELEASED, OPENED = "roll_asked", "roll_released", "roll_opened"
SHOWN = 30
HOUSES_MOST = 1000
SHOWN_TO_HOUSE = timedelta(days=90)
NEWS = timedelta(hours=24)


class OwnRequest(Exception):
    """Whoever asked can't release: it takes two people."""


class NotWaiting(Exception):
    """It was released already, or nobody released it in time."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a released roll is read, and how long a request waits; with its source."""

    open_for: timedelta
    released_within: timedelta
    valid_from: date
    valid_to: date | None
    source: str
    source_vi: str


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the rows of ``seeds/reference/emergency_rules.csv``."""
    path = folder("seeds") / "reference" / "emergency_rules.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Rule(
                open_for=timedelta(minutes=int(row["open_minutes"])),
                released_within=timedelta(minutes=int(row["release_within_minutes"])),
                valid_from=dates.parse_date(row["valid_from"]),
                valid_to=dates.parse_date(row["valid_to"]) if row["valid_to"] else None,
                source=row["source"],
                source_vi=row.get("source_vi") or row["source"],
            )
            for row in csv.DictReader(lines)
        )


def rule_now() -> Rule:
    """Return the rule in force today."""
    day = dates.local(dates.now()).date()
    for rule in rules():
        if rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to):
            return rule
    raise LookupError(f"no rule for the emergency roll on {day}")


def state_of(release: RollRelease, now: datetime) -> str:
    """Return ``waiting``, ``lapsed``, ``open`` or ``closed``."""
    if release.until is not None:
        return "open" if release.until > now else "closed"
    return "waiting" if release.lapses_at > now else "lapsed"


# --- The two steps -------------------------------------------------------------------------


def ask(
    *,
    house_id: int | None = None,
    unit_code: str | None = None,
    cause: str,
    reason: str,
    by: Principal,
) -> RollRelease:
    """Ask for the roll of one house or of one ward; whether the area is theirs the view decides."""
    now = dates.now()
    release = RollRelease(
        id=new_id(),
        establishment_id=house_id,
        unit_code=unit_code,
        cause=cause,
        reason=reason[:REASON_LONGEST],
        requested_at=now,
        requested_by=by.actor,
        lapses_at=now + rule_now().released_within,
    )
    db.session.add(release)
    db.session.flush()
    _note(ASKED, release, by, cause=cause, reason=release.reason, unit=unit_code)
    return release


def release_roll(release: RollRelease, *, by: Principal) -> None:
    """Release it for the time of the rule; raises :class:`OwnRequest`, :class:`NotWaiting`."""
    if release.requested_by == by.actor:
        raise OwnRequest
    now = dates.now()
    until = now + rule_now().open_for
    stored = db.session.scalar(
        update(RollRelease)
        .where(
            RollRelease.id == release.id,
            RollRelease.released_at.is_(None),
            RollRelease.lapses_at > now,
            RollRelease.requested_by != by.actor,
        )
        .values(released_at=now, released_by=by.actor, until=until)
        .returning(RollRelease.id)
    )
    if stored is None:
        raise NotWaiting
    db.session.refresh(release)
    _note(RELEASED, release, by, until=until.isoformat(timespec="seconds"))


def note_opening(release: RollRelease, *, by: Principal, house_id: int | None, people: int) -> None:
    """Write down that a released roll is read; the house sees it."""
    opening = RollOpening(
        release_id=release.id, establishment_id=house_id, at=dates.now(), actor=by.actor
    )
    db.session.add(opening)
    _note(OPENED, release, by, house_id=house_id, people=people)


def _note(
    action: str,
    release: RollRelease,
    by: Principal,
    *,
    house_id: int | None = None,
    **detail: object,
) -> None:
    house_id = house_id or release.establishment_id
    subject = f"roll_release:{release.id}"
    record(action, by=by, establishment_id=house_id, subject=subject, **detail)


# --- What officials see --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A release as pages show it."""

    release: RollRelease
    state: str
    area: str
    house_code: str | None
    asked_by: str
    released_by: str | None


def visible_to(by: Principal) -> Select[RollRelease]:
    """Return the releases in the area of an official."""
    statement = select(RollRelease)
    if by.sees_province:
        return statement
    theirs = (
        select(Classification.establishment_id)
        .join(Unit, Unit.id == Classification.unit_id)
        .where(Unit.code.in_(by.units), Classification.valid.contains(dates.today()))
    )
    mine = or_(RollRelease.unit_code.in_(by.units), RollRelease.establishment_id.in_(theirs))
    return statement.where(mine)


def find(release_id: uuid.UUID, by: Principal) -> RollRelease | None:
    """Return a release in the official's area."""
    return db.session.scalar(visible_to(by).where(RollRelease.id == release_id))


def may_read(release: RollRelease, by: Principal) -> bool:
    """Only the two who are answerable for it read it."""
    return by.actor in (release.requested_by, release.released_by)


def latest(by: Principal) -> list[Shown]:
    """Return the latest releases of the official's area, the newest first."""
    statement = visible_to(by).order_by(RollRelease.requested_at.desc(), RollRelease.id.desc())
    return shown(db.session.scalars(statement.limit(SHOWN)).all())


def shown(releases: Sequence[RollRelease]) -> list[Shown]:
    """Return the releases with the names of their areas and people."""
    now = dates.now()
    ids = {release.establishment_id for release in releases if release.establishment_id}
    statement = select(Establishment.id, Establishment.code, Establishment.name)
    known = {row.id: row for row in db.session.execute(statement.where(Establishment.id.in_(ids)))}
    units = _unit_names({release.unit_code for release in releases if release.unit_code})
    people = _names(
        actor
        for release in releases
        for actor in (release.requested_by, release.released_by)
        if actor
    )
    found = []
    for release in releases:
        house = known.get(release.establishment_id or 0)
        code = release.unit_code or ""
        found.append(
            Shown(
                release,
                state_of(release, now),
                house.name if house else units.get(code, code),
                house.code if house else None,
                people.get(release.requested_by, release.requested_by),
                people.get(release.released_by or "", release.released_by),
            )
        )
    return found


def _unit_names(codes: Collection[str]) -> dict[str, str]:
    statement = select(Unit.code, Unit.name).where(Unit.code.in_(codes), Unit.valid_to.is_(None))
    return {row.code: row.name for row in db.session.execute(statement)}


def _names(actors: Iterable[str]) -> dict[str, str]:
    numbers = {int(actor[5:]) for actor in actors if actor.startswith("user:")}
    statement = select(User.id, User.name).where(User.id.in_(numbers))
    return {f"user:{row.id}": row.name for row in db.session.execute(statement)}


def units_for(by: Principal) -> list[Unit]:
    """Return the wards of today an official may ask for."""
    statement = select(Unit).where(Unit.valid_to.is_(None)).order_by(Unit.folded, Unit.code)
    if not by.sees_province:
        statement = statement.where(Unit.code.in_(by.units))
    return list(db.session.scalars(statement))


@dataclass(frozen=True, slots=True)
class HouseCount:
    """A house of a ward and how many people are in it now."""

    row: HouseRow
    people: int
    may_be_gone: int


def counts_of(unit_code: str) -> list[HouseCount]:
    """Return every house of the ward with its people now, the fullest first."""
    rows = [
        HouseRow(*row)
        for row in db.session.execute(houses(HouseFilter(units=[unit_code])).limit(HOUSES_MOST))
    ]
    now = dates.now()
    gone = Stay.planned_departure <= now
    statement = (
        select(
            Stay.establishment_id,
            func.sum(Guest.persons).label("people"),
            func.coalesce(func.sum(Guest.persons).filter(gone), 0).label("gone"),
        )
        .join(Guest, Guest.stay_id == Stay.id)
        .where(
            Stay.establishment_id.in_([row.house.id for row in rows]),
            Stay.status == "in_house",
            *_is_there(now),
        )
        .group_by(Stay.establishment_id)
    )
    counted = {row.establishment_id: row for row in db.session.execute(statement)}
    found = []
    for row in rows:
        count = counted.get(row.house.id)
        found.append(HouseCount(row, count.people, count.gone) if count else HouseCount(row, 0, 0))
    return sorted(found, key=lambda house: -house.people)


def _is_there(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether a guest of an open stay has come, and has not left before the others."""
    return (
        or_(Guest.arrived_at.is_(None), Guest.arrived_at <= now),
        or_(Guest.departed_at.is_(None), Guest.departed_at > now),
    )


def house_in(release: RollRelease, code: str) -> Establishment | None:
    """Return a house of this code that the release covers."""
    which = HouseFilter(units=[release.unit_code]) if release.unit_code else HouseFilter()
    statement = houses(which).where(Establishment.code == code)
    if release.establishment_id is not None:
        statement = statement.where(Establishment.id == release.establishment_id)
    row = db.session.execute(statement).first()
    return row[0] if row else None


# --- What the house sees -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeenByHouse:
    """A release that covers the house, and when its roll was opened, the latest first."""

    shown: Shown
    openings: list[tuple[datetime, str]]


def of_house(house: Establishment, *, since: timedelta = SHOWN_TO_HOUSE) -> list[SeenByHouse]:
    """Return who asked for the house's roll or that of its ward, the newest first."""
    ward = (
        select(Unit.code)
        .join(Classification, Classification.unit_id == Unit.id)
        .where(
            Classification.establishment_id == house.id,
            Classification.valid.contains(dates.today()),
        )
    )
    releases = db.session.scalars(
        select(RollRelease)
        .where(
            or_(RollRelease.establishment_id == house.id, RollRelease.unit_code.in_(ward)),
            RollRelease.requested_at > dates.now() - since,
        )
        .order_by(RollRelease.requested_at.desc(), RollRelease.id.desc())
        .limit(SHOWN)
    ).all()
    if not releases:
        return []
    mine = or_(RollOpening.establishment_id == house.id, RollOpening.establishment_id.is_(None))
    openings = db.session.scalars(
        select(RollOpening)
        .where(and_(RollOpening.release_id.in_([one.id for one in releases]), mine))
        .order_by(RollOpening.at.desc())
        .limit(500)
    ).all()
    names = _names(opening.actor for opening in openings)
    return [
        SeenByHouse(
            one,
            [
                (opening.at, names.get(opening.actor, opening.actor))
                for opening in openings
                if opening.release_id == one.release.id
            ],
        )
        for one in shown(releases)
    ]
