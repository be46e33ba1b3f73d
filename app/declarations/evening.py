"""What the tonight page leads with from 22:30: who is unsent, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from app import dates
from app.declarations import queries
from app.declarations.catalogues import Contact
from app.registry.models import Establishment

BEGINS = time(22, 30)
# Who arrives after 23:00 has until 08:00.
ENDS = time(8, 0)


@dataclass(frozen=True, slots=True)
class Evening:
    """Guests still unsent by kind, those of them who lack something, and the commune police."""

    domestic: int
    foreign: int
    incomplete: int
    contact: Contact | None

    @property
    def guests(self) -> int:
        return self.domestic + self.foreign


def is_evening() -> bool:
    """Whether the last half-hour before the limit, or the night after it, is running."""
    moment = dates.local(dates.now()).time()
    return moment >= BEGINS or moment < ENDS


def evening(house: Establishment) -> Evening | None:
    """Return what to lead with, None outside these hours and where nobody is unsent."""
    if not is_evening():
        return None
    unsent = queries.sendable(house.id)
    if not unsent:
        return None
    foreign = sum(declaration.foreign for declaration in unsent)
    return Evening(
        domestic=len(unsent) - foreign,
        foreign=foreign,
        incomplete=sum(not declaration.can_be_filed for declaration in unsent),
        contact=queries.contact(house),
    )
