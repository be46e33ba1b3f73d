"""What a house is told of its reach: counted without a trace of who, estimated where it says so."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select, text, update

from app import dates
from app.db import db
from app.registry.models import Establishment, RoomType
from app.search import asked
from app.search.reach import counting
from app.search.reach import missed as counting_missed
from app.search.reach import weekly as reach
from app.search.reach.models import AskedSearch, ReachDay
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate
from tests.search.conftest import Town
from tests.search.test_views import night, text_of
from tests.search.town import fits

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36"}


@pytest.fixture(autouse=True)
def nothing_counted(request: pytest.FixtureRequest) -> None:
    """Each test begins with an empty buffer."""
    if "app" in request.fixturenames or "client" in request.fixturenames:
        request.getfixturevalue("app").extensions.pop("search_counts", None)


@pytest.fixture
def house(db_session: Any) -> Any:
    found = EstablishmentFactory(
        name="Khách sạn Hải Âu", phone="0254 3111 222", booking_url="https://haiau.example/dat?x=1"
    )
    RoomTypeFactory(establishment=found, rooms=3, all_known=True, confirmed_at=dates.now())
    return found


def flushed(client: FlaskClient) -> None:
    with client.application.app_context():
        counting.flush()
        db.session.commit()


def counts(house: Establishment) -> dict[str, int]:
    row = db.session.scalar(
        select(ReachDay)
        .where(ReachDay.establishment_id == house.id)
        .execution_options(populate_existing=True)
    )
    return {name: getattr(row, name) if row else 0 for name in counting.COUNTED}


# --- Counting ----------------------------------------------------------------------------------


def test_what_happens_to_a_house_is_counted(client: FlaskClient, house: Any) -> None:
    for _ in range(2):
        client.get(f"/search?check_in={night(1)}", headers=PHONE)
    client.get(f"/establishments/{house.code}", headers=PHONE)
    client.get(f"/go/{house.code}/booking", headers=PHONE)
    ping = {**PHONE, "Content-Type": "text/ping", "Ping-To": "tel:02543111222"}
    assert client.post(f"/go/{house.code}/phone", data="PING", headers=ping).status_code == 204
    client.get(f"/go/{house.code}/phone", headers=PHONE)
    counting.flush()
    expected = {"found": 2, "mapped": 2, "opened": 1, "called": 2, "booked": 1}
    assert counts(house) == expected
    # A second flush adds, and adds nothing that was written already.
    client.get(f"/establishments/{house.code}", headers=PHONE)
    counting.flush()
    counting.flush()
    assert counts(house) == {**expected, "opened": 2}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "curl/8.9"},
        {"User-Agent": "python-requests/2.34"},
        {"User-Agent": ""},
        {**PHONE, "Sec-Purpose": "prefetch;prerender"},
        {**PHONE, "Purpose": "prefetch"},
    ],
)
def test_programs_are_not_counted(client: FlaskClient, house: Any, headers: dict[str, str]) -> None:
    client.get(f"/search?check_in={night(1)}", headers=headers)
    client.get(f"/establishments/{house.code}", headers=headers)
    client.get(f"/go/{house.code}/booking", headers=headers)
    client.get(f"/go/{house.code}/phone", headers=headers)
    assert counting.flush() == 0
    assert db.session.scalar(select(AskedSearch)) is None
    # The control: the same by a person counts.
    client.get(f"/establishments/{house.code}", headers=PHONE)
    assert counting.flush() == 1


def test_a_ping_of_anything_else_counts_nothing(client: FlaskClient, house: Any) -> None:
    client.post(f"/go/{house.code}/phone", headers={**PHONE, "Ping-To": "https://x.example"})
    client.post(f"/go/{house.code}/phone", headers=PHONE)
    assert counting.flush() == 0


def test_nothing_of_a_visitor_is_kept(client: FlaskClient, house: Any) -> None:
    headers = {**PHONE, "X-Forwarded-For": "203.0.113.77", "Cookie": "mine=secret-cookie"}
    query = {"check_in": night(1), "near": "10.33123,107.09456", "radius_km": "3"}
    response = client.get("/search", query_string=query, headers=headers)
    assert response.headers.get("Set-Cookie") is None
    client.get("/search", query_string={"q": "Hải Âu đêm mai"}, headers=headers)
    counting.flush()
    rows = [
        *db.session.scalars(text("SELECT reach_day::text FROM reach_day")),
        *db.session.scalars(text("SELECT asked_search::text FROM asked_search")),
    ]
    for row in rows:
        for trace in ("203.0.113", "127.0.0.1", "secret", "Android", "10.33123", "Hải"):
            assert trace not in row


def test_a_search_writes_nothing_itself(client: FlaskClient, house: Any) -> None:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    client.get(f"/search?check_in={night(1)}", headers=PHONE)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.get(f"/search?check_in={night(1)}", headers=PHONE)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert not [s for s in statements if s.lstrip().upper().startswith(("INSERT", "UPDATE"))]


def test_counting_takes_no_time(client: FlaskClient, house: Any) -> None:
    ids = list(range(20))
    begun = time.perf_counter()
    for _ in range(100):
        counting.count("found", ids)
        counting.count("mapped", ids)
    assert (time.perf_counter() - begun) / 100 < 0.001


def test_a_house_that_is_gone_loses_its_counts_only(client: FlaskClient, house: Any) -> None:
    counting.count("found", [house.id, 2_000_000])
    counting.flush()
    assert counts(house)["found"] == 1


def test_a_crowd_of_wishes_is_counted_by_a_sample(
    client: FlaskClient, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_ASKED", 5)
    for adults in range(1, 41):
        parameters = {"check_in": night(1), "adults": str(adults)}
        counting.count_search(asked.read(parameters), parameters)
    counting.flush()
    rows = db.session.scalars(select(AskedSearch)).all()
    assert len(rows) == 5
    assert sum(row.times for row in rows) == 40


# --- The ways out ------------------------------------------------------------------------------


def test_the_booking_link_leads_to_what_is_registered(client: FlaskClient, house: Any) -> None:
    response = client.get(f"/go/{house.code}/booking?url=https://evil.example&next=//evil.example")
    assert response.status_code == 302
    assert response.headers["Location"] == "https://haiau.example/dat?x=1"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Cache-Control"] == "no-store"
    tree = gate(client.get(f"/establishments/{house.code}"))
    (link,) = tree.xpath(f"//a[@href='/go/{house.code}/booking']")
    assert "nofollow" in link.get("rel")


@pytest.mark.parametrize(
    "address", [None, "", "javascript:alert(1)", "data:text/html,x", "//evil.example"]
)
def test_no_other_address_is_opened(client: FlaskClient, house: Any, address: Any) -> None:
    house.booking_url, house.website = address, None
    db.session.flush()
    assert client.get(f"/go/{house.code}/booking").status_code == 404


@pytest.mark.parametrize("status", ["applied", "suspended", "rejected"])
def test_a_house_that_is_not_shown_leads_nowhere(
    client: FlaskClient, house: Any, status: str
) -> None:
    house.status = status
    db.session.flush()
    for way in ("booking", "phone"):
        assert client.get(f"/go/{house.code}/{way}", headers=PHONE).status_code == 404
    assert client.post(f"/go/{house.code}/phone", headers=PHONE).status_code == 404
    assert client.get("/go/nobody/phone").status_code == 404


def test_the_telephone_dials_straight_and_is_counted_without_scripts(
    client: FlaskClient, house: Any
) -> None:
    tree = gate(client.get(f"/search?check_in={night(1)}"))
    (link,) = tree.xpath("//li[contains(@class, 'result')]//a[starts-with(@href, 'tel:')]")
    assert link.get("ping") == f"/go/{house.code}/phone"
    page = client.get(f"/go/{house.code}/phone")
    assert page.headers["Refresh"] == "0; url=tel:02543111222"
    assert "0254 3111 222" in text_of(gate(page))


def test_a_browser_tells_of_a_call(browser: Any, live_server: str, committed: Any) -> None:
    with committed.app_context():
        found = EstablishmentFactory(code="PING1", phone="0254 3111 222")
        RoomTypeFactory(establishment=found, rooms=1, all_known=True, confirmed_at=dates.now())
        db.session.commit()
    # Not the fixture's page, which fails on any notice: this browser has nothing to dial with, and
    # says so on its console sooner or later.
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{live_server}/establishments/PING1")
    with page.expect_request("**/go/PING1/phone") as told:
        page.locator("a[href^='tel:']").first.click()
    assert told.value.method == "POST"
    assert told.value.headers["ping-to"].startswith("tel:")
    context.close()


# --- What an old vacancy costs -----------------------------------------------------------------


def test_whom_age_costs_a_search(town: Town) -> None:
    """The estimate's core against a recount by hand, over the invented town."""
    from dataclasses import replace

    checked = 0
    for ahead in (0, 1, 5, 20):
        first = dates.today() + timedelta(days=ahead)
        wish = asked.read({"check_in": first.isoformat()}).wish
        assert wish is not None
        found = counting_missed.missed(wish)
        for one in town.houses:
            if not one.approved:
                assert one.id not in found.hidden | found.last
                continue
            now = {fit.room_type.id for fit in fits(one, wish)}
            fresh = any(not fit.is_stale for fit in fits(one, wish))
            # As if every confirmed type had been confirmed just now.
            renewed = replace(
                one,
                types=[
                    replace(t, confirmed_at=dates.now() if t.confirmed_at else None)
                    for t in one.types
                ],
            )
            could = bool(fits(renewed, wish))
            assert (one.id in found.hidden) == (could and not now)
            assert (one.id in found.last) == (could and bool(now) and not fresh)
            checked += could
    assert checked > 5


