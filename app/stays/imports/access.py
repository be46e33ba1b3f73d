"""Which import a principal may see: those of the houses it works in."""

from __future__ import annotations

import uuid

from flask import abort

from app.stays.imports import jobs
from app.stays.imports.models import GuestImport
from app.web.security import principal


def import_or_404(
    import_id: uuid.UUID, *, house_id: int | None = None, lock: bool = False
) -> GuestImport:
    """Return the import, or answer 404 where it is another house's."""
    for house in sorted(principal().houses):
        found = jobs.find(house, import_id, lock=lock) if house_id in (None, house) else None
        if found is not None:
            return found
    abort(404)
