"""Reading who must be declared, who was, and what the portal said of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import contains_eager

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.declarations import catalogues, records, timeliness
from app.declarations.models import Filing, FilingEntry
from app.declarations.records import Record, record_of
from app.identity import SealBroken
from app.registry.models import TEST, Establishment
from app.registry.queries import class_today
from app.stays import deadlines
from app.stays.countries import is_foreign
from app.stays.deadlines import Due
from app.stays.filing import portal_takes_since
from app.stays.models import Guest, Stay
from app.stays.queries import rows_of

UNSENT = ("draft", "ready")
PROBLEMS = ("too_late", "missing", "differing", "corrected")
STATES = (*UNSENT, "sent", "confirmed", *PROBLEMS, "cancelled", "elsewhere")
# What a list can be narrowed to beside single states.
GROUPS = {"unsent": UNSENT, "problem": PROBLEMS}
FILTERS = (*GROUPS, "late", *STATES)
# A guest whom the portal no longer takes is named for a week, as on the tonight page.
NAMED_FOR = timedelta(days=7)
READ_OUT = "declarations:read_out"
READ_OUT_FOR = timedelta(minutes=10)

log = structlog.get_logger()


@dataclass(slots=True)
class Declaration:
    """One guest with their state, limit and what is still wrong; ``record`` holds identity."""

    guest: Guest
    stay: Stay
    state: str
    now: datetime
    room: str | None = None
    record: Record | None = None
    faults: list[str] = field(default_factory=list)
    entry: FilingEntry | None = None

    @property
    def foreign(self) -> bool:
        return is_foreign(self.guest.nationality)

    @property
    def arrived_at(self) -> datetime:
        return self.guest.arrived_at or self.stay.arrived_at

    @property
    def due(self) -> Due | None:
        """The limit with its rule: by the electronic way, which a house has to use."""
        if self.guest.due_at is None:
            return None
        return deadlines.due(self.arrived_at, "foreign" if self.foreign else "domestic")

    @property
    def is_late(self) -> bool:
        """Whether it was sent too late, or is not sent and the limit has passed."""
        if self.guest.due_at is None or self.state in ("cancelled", "elsewhere"):
            return False
        filed_at = self.guest.first_sent_at
        return timeliness.is_late(self.guest.due_at, self.arrived_at, filed_at or self.now)

    @property
    def can_be_filed(self) -> bool:
        return not self.faults and self.state not in ("cancelled", "elsewhere", "confirmed")

    @property
    def stays_long(self) -> bool:
        return records.stays_long(self.arrived_at, self.stay.planned_departure)

    @property
    def departure_moved(self) -> str | None:
        """Whether the portal must be told of another departure: GH (later), TS (earlier)."""
        if self.entry is None or self.state not in ("sent", "confirmed", "corrected"):
            return None
        left = self.guest.departed_at or self.stay.departed_at
        departs = dates.local(left or self.stay.planned_departure).date()
        if departs == self.entry.departure:
            return None
        return "GH" if departs > self.entry.departure else "TS"


# --- Lists ---------------------------------------------------------------------------------


def listed(
    establishment_id: int,
    *,
    state: str | None = None,
    after: tuple[datetime, uuid.UUID] | None = None,
    offset: int = 0,
    limit: int = 50,
    newest: bool = True,
) -> list[Declaration]:
    """Return guests that are or were to be declared, with all that is wrong with each."""
    statement = _owed(establishment_id).where(_is(state)) if state else _owed(establishment_id)
    arrived = _arrived()
    if after is not None:
        statement = statement.where(tuple_(arrived, Guest.id) < tuple_(*after))
    order = (arrived.desc(), Guest.id.desc()) if newest else (Guest.due_at, arrived, Guest.id)
    return _described(statement.order_by(*order).offset(offset).limit(limit))


def of_guests(establishment_id: int, ids: Collection[uuid.UUID]) -> list[Declaration]:
    """Return the house's guests of these ids, in the order of their limits."""
    statement = _owed(establishment_id).where(Guest.id.in_(ids))
    return _described(statement.order_by(Guest.due_at, _arrived(), Guest.id))


