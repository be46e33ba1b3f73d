"""Which monthly returns a house has marked as sent."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Code, Instant, Model


class SentReturn(Model):
    """A house says it has sent the form of a month; what it wrote in it is not kept."""

    __tablename__ = "sent_return"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    form: Mapped[Code] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    sent_at: Mapped[Instant]
    sent_by: Mapped[str] = mapped_column(String(60))
