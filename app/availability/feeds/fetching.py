"""The worker's part of feeds: fetch one that is due, read it, and store what it says."""

from __future__ import annotations

import structlog

from app.availability.feeds import operations, wire
from app.availability.feeds.models import VacancyFeed
from app.availability.feeds.reading import NotUnderstood, blocked_nights
from app.availability.feeds.wire import NotFetched
from app.db import db

log = structlog.get_logger()


def tick() -> bool:
    """Fetch one feed that is due; no transaction is open meanwhile. Returns whether one was."""
    feed_id = operations.claim_due()
    if feed_id is None:
        db.session.rollback()
        return False
    feed = db.session.get_one(VacancyFeed, feed_id)
    url, headers = feed.url or "", _conditions(feed)
    db.session.commit()
    try:
        answer = wire.fetch(url, headers)
        if answer.body is None:
            operations.note_unchanged(feed_id)
        else:
            nights = blocked_nights(answer.body, operations.within())
            operations.store(feed_id, nights, etag=answer.etag, last_modified=answer.last_modified)
    except (NotFetched, NotUnderstood) as refused:
        # The address is a secret and the text may name guests: only the kind is logged.
        log.info("feed refused", feed=str(feed_id), why=refused.why)
        operations.note_failure(feed_id, refused.why)
    db.session.commit()
    return True


def _conditions(feed: VacancyFeed) -> dict[str, str]:
    """Return the headers with which the site may say that nothing changed."""
    asked = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in asked.items() if value}
