"""Where a feed and the house's own numbers may count the same rooms twice, or too many."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select

from app import dates
from app.availability import queries
from app.availability.feeds.models import FeedNight, VacancyFeed
from app.availability.feeds.operations import STALE
from app.availability.models import TakenNight
from app.availability.queries import NightState
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Establishment

MOST_NIGHTS = 500


@dataclass(frozen=True)
class Conflict:
    """Unbroken nights on which a feed blocks rooms beside those that the house has counted."""

    feed: VacancyFeed
    period: Period
    state: NightState

    @property
    def short(self) -> int:
        """Rooms that are missing if all of them are different ones."""
        return _short(self.state)

    @property
    def numbers(self) -> tuple[int, ...]:
        return _numbers(self.state)


@dataclass(frozen=True)
class Notice:
    """What the desk should look at."""

    conflicts: int
    faults: int


def feeds_of(house: Establishment) -> list[VacancyFeed]:
    """Return the house's feeds, by name."""
    statement = select(VacancyFeed).where(VacancyFeed.establishment_id == house.id)
    return list(db.session.scalars(statement.order_by(VacancyFeed.name, VacancyFeed.id)))


def conflicts(house: Establishment) -> list[Conflict]:
    """Return the conflicts of tonight and later that nobody has decided, by feed and night."""
    rows = db.session.execute(_undecided(house)).all()
    states = {
        (state.room_type_id, state.night): state
        for state in queries.nights_of(sorted({(row.room_type_id, row.night) for _, row in rows}))
    }
    found: list[Conflict] = []
    for feed, row in rows:
        state = states[row.room_type_id, row.night]
        if state.blocked and _meets(state):
            _add(found, Conflict(feed, Period.of(row.night, 1), state))
    return found


def _undecided(house: Establishment) -> Select[VacancyFeed, FeedNight]:
    """Select the nights ahead, but for those of a room whose guest has come."""
    taken = exists().where(
        TakenNight.room_id == FeedNight.room_id, TakenNight.night == FeedNight.night
    )
    return (
        select(VacancyFeed, FeedNight)
        .join(FeedNight, FeedNight.feed_id == VacancyFeed.id)
        .where(
            VacancyFeed.establishment_id == house.id,
            FeedNight.night >= dates.today(),
            FeedNight.decision.is_(None),
            ~taken,
        )
        .order_by(VacancyFeed.name, VacancyFeed.id, FeedNight.night)
        .limit(MOST_NIGHTS)
    )


def _meets(state: NightState) -> bool:
    """Whether the house's own numbers may have the feed's rooms in them already."""
    return bool(state.open_reservations or state.withheld or _short(state) > 0)


def _short(state: NightState) -> int:
    return max(0, state.used + state.withheld + state.blocked - state.total)


def _numbers(state: NightState) -> tuple[int, ...]:
    return (state.total, state.used, state.open_reservations, state.withheld, state.blocked)


def _add(found: list[Conflict], new: Conflict) -> None:
    last = found[-1] if found else None
    if (
        last
        and last.feed is new.feed
        and last.period.end == new.period.start
        and last.numbers == new.numbers
    ):
        period = Period(last.period.start, new.period.start + ONE_DAY)
        found[-1] = Conflict(new.feed, period, last.state)
    else:
        found.append(new)


def notice(house: Establishment) -> Notice | None:
    """Return what the desk should look at; None where there is nothing."""
    mine = feeds_of(house)
    if not mine:
        return None
    counted = Notice(len(conflicts(house)), sum(map(is_faulty, mine)))
    return counted if counted.conflicts or counted.faults else None


def is_faulty(feed: VacancyFeed) -> bool:
    """Whether somebody should look at the feed: held, or not believed for a day."""
    if feed.held is not None:
        return True
    since = feed.good_at or feed.created_at
    return feed.failure is not None and since < dates.now() - STALE


def blocked_counts(feeds: Iterable[VacancyFeed]) -> dict[uuid.UUID, int]:
    """Return how many nights ahead each feed blocks."""
    rows = db.session.execute(
        select(FeedNight.feed_id, func.count())
        .where(
            FeedNight.feed_id.in_([feed.id for feed in feeds]),
            FeedNight.night >= dates.today(),
        )
        .group_by(FeedNight.feed_id)
    )
    return {row[0]: row[1] for row in rows}
