"""Proving that a house answers its telephone: an official gives a code out, the manager enters it.

An official calls the number on record and reads the code out, or sends it by letter. What is
proved is the number as it was; a house that changes its number has to prove the new one.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from app import dates
from app.audit.operations import record
from app.db import db
from app.registry.models import Establishment
from app.registry.phone_check.models import PhoneCheck
from app.web.security import Principal

VALID = timedelta(days=30)
MOST_TRIES = 5
DIGITS = 6


class NoPhone(Exception):
    """The house has no telephone number to prove."""


def issue(house: Establishment, *, by: Principal) -> PhoneCheck:
    """Make a code for the number on record; an earlier one no longer counts."""
    if not house.phone:
        raise NoPhone
    db.session.execute(
        update(PhoneCheck)
        .where(*_open(house))
        .values(expires_at=dates.now())
        .execution_options(synchronize_session="fetch")
    )
    check = PhoneCheck(
        establishment_id=house.id,
        phone=house.phone,
        nonce=secrets.token_bytes(16),
        created_by=by.id if by.kind == "user" else None,
        expires_at=dates.now() + VALID,
        tries=0,
    )
    db.session.add(check)
    db.session.flush()
    record("phone_code_issued", by=by, establishment_id=house.id, subject=house.code)
    return check


def open_check(house: Establishment) -> PhoneCheck | None:
    """Return the code that can be entered now."""
    statement = select(PhoneCheck).where(*_open(house)).order_by(PhoneCheck.id.desc()).limit(1)
    return db.session.scalar(statement)


def _open(house: Establishment) -> tuple[ColumnElement[bool], ...]:
    return (
        PhoneCheck.establishment_id == house.id,
        PhoneCheck.phone == house.phone,
        PhoneCheck.verified_at.is_(None),
        PhoneCheck.expires_at > dates.now(),
        PhoneCheck.tries < MOST_TRIES,
    )


def code_of(check: PhoneCheck, secret: str) -> str:
    """Return the code to read out or print; made anew, since it is not stored."""
    digest = hmac.digest(secret.encode(), b"phone check:" + check.nonce, "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"


def enter(house: Establishment, typed: str, *, secret: str, by: Principal) -> bool:
    """Prove the number by its code; every wrong one is counted, and after a few none counts."""
    check = open_check(house)
    if check is None:
        return False
    db.session.refresh(check, with_for_update=True)
    if check.tries >= MOST_TRIES or check.verified_at is not None:
        return False
    digits = "".join(filter(str.isdigit, typed))
    if not hmac.compare_digest(digits.encode(), code_of(check, secret).encode()):
        check.tries += 1
        return False
    check.verified_at = dates.now()
    db.session.flush()
    record("phone_verified", by=by, establishment_id=house.id, subject=house.code)
    return True


def verified_at(house: Establishment) -> datetime | None:
    """Return when the number on record was proved last."""
    return db.session.scalar(
        select(PhoneCheck.verified_at)
        .where(
            PhoneCheck.establishment_id == house.id,
            PhoneCheck.phone == house.phone,
            PhoneCheck.verified_at.is_not(None),
        )
        .order_by(PhoneCheck.verified_at.desc())
        .limit(1)
    )
