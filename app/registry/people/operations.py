"""Who works in which house or office: accounts with their roles, and the keys of programs."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts import operations as accounts
from app.accounts.models import ApiKey, Membership, User
from app.accounts.queries import user_by_login
from app.audit.operations import record
from app.db import db
from app.registry.models import Establishment, Unit
from app.web.security import Principal


class AlreadyMember(Exception):
    """The person has this role there already."""


def give_role(
    *,
    login: str,
    name: str,
    role: str,
    establishment: Establishment | None = None,
    unit_code: str | None = None,
    by: Principal,
) -> tuple[User, str | None]:
    """Give a person a role; a new person also gets a one-time link, returned as its token."""
    user = user_by_login(login)
    token = None
    if user is None:
        user = accounts.create_user(login=login, name=name)
        token = accounts.create_one_time_link(user)
    house_id = establishment.id if establishment else None
    same = select(Membership.id).where(
        Membership.user_id == user.id,
        Membership.role == role,
        Membership.establishment_id.is_not_distinct_from(house_id),
        Membership.unit_code.is_not_distinct_from(unit_code),
    )
    if db.session.scalar(same) is not None:
        raise AlreadyMember
    accounts.add_membership(user, role, establishment_id=house_id, unit_code=unit_code)
    record(
        "role_given",
        by=by,
        establishment_id=house_id,
        subject=f"user:{user.id}",
        role=role,
        unit=unit_code,
    )
    return user, token


def take_role(membership: Membership, *, by: Principal) -> None:
    """Take the role away; the person's next request no longer has it."""
    facts = (membership.establishment_id, f"user:{membership.user_id}", membership.role)
    if membership.establishment_id is not None:
        # Who leaves a house leaves its test twin.
        twin = select(Establishment.id).where(
            Establishment.twin_of_id == membership.establishment_id
        )
        same = select(Membership).where(
            Membership.user_id == membership.user_id,
            Membership.role == membership.role,
            Membership.establishment_id.in_(twin),
        )
        for there in db.session.scalars(same).all():
            accounts.remove_membership(there)
    accounts.remove_membership(membership)
    record("role_taken", by=by, establishment_id=facts[0], subject=facts[1], role=facts[2])


def reset(user: User, *, by: Principal) -> str:
    """Void password, sessions and links; return the token of a link to set a new password."""
    accounts.forget_password(user)
    token = accounts.create_one_time_link(user)
    record("password_reset", by=by, subject=f"user:{user.id}")
    return token


def set_active(user: User, active: bool, *, by: Principal) -> None:
    """Close or reopen an account."""
    (accounts.enable if active else accounts.disable)(user)
    record("account_opened" if active else "account_closed", by=by, subject=f"user:{user.id}")


def create_house_key(house: Establishment, purpose: str, *, by: Principal) -> str:
    """Return the text of a new key with which a program acts for the house as its manager."""
    key, text = accounts.create_api_key(
        role="manager",
        establishment_ids=[house.id],
        purpose=purpose,
        created_by=by.id if by.kind == "user" else None,
    )
    record("api_key_created", by=by, establishment_id=house.id, subject=f"api_key:{key.id}")
    return text


def close_key(key: ApiKey, house: Establishment, *, by: Principal) -> None:
    """Take the house from the key; a key that acts for no house any more is closed."""
    accounts.take_house(key, house.id)
    record("api_key_closed", by=by, establishment_id=house.id, subject=f"api_key:{key.id}")


def unit_exists(code: str) -> bool:
    """Whether the code is that of a unit in force today."""
    statement = select(Unit.id).where(Unit.code == code, Unit.valid_to.is_(None))
    return db.session.scalar(statement) is not None
