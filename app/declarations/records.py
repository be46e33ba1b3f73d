"""What the portal is told of one guest, and why it would refuse it; pure.

A record holds identity: it is made when a file is asked for, and lives no longer than the request.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app import dates
from app.declarations import catalogues
from app.identity import keyring
from app.stays.countries import is_foreign
from app.stays.models import Guest, Stay

NUMBERS = {
    "citizen_id": r"[0-9]{12}",
    "identity_card": r"[0-9]{12}",
    "personal_number_notice": r"[0-9]{12}",
    "old_id": r"[0-9]{9}|[0-9]{12}",
    "driving_licence": r"[A-Z0-9]{1,20}",
    "health_insurance": r"[A-Z0-9]{1,20}",
    "passport": r"[A-Z0-9]{1,10}",
}
OTHER_NUMBER = r".{1,20}"
LONG_STAY = 30


@dataclass(frozen=True, slots=True)
class Record:
    """One guest as the portal sees them; local times of Vietnam."""

    guest_id: uuid.UUID
    foreign: bool
    full_name: str
    born: date | None
    birth_precision: str
    sex: str
    nationality: str
    document_type: str
    document_number: str
    document_name: str
    phone: str
    residence_kind: str
    unit: str
    address: str
    arrived_at: datetime
    departs_at: datetime
    departed_at: datetime | None
    room: str
    reason: str
    reason_detail: str
    note: str
    permitted_until: date | None

    @property
    def birth_mark(self) -> str:
        """D where the day is known, Y where only the year is (then born is 1 January)."""
        return "Y" if self.birth_precision == "year" else "D"

    def content_index(self, establishment_id: int) -> bytes:
        """Return a keyed hash of what makes a declaration another one; rooms may change freely."""
        parts = (
            self.full_name.casefold(),
            self.born,
            self.birth_mark,
            self.sex,
            self.nationality,
            self.document_type,
            self.document_number,
            self.arrived_at.date(),
            self.permitted_until if self.foreign else None,
        )
        text = hashlib.sha256("|".join(str(part or "") for part in parts).encode()).hexdigest()
        return keyring().blind_index(text, establishment_id=establishment_id)


def record_of(guest: Guest, stay: Stay, room: str | None) -> Record:
    """Return the guest as a record, identity decrypted; raises ``SealBroken``."""
    born = guest.date_of_birth
    departed = guest.departed_at or stay.departed_at
    departs = departed or stay.planned_departure
    return Record(
        guest_id=guest.id,
        foreign=is_foreign(guest.nationality),
        full_name=guest.full_name or "",
        born=dates.parse_date(born) if born else None,
        birth_precision=guest.birth_date_precision or "day",
        sex=guest.sex or "",
        nationality=guest.nationality,
        document_type=guest.document_type or "",
        document_number=guest.document_number or "",
        document_name=guest.document_name or "",
        phone=guest.phone or "",
        residence_kind=guest.residence_kind or "",
        unit=guest.residence_unit or "",
        address=guest.address or "",
        arrived_at=dates.local(guest.arrived_at or stay.arrived_at),
        departs_at=dates.local(departs),
        departed_at=dates.local(departed) if departed else None,
        room=room or "",
        reason=stay.reason,
        reason_detail=stay.reason_detail or "",
        note=stay.note or "",
        permitted_until=guest.permitted_until,
    )


# --- What keeps a record off the portal ----------------------------------------------------


def is_exportable(arrived_at: datetime, now: datetime) -> bool:
    """Whether the portal still takes the arrival: it knows today and yesterday only (D8)."""
    day, today = dates.local(arrived_at).date(), dates.local(now).date()
    return today - timedelta(days=1) <= day <= today


def faults(record: Record, now: datetime) -> list[str]:
    """Return codes of what the portal would refuse; empty where it should take the record."""
    found = [*_missing(record), *_wrong(record, now)]
    if not is_exportable(record.arrived_at, now):
        found.insert(0, "too_late")
    return list(dict.fromkeys(found))


def _missing(record: Record) -> list[str]:
    needed = {
        "full_name": record.full_name,
        "date_of_birth": record.born,
        "sex": record.sex,
        "document_number": record.document_number,
        "document_type": record.document_type,
        "room": record.room,
    }
    if record.foreign:
        needed["permitted_until"] = record.permitted_until
    if record.document_type == "other":
        needed["document_name"] = record.document_name
    if record.reason == "other":
        needed["reason_detail"] = record.reason_detail
    return [name for name, value in needed.items() if not value]


def _wrong(record: Record, now: datetime) -> list[str]:
    found = []
    if not catalogues.portal_code("nationalities", record.nationality):
        found.append("nationality_unknown")
    pattern = NUMBERS.get(record.document_type, OTHER_NUMBER)
    if record.foreign:
        pattern = NUMBERS["passport"]
    if record.document_number and not re.fullmatch(pattern, record.document_number):
        found.append("document_format")
    today = dates.local(now).date()
    if record.foreign and record.permitted_until and record.permitted_until < today:
        found.append("permission_expired")
    return found


def stays_long(arrived_at: datetime, departs_at: datetime) -> bool:
    """Whether it is no notification of a stay any more but a registration of residence (D10)."""
    return (dates.local(departs_at).date() - dates.local(arrived_at).date()).days >= LONG_STAY
