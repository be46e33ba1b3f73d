"""Links with which guests or their guide fill a list beforehand: made, read, revoked, bounded."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from app import dates
from app.accounts.models import SignInAttempt
from app.accounts.operations import ATTEMPT_WINDOW
from app.audit.operations import record
from app.availability.models import Reservation
from app.db import db
from app.identity import normal_document
from app.stays.groups import operations as groups
from app.stays.groups.drafts import GuestDraft, GuestGroup, PrefillLink
from app.stays.groups.intake import Incoming
from app.web.security import Principal

ROWS_MOST = 100
LINKS_MOST = 20
GUESSES_MOST = 20
# What the house may choose from; the arrival's own day is added where it lies ahead.
HOURS = (24, 48, 72)
TO_ARRIVAL = "arrival"
GUEST = Principal(kind="guest-link")


class LinkFull(Exception):
    """More guests than one link takes."""


class TooManyLinks(Exception):
    """The list has more open links than anybody can keep an eye on."""


def expiry(group: GuestGroup, choice: str, now: datetime) -> datetime | None:
    """Return when a link ends by the choice: in so many hours, or with the day of the arrival."""
    ends = dates.at(group.arrival + dates.ONE_DAY, 0)
    if choice == TO_ARRIVAL:
        return ends if ends > now else None
    return now + timedelta(hours=int(choice)) if choice in map(str, HOURS) else None


def make_link(
    group: GuestGroup, expires_at: datetime, *, secret: str, by: Principal
) -> PrefillLink:
    """Make a link into a locked list; its token is made anew from the secret, and not stored."""
    if len([link for link in links_of(group) if is_open(link)]) >= LINKS_MOST:
        raise TooManyLinks
    nonce = secrets.token_bytes(16)
    link = PrefillLink(
        group_id=group.id,
        establishment_id=group.establishment_id,
        nonce=nonce,
        token_hash=_hash(_derive(nonce, secret)),
        expires_at=expires_at,
        created_by=by.actor,
    )
    db.session.add(link)
    db.session.flush()
    subject = f"group:{group.id}"
    record("prefill_link_made", by=by, establishment_id=group.establishment_id, subject=subject)
    return link


def token_of(link: PrefillLink, secret: str) -> str:
    """Return the token, for the house that shows the link again."""
    return _derive(link.nonce, secret)


def _derive(nonce: bytes, secret: str) -> str:
    digest = hmac.digest(secret.encode(), b"prefill:" + nonce, "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def is_open(link: PrefillLink) -> bool:
    return link.revoked_at is None and link.expires_at > dates.now()


def links_of(group: GuestGroup) -> Sequence[PrefillLink]:
    """Return the links of a list, the newest first."""
    statement = select(PrefillLink).where(PrefillLink.group_id == group.id)
    return db.session.scalars(statement.order_by(PrefillLink.id.desc()).limit(50)).all()


def find_link(group: GuestGroup, link_id: int) -> PrefillLink | None:
    link = db.session.get(PrefillLink, link_id) if link_id < 2**31 else None
    return link if link is not None and link.group_id == group.id else None


def revoke(link: PrefillLink, *, by: Principal) -> None:
    """End a link at once; what it brought stays."""
    if link.revoked_at is None:
        link.revoked_at = dates.now()
        subject = f"group:{link.group_id}"
        house_id = link.establishment_id
        record("prefill_link_revoked", by=by, establishment_id=house_id, subject=subject)


# --- What the guest's page does ------------------------------------------------------------


def open_link(token: str) -> PrefillLink | None:
    """Return the link that works now."""
    return db.session.scalar(
        select(PrefillLink)
        .join(PrefillLink.group)
        .outerjoin(GuestGroup.reservation)
        .where(
            PrefillLink.token_hash == _hash(token),
            PrefillLink.revoked_at.is_(None),
            PrefillLink.expires_at > dates.now(),
            # Who has cancelled does not come, and has nothing to say any more.
            or_(GuestGroup.reservation_id.is_(None), Reservation.status == "open"),
        )
    )


def may_guess(address: str) -> bool:
    """Whether this address has not tried too many wrong tokens in the last minutes."""
    since = dates.now() - ATTEMPT_WINDOW
    tries = select(func.count()).where(
        SignInAttempt.subject == _subject(address), SignInAttempt.at > since
    )
    return (db.session.scalar(tries) or 0) < GUESSES_MOST


def note_guess(address: str) -> None:
    """Count a token that fits no link."""
    db.session.add(SignInAttempt(subject=_subject(address), at=dates.now()))
    db.session.flush()


def _subject(address: str) -> str:
    return f"prefill:{address}"[:100]


def receive(link: PrefillLink, incoming: Sequence[Incoming]) -> int:
    """Add guests to the list of the link; returns how many were new.

    The same guest sent again is the same guest. Raises :class:`LinkFull`, also where the list
    itself is full.
    """
    group = groups.locked(link.group)
    known = {_who(draft.fields) for draft in received_by(link) if draft.checked_in_at is None}
    fresh: list[Incoming] = []
    for guest in incoming:
        if _who(guest.fields) not in known:
            known.add(_who(guest.fields))
            # A room is the house's to give.
            guest.room = None
            fresh.append(guest)
    taken = db.session.scalar(
        update(PrefillLink)
        .where(PrefillLink.id == link.id, PrefillLink.received + len(fresh) <= ROWS_MOST)
        .values(received=PrefillLink.received + len(fresh))
        .returning(PrefillLink.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise LinkFull
    try:
        groups.add_rows(group, fresh, link_id=link.id)
    except groups.TooManyRows:
        raise LinkFull from None
    if fresh:
        house_id, subject = link.establishment_id, f"group:{group.id}"
        many = len(fresh)
        record("prefilled", by=GUEST, establishment_id=house_id, subject=subject, guests=many)
    return len(fresh)


def _who(fields: dict[str, object]) -> tuple[str, ...]:
    number = normal_document(str(fields.get("document_number") or ""))
    if number:
        return ("document", number)
    return ("name", str(fields.get("full_name")), str(fields.get("date_of_birth")))


def received_by(link: PrefillLink) -> Sequence[GuestDraft]:
    """Return the drafts that came over the link, in their order."""
    statement = select(GuestDraft).where(GuestDraft.link_id == link.id)
    return db.session.scalars(statement.order_by(GuestDraft.position)).all()


def initials(link: PrefillLink) -> list[str]:
    """Return who was received, as initials: «N.T.A.»; nothing more is ever shown again."""
    names = [draft.fields.get("full_name") or "" for draft in received_by(link) if draft.content]
    return ["".join(f"{word[0].upper()}." for word in name.split()[:6]) or "?" for name in names]