def sendable(establishment_id: int, *, limit: int = 2000) -> list[Declaration]:
    """Return everything unsent that the portal still takes, and what must be sent again."""
    again = Guest.filing_state.in_(("missing", "corrected"))
    statement = _owed(establishment_id).where(
        or_(_is("unsent"), and_(again, _arrived() >= portal_takes_since(dates.now())))
    )
    return _described(statement.order_by(Guest.due_at, _arrived(), Guest.id).limit(limit))


def touched_since_check_in(establishment_id: int, *, limit: int = 500) -> list[Declaration]:
    """Return guests already sent whose stay was changed at all, the latest first."""
    statement = _owed(establishment_id).where(
        Guest.filing_state.in_(("sent", "confirmed")), Stay.record_version > 1
    )
    return _described(statement.order_by(_arrived().desc(), Guest.id).limit(limit))


def with_moved_departure(establishment_id: int) -> list[Declaration]:
    """Return guests of the last month whose departure is another one than the portal knows (D9)."""
    since = dates.now() - timedelta(days=31)
    return [
        declaration
        for declaration in touched_since_check_in(establishment_id)
        if declaration.departure_moved and declaration.arrived_at >= since
    ]


def counts(establishment_id: int) -> dict[str, int]:
    """Return how many guests of the last month are in each state."""
    state = _state()
    rows = db.session.execute(
        _owed(establishment_id)
        .where(_arrived() >= dates.now() - timedelta(days=31))
        .with_only_columns(state.label("state"), func.count().label("n"))
        .group_by(state)
    )
    found = {row.state: row.n for row in rows}
    return {**found, **{name: sum(found.get(s, 0) for s in of) for name, of in GROUPS.items()}}


def inspected(establishment_id: int, *, days: int = 7) -> list[tuple[Any, ...]]:
    """Return what timeliness asks of the guests who arrived in the last days (D11)."""
    rows = db.session.execute(
        _owed(establishment_id)
        .where(_arrived() >= dates.now() - timedelta(days=days), Stay.status != "cancelled")
        .with_only_columns(
            func.coalesce(Guest.document_index, func.uuid_send(Guest.id)),
            Guest.due_at,
            _arrived(),
            Guest.first_sent_at,
            Guest.filing_state,
        )
    )
    return [tuple(row) for row in rows]


def _owed(establishment_id: int) -> Select[Any]:
    return (
        select(Guest)
        .join(Stay, Stay.id == Guest.stay_id)
        .where(
            Stay.establishment_id == establishment_id,
            Stay.origin == "live",
            Stay.filed_elsewhere.is_(False),
            Guest.due_at.is_not(None),
            Guest.identity_erased_at.is_(None),
        )
    )


def _arrived() -> ColumnElement[datetime]:
    return func.coalesce(Guest.arrived_at, Stay.arrived_at)


def _state() -> ColumnElement[str]:
    """Return the state as it is now: what is unsent may have become too late by itself."""
    unsent = Guest.first_sent_at.is_(None)
    return case(
        (Stay.status == "cancelled", "cancelled"),
        (and_(unsent, _arrived() < portal_takes_since(dates.now())), "too_late"),
        else_=Guest.filing_state,
    )


def _is(state: str) -> ColumnElement[bool]:
    if state == "late":
        unsent = and_(Guest.first_sent_at.is_(None), Guest.due_at <= dates.now())
        return and_(unsent, _state().in_(UNSENT))
    found = _state().in_(GROUPS.get(state, (state,)))
    if state == "problem":
        # What the portal refused long ago is history, not work.
        return and_(found, _arrived() >= portal_takes_since(dates.now()) - NAMED_FOR)
    return found


def _described(statement: Select[Any]) -> list[Declaration]:
    guests = db.session.scalars(statement.options(contains_eager(Guest.stay))).all()
    stays = {guest.stay.id: guest.stay for guest in guests}
    rooms = {row.stay.id: row.room for row in rows_of(list(stays.values()))}
    entries = last_entries([guest.id for guest in guests])
    now = dates.now()
    return [_describe(guest, rooms.get(guest.stay_id), entries, now) for guest in guests]


