"""What a calendar (iCalendar, RFC 5545) says: the nights it blocks, or why it is not believed.

A calendar that is cut off, empty of any calendar, or has an event that cannot be understood is
refused as a whole: what it does not say would free rooms that are sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

from app import dates
from app.dates import ONE_DAY, Period

MOST_EVENTS = 5_000
LAST_MINUTE = timedelta(minutes=1)
REPEATS = {"DAILY": 1, "WEEKLY": 7}
MOST_REPEATS = 1_000


class NotUnderstood(Exception):
    """The text is no calendar to believe; ``why`` is a code that the page has words for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def blocked_nights(body: bytes, within: Period) -> set[date]:
    """Return the nights (of the period) that the calendar blocks; raises :class:`NotUnderstood`."""
    found: set[date] = set()
    for event in _current(_events(_whole(body))):
        for period in _periods(event, within):
            part = period.intersection(within)
            found.update(part or ())
    return found


def _whole(body: bytes) -> str:
    """Return the text of a calendar that has its end, and every event its own."""
    text = body.decode("utf-8-sig", errors="replace").strip("\r\n\t \0")
    lines = [line.rstrip().upper() for line in text.splitlines()]
    if not lines or lines[0] != "BEGIN:VCALENDAR":
        raise NotUnderstood("not_calendar")
    opened: list[str] = []
    for line in lines:
        if line.startswith("BEGIN:"):
            opened.append(line[6:])
        elif line.startswith("END:") and (not opened or opened.pop() != line[4:]):
            raise NotUnderstood("truncated")
    if opened or lines[-1] != "END:VCALENDAR":
        raise NotUnderstood("truncated")
    if lines.count("BEGIN:VEVENT") > MOST_EVENTS:
        raise NotUnderstood("too_large")
    return text


def _events(text: str) -> list[Any]:
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        raise NotUnderstood("event") from None
    if any(str(one.get("METHOD", "PUBLISH")).upper() != "PUBLISH" for one in calendars):
        raise NotUnderstood("not_calendar")
    return [event for one in calendars for event in one.walk("VEVENT")]


def _current(events: Iterable[Any]) -> Iterator[Any]:
    """Yield the events as they are now: of several with one UID the latest, and none cancelled."""
    latest: dict[object, list[Any]] = {}
    for event in events:
        uid = str(event.get("UID") or "")
        key = (uid, str(event.get("RECURRENCE-ID", ""))) if uid else object()
        told = latest.setdefault(key, [])
        if told and _sequence(told[0]) != _sequence(event):
            newer = _sequence(event) > _sequence(told[0])
            latest[key] = [event] if newer else told
        else:
            # Two of the same number say different things perhaps; both are believed.
            told.append(event)
    for told in latest.values():
        yield from (one for one in told if str(one.get("STATUS", "")).upper() != "CANCELLED")


def _sequence(event: Any) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _periods(event: Any, within: Period) -> list[Period]:
    """Return the nights of an event and of its simple repetitions."""
    try:
        first = _period(event)
        rule = event.get("RRULE")
        return [first] if rule is None else [first, *_repeated(first, rule, within)]
    except (AttributeError, KeyError, ValueError, TypeError, OverflowError, IndexError):
        raise NotUnderstood("event") from None


def _period(event: Any) -> Period:
    """Return the nights from the start to before the end, which is the day of departure."""
    start, end = event["DTSTART"].dt, _end(event)
    if isinstance(start, datetime) != isinstance(end, datetime) or end < start:
        raise NotUnderstood("event")
    first, last = _day(start), _day(end)
    # What ends at 23:59 lasts until midnight; what begins and ends on one day takes its night.
    if isinstance(end, datetime) and _day(end + LAST_MINUTE) > last:
        last += ONE_DAY
    return Period(first, max(last, first + ONE_DAY))


def _end(event: Any) -> date | datetime:
    start = event["DTSTART"].dt
    if "DTEND" in event:
        return event["DTEND"].dt
    if "DURATION" in event:
        return start + event["DURATION"].dt
    return start


def _day(moment: date | datetime) -> date:
    """Return the day here; a time without a zone is one of here."""
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo is None else moment.astimezone(dates.ZONE)).date()


def _repeated(first: Period, rule: Any, within: Period) -> Iterator[Period]:
    """Yield the repetitions of a rule that only says every how many days or weeks."""
    parts = {str(name).upper(): value for name, value in rule.items()}
    freq = str(parts.pop("FREQ", [""])[0]).upper()
    step = REPEATS.get(freq, 0) * int(parts.pop("INTERVAL", [1])[0])
    count = int(parts.pop("COUNT", [MOST_REPEATS])[0])
    until = parts.pop("UNTIL", [within.end])[0]
    parts.pop("WKST", None)
    if parts or step < 1:
        raise NotUnderstood("repeats")
    last = min(_day(until), within.end)
    for number in range(1, min(count, MOST_REPEATS)):
        moved = number * step * ONE_DAY
        if first.start + moved > last:
            return
        yield Period(first.start + moved, first.end + moved)
