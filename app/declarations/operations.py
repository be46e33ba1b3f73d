"""Making a file, marking guests as sent, and keeping the stored states true."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from app import dates
from app.audit.operations import record
from app.db import db, new_id
from app.declarations import messages, queries, workbooks
from app.declarations.models import FILE_FORMATS, MANUAL_FORMATS, Filing, FilingEntry
from app.declarations.queries import Declaration
from app.registry.models import Establishment
from app.stays.filing import portal_takes_since
from app.stays.models import Guest, Stay
from app.web.security import Principal

WRITERS = {
    "domestic_xlsx": workbooks.domestic,
    "foreign_xml": messages.foreign_xml,
    "foreign_xlsx": workbooks.foreign,
    "asm_xlsx": workbooks.asm,
    "api_json": messages.api_json,
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MIME_TYPES = {"foreign_xml": "application/xml", "api_json": "application/json"}
NAMES = {
    "domestic_xlsx": "tblt_vn_import",
    "foreign_xml": "KBTT",
    "foreign_xlsx": "KBTT",
    "asm_xlsx": "ASM",
    "api_json": "KBTT",
}
# Letters and digits that cannot be mistaken for one another when read out.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
MOST = 2000
# A file made today is what was handed in; an older one was made for another evening.
FILE_WAITS = timedelta(hours=24)


class Unfit(Exception):
    """Some guests cannot go into this file: ``faults`` names for each why."""

    def __init__(self, faults: dict[uuid.UUID, list[str]]) -> None:
        super().__init__("unfit")
        self.faults = faults


# A file of a test twin has exactly the form of a real one: its name says what it is.
TEST_MARK = "THU_KHONG_GUI_"


class NothingToDeclare(Exception):
    """No guest is left for this file; ``left_out`` says how many could not go in."""

    def __init__(self, left_out: int = 0) -> None:
        super().__init__("nothing to declare")
        self.left_out = left_out


@dataclass(frozen=True, slots=True)
class File:
    """A file for the portal; ``left_out`` are guests that could not go into it."""

    name: str
    mime_type: str
    content: bytes
    filing: Filing
    left_out: int


def make_file(
    house: Establishment,
    format: str,
    *,
    by: Principal,
    kind: str | None = None,
    guest_ids: Collection[uuid.UUID] | None = None,
) -> File:
    """Make the file of everything unsent, or of the guests chosen, and note that it was made.

    Raises ``Unfit`` for a guest chosen that the file cannot hold, ``NothingToDeclare`` where no
    guest is left.
    """
    if guest_ids is None:
        asked = [d for d in queries.sendable(house.id) if _takes(format, kind, d)]
    else:
        asked = queries.of_guests(house.id, guest_ids)
        _refuse_unfit(asked, guest_ids, format, kind)
    chosen = [declaration for declaration in asked if declaration.can_be_filed][:MOST]
    if not chosen:
        raise NothingToDeclare(len(asked))
    # The portal's errors count by place, and the array of the API has domestic guests first.
    chosen.sort(key=lambda declaration: declaration.foreign)
    content = WRITERS[format]([d.record for d in chosen if d.record])
    filing = _filed(house, format, chosen, by)
    record(
        "export",
        by=by,
        establishment_id=house.id,
        subject=f"filing:{filing.id}",
        format=format,
        guests=len(chosen),
    )
    stamp = dates.local(dates.now()).strftime("%Y%m%d_%H%M")
    ending = {"foreign_xml": "xml", "api_json": "json"}.get(format, "xlsx")
    name = f"{TEST_MARK if house.is_test else ''}{NAMES[format]}_{stamp}.{ending}"
    return File(name, MIME_TYPES.get(format, XLSX), content, filing, len(asked) - len(chosen))


def _takes(format: str, kind: str | None, declaration: Declaration) -> bool:
    """Whether a format is meant for this guest."""
    wanted = kind or {"domestic_xlsx": "domestic"}.get(format)
    if format.startswith("foreign"):
        wanted = "foreign"
    return wanted is None or declaration.foreign == (wanted == "foreign")


def _refuse_unfit(
    found: Sequence[Declaration], asked: Collection[uuid.UUID], format: str, kind: str | None
) -> None:
    faults = {guest_id: ["not_found"] for guest_id in asked}
    for declaration in found:
        why = list(declaration.faults)
        if not _takes(format, kind, declaration):
            why.append("other_kind")
        if declaration.state in ("cancelled", "elsewhere", "confirmed"):
            why.append(declaration.state)
        faults[declaration.guest.id] = why
    faults = {guest_id: why for guest_id, why in faults.items() if why}
    if faults:
        raise Unfit(faults)


def _filed(
    house: Establishment, format: str, chosen: Sequence[Declaration], by: Principal
) -> Filing:
    filing = Filing(
        id=new_id(),
        establishment_id=house.id,
        format=format,
        guests=len(chosen),
        created_at=dates.now(),
        created_by=by.actor,
    )
    for position, declaration in enumerate(chosen, 1):
        filing.entries.append(_entry(declaration, position))
    db.session.add(filing)
    db.session.flush()
    return filing


def _entry(declaration: Declaration, position: int) -> FilingEntry:
    made = declaration.record
    if made is None:
        raise ValueError("a record that cannot be read is not filed")
    return FilingEntry(
        id=new_id(),
        guest_id=declaration.guest.id,
        position=position,
        content_index=made.content_index(declaration.stay.establishment_id),
        departure=made.departs_at.date(),
    )


# --- Marking as sent -----------------------------------------------------------------------


def mark_sent(
    house: Establishment,
    *,
    by: Principal,
    format: str = "by_hand",
    guest_ids: Collection[uuid.UUID] | None = None,
) -> Filing:
    """Note that guests were sent just now: everything unsent that is complete, or those chosen.

    The first time of sending is kept for good; ``police`` (told in person or by telephone) also
    takes guests whom the portal takes no more. The state is only "sent" until the portal's own
    list shows the guest. Raises ``Unfit`` and ``NothingToDeclare``.
    """
    if format not in (*FILE_FORMATS, *MANUAL_FORMATS):
        raise ValueError(f"unknown format {format!r}")
    _take_turns(house.id)
    if guest_ids is None:
        asked = [d for d in queries.sendable(house.id) if _takes(format, None, d)]
        chosen = [d for d in asked if d.can_be_filed]
    else:
        asked = chosen = queries.of_guests(house.id, guest_ids)
        _refuse_unsendable(asked, guest_ids, format)
    if not chosen:
        raise NothingToDeclare(len(asked))
    filing = _filed(house, format, chosen, by)
    return _send(filing, by)


def mark_all_sent(
    house: Establishment,
    *,
    by: Principal,
    format: str,
    guest_ids: Collection[uuid.UUID] | None = None,
) -> list[Filing]:
    """Mark guests as sent by the files that were made for them, the rest in one filing more.

    Raises ``Unfit`` and ``NothingToDeclare`` as ``mark_sent`` does.
    """
    _take_turns(house.id)
    if guest_ids is None:
        chosen = {d.guest.id for d in queries.sendable(house.id) if d.can_be_filed}
    else:
        chosen = set(guest_ids)
    if not chosen:
        raise NothingToDeclare
    done: list[Filing] = []
    for filing in queries.filings(house.id) if format == "by_hand" else ():
        ids = {entry.guest_id for entry in filing.entries}
        is_fresh = filing.created_at >= dates.now() - FILE_WAITS
        if filing.sent_at is None and is_fresh and ids <= chosen:
            done.append(mark_filing_sent(filing, by=by))
            chosen -= ids
    if chosen:
        done.append(mark_sent(house, by=by, format=format, guest_ids=chosen))
    return done


def _take_turns(establishment_id: int) -> None:
    """Let two people who mark at once take turns, so that the second finds nothing left."""
    key = func.hashtextextended(f"declarations:{establishment_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def _refuse_unsendable(
    found: Sequence[Declaration], asked: Collection[uuid.UUID], format: str
) -> None:
    known = {declaration.guest.id: declaration for declaration in found}
    faults: dict[uuid.UUID, list[str]] = {}
    for guest_id in asked:
        declaration = known.get(guest_id)
        if declaration is None:
            faults[guest_id] = ["not_found"]
        elif declaration.state in ("cancelled", "elsewhere"):
            faults[guest_id] = [declaration.state]
        elif declaration.state == "too_late" and format != "police":
            faults[guest_id] = ["too_late"]
        elif declaration.record is None:
            faults[guest_id] = ["unreadable"]
    if faults:
        raise Unfit(faults)


def mark_filing_sent(filing: Filing, *, by: Principal) -> Filing:
    """Note that a file made before was sent just now; a second time changes nothing."""
    locked = db.session.scalar(
        select(Filing)
        .where(Filing.id == filing.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if locked is None or locked.sent_at is not None:
        return filing
    return _send(locked, by)


def _send(filing: Filing, by: Principal) -> Filing:
    now = dates.now()
    filing.sent_at = now
    filing.receipt_code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    ids = [entry.guest_id for entry in filing.entries if entry.guest_id]
    db.session.flush()
    db.session.execute(
        update(Guest)
        .where(Guest.id.in_(ids), Guest.establishment_id == filing.establishment_id)
        .values(first_sent_at=func.coalesce(Guest.first_sent_at, now), filing_state="sent")
        .execution_options(synchronize_session="fetch")
    )
    record(
        "declared",
        by=by,
        establishment_id=filing.establishment_id,
        subject=f"filing:{filing.id}",
        format=filing.format,
        guests=len(ids),
    )
    return filing


def departure_told(declaration: Declaration, *, by: Principal) -> None:
    """Note that the portal was told of the new departure (GH or TS); no new notification."""
    if declaration.entry is None or declaration.record is None:
        return
    kind = declaration.departure_moved
    declaration.entry.departure = declaration.record.departs_at.date()
    record(
        "departure_told",
        by=by,
        establishment_id=declaration.stay.establishment_id,
        subject=f"stay:{declaration.stay.id}",
        kind=kind,
    )


# --- States that change by themselves ------------------------------------------------------


def refresh(establishment_id: int) -> int:
    """Store what time and corrections made of the states; returns how many changed.

    A guest whom the portal takes no more is too late; one whose record was corrected after it was
    sent is to be corrected there as well, and keeps the first time of sending.
    """
    return _mark_too_late(establishment_id) + _mark_corrected(establishment_id)


def _mark_too_late(establishment_id: int | None = None) -> int:
    arrived = func.coalesce(Guest.arrived_at, Stay.arrived_at)
    late = (
        select(Guest.id)
        .join(Stay, Stay.id == Guest.stay_id)
        .where(
            Guest.filing_state.in_(queries.UNSENT),
            Guest.first_sent_at.is_(None),
            Guest.due_at.is_not(None),
            Stay.origin == "live",
            Stay.status != "cancelled",
            arrived < portal_takes_since(dates.now()),
        )
    )
    if establishment_id is not None:
        late = late.where(Guest.establishment_id == establishment_id)
    ids = db.session.scalars(late.limit(MOST)).all()
    _set_state(ids, "too_late")
    return len(ids)


def _mark_corrected(establishment_id: int) -> int:
    """Compare what was sent with what is written now, for guests of stays corrected since."""
    changed = [
        declaration.guest.id
        for declaration in queries.touched_since_check_in(establishment_id)
        if declaration.entry is not None
        and declaration.record is not None
        and declaration.record.content_index(establishment_id) != declaration.entry.content_index
    ]
    _set_state(changed, "corrected")
    return len(changed)


def _set_state(ids: Sequence[uuid.UUID], state: str) -> None:
    if ids:
        db.session.execute(
            update(Guest)
            .where(Guest.id.in_(ids))
            .values(filing_state=state)
            .execution_options(synchronize_session="fetch")
        )


def open_read_out(house: Establishment, *, by: Principal) -> None:
    """Write down that somebody opens the whole names to read them to the police."""
    guests = len(queries.to_read_out(house.id))
    record(
        "export",
        by=by,
        establishment_id=house.id,
        subject=queries.READ_OUT,
        format="read_out",
        guests=guests,
    )
