"""Receiving reports of visitors, and what the department does about them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from app import dates
from app.accounts.models import User
from app.audit.operations import record
from app.db import db, new_id
from app.registry.complaints.models import Complaint, ComplaintNote
from app.registry.invitations import ALPHABET, read_code
from app.registry.models import Establishment
from app.web.security import Principal

LENGTH = 10
PER_PAGE = 50


class Closed(Exception):
    """The report was closed already."""


def receive(
    house: Establishment,
    *,
    kind: str,
    night: date | None,
    charged: int | None,
    text: str | None,
    contact: str | None,
) -> Complaint:
    """Store a report under a reference that nobody can guess."""
    complaint = Complaint(
        id=new_id(),
        reference="".join(secrets.choice(ALPHABET) for _ in range(LENGTH)),
        establishment_id=house.id,
        kind=kind,
        night=night,
        charged=charged,
        status="new",
    )
    complaint.text, complaint.contact = text, contact
    db.session.add(complaint)
    db.session.flush()
    return complaint


def by_reference(typed: str) -> Complaint | None:
    """Return the report with this reference, however it was copied out."""
    wanted = read_code(typed[:40])
    return db.session.scalar(select(Complaint).where(Complaint.reference == wanted))


def page_of(status: str | None, number: int) -> tuple[Sequence[Complaint], int]:
    """Return a page of reports, the oldest open ones first, and how many there are."""
    chosen = [Complaint.status == status] if status else []
    total = db.session.scalar(select(func.count()).select_from(Complaint).where(*chosen)) or 0
    rows = db.session.scalars(
        select(Complaint)
        .where(*chosen)
        .order_by(Complaint.status == "closed", Complaint.created_at, Complaint.id)
        .offset((number - 1) * PER_PAGE)
        .limit(PER_PAGE)
    ).all()
    return rows, total


def notes_of(complaint: Complaint) -> Sequence[tuple[ComplaintNote, str | None]]:
    """Return the notes about a report with their writers' names, the latest first."""
    rows = db.session.execute(
        select(ComplaintNote, User.name)
        .outerjoin(User, User.id == ComplaintNote.by_user_id)
        .where(ComplaintNote.complaint_id == complaint.id)
        .order_by(ComplaintNote.id.desc())
        .limit(200)
    )
    return [(row[0], row[1]) for row in rows]


def add_note(complaint: Complaint, text: str, *, by: Principal) -> None:
    """Write something down; a new report is being worked on from then on."""
    note = ComplaintNote(
        complaint_id=complaint.id,
        at=dates.now(),
        by_user_id=by.id if by.kind == "user" else None,
        text=text,
    )
    db.session.add(note)
    if complaint.status == "new":
        complaint.status = "open"
    _record("complaint_noted", complaint, by)


def close(complaint: Complaint, answer: str, *, by: Principal) -> None:
    """Close the report with the answer its reference shows; how to reach its writer is forgotten.

    Raises :class:`Closed`.
    """
    db.session.refresh(complaint, with_for_update=True)
    if complaint.status == "closed":
        raise Closed
    complaint.status, complaint.closed_at = "closed", dates.now()
    complaint.answer, complaint.contact = answer, None
    _record("complaint_closed", complaint, by)


def _record(action: str, complaint: Complaint, by: Principal) -> None:
    db.session.flush()
    record(
        action,
        by=by,
        establishment_id=complaint.establishment_id,
        subject=f"complaint:{complaint.id}",
    )
