"""Feeds of a house: adding and removing them, believing what was fetched, the house's decisions."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app import dates
from app.audit.operations import record
from app.availability.feeds.models import FeedNight, VacancyFeed
from app.availability.operations import AHEAD
from app.availability.taking import nights_changed, renew
from app.dates import Period
from app.db import db, new_id
from app.registry.models import TEST, Establishment, Room, RoomAssignment, RoomType
from app.registry.versions import mark_changed
from app.web.security import Principal

MOST_FEEDS = 60
EVERY = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)
# Whoever is killed while fetching leaves the feed to the next worker after this.
CLAIMED = timedelta(minutes=2)
AGAIN = timedelta(minutes=1)
# A calendar that lost most of its nights is believed once it has said so for this long; one that
# lost all of them, for a day: a site in trouble answers with an empty one.
HELD, HELD_EMPTY = timedelta(minutes=10), timedelta(hours=24)
# What is held where the manager said that the calendar is right, whatever it says next.
BELIEVED = b"believed"
STALE = timedelta(hours=24)


class TooManyFeeds(Exception):
    """The house has as many feeds as it may have."""


@dataclass(frozen=True)
class FeedData:
    """What the manager says about a feed."""

    name: str
    url: str
    room_type: RoomType
    room: Room | None = None
    rooms: int = 1


def within() -> Period:
    """Return the nights that a feed can block."""
    return Period(dates.today(), dates.today() + AHEAD * dates.ONE_DAY)


def type_tonight(room: Room) -> int | None:
    """Return the type the room has tonight."""
    mine = RoomAssignment.room_id == room.id, RoomAssignment.valid.contains(dates.today())
    return db.session.scalar(select(RoomAssignment.room_type_id).where(*mine))


# --- The manager ---------------------------------------------------------------------------


def add_feed(house: Establishment, data: FeedData, *, by: Principal) -> VacancyFeed:
    """Add a feed, to be fetched at once; raises :class:`TooManyFeeds`."""
    db.session.execute(
        select(Establishment.id).where(Establishment.id == house.id).with_for_update()
    )
    count = select(func.count()).where(VacancyFeed.establishment_id == house.id)
    if (db.session.scalar(count) or 0) >= MOST_FEEDS:
        raise TooManyFeeds
    feed = VacancyFeed(
        id=new_id(),
        establishment_id=house.id,
        room_type_id=data.room_type.id,
        room_id=data.room.id if data.room else None,
        rooms=1 if data.room else data.rooms,
        name=data.name,
        due_at=dates.now(),
    )
    feed.url = data.url
    db.session.add(feed)
    db.session.flush()
    record("feed_added", by=by, establishment_id=house.id, subject=f"feed:{feed.id}")
    return feed


def remove_feed(feed: VacancyFeed, *, by: Principal) -> None:
    """Remove the feed; its nights block nothing any more."""
    house_id, feed_id = feed.establishment_id, feed.id
    freed = db.session.scalars(
        delete(FeedNight).where(FeedNight.feed_id == feed_id).returning(FeedNight.night)
    ).all()
    db.session.delete(feed)
    db.session.flush()
    _changed(house_id, freed)
    record("feed_removed", by=by, establishment_id=house_id, subject=f"feed:{feed_id}")


def ask_again(feed: VacancyFeed) -> bool:
    """Have the feed fetched soon; False where it was fetched a moment ago."""
    now = dates.now()
    if feed.fetched_at is not None and feed.fetched_at > now - AGAIN:
        return False
    feed.due_at = min(feed.due_at, now)
    return True


def believe(feed: VacancyFeed, *, by: Principal) -> None:
    """Let the next fetch free the nights that are held: the manager says that it is right."""
    if feed.held is None:
        return
    feed.held = BELIEVED
    feed.due_at = dates.now()
    record(
        "feed_believed", by=by, establishment_id=feed.establishment_id, subject=f"feed:{feed.id}"
    )


def decide(house: Establishment, feed: VacancyFeed, nights: Iterable[date], decision: str) -> None:
    """Say whether these nights of a feed are rooms that the house has counted already."""
    chosen = sorted(set(nights))
    changed = db.session.scalars(
        update(FeedNight)
        .where(FeedNight.feed_id == feed.id, FeedNight.night.in_(chosen))
        .values(decision=decision)
        .returning(FeedNight.night)
        .execution_options(synchronize_session=False)
    ).all()
    _changed(house.id, changed)


# --- The worker ----------------------------------------------------------------------------


def claim_due() -> uuid.UUID | None:
    """Return a feed that is to be fetched now, put off for others; the caller commits."""
    now = dates.now()
    due = (
        select(VacancyFeed)
        .join(Establishment, Establishment.id == VacancyFeed.establishment_id)
        .where(VacancyFeed.due_at <= now, Establishment.status.in_(("applied", "approved", TEST)))
        .order_by(VacancyFeed.due_at)
        .limit(1)
        .with_for_update(of=VacancyFeed, skip_locked=True)
    )
    feed = db.session.scalar(due)
    if feed is None:
        return None
    feed.due_at = now + CLAIMED
    return feed.id


def note_failure(feed_id: uuid.UUID, why: str) -> None:
    """Note why nothing could be believed; what was believed last stays."""
    feed = _locked(feed_id)
    if feed is None:
        return
    feed.fetched_at, feed.failure = dates.now(), why
    feed.failures = min(feed.failures + 1, 1_000)
    feed.due_at = dates.now() + min(EVERY * 2 ** min(feed.failures - 1, 6), LONGEST_PAUSE)


def note_unchanged(feed_id: uuid.UUID) -> None:
    """Note that the site says that nothing has changed since what was believed last."""
    feed = _locked(feed_id)
    if feed is not None:
        _fetched(feed)
        _renew(feed)


def store(
    feed_id: uuid.UUID, nights: set[date], *, etag: str | None, last_modified: str | None
) -> None:
    """Store the nights that a whole calendar blocks; those it suddenly lost are held at first."""
    feed = _locked(feed_id)
    if feed is None:
        return
    # What is past stays as it was: facts are made of it, and calendars leave it out.
    ahead = FeedNight.feed_id == feed.id, FeedNight.night >= dates.today()
    before = set(db.session.scalars(select(FeedNight.night).where(*ahead)))
    lost = before - nights
    held = bool(lost) and _holds(feed, before, nights)
    if not held:
        feed.held = feed.held_since = None
        _free(feed, lost)
    _block(feed, nights - before)
    _fetched(feed, "held" if held else None)
    # While something is held the calendar has to come whole again.
    feed.etag, feed.last_modified = (None, None) if held else (etag, last_modified)
    changed = (nights - before) | (set() if held else lost)
    if changed:
        _changed(feed.establishment_id, changed)
    if not held:
        _renew(feed)


def _locked(feed_id: uuid.UUID) -> VacancyFeed | None:
    return db.session.scalar(
        select(VacancyFeed)
        .where(VacancyFeed.id == feed_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _fetched(feed: VacancyFeed, failure: str | None = None) -> None:
    now = dates.now()
    feed.fetched_at, feed.failure, feed.failures = now, failure, 0
    feed.due_at = now + EVERY
    if failure is None:
        feed.good_at = now


def _holds(feed: VacancyFeed, before: set[date], nights: set[date]) -> bool:
    """Whether the loss is too large to be believed yet; remembers since when it is the same."""
    kept = len(before & nights)
    if nights and kept * 2 >= len(before):
        return False
    said = hashlib.sha256(",".join(map(str, sorted(nights))).encode()).digest()
    now = dates.now()
    if feed.held == BELIEVED:
        return False
    if feed.held != said or feed.held_since is None:
        feed.held, feed.held_since = said, now
        return True
    return feed.held_since > now - (HELD if nights else HELD_EMPTY)


def _block(feed: VacancyFeed, nights: Iterable[date]) -> None:
    db.session.add_all(
        FeedNight(
            feed_id=feed.id,
            night=night,
            room_type_id=feed.room_type_id,
            room_id=feed.room_id,
            rooms=feed.rooms,
        )
        for night in sorted(nights)
    )
    db.session.flush()


def _free(feed: VacancyFeed, nights: Iterable[date]) -> None:
    night = func.unnest(literal(sorted(nights), ARRAY(Date))).column_valued("night")
    db.session.execute(
        delete(FeedNight)
        .where(FeedNight.feed_id == feed.id, FeedNight.night.in_(select(night)))
        .execution_options(synchronize_session=False)
    )


def _renew(feed: VacancyFeed) -> None:
    """Renew the age of the type's vacancy where feeds speak for every room of it.

    It is not the house that reported: a fetch says nothing about whether anybody is at work.
    """
    room_type = feed.room_type
    if room_type.kept_by == "stays" and _covered(room_type):
        renew(room_type, reported=False)


def _covered(room_type: RoomType) -> bool:
    """Whether feeds that were read lately stand for all rooms of the type."""
    mine = (
        VacancyFeed.room_type_id == room_type.id,
        VacancyFeed.good_at > dates.now() - 2 * EVERY,
    )
    listed = select(
        func.count(VacancyFeed.room_id.distinct()),
        func.coalesce(func.sum(VacancyFeed.rooms).filter(VacancyFeed.room_id.is_(None)), 0),
    ).where(*mine)
    single, several = db.session.execute(listed).one()
    rooms = db.session.scalar(
        select(func.count()).where(
            RoomAssignment.room_type_id == room_type.id,
            RoomAssignment.valid.contains(dates.today()),
        )
    )
    return bool(rooms) and single + several >= (rooms or 0)


def _changed(establishment_id: int, nights: Iterable[date]) -> None:
    """Have search and statistics look again; the house's row comes before its nights."""
    chosen = list(nights)
    if chosen:
        mark_changed(establishment_id)
        nights_changed(establishment_id, chosen)
