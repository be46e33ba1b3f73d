"""What officials do about houses that have not reported: how far they are, and reminders sent."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, Model

STATES = ("to_call", "called", "promised", "solved")


class WorklistEntry(Model):
    """How far an official is with a house; a house without a row is still to be called.

    What was said on the telephone is a dated note of the register (``establishment_note``).
    """

    __tablename__ = "worklist_entry"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'promised') = (promised_until IS NOT NULL)", name="promised"),
    )

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    state: Mapped[Code]
    promised_until: Mapped[date | None]
    at: Mapped[Instant]
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class HouseReminder(Model):
    """A house was reminded of its missing days, at most once a day, at its desk and by mail."""

    __tablename__ = "house_reminder"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    by: Mapped[str] = mapped_column(String(60))
    missing: Mapped[int] = mapped_column(SmallInteger)
    by_mail: Mapped[bool]
