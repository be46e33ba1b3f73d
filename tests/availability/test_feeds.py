"""Feeds of booking sites: what they block, what is held, who may add them, where they disagree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app import dates
from app.availability import operations, queries
from app.availability.feeds import conflicts as feeds_conflicts
from app.availability.feeds import fetching as feeds_fetching
from app.availability.feeds import operations as feeds
from app.availability.feeds import wire as feeds_wire
from app.availability.feeds.models import FeedNight, VacancyFeed
from app.availability.feeds.operations import FeedData
from app.availability.feeds.wire import Answer, NotFetched
from app.availability.models import ChangedNight, ReportedDay, TakenNight
from app.availability.taking import take
from app.dates import Period
from app.db import db, new_id
from app.registry.models import Room
from app.web.security import Principal
from tests.factories import EstablishmentFactory, ReservationFactory

MANAGER = Principal(kind="user", id=1)
DAY = timedelta(days=1)
SECRET = "https://www.airbnb.test/calendar/ical/1.ics?s=0a1b2c3d4e5f"


def calendar(*spans: tuple[int, int]) -> bytes:
    """A calendar that blocks from so many days after today until so many."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Airbnb//EN"]
    for number, (start, end) in enumerate(spans):
        lines += ["BEGIN:VEVENT", f"UID:{number}@test", "SUMMARY:Nguyễn Văn Khách"]
        lines += [f"DTSTART;VALUE=DATE:{dates.today() + start * DAY:%Y%m%d}"]
        lines += [f"DTEND;VALUE=DATE:{dates.today() + end * DAY:%Y%m%d}", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the booking site answers next, and what it was asked."""
    site: dict[str, Any] = {"answer": Answer(calendar()), "asked": []}

    def fetch(url: str, headers: Any = None) -> Answer:
        site["asked"].append((url, dict(headers or {})))
        if isinstance(site["answer"], Exception):
            raise site["answer"]
        return site["answer"]

    monkeypatch.setattr(feeds_wire, "fetch", fetch)
    return site


def feed_of(house: Any, **values: Any) -> VacancyFeed:
    data = {"name": "Airbnb", "url": SECRET, "room_type": house.room_types[0]} | values
    return feeds.add_feed(house, FeedData(**data), by=MANAGER)


def fetch(feed: VacancyFeed, site: dict[str, Any], body: bytes | Exception) -> VacancyFeed:
    """Let the worker fetch once."""
    site["answer"] = body if isinstance(body, Exception) else Answer(body)
    feed.due_at = dates.now()
    db.session.flush()
    assert feeds_fetching.tick()
    db.session.refresh(feed)
    return feed


def vacant(house: Any, days: int = 6, index: int = 0) -> list[int | None]:
    period = Period.of(dates.today(), days)
    states = queries.nights(period, room_type_ids=[house.room_types[index].id])
    return [state.vacant for state in states]


@pytest.fixture
def known(house: Any) -> Any:
    """The house, all of whose nights are known: five rooms vacant."""
    operations.confirm(house, [one.id for one in house.room_types])
    assert vacant(house) == [5] * 6
    return house


# --- Blocking ------------------------------------------------------------------------------


def test_the_departure_day_is_free_again(known: Any, site: Any) -> None:
    fetch(feed_of(known, rooms=2), site, calendar((1, 3)))
    assert vacant(known) == [5, 3, 3, 5, 5, 5]


def test_feeds_of_a_type_add_up_and_those_of_a_room_count_once(known: Any, site: Any) -> None:
    room = db.session.scalars(select(Room).where(Room.establishment_id == known.id)).first()
    for name in ("Airbnb", "Agoda"):
        fetch(feed_of(known, name=name, room=room), site, calendar((0, 2)))
    assert vacant(known) == [4, 4, 5, 5, 5, 5]
    fetch(feed_of(known, name="Booking.com"), site, calendar((1, 2)))
    assert vacant(known) == [4, 3, 5, 5, 5, 5]
    # Its guest has come: the room is not counted a second time.
    take(room, Period.of(dates.today(), 1), stay_id=new_id())
    assert vacant(known)[:2] == [4, 3]
    assert db.session.scalar(select(func.count()).select_from(TakenNight)) == 1


def test_a_house_cannot_say_more_than_the_feed_leaves(known: Any, site: Any) -> None:
    fetch(feed_of(known, rooms=2), site, calendar((1, 2)))
    tomorrow = dates.today() + DAY
    with pytest.raises(operations.NotPossible):
        operations.set_vacant(known, [known.room_types[0].id], [tomorrow], 4)
    operations.set_vacant(known, [known.room_types[0].id], [tomorrow], 3)
    assert vacant(known)[1] == 3


def test_a_feed_is_not_subtracted_from_what_a_program_counts(known: Any, site: Any) -> None:
    room_type = known.room_types[0]
    operations.keep_by(room_type, "feed", by=MANAGER)
    operations.set_vacant(known, [room_type.id], [dates.today()], 4)
    fetch(feed_of(known), site, calendar((0, 1)))
    assert vacant(known)[0] == 4


def test_a_fetch_reports_nothing_in_the_houses_name(house: Any, site: Any) -> None:
    house.search_version = 1
    fetch(feed_of(house), site, calendar((1, 3)))
    assert db.session.scalars(select(ReportedDay)).all() == []
    assert house.room_types[0].confirmed_at is None
    changed = set(db.session.scalars(select(ChangedNight.night)))
    assert changed == {dates.today() + DAY, dates.today() + 2 * DAY}
    db.session.refresh(house)
    assert house.search_version == 2
    # The same again changes nothing.
    fetch(house_feed(house), site, calendar((1, 3)))
    db.session.refresh(house)
    assert house.search_version == 2


def house_feed(house: Any) -> VacancyFeed:
    return db.session.scalars(
        select(VacancyFeed).where(VacancyFeed.establishment_id == house.id)
    ).one()


def test_feeds_for_every_room_renew_the_age_of_the_type(house: Any, site: Any) -> None:
    fetch(feed_of(house, rooms=4), site, calendar((1, 2)))
    assert house.room_types[0].confirmed_at is None
    fetch(feed_of(house, name="Agoda"), site, calendar((1, 2)))
    db.session.expire_all()
    assert house.room_types[0].confirmed_at is not None
    assert db.session.scalars(select(ReportedDay)).all() == []


# --- Never freeing a room by mistake -------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "not_calendar"),
        (b"<!doctype html><title>Sign in</title>", "not_calendar"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "truncated"),
        (NotFetched("timeout"), "timeout"),
        (NotFetched("gone"), "gone"),
    ],
)
def test_what_is_no_calendar_frees_no_room(known: Any, site: Any, answer: Any, why: str) -> None:
    feed = fetch(feed_of(known), site, calendar((1, 3)))
    good = feed.good_at
    with time_machine.travel(dates.now() + timedelta(minutes=20), tick=False):
        feed = fetch(feed, site, answer)
        assert (feed.failure, feed.failures, feed.good_at) == (why, 1, good)
        assert feed.due_at > dates.now()
        assert vacant(known) == [5, 4, 4, 5, 5, 5]
        # Negative control: the same calendar without the event does free it, if it says so twice.
        fetch(feed, site, calendar((1, 2)))
    assert vacant(known) == [5, 4, 5, 5, 5, 5]


def test_a_calendar_that_loses_most_is_held_until_it_says_so_again(known: Any, site: Any) -> None:
    feed = fetch(feed_of(known), site, calendar((0, 4)))
    start = dates.now()
    with time_machine.travel(start, tick=False) as clock:
        feed = fetch(feed, site, calendar((0, 1), (5, 6)))
        assert feed.failure == "held"
        # What it adds counts at once, what it lost does not.
        assert vacant(known) == [4, 4, 4, 4, 5, 4]
        clock.shift(timedelta(minutes=5))
        assert fetch(feed, site, calendar((0, 1), (5, 6))).failure == "held"
        # It changes its mind: the time begins anew.
        assert fetch(feed, site, calendar((1, 2))).failure == "held"
        clock.shift(timedelta(minutes=11))
        feed = fetch(feed, site, calendar((1, 2)))
    assert (feed.failure, feed.held) == (None, None)
    assert vacant(known) == [5, 4, 5, 5, 5, 5]


def test_an_empty_calendar_is_believed_after_a_day_or_by_the_manager(known: Any, site: Any) -> None:
    # Five hours later it is the same hotel day, whenever the tests run.
    with time_machine.travel(dates.at(dates.today(), 23), tick=False) as clock:
        feed = fetch(feed_of(known), site, calendar((1, 2)))
        assert fetch(feed, site, calendar()).failure == "held"
        clock.shift(timedelta(hours=5))
        assert fetch(feed, site, calendar()).failure == "held"
        assert vacant(known)[1] == 4
        feeds.believe(feed, by=MANAGER)
        assert fetch(feed, site, calendar()).failure is None
    assert vacant(known)[1] == 5


def test_conditional_requests_say_what_was_believed(known: Any, site: Any) -> None:
    feed = feed_of(known)
    site["answer"] = Answer(calendar((1, 2)), '"v1"', "Tue, 24 Nov 2026 00:00:00 GMT")
    assert feeds_fetching.tick()
    db.session.refresh(feed)
    feed.due_at = dates.now()
    site["answer"] = Answer(None)
    assert feeds_fetching.tick()
    assert site["asked"][0] == (SECRET, {})
    assert site["asked"][1][1]["If-None-Match"] == '"v1"'
    assert vacant(known)[1] == 4
    # Nothing is due any more.
    assert not feeds_fetching.tick()


def test_neither_the_secret_nor_a_guest_is_stored_readably(house: Any, site: Any) -> None:
    feed = fetch(feed_of(house), site, calendar((1, 2)))
    assert feed.url == SECRET
    row = db.session.execute(select(VacancyFeed.__table__)).one()
    assert "0a1b2c" not in repr(row)
    assert "Khách" not in repr(db.session.execute(select(FeedNight.__table__)).all())


# --- Conflicts -----------------------------------------------------------------------------


def test_a_conflict_is_shown_until_it_is_decided(known: Any, site: Any, desk: Any) -> None:
    tomorrow = dates.today() + DAY
    ReservationFactory(
        room_type=known.room_types[0], arrival=tomorrow, departure=tomorrow + 2 * DAY
    )
    feed = fetch(feed_of(known), site, calendar((1, 4)))
    (one,) = feeds_conflicts.conflicts(known)
    assert one.period == Period.of(tomorrow, 2)
    assert vacant(known) == [5, 3, 3, 4, 5, 5]
    page = f"/hotel/{known.code}/feeds"
    for path in (page, f"/hotel/{known.code}/calendar", f"/hotel/{known.code}/tonight"):
        desk.open(path)
    assert "Cùng một phòng" in desk.open(page).text_content()
    assert "có thể tính hai lần" in desk.open(f"/hotel/{known.code}/calendar").text_content()
    assert "có thể tính hai lần" in desk.open(f"/hotel/{known.code}/tonight").text_content()
    fields = {"from_": str(one.period.start), "to": str(one.period.end), "decision": "same"}
    assert desk.send(page, f"{page}/{feed.id}/decide", **fields).status_code == 303
    assert vacant(known) == [5, 4, 4, 4, 5, 5]
    assert feeds_conflicts.conflicts(known) == []
    # A later fetch of the same calendar does not ask again.
    fetch(feed, site, calendar((1, 4)))
    assert vacant(known) == [5, 4, 4, 4, 5, 5]


def test_other_rooms_stay_subtracted(known: Any, site: Any) -> None:
    ReservationFactory(
        room_type=known.room_types[0], arrival=dates.today(), departure=dates.today() + DAY
    )
    feed = fetch(feed_of(known), site, calendar((0, 1)))
    feeds.decide(known, feed, [dates.today()], "other")
    assert vacant(known)[0] == 3
    assert feeds_conflicts.conflicts(known) == []


# --- Pages ---------------------------------------------------------------------------------


def test_the_manager_adds_and_removes_a_calendar(house: Any, manager: Any, site: Any) -> None:
    page = f"/hotel/{house.code}/feeds"
    fields = {"name": "Airbnb", "url": SECRET, "place": f"type-{house.room_types[0].id}"}
    assert manager.send(page, page, **fields).status_code == 303
    feed = house_feed(house)
    shown = manager.open(page).text_content()
    assert "Đang chờ đọc" in shown
    assert "0a1b2c" not in shown
    fetch(feed, site, NotFetched("gone"))
    assert "không còn lịch" in manager.open(page).text_content()
    answer = manager.send(page, f"{page}/{feed.id}/fetch", follow=True)
    assert "đợi một phút" in answer.text
    assert manager.send(page, f"{page}/{feed.id}/remove").status_code == 303
    assert db.session.scalars(select(VacancyFeed)).all() == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host.test/x.ics",
        "http://localhost/x.ics",
        "http://127.0.0.1/x.ics",
        "https://host.test:8443/x.ics",
        "https://user:pw@host.test/x.ics",
        "không phải địa chỉ",
    ],
)
def test_an_address_that_cannot_be_is_told_at_the_field(house: Any, manager: Any, url: str) -> None:
    page = f"/hotel/{house.code}/feeds"
    place = f"type-{house.room_types[0].id}"
    answer = manager.send(page, page, name="X", url=url, place=place)
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert db.session.scalars(select(VacancyFeed)).all() == []


def test_strangers_see_no_calendar(house: Any, stranger: Any) -> None:
    assert stranger.get(f"/hotel/{house.code}/feeds").status_code == 404


def test_the_desk_sees_but_does_not_add(house: Any, desk: Any) -> None:
    page = f"/hotel/{house.code}/feeds"
    token = desk.open(f"/hotel/{house.code}/calendar").xpath("//input[@name='csrf_token']/@value")
    assert "Thêm một lịch" not in desk.open(page).text_content()
    data = {"csrf_token": token[0], "name": "X", "url": SECRET, "place": "type-1"}
    assert desk.client.post(page, data=data).status_code == 403


def test_another_houses_calendar_is_none_of_ours(house: Any, manager: Any) -> None:
    other = EstablishmentFactory()
    feed = feed_of(house)
    feed.establishment_id = other.id
    db.session.flush()
    page = f"/hotel/{house.code}/feeds"
    assert manager.send(page, f"{page}/{feed.id}/remove").status_code == 404
    assert db.session.get(VacancyFeed, feed.id) is not None


def test_nights_come_back_when_a_feed_is_removed(known: Any, site: Any) -> None:
    feed = fetch(feed_of(known), site, calendar((1, 2)))
    assert vacant(known)[1] == 4
    feeds.remove_feed(feed, by=MANAGER)
    assert vacant(known)[1] == 5


def test_past_nights_stay_as_they_were(known: Any, site: Any) -> None:
    today: date = dates.today()
    feed = fetch(feed_of(known), site, calendar((0, 1), (2, 3)))
    with time_machine.travel(dates.now() + 26 * timedelta(hours=1), tick=False):
        fetch(feed, site, calendar((1, 2)))
        assert set(db.session.scalars(select(FeedNight.night))) == {today, today + 2 * DAY}
