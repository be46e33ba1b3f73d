"""Writing houses: applications, decisions on them, their profile, class, closures and notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app import dates
from app.accounts.models import User
from app.accounts.operations import add_membership
from app.audit.operations import record
from app.dates import Period
from app.db import constraint_of, db
from app.registry.models import (
    COMPLETABLE,
    Classification,
    Closure,
    Establishment,
    Note,
    StatusChange,
    Unit,
)
from app.registry.versions import mark_changed
from app.text import fold
from app.web.security import Principal

ALWAYS: Range[date] = Range(None, None)
PROFILE_FIELDS = frozenset(
    {
        "name",
        "name_en",
        "description",
        "description_en",
        "licence_no",
        "licence_on",
        "opened_on",
        "address",
        "lat",
        "lon",
        "phone",
        "email",
        "website",
        "booking_url",
        "amenities",
    }
)
# Decision → (from which statuses it may be taken, the status it leads to).
DECISIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "approve": (("applied", "rejected"), "approved"),
    "reject": (("applied",), "rejected"),
    "suspend": (("approved",), "suspended"),
    "reopen": (("suspended",), "approved"),
}
# These need a reason, which the owner of the house reads.
REASONED = frozenset({"reject", "suspend"})


class WrongStatus(Exception):
    """The decision does not fit the status the house has by now."""


class Changed(Exception):
    """Somebody else changed the record since it was read."""


class ClosureOverlaps(Exception):
    """The house is closed on some of these nights already."""


# --- A house comes into being --------------------------------------------------------------


def new_code() -> str:
    """Return a code no house has: "VT" and at least five digits."""
    while True:
        number = db.session.scalar(
            text("SELECT nextval(pg_get_serial_sequence('establishment', 'id'))")
        )
        code = f"VT{number:05d}"
        taken = db.session.scalar(select(Establishment.id).where(Establishment.code == code))
        if taken is None:
            return code


def apply(
    *,
    name: str,
    kind: str,
    unit: Unit | None,
    owner: User,
    by: Principal,
    stars: int | None = None,
    **profile: Any,
) -> Establishment:
    """Enter a house that awaits its approval; the owner manages it from now on."""
    house = Establishment(code=new_code(), name=name, folded="", status="applied")
    _set_profile(house, {"name": name, **profile})
    db.session.add(house)
    db.session.flush()
    db.session.add(
        Classification(establishment_id=house.id, valid=ALWAYS, kind=kind, stars=stars, unit=unit)
    )
    add_membership(owner, "manager", establishment_id=house.id)
    record("house_applied", by=by, establishment_id=house.id, subject=house.code)
    return house


def folded_name(name: str, name_en: str | None) -> str:
    """The form in which a house's names are sorted and searched."""
    both = [fold(name), fold(name_en or "")]
    return " ".join(dict.fromkeys(filter(None, both)))[:400]


def _set_profile(house: Establishment, values: Mapping[str, Any]) -> None:
    unknown = values.keys() - PROFILE_FIELDS
    if unknown:
        raise TypeError(f"not of the profile: {', '.join(sorted(unknown))}")
    for field, value in values.items():
        setattr(house, field, value)
    house.folded = folded_name(house.name, house.name_en)


# --- Decisions -----------------------------------------------------------------------------


