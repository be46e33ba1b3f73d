"""Writing accounts: people, sessions, one-time links, API keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from sqlalchemy import delete, func, select, update

from app import dates
from app.accounts.models import (
    ApiKey,
    ApiKeyHouse,
    Membership,
    OneTimeLink,
    SignInAttempt,
    SignInSession,
    User,
)
from app.db import db

SESSION_IDLE = timedelta(hours=12)
SESSION_LONGEST = timedelta(days=7)
LINK_VALID = timedelta(hours=48)
ATTEMPT_WINDOW = timedelta(minutes=5)
# A stranger's failures close the account to that stranger's address, not to its owner; only a
# guessing from many addresses at once closes it for everybody.
ATTEMPTS_PER_LOGIN_AND_ADDRESS = 10
ATTEMPTS_PER_ADDRESS = 50
ATTEMPTS_PER_LOGIN = 200
PASSWORD_SHORTEST = 12


class TooManyAttempts(Exception):
    """This account or address failed too often in the last minutes."""


def hashed(token: str) -> bytes:
    """Return the hash under which a random token is stored; it needs no salt, being random."""
    return hashlib.sha256(token.encode()).digest()


def hasher() -> PasswordHasher:
    """Return Argon2id with OWASP's parameters; tests use cheap ones from the configuration."""
    return PasswordHasher(
        time_cost=current_app.config.get("ARGON2_TIME_COST", 2),
        memory_cost=current_app.config.get("ARGON2_MEMORY_COST", 19_456),
        parallelism=1,
    )


def create_user(
    *, login: str, name: str, password: str | None = None, is_demo: bool = False
) -> User:
    """Add a person; without a password a one-time link lets them set one."""
    user = User(login=login.strip().lower(), name=name, is_demo=is_demo)
    if password is not None:
        user.password_hash = hasher().hash(password)
    db.session.add(user)
    db.session.flush()
    return user


def set_password(user: User, password: str) -> None:
    """Set the password and end every session and every unused link of the person."""
    user.password_hash = hasher().hash(password)
    revoke_sessions(user)
    void_links(user)


def forget_password(user: User) -> None:
    """Let nothing open the account until a new password is set."""
    user.password_hash = None
    revoke_sessions(user)
    void_links(user)


def void_links(user: User) -> None:
    """Make every link of the person that is still unused worthless."""
    db.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None))
        .values(used_at=dates.now())
    )


def disable(user: User) -> None:
    """Close the account: its sessions end at once, its name stays in the audit."""
    user.is_active = False
    revoke_sessions(user)


def enable(user: User) -> None:
    user.is_active = True


def remove_membership(membership: Membership) -> None:
    """Take a role away; the next request of the person no longer has it."""
    db.session.delete(membership)
    db.session.flush()


def take_house(key: ApiKey, establishment_id: int) -> None:
    """Take one house from a key; without any house left it is revoked."""
    key.houses = [row for row in key.houses if row.establishment_id != establishment_id]
    if not key.houses:
        key.revoked_at = dates.now()


def add_membership(
    user: User, role: str, *, establishment_id: int | None = None, unit_code: str | None = None
) -> Membership:
    membership = Membership(
        user=user, role=role, establishment_id=establishment_id, unit_code=unit_code
    )
    db.session.add(membership)
    db.session.flush()
    return membership


def authenticate(*, login: str, password: str, address: str) -> User | None:
    """Return the person, or None; raises :class:`TooManyAttempts` before looking.

    A wrong password, an unknown login and a disabled person take the same time and answer.
    """
    login = login.strip().lower()
    limits = {
        f"login:{login[:60]}@{address}": ATTEMPTS_PER_LOGIN_AND_ADDRESS,
        f"ip:{address}": ATTEMPTS_PER_ADDRESS,
        f"login:{login[:80]}": ATTEMPTS_PER_LOGIN,
    }
    _take_turns(limits)
    _refuse_guessing(limits)
    user = db.session.scalar(select(User).where(User.login == login))
    if _password_fits(user, password) and user is not None and user.is_active:
        return user
    now = dates.now()
    db.session.add_all([SignInAttempt(subject=subject, at=now) for subject in limits])
    return None


