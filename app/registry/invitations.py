"""Printed invitations: a one-time code with which the owner of an imported house claims it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update

from app import dates
from app.accounts.models import SignInAttempt, User
from app.accounts.operations import ATTEMPT_WINDOW, add_membership
from app.audit.operations import record
from app.db import db
from app.registry.models import Establishment, Invitation
from app.web.security import Principal

VALID = timedelta(days=90)
LENGTH = 12
# Crockford's alphabet: no letter that is read as a figure.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_BASE32, ALPHABET)
_MISREAD = str.maketrans("OIL", "011")


class TooManyAttempts(Exception):
    """This address tried too often in the last minutes."""


def invite(house: Establishment, *, secret: str, by: Principal) -> Invitation:
    """Make a new invitation; an earlier one that was not used no longer counts."""
    _end_open(house.id)
    nonce = secrets.token_bytes(16)
    invitation = Invitation(
        establishment_id=house.id,
        nonce=nonce,
        code_hash=_hash(_derive(nonce, secret)),
        created_by=by.id if by.kind == "user" else None,
        expires_at=dates.now() + VALID,
    )
    db.session.add(invitation)
    db.session.flush()
    record("house_invited", by=by, establishment_id=house.id, subject=house.code)
    return invitation


def code_of(invitation: Invitation, secret: str) -> str:
    """The code to print, in groups of four; made anew from the secret, since it is not stored."""
    code = _derive(invitation.nonce, secret)
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def _derive(nonce: bytes, secret: str) -> str:
    digest = hmac.digest(secret.encode(), b"invitation:" + nonce, "sha256")
    return base64.b32encode(digest).decode().translate(_TO_CROCKFORD)[:LENGTH]


def read_code(typed: str) -> str:
    """The code as it was meant: without spaces and dashes, O for 0, I and L for 1."""
    letters = "".join(filter(str.isalnum, typed.upper()))
    return letters.translate(_MISREAD)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def is_open(typed: str) -> bool:
    """Whether a house can be claimed with this code now."""
    return db.session.scalar(select(Invitation.id).where(*_open(typed))) is not None


def open_of(house_ids: Collection[int]) -> dict[int, Invitation]:
    """The invitations with which houses can be claimed now, by house."""
    statement = select(Invitation).where(
        Invitation.establishment_id.in_(house_ids),
        Invitation.used_at.is_(None),
        Invitation.expires_at > dates.now(),
    )
    rows = db.session.scalars(statement.order_by(Invitation.id))
    return {row.establishment_id: row for row in rows}


def claim(typed: str, *, user: User, by: Principal) -> Establishment | None:
    """Make the person the house's manager, or return None; of two at once only one succeeds."""
    house_id = db.session.scalar(
        update(Invitation)
        .where(*_open(typed))
        .values(used_at=dates.now(), used_by=user.id)
        .returning(Invitation.establishment_id)
        .execution_options(synchronize_session=False)
    )
    if house_id is None:
        return None
    _end_open(house_id)
    house = db.session.get_one(Establishment, house_id)
    if all(membership.establishment_id != house_id for membership in user.memberships):
        add_membership(user, "manager", establishment_id=house_id)
    record("house_claimed", by=by, establishment_id=house_id, subject=house.code)
    return house


def _open(typed: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.code_hash == _hash(read_code(typed)),
        Invitation.used_at.is_(None),
        Invitation.expires_at > dates.now(),
    )


def _end_open(house_id: int) -> None:
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.establishment_id == house_id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > dates.now(),
        )
        .values(expires_at=dates.now())
        .execution_options(synchronize_session=False)
    )


def note_attempt(subject: str, *, most: int, window: timedelta = ATTEMPT_WINDOW) -> None:
    """Count one try of an address, or raise :class:`TooManyAttempts` before it."""
    tries = db.session.scalar(
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.subject == subject, SignInAttempt.at > dates.now() - window)
    )
    if (tries or 0) >= most:
        raise TooManyAttempts
    db.session.add(SignInAttempt(subject=subject, at=dates.now()))
    db.session.flush()