def test_a_hidden_house_reads_what_it_cost(client: FlaskClient, house: Any, sign_in: Any) -> None:
    old = dates.now() - timedelta(days=5)
    db.session.execute(
        update(RoomType).where(RoomType.establishment_id == house.id).values(confirmed_at=old)
    )
    for _ in range(3):
        client.get(f"/search?check_in={night(1)}", headers=PHONE)
    # For a party it has no room for it is not missed.
    client.get(f"/search?check_in={night(1)}&adults=9", headers=PHONE)
    counting.flush()
    counting_missed.tick()
    assert db.session.scalar(select(AskedSearch)) is None
    (row,) = db.session.scalars(select(ReachDay).where(ReachDay.establishment_id == house.id))
    assert (row.found, row.hidden, row.last) == (0, 3, 0)
    page = sign_in(UserFactory(manager_of=house)).get(f"/hotel/{house.code}/reach")
    shown = text_of(gate(page))
    assert "Ẩn khỏi khoảng 3 lượt tìm" in shown
    assert "ước tính" in shown


def test_searches_that_waited_too_long_are_not_counted(client: FlaskClient, house: Any) -> None:
    client.get(f"/search?check_in={night(1)}", headers=PHONE)
    counting.flush()
    db.session.execute(update(AskedSearch).values(created_at=dates.now() - timedelta(hours=2)))
    counting_missed.tick()
    assert db.session.scalar(select(AskedSearch)) is None


