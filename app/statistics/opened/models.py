"""Who opened the figures of single houses, until when, and for which reason."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Instant, IntKey, Model

REASON_LONGEST = 200


class FiguresOpening(Model):
    """An official said why they look at a house's figures, or a program's key has its purpose.

    Without a house it opens lists of houses: those of ``units``, or of the whole province.
    """

    __tablename__ = "figures_opening"
    __table_args__ = (
        CheckConstraint("until > at", name="until"),
        CheckConstraint("length(reason) > 0", name="reason"),
        Index("ix_figures_opening_actor_until", "actor", "until"),
        Index("ix_figures_opening_establishment_id_at", "establishment_id", "at"),
    )

    id: Mapped[IntKey]
    at: Mapped[Instant]
    until: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(60))
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    units: Mapped[list[str] | None] = mapped_column(ARRAY(String(32)))
    reason: Mapped[str] = mapped_column(String(REASON_LONGEST))
