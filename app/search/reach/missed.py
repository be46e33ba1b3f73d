"""Whom searches missed because a vacancy was too old: an estimate, made a few minutes later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.db import db
from app.search import asked as reading
from app.search.fallback import rows_of
from app.search.items import FITTING, TYPES, demands
from app.search.reach.models import AskedSearch, ReachDay
from app.search.wish import Wish

# So many wishes a turn; what waits longer than an hour says nothing true any more.
MOST_A_TURN = 20
KEPT = timedelta(hours=1)
DAYS_KEPT = 400
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Missed:
    """Houses with rooms for a wish that were left out for their age, or ranked last for it."""

    hidden: frozenset[int] = field(default_factory=frozenset)
    last: frozenset[int] = field(default_factory=frozenset)


def missed(wish: Wish) -> Missed:
    """Return whom the age of a vacancy cost a search, as the vacancies are now."""
    if wish.stay is None:
        return Missed()
    ids = [row.id for row in rows_of(replace(wish, text=""))]
    types = TYPES.rows(ids=ids, capacity=wish.capacity, since=EVER) if ids else ()
    fits = (
        FITTING.rows(room_types=[row.id for row in types], **demands(wish, wish.stay))
        if types
        else ()
    )
    newest: dict[int, datetime] = defaultdict(lambda: EVER)
    for fit in fits:
        newest[fit.establishment_id] = max(newest[fit.establishment_id], fit.confirmed_at)
    ages = wish.ages
    return Missed(
        hidden=frozenset(house for house, at in newest.items() if at < ages.stale),
        last=frozenset(house for house, at in newest.items() if ages.stale <= at < ages.ageing),
    )


def tick() -> bool:
    """Count some waiting searches, then forget them; returns whether more wait. Commits."""
    db.session.execute(delete(AskedSearch).where(AskedSearch.created_at < dates.now() - KEPT))
    waiting = db.session.scalars(
        select(AskedSearch)
        .order_by(AskedSearch.id)
        .limit(MOST_A_TURN)
        .with_for_update(skip_locked=True)
    ).all()
    costs: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0])
    for search in waiting:
        _cost(search, costs)
    _store(costs)
    db.session.execute(delete(AskedSearch).where(AskedSearch.id.in_([one.id for one in waiting])))
    db.session.commit()
    return len(waiting) == MOST_A_TURN


def _cost(search: AskedSearch, costs: dict[tuple[int, date], list[int]]) -> None:
    wish = reading.read(search.parameters, names=False).wish
    if wish is None:
        # Its first night has passed meanwhile.
        return
    found = missed(wish)
    for house in found.hidden:
        costs[(house, search.day)][0] += search.times
    for house in found.last:
        costs[(house, search.day)][1] += search.times


def _store(costs: dict[tuple[int, date], list[int]]) -> None:
    rows: Sequence[dict[str, Any]] = [
        {"establishment_id": house, "day": day, "hidden": hidden, "last": last}
        for (house, day), (hidden, last) in sorted(costs.items())
    ]
    if not rows:
        return
    statement = insert(ReachDay).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["establishment_id", "day"],
            set_={
                "hidden": ReachDay.hidden + statement.excluded.hidden,
                "last": ReachDay.last + statement.excluded.last,
            },
        )
    )


def forget_old() -> None:
    """Delete the counts of more than a year ago; commits."""
    old = dates.today() - timedelta(days=DAYS_KEPT)
    db.session.execute(delete(ReachDay).where(ReachDay.day < old))
    db.session.commit()
