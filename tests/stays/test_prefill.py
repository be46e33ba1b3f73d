"""Links for guests: what they take, how long, from whom, and that they show nothing again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.availability.reservations import close_reservation
from app.db import db
from app.stays.groups import operations as groups
from app.stays.groups import prefill
from app.stays.groups.drafts import GuestDraft, GuestGroup, PrefillLink
from app.stays.groups.review import review
from tests.factories import EstablishmentFactory, ReservationFactory, UserFactory
from tests.stays.conftest import CANARY
from tests.stays.test_canary import assert_clean, everything_stored
from tests.stays.test_group import Desk, qr

TYPED = {
    "guest-full_name": "Nguyễn Thị Canary",
    "guest-date_of_birth": "31/01/1990",
    "guest-sex": "F",
    "guest-nationality": "VNM",
    "guest-document_type": "citizen_id",
    "guest-document_number": CANARY,
}


@pytest.fixture
def desk(house: Any, sign_in: Any) -> Desk:
    return Desk(sign_in(UserFactory(front_desk_of=house)))


@pytest.fixture
def group(house: Any, by: Any) -> GuestGroup:
    reservation = ReservationFactory(room_type=house.room_types[0], arrival=dates.today(), rooms=2)
    return groups.open_group(house, by=by, now=dates.now(), reservation=reservation)


@pytest.fixture
def secret(app: Any) -> str:
    return str(app.config["SECRET_KEY"])


@pytest.fixture
def link(group: GuestGroup, by: Any, secret: str) -> PrefillLink:
    return prefill.make_link(group, dates.now() + timedelta(hours=24), secret=secret, by=by)


@pytest.fixture
def address(link: PrefillLink, secret: str) -> str:
    return f"/prefill/{prefill.token_of(link, secret)}"


def test_a_guest_types_and_the_house_has_a_draft(client, group, address) -> None:
    sent = client.post(address, data=TYPED)
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert "Đã nhận 1 khách" in page.text
    assert "N.T.C." in page.text
    assert_clean(page.text)
    (row,) = review(group, dates.now()).rows
    assert row.fields["document_number"] == CANARY
    assert row.draft.origin == "prefill"


def test_a_guide_pastes_many_and_twice_is_once(client, group, address) -> None:
    text = "\n".join(qr(n) for n in range(1, 6))
    for _ in range(2):
        assert client.post(address, data={"text": text}).status_code == 303
    assert "Đã nhận 5 khách" in client.get(address).text
    assert len(review(group, dates.now()).rows) == 5


def test_the_page_is_discreet(client, address) -> None:
    for answer in (client.get(address), client.post(address, data=TYPED), client.get("/prefill/x")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
    english = client.get(f"{address}?lang=en")
    assert english.status_code == 200
    assert 'lang="en"' in english.text
    assert "Set-Cookie" not in english.headers
    assert client.post(f"{address}?lang=en", data=TYPED).location.endswith("lang=en#received")


def test_what_is_slipped_is_said_and_what_is_missing_may_wait(client, group, address) -> None:
    answer = client.post(address, data={**TYPED, "guest-date_of_birth": "31/31/1990"})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert client.post(address, data={**TYPED, "guest-full_name": ""}).status_code == 422
    assert client.post(address, data={"text": "a|b"}).status_code == 422
    assert client.post(address, data={}).status_code == 422
    assert review(group, dates.now()).rows == []
    partly = {"guest-full_name": "Trần Văn Bình", "guest-nationality": "VNM"}
    assert client.post(address, data=partly).status_code == 303
    assert [row.state for row in review(group, dates.now()).rows] == ["missing"]


def test_a_link_takes_a_hundred(client, group, address) -> None:
    text = "\n".join(qr(n) for n in range(100))
    assert client.post(address, data={"text": text}).status_code == 303
    answer = client.post(address, data=TYPED)
    assert answer.status_code == 422
    assert "tối đa 100 khách" in answer.text
    assert len(review(group, dates.now()).rows) == 100


def test_too_much_at_once_is_refused(client, address) -> None:
    assert client.post(address, data={"text": "x" * 300_000}).status_code in (413, 422)


def test_expired_revoked_and_unknown_are_one_page(client, link, address, by, clock) -> None:
    assert client.get(address).status_code == 200
    unknown = client.get("/prefill/AAAAAAAAAAAAAAAAAAAAAAAA")
    assert unknown.status_code == 404
    clock.shift(timedelta(hours=25))
    expired = client.get(address)
    assert client.post(address, data=TYPED).status_code == 404
    clock.shift(timedelta(hours=-25))
    assert client.get(address).status_code == 200
    prefill.revoke(link, by=by)
    revoked = client.get(address)
    assert revoked.status_code == expired.status_code == 404

    def body(page: Any) -> str:
        return page.text.split("<main")[1].split("</main")[0]

    assert body(unknown) == body(expired) == body(revoked)


def test_a_cancelled_reservation_ends_its_links(client, group, address) -> None:
    close_reservation(group.reservation, "cancelled")
    assert client.get(address).status_code == 404


def test_guesses_are_bounded(client, address) -> None:
    for _ in range(prefill.GUESSES_MOST):
        assert client.get("/prefill/guess").status_code == 404
    assert client.get(address).status_code == 404, "after so many guesses nothing opens"


def test_without_guesses_the_link_opens(client, address) -> None:
    """The negative control of the bound."""
    for _ in range(prefill.GUESSES_MOST + 1):
        assert client.get(address).status_code == 200


def test_the_database_has_neither_the_token_nor_a_guest(client, address) -> None:
    client.post(address, data=TYPED)
    stored = everything_stored()
    assert_clean(stored)
    assert address.rpartition("/")[2] not in stored
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert {"prefill_link_made", "prefilled"} <= set(actions)


def test_the_house_makes_shows_and_revokes_a_link(desk, house, group) -> None:
    base = f"/hotel/{house.code}/groups/{group.id}"
    made = desk.post(f"{base}/links", data={"expiry": "72"})
    page = desk.get(made.location)
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.text
    assert "/prefill/" in page.text
    link = db.session.scalars(select(PrefillLink)).one()
    assert link.expires_at == dates.now() + timedelta(hours=72)
    assert desk.post(f"{base}/links/{link.id}/revoke").status_code == 303
    assert desk.get(made.location).status_code == 404
    assert "Đã thu hồi" in desk.get(base).text


@pytest.mark.parametrize("choice", ["", "0", "73", "9999", "-1", "x"])
def test_no_link_lives_longer_than_may_be_chosen(desk, house, group, choice) -> None:
    desk.post(f"/hotel/{house.code}/groups/{group.id}/links", data={"expiry": choice})
    assert db.session.scalars(select(PrefillLink)).all() == []


def test_a_link_may_end_with_the_day_of_the_arrival(group) -> None:
    ends = prefill.expiry(group, "arrival", dates.now())
    assert ends == dates.at(group.arrival + dates.ONE_DAY, 0)
    later = dates.now() + timedelta(days=2)
    assert prefill.expiry(group, "arrival", later) is None


def test_another_house_sees_no_link(sign_in, house, group, link) -> None:
    other = EstablishmentFactory()
    stranger = Desk(sign_in(UserFactory(front_desk_of=other)))
    for code in (house.code, other.code):
        base = f"/hotel/{code}/groups/{group.id}/links"
        assert stranger.get(f"{base}/{link.id}").status_code == 404
        assert stranger.post(f"{base}/{link.id}/revoke").status_code == 404
        assert stranger.post(base, data={"expiry": "24"}).status_code == 404


def test_a_link_fills_its_own_list_only(client, house, by, group, address) -> None:
    other = groups.open_group(house, by=by, now=dates.now())
    client.post(address, data=TYPED)
    assert len(review(group, dates.now()).rows) == 1
    assert review(other, dates.now()).rows == []


def test_after_the_check_in_the_page_still_counts(desk, client, house, group, address) -> None:
    client.post(address, data=TYPED)
    draft = db.session.scalars(select(GuestDraft)).one()
    today = dates.today()
    sent = {
        "arrived_date": str(today),
        "departure_date": str(today + timedelta(days=1)),
        "departure_time": "12:00",
        "source": "reservation",
        "reason": "tourism",
        f"room-{draft.id}": "101",
    }
    done = desk.post(
        f"/hotel/{house.code}/groups/{group.id}/check-in", data=sent, follow_redirects=True
    )
    assert "Đã nhận 1 khách vào 1 phòng." in done.text
    assert "Đã nhận 1 khách" in client.get(address).text


def test_the_reservation_leads_to_its_list(desk, house, group) -> None:
    page = desk.get(f"/hotel/{house.code}/reservations/{group.reservation_id}")
    assert f'action="/hotel/{house.code}/groups"' in page.text
