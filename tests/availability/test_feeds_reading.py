"""Reading calendars as booking sites write them, and ugly ones."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.availability.feeds.reading import MOST_EVENTS, NotUnderstood, blocked_nights
from app.dates import Period

WITHIN = Period(date(2026, 11, 24), date(2028, 11, 20))


def calendar(*events: str, head: str = "") -> bytes:
    inside = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{head}{inside}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def nights(*events: str, head: str = "") -> list[str]:
    return [f"{n:%m-%d}" for n in sorted(blocked_nights(calendar(*events, head=head), WITHIN))]


def why(body: bytes) -> str:
    with pytest.raises(NotUnderstood) as refused:
        blocked_nights(body, WITHIN)
    return refused.value.why


SPAN = "DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261203"
ZONE = """BEGIN:VTIMEZONE
TZID:Asia/Ho_Chi_Minh
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
END:STANDARD
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (SPAN, ["12-01", "12-02"]),
        ("DTSTART;VALUE=DATE:20261201", ["12-01"]),
        ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261201", ["12-01"]),
        ("DTSTART;VALUE=DATE:20261201\nDURATION:P2D", ["12-01", "12-02"]),
        ("DTSTART:20261201T140000\nDTEND:20261203T120000", ["12-01", "12-02"]),
        ("DTSTART:20261201T070000Z\nDTEND:20261203T050000Z", ["12-01", "12-02"]),
        # 17:00 UTC is midnight here: a day further.
        ("DTSTART:20261201T170000Z\nDTEND:20261202T170000Z", ["12-02"]),
        ("DTSTART:20261201T000000\nDTEND:20261202T235900", ["12-01", "12-02"]),
        ("DTSTART:20261201T100000\nDTEND:20261201T110000", ["12-01"]),
        (
            "DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T140000\n"
            "DTEND;TZID=Asia/Ho_Chi_Minh:20261202T120000",
            ["12-01"],
        ),
        (f"{SPAN}\nSTATUS:CANCELLED", []),
        (f"{SPAN}\nRRULE:FREQ=WEEKLY;COUNT=2", ["12-01", "12-02", "12-08", "12-09"]),
        (
            f"{SPAN}\nRRULE:FREQ=DAILY;INTERVAL=5;UNTIL=20261207",
            ["12-01", "12-02", "12-06", "12-07"],
        ),
        ("DTSTART;VALUE=DATE:20261120\nDTEND;VALUE=DATE:20261125", ["11-24"]),
        ("DTSTART;VALUE=DATE:20200101\nDTEND;VALUE=DATE:20200110", []),
        (f"{SPAN}\nDESCRIPTION:a\n BEGIN:VEVENT\n b", ["12-01", "12-02"]),
    ],
)
def test_an_event_blocks_its_nights(event: str, expected: list[str]) -> None:
    assert nights(f"UID:1\n{event}", head=ZONE) == expected


def test_of_events_with_one_uid_the_latest_counts() -> None:
    moved = "DTSTART;VALUE=DATE:20261205\nDTEND;VALUE=DATE:20261206"
    assert nights(f"UID:1\nSEQUENCE:2\n{moved}", f"UID:1\nSEQUENCE:1\n{SPAN}") == ["12-05"]
    assert nights(f"UID:1\n{SPAN}", f"UID:1\nSEQUENCE:1\nSTATUS:CANCELLED\n{SPAN}") == []
    # Two that say different things under one number are both believed, and so are two without.
    assert nights(f"UID:1\n{SPAN}", f"UID:1\n{moved}") == ["12-01", "12-02", "12-05"]
    assert nights(SPAN, moved) == ["12-01", "12-02", "12-05"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("DTSTART:nonsense", "event"),
        ("DTEND;VALUE=DATE:20261203", "event"),
        ("DTSTART;VALUE=DATE:20261205\nDTEND;VALUE=DATE:20261203", "event"),
        ("DTSTART;VALUE=DATE:20261205\nDTEND:20261206T120000", "event"),
        ("DTSTART;VALUE=DATE:20269999\nDTEND;VALUE=DATE:20261203", "event"),
        (f"{SPAN}\nRRULE:FREQ=SECONDLY", "repeats"),
        (f"{SPAN}\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU", "repeats"),
        (f"{SPAN}\nRRULE:FREQ=DAILY;INTERVAL=0", "repeats"),
    ],
)
def test_an_event_that_is_not_understood_refuses_the_calendar(event: str, code: str) -> None:
    assert why(calendar(f"UID:1\n{SPAN}", f"UID:2\n{event}")) == code


WHOLE = calendar(f"UID:1\n{SPAN}", f"UID:2\n{SPAN}")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_calendar"),
        (b"\0\0", "not_calendar"),
        (b"<html>BEGIN:VCALENDAR END:VCALENDAR</html>", "not_calendar"),
        (b'{"error": "rate limited"}', "not_calendar"),
        (WHOLE.replace(b"END:VCALENDAR", b""), "truncated"),
        (WHOLE.replace(b"END:VEVENT\r\n", b"", 1), "truncated"),
        (WHOLE + b"BEGIN:VCALENDAR\r\n", "truncated"),
        (calendar(head="METHOD:CANCEL\n"), "not_calendar"),
        (calendar(*[""] * (MOST_EVENTS + 1)), "too_large"),
    ],
)
def test_what_is_no_whole_calendar_is_refused(body: bytes, code: str) -> None:
    assert why(body) == code


def test_no_cut_of_a_calendar_is_believed() -> None:
    whole = blocked_nights(WHOLE, WITHIN)
    for length in range(len(WHOLE.rstrip())):
        with pytest.raises(NotUnderstood):
            blocked_nights(WHOLE[:length], WITHIN)
    assert blocked_nights(b"\xef\xbb\xbf" + WHOLE.replace(b"\r\n", b"\n"), WITHIN) == whole
    assert blocked_nights(calendar(), WITHIN) == set()


LINES = st.sampled_from(
    [
        *("DTSTART:", "DTEND;VALUE=DATE:20261299", "DTSTART;VALUE=DATE:99991231", "DURATION:P1"),
        *("DTSTART;TZID=Mars/X:20261201T100000", "RRULE:FREQ=DAILY;COUNT=x", "UID:\udcff"),
        *("DTSTART;VALUE=DATE:00010101", "DTEND:99991231T235959Z", "DURATION:-P99999W", ":", ";=:"),
        *("RRULE:FREQ=DAILY;INTERVAL=999999999999", "SEQUENCE:x", "STATUS:", "BEGIN:X", "END:X"),
        *("EXDATE:1", "RECURRENCE-ID:x", SPAN, "DTSTART;VALUE=DATE:20261201"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=6))
def test_nothing_that_is_sent_breaks_the_reader(lines: list[str]) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])
    try:
        found = blocked_nights(body.encode(errors="surrogateescape"), WITHIN)
    except NotUnderstood:
        return
    assert all(night in WITHIN for night in found)
