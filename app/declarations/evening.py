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
    """The guests a file can hold by kind, those who lack something, and the commune police."""

    domestic: int
    foreign: int
    incomplete: int
    contact: Contact | None

    @property
    def guests(self) -> int:
        """All who are unsent."""
        return self.domestic + self.foreign + self.incomplete


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
    whole = [declaration for declaration in unsent if declaration.can_be_filed]
    foreign = sum(declaration.foreign for declaration in whole)
    return Evening(
        domestic=len(whole) - foreign,
        foreign=foreign,
        incomplete=len(unsent) - len(whole),
        contact=queries.contact(house),
    )
