"""When a house wants to be reminded of tonight's vacancy, and when it last was."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model

USUAL_HOUR = 17


class VacancyReminder(Model):
    """A house's hour (NULL: never), and the hotel day of the last reminder.

    A house without a row is reminded at the usual hour.
    """

    __tablename__ = "vacancy_reminder"
    __table_args__ = (CheckConstraint("hour BETWEEN 8 AND 22", name="hour"),)

    establishment_id: Mapped[int] = mapped_column(
        ForeignKey("establishment.id", ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[int | None] = mapped_column(SmallInteger, server_default=str(USUAL_HOUR))
    sent_on: Mapped[date | None]
