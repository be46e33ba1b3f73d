"""Erasing guests' identity when its time is over, with a ledger that outlives a restored backup."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Date, String, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app import dates
from app.audit.operations import record
from app.availability.models import Reservation
from app.config import folder
from app.db import Instant, Model, db
from app.stays.models import Guest, Stay
from app.web.security import Principal

WORKER = Principal(kind="system", name="worker")
BATCH = 500
FORGOTTEN = {
    "full_name_sealed": None,
    "date_of_birth_sealed": None,
    "document_number_sealed": None,
    "document_name_sealed": None,
    "phone_sealed": None,
    "address_sealed": None,
    "document_index": None,
    "document_type": None,
    "birth_date_precision": None,
    "residence_unit": None,
    "permitted_until": None,
}
"""What goes; nationality, country of residence, sex and age band stay for the statistics."""


class Erasure(Model):
    """One guest whose identity was erased. It holds ids only, and outlives the guest's row."""

    __tablename__ = "erasure"

    guest_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[Instant]
    reason: Mapped[str] = mapped_column(String(40))


@dataclass(frozen=True, slots=True)
class Rule:
    """How many months after the departure identity is kept, from when on, and who says so."""

    subject: str
    months: int
    valid_from: date
    valid_to: date | None
    mark: str
    source: str


@lru_cache
def rules() -> tuple[Rule, ...]:
    """Return the rows of ``seeds/reference/retention_rules.csv``, oldest first."""
    path = folder("seeds") / "reference" / "retention_rules.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Rule(
                subject=row["subject"],
                months=int(row["months"]),
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                mark=row["mark"],
                source=row["source"],
            )
            for row in csv.DictReader(lines)
        )


def rule_on(day: date, subject: str = "guest_identity") -> Rule | None:
    """Return the rule in force on the day, None where identity is kept without an end."""
    return next(
        (
            rule
            for rule in rules()
            if rule.subject == subject
            and rule.valid_from <= day
            and (rule.valid_to is None or day < rule.valid_to)
        ),
        None,
    )


def tick() -> bool:
    """Erase a batch of guests who left long enough ago; return whether more are waiting."""
    today = dates.today()
    rule = rule_on(today)
    if rule is None:
        return False
    # An overdue stay counts as departed as planned, so its time runs as well.
    left_before = literal(today, Date) - func.make_interval(0, rule.months)
    guests = db.session.scalars(
        select(Guest.id)
        .join(Stay)
        .where(
            Guest.identity_erased_at.is_(None),
            Guest.full_name_sealed.is_not(None),
            Stay.last_night_end < left_before,
        )
        .order_by(Guest.id)
        .limit(BATCH)
        .with_for_update(of=Guest, skip_locked=True)
    ).all()
    if guests:
        erase(guests, reason="retention", by=WORKER)
    db.session.commit()
    return len(guests) == BATCH


def erase(guests: Collection[uuid.UUID], *, reason: str, by: Principal) -> int:
    """Erase the identity of these guests and enter them in the ledger; returns how many had one.

    A stay's note and its reservation's label go with the last of its guests. Does not commit.
    """
    now = dates.now()
    erased = db.session.scalars(
        update(Guest)
        .where(Guest.id.in_(guests), Guest.identity_erased_at.is_(None))
        .values(identity_erased_at=now, **FORGOTTEN)
        .returning(Guest.id)
        .execution_options(synchronize_session=False)
    ).all()
    if erased:
        enter((guest, now, reason) for guest in erased)
        _forget_words(erased)
        record("erase", by=by, guests=len(erased), reason=reason)
    return len(erased)


def enter(rows: Iterable[tuple[uuid.UUID, datetime, str]]) -> None:
    """Enter erasures in the ledger; one that is there already stays as it is."""
    entries = [{"guest_id": guest, "erased_at": at, "reason": reason} for guest, at, reason in rows]
    for start in range(0, len(entries), BATCH):
        db.session.execute(
            insert(Erasure).values(entries[start : start + BATCH]).on_conflict_do_nothing()
        )


def replay(rows: list[tuple[uuid.UUID, datetime, str]], *, by: Principal) -> int:
    """Erase anew whom a restored backup brought back; returns how many. Does not commit."""
    enter(rows)
    known = [guest for guest, _, _ in rows]
    return sum(
        erase(known[start : start + BATCH], reason="replayed", by=by)
        for start in range(0, len(known), BATCH)
    )


def _forget_words(guests: Collection[uuid.UUID]) -> None:
    """Free words about a party may name somebody of it."""
    other = aliased(Guest)
    ended = select(Guest.stay_id).where(
        Guest.id.in_(guests),
        ~exists().where(other.stay_id == Guest.stay_id, other.identity_erased_at.is_(None)),
    )
    stays = db.session.execute(
        update(Stay)
        .where(Stay.id.in_(ended))
        .values(
            note_sealed=None,
            cancel_reason_sealed=None,
            reason_detail_sealed=None,
            needs_help=False,
        )
        .returning(Stay.reservation_id)
        .execution_options(synchronize_session=False)
    ).scalars()
    db.session.execute(
        update(Reservation)
        .where(Reservation.id.in_([reservation for reservation in stays if reservation]))
        .values(label_sealed=None)
        .execution_options(synchronize_session=False)
    )