def decide(house: Establishment, decision: str, *, reason: str | None, by: Principal) -> None:
    """Approve, reject, suspend or reopen a house; the row of who, when and why stays.

    Raises :class:`WrongStatus` where the house has meanwhile another status than the decision
    starts from: of two officials at once only one decides.
    """
    before, after = DECISIONS[decision]
    # The row is locked by this statement, so the status it had is the one it was changed from.
    had = db.session.scalar(
        select(Establishment.status)
        .where(Establishment.id == house.id)
        .with_for_update(key_share=True)
    )
    if had not in before:
        raise WrongStatus(had)
    db.session.execute(
        update(Establishment)
        .where(Establishment.id == house.id)
        .values(status=after, status_reason=reason)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(house, ["status", "status_reason"])
    db.session.add(
        StatusChange(
            establishment_id=house.id,
            at=dates.now(),
            before=had,
            after=after,
            reason=reason,
            by_user_id=by.id if by.kind == "user" else None,
        )
    )
    mark_changed(house.id)
    record(f"house_{decision}", by=by, establishment_id=house.id, subject=house.code, before=had)


def approve(house: Establishment, *, by: Principal, reason: str | None = None) -> None:
    decide(house, "approve", reason=reason, by=by)


def reject(house: Establishment, *, by: Principal, reason: str) -> None:
    decide(house, "reject", reason=reason, by=by)


def suspend(house: Establishment, *, by: Principal, reason: str) -> None:
    decide(house, "suspend", reason=reason, by=by)


def reopen(house: Establishment, *, by: Principal, reason: str | None = None) -> None:
    decide(house, "reopen", reason=reason, by=by)


# --- Profile -------------------------------------------------------------------------------


def update_profile(
    house: Establishment, *, version: int | None = None, by: Principal, **values: Any
) -> list[str]:
    """Change fields of the profile and return those that differ now.

    With ``version`` the record must still have it, else :class:`Changed`.
    """
    current = db.session.scalar(
        select(Establishment.record_version)
        .where(Establishment.id == house.id)
        .with_for_update(key_share=True)
    )
    if version is not None and version != current:
        raise Changed
    changed = sorted(field for field, value in values.items() if getattr(house, field) != value)
    if not changed:
        return []
    _set_profile(house, {field: values[field] for field in changed})
    house.record_version = (current or 0) + 1
    house.record_changed_on = dates.today()
    db.session.flush()
    mark_changed(house.id)
    record("house_edited", by=by, establishment_id=house.id, subject=house.code, fields=changed)
    return changed


# --- Class: kind, stars and unit -----------------------------------------------------------


def reclassify(
    house: Establishment,
    *,
    kind: str,
    stars: int | None,
    unit: Unit | None,
    since: date | None,
    by: Principal,
    unrated: bool = False,
) -> None:
    """Let the house be of this kind, stars and unit from ``since`` on, or as if it always had been.

    What was set to begin later is replaced; what was before keeps its own row, so that a
    statistic of last March still reads last March's class. ``unrated`` says that the house has no
    stars, rather than that they are not known.
    """
    _lock(house)
    if stars is not None:
        _declare(house, {*house.not_applicable} - {"stars"})
    elif unrated:
        _declare(house, {*house.not_applicable, "stars"})
    values = {"kind": kind, "stars": stars, "unit_id": unit.id if unit else None}
    last = _cut(house.id, since)
    if last is not None and all(getattr(last, name) == value for name, value in values.items()):
        last.valid = Range(last.valid.lower, None)
    else:
        db.session.add(
            Classification(establishment_id=house.id, valid=Range(since, None), **values)
        )
    db.session.flush()
    db.session.expire(house, ["classifications"])
    mark_changed(house.id)
    record(
        "house_reclassified",
        by=by,
        establishment_id=house.id,
        subject=house.code,
        since=since.isoformat() if since else None,
        kind=kind,
        stars=stars,
        unit=unit.code if unit else None,
    )


def _cut(establishment_id: int, since: date | None) -> Classification | None:
    """End the house's class before ``since`` and return the row that ends there, if any."""
    of_house = Classification.establishment_id == establishment_id
    later = func.lower(Classification.valid) >= since if since else Classification.id.is_not(None)
    db.session.execute(delete(Classification).where(of_house, later))
    if since is None:
        return None
    last = db.session.scalar(
        select(Classification)
        .where(of_house)
        .order_by(func.lower(Classification.valid).desc().nulls_last())
        .limit(1)
    )
    if last is not None:
        upper = last.valid.upper
        last.valid = Range(last.valid.lower, since if upper is None else min(upper, since))
        db.session.flush()
    return last


def complete(
    house: Establishment,
    *,
    by: Principal,
    unit: Unit | None = None,
    stars: int | None = None,
    not_applicable: frozenset[str] = frozenset(),
    **profile: Any,
) -> None:
    """Fill in what a house came without; what is known is not overwritten.

    The unit and the stars count for all the time in which they were unknown: nothing changed about
    the house, it only was not written down.
    """
    _lock(house)
    missing = {"unit_id": unit.id if unit else None, "stars": stars}
    for name, value in missing.items():
        if value is not None:
            column = getattr(Classification, name)
            db.session.execute(
                update(Classification)
                .where(Classification.establishment_id == house.id, column.is_(None))
                .values({name: value})
            )
    known = {field for field in profile if getattr(house, field) is not None}
    _set_profile(house, {f: v for f, v in profile.items() if f not in known and v is not None})
    _declare(house, {*house.not_applicable, *not_applicable})
    house.record_version += 1
    house.record_changed_on = dates.today()
    db.session.flush()
    db.session.expire(house, ["classifications"])
    mark_changed(house.id)
    record("house_completed", by=by, establishment_id=house.id, subject=house.code)


def _declare(house: Establishment, without: set[str]) -> None:
    """Write down what the house truly has not, in a fixed order."""
    house.not_applicable = [name for name in COMPLETABLE if name in without]


# --- Closures and notes --------------------------------------------------------------------


def add_closure(
    house: Establishment, period: Period, *, reason: str | None, by: Principal
) -> Closure:
    """Close the house on the nights of the period; raises :class:`ClosureOverlaps`."""
    closure = Closure(
        establishment_id=house.id, valid=Range(period.start, period.end), reason=reason
    )
    try:
        with db.session.begin_nested():
            db.session.add(closure)
    except IntegrityError as error:
        if constraint_of(error) == "ex_closure_once":
            raise ClosureOverlaps from None
        raise
    mark_changed(house.id)
    record(
        "house_closed",
        by=by,
        establishment_id=house.id,
        subject=house.code,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
    )
    return closure


def remove_closure(closure: Closure, *, by: Principal) -> None:
    """Open the house again on the nights of a closure."""
    house_id, valid = closure.establishment_id, closure.valid
    db.session.delete(closure)
    db.session.flush()
    mark_changed(house_id)
    record("closure_removed", by=by, establishment_id=house_id, start=str(valid.lower))


def add_note(house: Establishment, words: str, *, by: Principal) -> Note:
    """Write a note about a house for the other officials."""
    note = Note(establishment_id=house.id, at=dates.now(), by_user_id=by.id, text=words)
    db.session.add(note)
    db.session.flush()
    return note


def _lock(house: Establishment) -> None:
    """Let one writer of a house's dated rows finish before the next begins."""
    db.session.execute(
        select(Establishment.id).where(Establishment.id == house.id).with_for_update(key_share=True)
    )
