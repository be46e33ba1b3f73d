"""Loading a stay and checking the right to it in one call."""

from __future__ import annotations

import uuid

from flask import abort

from app.registry.models import Establishment
from app.stays.models import Guest, Stay
from app.stays.queries import with_guests
from app.web.security import principal, refused


def stay_or_404(stay_id: uuid.UUID, *, house: Establishment | None = None) -> Stay:
    """Return the stay if who is asking works in its house (or it is ``house``'s); else 404."""
    stay = with_guests(stay_id)
    if stay is None:
        abort(404)
    if house is not None and stay.establishment_id != house.id:
        abort(404)
    if not principal().works_in(stay.establishment_id):
        refused(f"stay:{stay.id}", stay.establishment_id)
        abort(404)
    return stay


def guest_or_404(stay: Stay, guest_id: uuid.UUID) -> Guest:
    """Return the guest of the stay."""
    guest = next((guest for guest in stay.guests if guest.id == guest_id), None)
    if guest is None:
        abort(404)
    return guest
