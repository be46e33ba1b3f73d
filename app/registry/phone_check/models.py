"""Telephone numbers of houses that were proved by a code the register gave out."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CreatedAt, EstablishmentKey, Instant, IntKey, Model


class PhoneCheck(Model):
    """A code given out for one number of a house: read out in a call to it, or on a letter.

    The code is derived from ``nonce`` and the application's secret, so the table alone tells none.
    """

    __tablename__ = "phone_check"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries"),)

    id: Mapped[IntKey]
    establishment_id: Mapped[EstablishmentKey]
    phone: Mapped[str] = mapped_column(String(40))
    nonce: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    expires_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    verified_at: Mapped[Instant | None]
