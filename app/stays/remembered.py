"""Guests who agreed that one house remembers them: sealed, found by document in that house."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import dates
from app.audit.operations import record
from app.db import Code, Instant, Model, UuidKey, db, new_id
from app.identity import Sealed, keyring
from app.registry.models import Establishment
from app.stays.inputs import GuestInput
from app.stays.models import DOCUMENT_TYPES
from app.web.security import Principal

# A consent that nobody has used for so long has served its purpose.
KEPT_FOR = timedelta(days=365)
SYSTEM = Principal(kind="system", name="worker")


class RememberedGuest(Model):
    """What a guest agreed to leave with one house for the next visit; at most one row a document.

    ``agreed_at`` is when the consent was last given, ``seen_at`` when the guest was last here.
    """

    __tablename__ = "remembered_guest"
    __table_args__ = (
        CheckConstraint("sex IN ('M', 'F')", name="sex"),
        CheckConstraint(f"document_type IN {DOCUMENT_TYPES}", name="document_type"),
        CheckConstraint("birth_date_precision IN ('day', 'year')", name="birth_date_precision"),
        CheckConstraint("residence_kind IN ('permanent', 'temporary', 'other')", name="residence"),
        UniqueConstraint("establishment_id", "document_index", name="uq_remembered_guest_document"),
        Index("ix_remembered_guest_seen_at", "seen_at"),
    )

    id: Mapped[UuidKey]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    document_index: Mapped[bytes]
    full_name_sealed: Mapped[bytes | None]
    date_of_birth_sealed: Mapped[bytes | None]
    document_number_sealed: Mapped[bytes | None]
    document_name_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    birth_date_precision: Mapped[Code | None]
    sex: Mapped[Code | None]
    nationality: Mapped[Code]
    document_type: Mapped[Code | None]
    residence_kind: Mapped[Code | None]
    residence_unit: Mapped[str | None] = mapped_column(String(60))
    agreed_at: Mapped[Instant]
    agreed_with: Mapped[str | None] = mapped_column(String(60))
    seen_at: Mapped[Instant]

    full_name = Sealed()
    date_of_birth = Sealed()
    document_number = Sealed()
    document_name = Sealed()
    phone = Sealed()
    address = Sealed()

    @property
    def agreed_on(self) -> date:
        return dates.local(self.agreed_at).date()


SEALED = ("full_name", "document_number", "document_name", "phone", "address")
COPIED = (
    "birth_date_precision",
    "sex",
    "nationality",
    "document_type",
    "residence_kind",
    "residence_unit",
)


def _index(house: Establishment, number: str) -> bytes:
    return keyring().blind_index(number, establishment_id=house.id)


def known(house: Establishment, numbers: Iterable[str]) -> dict[str, RememberedGuest]:
    """Return by document number the guests whom this house, and no other, remembers."""
    wanted = {_index(house, number): number for number in numbers if number}
    if not wanted:
        return {}
    rows = db.session.scalars(
        select(RememberedGuest).where(
            RememberedGuest.establishment_id == house.id,
            RememberedGuest.document_index.in_(list(wanted)),
            RememberedGuest.seen_at > dates.now() - KEPT_FOR,
        )
    )
    return {wanted[row.document_index]: row for row in rows}


def remember(house: Establishment, guest: GuestInput, *, by: Principal) -> RememberedGuest | None:
    """Keep what the guest agreed to, anew if the house knows the document; None without one."""
    if not guest.document_number or not guest.full_name:
        return None
    row = _row(house, guest.document_number)
    for name in SEALED:
        setattr(row, name, getattr(guest, name))
    row.date_of_birth = guest.date_of_birth.isoformat() if guest.date_of_birth else None
    for name in COPIED:
        setattr(row, name, getattr(guest, name))
    row.agreed_at = row.seen_at = dates.now()
    row.agreed_with = by.actor
    db.session.flush()
    record("guest_remembered", by=by, establishment_id=house.id, subject=f"remembered:{row.id}")
    return row


def _row(house: Establishment, number: str) -> RememberedGuest:
    """Return the document's row, made if need be; two at once get the same one."""
    index, now = _index(house, number), dates.now()
    statement = insert(RememberedGuest).values(
        id=new_id(),
        establishment_id=house.id,
        document_index=index,
        nationality="VNM",
        agreed_at=now,
        seen_at=now,
    )
    db.session.execute(statement.on_conflict_do_nothing(constraint="uq_remembered_guest_document"))
    return db.session.scalars(
        select(RememberedGuest)
        .where(
            RememberedGuest.establishment_id == house.id,
            RememberedGuest.document_index == index,
        )
        .with_for_update()
    ).one()


def seen(house: Establishment, guests: Iterable[GuestInput]) -> None:
    """Note that guests whom the house remembers are here again, which prolongs the memory."""
    numbers = [guest.document_number for guest in guests if guest.document_number]
    for row in known(house, numbers).values():
        row.seen_at = dates.now()


def note_use(house: Establishment, row: RememberedGuest, *, by: Principal) -> None:
    """Write down that somebody let the memory fill a form: it is a reading of identity."""
    record("guest_recalled", by=by, establishment_id=house.id, subject=f"remembered:{row.id}")


def forget(house: Establishment, number: str, *, by: Principal) -> bool:
    """Delete on request what the house remembers under this document; False if it is nothing."""
    row = db.session.scalar(
        select(RememberedGuest).where(
            RememberedGuest.establishment_id == house.id,
            RememberedGuest.document_index == _index(house, number),
        )
    )
    if row is None:
        return False
    _delete(row, by, "request")
    return True


def _delete(row: RememberedGuest, by: Principal, why: str) -> None:
    row_id: uuid.UUID = row.id
    house_id = row.establishment_id
    db.session.delete(row)
    db.session.flush()
    record(
        "guest_forgotten",
        by=by,
        establishment_id=house_id,
        subject=f"remembered:{row_id}",
        reason=why,
    )


def forget_old(*, limit: int = 200) -> bool:
    """Delete up to ``limit`` memories that nobody used within the time kept; whether more wait."""
    rows = db.session.scalars(
        select(RememberedGuest)
        .where(RememberedGuest.seen_at <= dates.now() - KEPT_FOR)
        .order_by(RememberedGuest.seen_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        _delete(row, SYSTEM, "retention")
    db.session.commit()
    return len(rows) == limit
