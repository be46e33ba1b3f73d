"""Who wants to be told when a room is free: for which search, until when, and what was told."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, CreatedAt, Instant, Model, UuidKey
from app.identity import Sealed

EMAIL, PUSH = "email", "push"


class Watch(Model):
    """A search somebody waits on. It is deleted when it is stopped, and after ``until``.

    ``contact`` is an address, or a browser's push subscription as JSON; ``contact_index`` is equal
    for equal contacts, so that nobody is made to wait on hundreds. The links in its messages are
    derived from ``nonce`` and the application's secret: the table alone stops nothing.
    """

    __tablename__ = "watch"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'push')", name="channel"),
        Index("ix_watch_contact_index", "contact_index"),
        Index("ix_watch_until", "until"),
        Index("ix_watch_waiting", "created_at", postgresql_where=text("confirmed_at IS NULL")),
    )

    id: Mapped[UuidKey]
    created_at: Mapped[CreatedAt]
    channel: Mapped[Code]
    contact_sealed: Mapped[bytes]
    contact = Sealed()
    contact_index: Mapped[bytes]
    nonce: Mapped[bytes]
    lang: Mapped[Code] = mapped_column(server_default="vi")
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    until: Mapped[date]
    confirmed_at: Mapped[Instant | None]
    told_at: Mapped[Instant | None]
    told: Mapped[int] = mapped_column(server_default="0")


class WatchHouse(Model):
    """What a watch last saw of a house: whether it had a room, and when that was told."""

    __tablename__ = "watch_house"
    __table_args__ = (Index("ix_watch_house_establishment_id", "establishment_id"),)

    watch_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("watch.id", ondelete="CASCADE"), primary_key=True
    )
    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE"), primary_key=True
    )
    is_open: Mapped[bool]
    told_at: Mapped[Instant | None]


class WatchChecked(Model):
    """The version of a house that was compared with all watches."""

    __tablename__ = "watch_checked"

    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]


class PushNotice(Model):
    """A message to a browser that waits to be sent; it goes with its watch."""

    __tablename__ = "push_notice"
    __table_args__ = (Index("ix_push_notice_due_at", "due_at"),)

    id: Mapped[UuidKey]
    watch_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("watch.id", ondelete="CASCADE"), index=True
    )
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    due_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(server_default="0")