def _describe(
    guest: Guest, room: str | None, entries: dict[uuid.UUID, FilingEntry], now: datetime
) -> Declaration:
    stay = guest.stay
    found = Declaration(guest, stay, state_of(guest, stay, now), now, room)
    found.entry = entries.get(guest.id)
    try:
        found.record = record_of(guest, stay, room)
        found.faults = records.faults(found.record, now)
    except SealBroken:
        log.error("seal broken", guest=str(guest.id))
        found.faults = ["unreadable"]
    return found


def state_of(guest: Guest, stay: Stay, now: datetime) -> str:
    """Return the state of a guest as ``_state`` does in SQL."""
    if stay.filed_elsewhere:
        return "elsewhere"
    if stay.status == "cancelled":
        return "cancelled"
    arrived = guest.arrived_at or stay.arrived_at
    if guest.first_sent_at is None and arrived < portal_takes_since(now):
        return "too_late"
    return guest.filing_state


# --- Filings -------------------------------------------------------------------------------


def last_entries(guest_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, FilingEntry]:
    """Return the latest entry of each guest in a filing that was sent."""
    entries = db.session.scalars(
        select(FilingEntry)
        .join(FilingEntry.filing)
        .where(FilingEntry.guest_id.in_(guest_ids), Filing.sent_at.is_not(None))
        .order_by(Filing.sent_at, Filing.id)
        .options(contains_eager(FilingEntry.filing))
    )
    return {entry.guest_id: entry for entry in entries if entry.guest_id}


def filings(establishment_id: int, *, limit: int = 20) -> Sequence[Filing]:
    """Return the house's latest filings, sent or only made."""
    return db.session.scalars(
        select(Filing)
        .where(Filing.establishment_id == establishment_id)
        .order_by(Filing.created_at.desc(), Filing.id.desc())
        .limit(limit)
    ).all()


def filing(establishment_id: int, filing_id: uuid.UUID) -> Filing | None:
    found = db.session.get(Filing, filing_id)
    return found if found and found.establishment_id == establishment_id else None


def filing_of_receipt(code: str) -> Filing | None:
    """Return the filing of a receipt, however its code was typed; none of a test twin."""
    plain = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    return db.session.scalar(
        select(Filing)
        .join(Establishment, Establishment.id == Filing.establishment_id)
        .where(Filing.receipt_code == plain, Establishment.status != TEST)
    )


def arrived_count(filing: Filing) -> int:
    """Return how many guests of the filing were found in the portal's own list."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(FilingEntry)
            .where(FilingEntry.filing_id == filing.id, FilingEntry.outcome == "arrived")
        )
        or 0
    )


def tier(establishment_id: int, today: date) -> tuple[int, catalogues.Fine | None]:
    """Return how many guests of the last week are late or missing, and the tier of the fine."""
    late = timeliness.breaches(inspected(establishment_id), dates.now())
    return late, catalogues.fine_for(late, today)


# --- Telling the police --------------------------------------------------------------------


def contact(house: Establishment) -> catalogues.Contact | None:
    """Return the commune police of the house's unit today."""
    classification = class_today(house)
    unit = classification.unit if classification else None
    return catalogues.contact_of(unit.code) if unit else None


def is_read_out_open(establishment_id: int, actor: str) -> bool:
    """Whether this person opened the sheet with whole names in the last minutes."""
    statement = select(AuditEvent.id).where(
        AuditEvent.action == "export",
        AuditEvent.actor == actor,
        AuditEvent.establishment_id == establishment_id,
        AuditEvent.subject == READ_OUT,
        AuditEvent.at > dates.now() - READ_OUT_FOR,
    )
    return db.session.scalar(statement.limit(1)) is not None


def to_read_out(establishment_id: int) -> list[Declaration]:
    """Return who is unsent, and who can be told to the police only."""
    late = listed(establishment_id, state="too_late", newest=False)
    recent = [d for d in late if d.arrived_at >= dates.now() - NAMED_FOR - timedelta(days=2)]
    return [d for d in (*recent, *sendable(establishment_id)) if d.record is not None]


def arrived_between(establishment_id: int, first: date, last: date) -> list[Declaration]:
    """Return the guests who arrived on these days, the last one included."""
    statement = _owed(establishment_id).where(
        _arrived() >= dates.at(first, 0), _arrived() < dates.at(last + timedelta(days=1), 0)
    )
    return _described(statement.order_by(_arrived(), Guest.id).limit(5000))
