"""People, their memberships and sessions, and the keys of programs."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Code, CreatedAt, Instant, IntKey, Model, Name

HOUSE_ROLES = ("front_desk", "manager")
OFFICIAL_ROLES = ("ward_official", "province_official")
ROLES = (*HOUSE_ROLES, *OFFICIAL_ROLES, "admin")


class User(Model):
    """A person who signs in; never deleted, only disabled, since the audit names them."""

    __tablename__ = "user_account"

    id: Mapped[IntKey]
    login: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[Name]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(server_default="true")
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    locale: Mapped[Code] = mapped_column(server_default="vi")
    created_at: Mapped[CreatedAt]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user")


class Membership(Model):
    """A role of a person: in one establishment, for one unit, or for the whole province."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint(
            "user_id", "role", "establishment_id", "unit_code", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint(
            "(role IN ('front_desk', 'manager')) = (establishment_id IS NOT NULL)", name="house"
        ),
        CheckConstraint("(role = 'ward_official') = (unit_code IS NOT NULL)", name="unit"),
    )

    id: Mapped[IntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[Code]
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship(back_populates="memberships")


class SignInSession(Model):
    """A signed-in browser; the cookie holds the token, the table its hash, so it can be revoked."""

    __tablename__ = "sign_in_session"
    __table_args__ = (
        Index("ix_sign_in_session_live", "user_id", postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[IntKey]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[CreatedAt]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    address: Mapped[str | None] = mapped_column(String(64))
    browser: Mapped[str | None] = mapped_column(String(200))

    user: Mapped[User] = relationship()


class OneTimeLink(Model):
    """A link with which a person sets a password once; the table holds only its hash."""

    __tablename__ = "one_time_link"

    id: Mapped[IntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class SignInAttempt(Model):
    """A failed sign-in, counted per account and per address so that guessing is slowed exactly."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_subject_at", "subject", "at"),)

    id: Mapped[IntKey]
    subject: Mapped[str] = mapped_column(String(100))
    at: Mapped[Instant]


class ApiKey(Model):
    """A program's key: houses it acts for, or an official's role; shown once, stored as a hash."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)

    id: Mapped[IntKey]
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    key_hash: Mapped[bytes]
    purpose: Mapped[str] = mapped_column(String(200), server_default="")
    role: Mapped[Code]
    unit_code: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[CreatedAt]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    last_used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]

    houses: Mapped[list[ApiKeyHouse]] = relationship(
        back_populates="api_key", cascade="all, delete-orphan"
    )


class ApiKeyHouse(Model):
    """One establishment an API key acts for."""

    __tablename__ = "api_key_house"

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)

    api_key: Mapped[ApiKey] = relationship(back_populates="houses")
