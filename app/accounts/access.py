"""Turning a cookie or a key into the principal of a request."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import timedelta

from flask import request, session
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import dates
from app.accounts.models import ApiKey, Membership, SignInSession, User
from app.accounts.operations import SESSION_IDLE, hashed
from app.audit.operations import record
from app.db import db
from app.web.security import ANONYMOUS, Principal, is_api

SEEN_EVERY = timedelta(minutes=1)
TOKEN = "token"


def load_principal() -> Principal:
    """Return who is asking: a key on the API's paths, a session elsewhere."""
    if is_api():
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        return _of_key(text.strip()) if scheme.lower() == "bearer" else ANONYMOUS
    token = session.get(TOKEN)
    return _of_session(token) if token else ANONYMOUS


def _of_session(token: str) -> Principal:
    now = dates.now()
    signed_in = db.session.scalar(
        select(SignInSession)
        .where(
            SignInSession.token_hash == hashed(token),
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > now,
            SignInSession.seen_at > now - SESSION_IDLE,
        )
        .options(selectinload(SignInSession.user).selectinload(User.memberships))
    )
    if signed_in is None or not signed_in.user.is_active:
        return ANONYMOUS
    if signed_in.seen_at < now - SEEN_EVERY:
        signed_in.seen_at = now
        db.session.commit()
    return principal_of(signed_in.user)


def principal_of(user: User) -> Principal:
    """Return the principal a person acts as, with all memberships as they are now."""
    return Principal(
        kind="user",
        id=user.id,
        name=user.name,
        roles=frozenset(membership.role for membership in user.memberships),
        houses=_houses(user.memberships),
        units=frozenset(m.unit_code for m in user.memberships if m.unit_code),
    )


def _houses(memberships: Iterable[Membership]) -> dict[int, str]:
    houses: dict[int, str] = {}
    for membership in memberships:
        house = membership.establishment_id
        # A manager who is also at the front desk is a manager.
        if house is not None and houses.get(house) != "manager":
            houses[house] = membership.role
    return houses


def _of_key(text: str) -> Principal:
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "vt":
        return ANONYMOUS
    key = db.session.scalar(
        select(ApiKey)
        .where(ApiKey.prefix == parts[1], ApiKey.revoked_at.is_(None))
        .options(selectinload(ApiKey.houses))
    )
    if key is None or not hmac.compare_digest(key.key_hash, hashed(parts[2])):
        return ANONYMOUS
    return Principal(
        kind="api_key",
        id=key.id,
        name=key.purpose or key.prefix,
        roles=frozenset({key.role}),
        houses={house.establishment_id: key.role for house in key.houses},
        units=frozenset({key.unit_code} if key.unit_code else ()),
    )


def record_refusal(who: Principal, subject: str, establishment_id: int | None) -> None:
    """Write a refusal to the audit at once, since the request that caused it is given up."""
    db.session.rollback()
    record("refused", by=who, establishment_id=establishment_id, subject=subject[:100])
    db.session.commit()