def _take_turns(subjects: Iterable[str]) -> None:
    """Let attempts at the same account wait for each other, so that each sees the ones before."""
    for subject in sorted(subjects):
        key = func.hashtextextended(subject, 0)
        db.session.execute(select(func.pg_advisory_xact_lock(key)))


def _refuse_guessing(limits: dict[str, int]) -> None:
    since = dates.now() - ATTEMPT_WINDOW
    counts = dict(
        db.session.execute(
            select(SignInAttempt.subject, func.count())
            .where(SignInAttempt.subject.in_(limits), SignInAttempt.at > since)
            .group_by(SignInAttempt.subject)
        ).all()
    )
    if any(counts.get(subject, 0) >= limit for subject, limit in limits.items()):
        raise TooManyAttempts


def _password_fits(user: User | None, password: str) -> bool:
    if user is None or user.password_hash is None:
        hasher().hash(password)
        return False
    try:
        return hasher().verify(user.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def knows_password(user: User, password: str) -> bool:
    """Whether this is the person's password now."""
    return _password_fits(user, password)


def start_session(user: User, *, address: str | None, browser: str | None) -> str:
    """Begin a session and return its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    now = dates.now()
    db.session.add(
        SignInSession(
            token_hash=hashed(token),
            user_id=user.id,
            seen_at=now,
            expires_at=now + SESSION_LONGEST,
            address=address,
            browser=(browser or "")[:200] or None,
        )
    )
    return token


def end_session(token: str) -> None:
    db.session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == hashed(token), SignInSession.revoked_at.is_(None))
        .values(revoked_at=dates.now())
    )


def revoke(signed_in: SignInSession) -> None:
    """End one session."""
    signed_in.revoked_at = dates.now()


def revoke_sessions(user: User) -> None:
    """End every session of a person at once."""
    db.session.execute(
        update(SignInSession)
        .where(SignInSession.user_id == user.id, SignInSession.revoked_at.is_(None))
        .values(revoked_at=dates.now())
    )


def create_one_time_link(user: User) -> str:
    """Return the token of a link with which the person sets a password once within 48 hours."""
    void_links(user)
    token = secrets.token_urlsafe(32)
    db.session.add(
        OneTimeLink(user_id=user.id, token_hash=hashed(token), expires_at=dates.now() + LINK_VALID)
    )
    db.session.flush()
    return token


def is_link_valid(token: str) -> bool:
    """Whether the link is unused and in time."""
    return (
        db.session.scalar(
            select(OneTimeLink.id).where(
                OneTimeLink.token_hash == hashed(token),
                OneTimeLink.used_at.is_(None),
                OneTimeLink.expires_at > dates.now(),
            )
        )
        is not None
    )


def use_one_time_link(token: str, password: str) -> User | None:
    """Set the password if the link is unused and in time; of two at once only one succeeds."""
    user_id = db.session.scalar(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == hashed(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > dates.now(),
        )
        .values(used_at=dates.now())
        .returning(OneTimeLink.user_id)
    )
    user = db.session.get(User, user_id) if user_id else None
    if user is not None:
        set_password(user, password)
    return user


def create_api_key(
    *,
    role: str,
    establishment_ids: Iterable[int] = (),
    unit_code: str | None = None,
    purpose: str = "",
    created_by: int | None = None,
) -> tuple[ApiKey, str]:
    """Add a key and return it with its text, which is stored nowhere."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = ApiKey(
        prefix=prefix,
        key_hash=hashed(secret),
        role=role,
        unit_code=unit_code,
        purpose=purpose,
        created_by=created_by,
        houses=[ApiKeyHouse(establishment_id=house) for house in establishment_ids],
    )
    db.session.add(key)
    db.session.flush()
    return key, f"vt_{prefix}_{secret}"


def forget_attempts() -> None:
    """Delete failed sign-ins that no longer count."""
    db.session.execute(
        delete(SignInAttempt).where(SignInAttempt.at < dates.now() - ATTEMPT_WINDOW * 12)
    )