def test_old_counts_are_forgotten(client: FlaskClient, house: Any) -> None:
    today = dates.today()
    for back in (1, 500):
        db.session.add(
            ReachDay(establishment_id=house.id, day=today - timedelta(days=back), found=1)
        )
    db.session.flush()
    counting_missed.forget_old()
    assert db.session.scalars(select(ReachDay.day)).all() == [today - timedelta(days=1)]


# --- The page ----------------------------------------------------------------------------------


def test_weeks_are_sums_from_monday_on(client: FlaskClient, house: Any) -> None:
    today = dates.today()
    monday = today - timedelta(days=today.weekday())
    db.session.execute(delete(ReachDay))
    for day, found in ((monday, 2), (monday - timedelta(days=1), 5), (monday - timedelta(7), 1)):
        db.session.add(ReachDay(establishment_id=house.id, day=day, found=found))
    db.session.flush()
    found = reach.weeks(house.id)
    assert len(found) == reach.WEEKS
    assert [week.found for week in found[-3:]] == [0, 6, 2]
    assert found[-1].monday == monday


def test_the_page_of_a_house(client: FlaskClient, house: Any, sign_in: Any) -> None:
    desk = sign_in(UserFactory(front_desk_of=house))
    path = f"/hotel/{house.code}/reach"
    assert "Chưa có lượt nào" in text_of(gate(desk.get(path)))
    db.session.add(
        ReachDay(establishment_id=house.id, day=dates.today(), found=1234, opened=56, called=7)
    )
    tree = gate(desk.get(path))
    assert "1.234" in text_of(tree)
    assert len(tree.xpath("//figure//tbody/tr")) == reach.WEEKS
    assert tree.xpath(f"//nav//a[@href='{path}']")


def test_another_house_sees_nothing_of_it(client: FlaskClient, house: Any, sign_in: Any) -> None:
    path = f"/hotel/{house.code}/reach"
    assert client.get(path).status_code == 303
    other = sign_in(UserFactory(manager_of=EstablishmentFactory()))
    assert other.get(path).status_code == 404
    official = sign_in(UserFactory(province_official=True))
    assert official.get(path).status_code == 403
