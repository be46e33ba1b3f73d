"""Who gets the monthly bulletin by e-mail, and of which months it went out."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Instant, IntKey, Model


class BulletinRecipient(Model):
    """An address on the list; removed rows go away, so that nothing of a former reader is kept.

    The link in every mail is derived from ``nonce`` and the application's secret: the table alone
    removes nobody.
    """

    __tablename__ = "bulletin_recipient"

    id: Mapped[IntKey]
    email: Mapped[str] = mapped_column(String(200), unique=True)
    nonce: Mapped[bytes]
    added_at: Mapped[Instant]
    added_by: Mapped[str] = mapped_column(String(60))


class BulletinIssue(Model):
    """A month whose bulletin was put into the outgoing mail, so that it goes out once."""

    __tablename__ = "bulletin_issue"

    month: Mapped[date] = mapped_column(primary_key=True)
    queued_at: Mapped[Instant]
    recipients: Mapped[int]
