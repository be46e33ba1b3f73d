"""Being told when a room is free: begun, confirmed, told once, stopped, and then forgotten."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app import dates
from app.availability import operations
from app.db import db
from app.identity import Keyring
from app.registry.models import Establishment
from app.search.watches import matching as watches_matching
from app.search.watches import operations as watches
from app.search.watches.models import Watch, WatchChecked, WatchHouse
from app.web.mail import OutgoingMail
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate
from tests.search.test_views import night, text_of

ADDRESS = "lan.tran@example.com"


@pytest.fixture
def full(db_session: Any) -> Any:
    """A hotel without a room the night after tomorrow."""
    house = EstablishmentFactory(name="Khách sạn Hải Âu", phone="0254 3111 222")
    RoomTypeFactory(establishment=house, rooms=2, all_known=True, confirmed_at=dates.now())
    set_rooms(house, 0)
    return house


def set_rooms(house: Establishment, rooms: int, ahead: int = 2) -> None:
    wanted = [dates.today() + timedelta(days=ahead)]
    operations.set_vacant(house, [one.id for one in house.room_types], wanted, rooms)
    db.session.commit()


def search() -> dict[str, str]:
    return {"check_in": night(2), "check_out": night(3)}


def mails() -> list[dict[str, Any]]:
    rows = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    return [json.loads(row.content or "{}") for row in rows]


def begin(client: FlaskClient, status: int = 303, **values: str) -> Any:
    response = client.post("/search/watch", data={**search(), "email": ADDRESS, **values})
    assert response.status_code == status
    assert "Set-Cookie" not in response.headers
    return response


def path_in(mail: dict[str, Any]) -> str:
    (found, *_rest) = re.findall(r"https?://\S+/search/watch/\S+", mail["text"])
    return urlsplit(found).path


def confirmed(client: FlaskClient, **values: str) -> Watch:
    begin(client, **values)
    assert client.post(path_in(mails()[-1]) + "/confirm").status_code == 303
    return db.session.scalars(select(Watch).order_by(Watch.created_at.desc())).first()  # type: ignore[return-value]


def told() -> list[dict[str, Any]]:
    """Compare until nothing is left to compare; return the mails that tell of a room."""
    while watches_matching.tick():
        pass
    return [mail for mail in mails() if mail["unsubscribe_url"]]


# --- Beginning ---------------------------------------------------------------------------------


def test_a_full_search_offers_to_wait(client: FlaskClient, full: Any) -> None:
    tree = gate(client.get("/search", query_string=search()))
    (href,) = tree.xpath("//a[contains(@href, '/search/watch')]/@href")
    assert parse_qs(urlsplit(href).query)["check_in"] == [night(2)]
    form = gate(client.get(href))
    assert form.xpath("//input[@name='check_in']/@value") == [night(2)]
    assert "T" in text_of(form.xpath("//ul[@class='chips']")[0])


def test_an_address_sleeps_until_its_owner_confirms(client: FlaskClient, full: Any) -> None:
    response = begin(client)
    assert response.headers["Location"] == "/search/watch/sent"
    (mail,) = mails()
    assert mail["to"] == ADDRESS
    set_rooms(full, 1)
    assert told() == []
    page = path_in(mail)
    # A program that looks at the link confirms nothing.
    assert "Xác nhận" in text_of(gate(client.get(page)))
    assert db.session.scalars(select(Watch)).one().confirmed_at is None
    client.post(page + "/confirm")
    assert db.session.scalars(select(Watch)).one().confirmed_at is not None
    assert "Đang chờ" in text_of(gate(client.get(page)))


def test_the_contact_is_sealed(client: FlaskClient, full: Any) -> None:
    watch = confirmed(client)
    assert watch.contact == ADDRESS
    for column in db.session.execute(text("SELECT watch::text FROM watch")).scalars():
        assert ADDRESS not in column
        assert ADDRESS.encode().hex() not in column


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": ""}, "Hãy ghi một địa chỉ"),
        ({"email": "lan@"}, "Hãy ghi một địa chỉ"),
        ({"email": "a@example.com\nBcc: b@example.com"}, "Hãy ghi một địa chỉ"),
        ({"until": "2020-01-01"}, "Chọn một ngày"),
        ({"until": "2099-01-01"}, "Chọn một ngày"),
        ({"subscription": "{}"}, "Trình duyệt này"),
        ({"subscription": '{"endpoint": "https://127.0.0.1/x"}'}, "Trình duyệt này"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: FlaskClient, full: Any, values: dict[str, str], words: str
) -> None:
    tree = gate(begin(client, 422, **values))
    (error, *_) = tree.xpath("//p[@class='field-error']")
    assert words in text_of(error)
    assert db.session.scalar(select(Watch)) is None


def test_a_search_without_dates_is_none_to_wait_on(client: FlaskClient, full: Any) -> None:
    assert client.get("/search/watch").status_code == 404
    assert client.get("/search/watch?check_in=2020-01-01").status_code == 404
    data = {"email": ADDRESS, "kind": "hotel"}
    assert client.post("/search/watch", data=data).status_code == 404


def test_programs_that_fill_in_everything_store_nothing(client: FlaskClient, full: Any) -> None:
    assert begin(client, website="https://x.example").headers["Location"] == "/search/watch/sent"
    assert mails() == []
    assert db.session.scalar(select(Watch)) is None


def test_a_contact_waits_on_few_searches(client: FlaskClient, full: Any) -> None:
    for adults in range(1, watches.MOST_A_CONTACT + 1):
        begin(client, adults=str(adults))
    # Once more the same is the same; in capitals it is the same person.
    begin(client, adults="1", email=ADDRESS.upper())
    assert len(mails()) == watches.MOST_A_CONTACT
    tree = gate(begin(client, 429, adults="9"))
    assert "Đã có quá nhiều lượt chờ" in text_of(tree)
    begin(client, adults="9", email="other@example.com")


def test_one_address_of_the_net_begins_a_bounded_number(
    client: FlaskClient, full: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.search.watches import views as watches_views

    monkeypatch.setattr(watches_views, "MOST_FROM_ONE_ADDRESS", 2)
    begin(client, email="a@example.com")
    begin(client, email="b@example.com")
    begin(client, 429, email="c@example.com")


# --- Telling -----------------------------------------------------------------------------------


def test_an_opening_is_told_once(client: FlaskClient, full: Any) -> None:
    confirmed(client)
    assert told() == []
    set_rooms(full, 1)
    (mail,) = told()
    assert mail["to"] == ADDRESS
    assert "Có phòng ở 1 nơi" in mail["subject"]
    assert "Khách sạn Hải Âu" in mail["text"]
    assert "0254 3111 222" in mail["text"]
    assert f"check_in={night(2)}" in mail["text"]
    # Another act of the house on the same vacancy is no news.
    set_rooms(full, 2)
    assert len(told()) == 1


def test_what_was_free_at_the_beginning_is_no_news(client: FlaskClient, full: Any) -> None:
    set_rooms(full, 1)
    confirmed(client)
    set_rooms(full, 2)
    assert told() == []


def test_a_house_that_fills_and_empties_is_told_again_after_half_a_day(
    client: FlaskClient, full: Any
) -> None:
    confirmed(client)
    begun = dates.now()
    for hours, expected in ((0, 1), (1, 1), (13, 2)):
        with time_machine.travel(begun + timedelta(hours=hours), tick=False):
            _set(full, 0)
            told()
            _set(full, 1)
            assert len(told()) == expected, hours


def _set(house: Establishment, rooms: int) -> None:
    """Set the night that is waited for, whatever day it has become."""
    watch = db.session.scalars(select(Watch)).one()
    wanted = [dates.parse_date(watch.parameters["check_in"])]
    operations.set_vacant(house, [one.id for one in house.room_types], wanted, rooms)
    db.session.commit()


def test_only_what_answers_the_search_is_told(client: FlaskClient, full: Any) -> None:
    confirmed(client, kind="villa")
    confirmed(client, rooms="2")
    confirmed(client, q="nhà nghỉ Hoa Mai")
    set_rooms(full, 1)
    assert told() == []
    # Another night is not waited for either.
    set_rooms(full, 2, ahead=3)
    assert told() == []
    set_rooms(full, 2)
    assert len(told()) == 1


def test_a_house_is_compared_only_when_it_has_changed(
    client: FlaskClient, full: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = EstablishmentFactory()
    confirmed(client)
    told()
    asked: list[Any] = []
    real = watches_matching.houses_with_room
    monkeypatch.setattr(
        watches_matching, "houses_with_room", lambda wish, ids: asked.append(ids) or real(wish, ids)
    )
    watches_matching.tick()
    assert asked == []
    set_rooms(full, 1)
    watches_matching.tick()
    assert asked == [[full.id]]
    assert db.session.get(WatchChecked, other.id) is not None


def test_a_change_during_the_comparison_is_seen_the_next_time(
    client: FlaskClient, full: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(client)
    told()
    real = watches_matching.houses_with_room

    def meanwhile(wish: Any, ids: Any) -> set[int]:
        found = real(wish, ids)
        monkeypatch.setattr(watches_matching, "houses_with_room", real)
        set_rooms(full, 1)
        return found

    operations.confirm(full, [one.id for one in full.room_types])
    db.session.commit()
    monkeypatch.setattr(watches_matching, "houses_with_room", meanwhile)
    watches_matching.tick()
    assert len(told()) == 1


def test_the_message_is_in_the_readers_language(client: FlaskClient, full: Any) -> None:
    client.post("/search/watch?lang=en", data={**search(), "email": ADDRESS})
    watch = db.session.scalars(select(Watch)).one()
    assert watch.lang == "en"
    assert "lang=en" in mails()[-1]["text"]


# --- Ending ------------------------------------------------------------------------------------


def test_one_click_stops_and_forgets(client: FlaskClient, full: Any) -> None:
    watch = confirmed(client)
    index = watch.contact_index
    set_rooms(full, 1)
    (mail,) = told()
    stop = urlsplit(mail["unsubscribe_url"]).path
    # The mail program's own button (RFC 8058), and a look at the link before, which stops nothing.
    assert "Thôi báo" in text_of(gate(client.get(stop)))
    assert db.session.scalars(select(Watch)).one()
    answer = client.post(stop, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert _left(index) == 0
    assert client.post(stop).status_code == 200
    assert client.get(stop).status_code == 404
    set_rooms(full, 0)
    set_rooms(full, 1)
    assert len(told()) == 1


def _left(index: bytes) -> int:
    """Count the rows that say anything of a contact, in whatever table."""
    db.session.expire_all()
    rows = db.session.scalars(select(Watch).where(Watch.contact_index == index)).all()
    return len(rows) + len(db.session.scalars(select(WatchHouse)).all())


def test_it_is_forgotten_after_its_day(client: FlaskClient, full: Any) -> None:
    watch = confirmed(client)
    index, token = watch.contact_index, watches.token_of(watch)
    set_rooms(full, 1)
    told()
    with time_machine.travel(dates.at(watch.until, 23), tick=False):
        watches_matching.tick()
        assert _left(index) > 0
    with time_machine.travel(dates.at(watch.until + timedelta(days=1), 7), tick=False):
        # Even before the worker comes round the link shows nothing more.
        assert client.get(f"/search/watch/{token}").status_code == 404
        watches_matching.tick()
        assert _left(index) == 0


def test_an_address_nobody_confirmed_is_forgotten_in_a_day(client: FlaskClient, full: Any) -> None:
    begin(client)
    index = db.session.scalars(select(Watch)).one().contact_index
    with time_machine.travel(dates.now() + timedelta(hours=25), tick=False):
        watches_matching.tick()
    assert _left(index) == 0


@pytest.mark.parametrize("token", ["x", "0" * 32 + "-", "z" * 32 + "-aa", "-", "a" * 500])
def test_a_bent_link_opens_nothing(client: FlaskClient, full: Any, token: str) -> None:
    confirmed(client)
    assert client.get(f"/search/watch/{token}").status_code == 404
    client.post(f"/search/watch/{token}/stop")
    assert db.session.scalars(select(Watch)).one()


def test_the_id_alone_opens_nothing(client: FlaskClient, full: Any) -> None:
    watch = confirmed(client)
    client.post(f"/search/watch/{watch.id.hex}-{'0' * 40}/stop")
    assert db.session.scalars(select(Watch)).one()
    client.post(f"/search/watch/{watches.token_of(watch)}/stop")
    assert db.session.scalar(select(Watch)) is None


def test_a_contact_is_sealed_anew_under_a_new_key(client: FlaskClient, full: Any) -> None:
    from app.stays import resealing

    watch = confirmed(client)
    assert Watch in {model for model, _names in resealing.tables()}
    ring = client.application.extensions["keyring"]
    before = bytes(watch.contact_sealed)
    newer = Keyring({"newer": bytes(range(32, 64)), "test": bytes(range(32))}, bytes(range(32, 64)))
    client.application.extensions["keyring"] = newer
    try:
        while resealing.reseal(limit=10):
            pass
        assert resealing.count_left() == 0
        assert bytes(watch.contact_sealed) != before
        assert watch.contact == ADDRESS
    finally:
        client.application.extensions["keyring"] = ring
