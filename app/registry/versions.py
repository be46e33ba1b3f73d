"""The version that tells the search index what it still lacks."""

from __future__ import annotations

from sqlalchemy import BindParameter, Update, update

from app.db import db
from app.registry.models import Establishment


def mark_changed(establishment_id: int) -> None:
    """Raise the house's search version in the running transaction.

    The row stays locked until the commit, so call it near the end of an operation. The object in
    the session is not touched: a stale counter there would overwrite a concurrent change.
    """
    db.session.execute(raised(establishment_id))


def raised(establishment_id: int | BindParameter[int]) -> Update:
    """Return the statement, for one that does more in the same round."""
    return (
        update(Establishment)
        .where(Establishment.id == establishment_id)
        .values(search_version=Establishment.search_version + 1)
        .execution_options(synchronize_session=False)
    )
