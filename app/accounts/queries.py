"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app import dates
from app.accounts.models import ApiKey, ApiKeyHouse, Membership, SignInSession, User
from app.accounts.operations import SESSION_IDLE
from app.db import db

PEOPLE_PER_PAGE = 50


def user_by_login(login: str) -> User | None:
    return db.session.scalar(select(User).where(User.login == login.strip().lower()))


def live_sessions(user_id: int) -> Sequence[SignInSession]:
    """Return the sessions that still open something, the most recently used first."""
    now = dates.now()
    return db.session.scalars(
        select(SignInSession)
        .where(
            SignInSession.user_id == user_id,
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > now,
            SignInSession.seen_at > now - SESSION_IDLE,
        )
        .order_by(SignInSession.seen_at.desc())
        .limit(50)
    ).all()


def people(search: str = "", *, page: int = 1) -> tuple[Sequence[User], bool]:
    """Return a page of people by name, and whether there are more."""
    statement = select(User).options(selectinload(User.memberships)).order_by(User.name, User.id)
    if search:
        statement = statement.where(
            or_(
                User.login.icontains(search, autoescape=True),
                User.name.icontains(search, autoescape=True),
            )
        )
    start = (page - 1) * PEOPLE_PER_PAGE
    rows = db.session.scalars(statement.offset(start).limit(PEOPLE_PER_PAGE + 1)).all()
    return rows[:PEOPLE_PER_PAGE], len(rows) > PEOPLE_PER_PAGE


def staff_of(establishment_id: int) -> Sequence[Membership]:
    """Return who works in the house, managers first."""
    return db.session.scalars(
        select(Membership)
        .where(Membership.establishment_id == establishment_id)
        .options(selectinload(Membership.user))
        .order_by(Membership.role.desc(), Membership.id)
        .limit(200)
    ).all()


def keys_of(establishment_id: int) -> Sequence[ApiKey]:
    """Return the keys in force that act for the house."""
    return db.session.scalars(
        select(ApiKey)
        .join(ApiKeyHouse)
        .where(ApiKeyHouse.establishment_id == establishment_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id)
        .limit(100)
    ).all()
