"""The demo town is consistent, the same for the same seed, and peopled by nobody."""

from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from app import dates
from app.accounts.access import principal_of
from app.accounts.queries import user_by_login
from app.db import db
from app.stays.models import Guest
from seeds.commands import build, refresh
from seeds.demo import accounts

HOUSES, AHEAD, BEHIND = 6, 30, 40


# A Friday afternoon. The town ends at the moment it is made, so the moment stands still.
MOMENT = dates.at(date(2026, 11, 20), 16)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with time_machine.travel(MOMENT, tick=False):
        yield


def make(app: Flask, seed: int = 7) -> None:
    with app.app_context():
        assert list(build(HOUSES, AHEAD, BEHIND, seed))


@pytest.fixture
def town(committed: Flask):
    make(committed)
    with committed.app_context():
        yield committed


def count(sql: str) -> int:
    return db.session.execute(text(sql)).scalar_one()


def test_the_town_lives(town: Flask) -> None:
    assert count("SELECT count(*) FROM establishment WHERE is_demo") == HOUSES
    assert count("SELECT count(*) FROM stay WHERE status = 'in_house'") > 5
    assert count("SELECT count(*) FROM stay WHERE status = 'departed'") > 300
    assert count("SELECT count(*) FROM reservation WHERE arrival > date '2026-11-20'") > 20


def test_no_room_is_promised_twice(town: Flask) -> None:
    assert (
        count(
            """
        WITH night AS (SELECT date '2026-11-20' + day AS d FROM generate_series(-10, 60) day)
        SELECT count(*) FROM night, room_type t,
        LATERAL (SELECT count(*) n FROM room_assignment a
                 WHERE a.room_type_id = t.id AND a.valid @> night.d) total,
        LATERAL (SELECT count(*) n FROM taken_night k
                 WHERE k.room_type_id = t.id AND k.night = night.d) taken,
        LATERAL (SELECT coalesce(sum(r.rooms - r.rooms_arrived), 0) n FROM reservation r
                 WHERE r.room_type_id = t.id AND r.arrival <= night.d
                   AND night.d < r.departure) booked
        WHERE taken.n + booked.n > total.n
        """
        )
        == 0
    )


def test_taken_nights_are_the_nights_of_the_stays(town: Flask) -> None:
    assert (
        count(
            """
        SELECT count(*) FROM (
            SELECT s.id, d::date AS night FROM stay s,
                generate_series(s.first_night, s.last_night_end - 1, '1 day') d
        ) slept FULL JOIN (
            SELECT stay_id, night FROM taken_night WHERE reason = 'stay'
        ) taken ON taken.stay_id = slept.id AND taken.night = slept.night
        WHERE slept.id IS NULL OR taken.stay_id IS NULL
        """
        )
        == 0
    )


def test_every_reference_points_somewhere(town: Flask) -> None:
    """The rows were loaded without checks, so the checks are made here."""
    for table, column, target in (
        ("guest", "stay_id", "stay"),
        ("stay", "room_id", "room"),
        ("stay", "room_type_id", "room_type"),
        ("taken_night", "room_id", "room"),
        ("reservation", "room_type_id", "room_type"),
        ("room_assignment", "room_id", "room"),
        ("classification", "unit_id", "unit"),
    ):
        sql = (
            f"SELECT count(*) FROM {table} a LEFT JOIN {target} b ON b.id = a.{column}"
            f" WHERE a.{column} IS NOT NULL AND b.id IS NULL"
        )
        assert count(sql) == 0, table


def test_weekends_are_fuller_than_weekdays(town: Flask) -> None:
    rate = """
        SELECT count(*)::float / count(DISTINCT night) FROM taken_night
        WHERE reason = 'stay' AND night < date '2026-11-20' AND extract(isodow FROM night) {days}
    """
    saturday = db.session.execute(text(rate.format(days="= 6"))).scalar_one()
    midweek = db.session.execute(text(rate.format(days="IN (2, 3)"))).scalar_one()
    assert saturday > 1.4 * midweek


def test_identities_open_and_belong_to_nobody(town: Flask) -> None:
    guests = db.session.scalars(
        select(Guest).where(Guest.document_number_sealed.is_not(None)).limit(200)
    ).all()
    assert guests
    for guest in guests:
        number = guest.document_number or ""
        assert guest.full_name
        assert number.startswith("003" if guest.nationality == "VNM" else "X0")
    old = "SELECT count(*) FROM guest g JOIN stay s ON s.id = g.stay_id"
    old += " WHERE s.first_night < date '2026-11-20' - 32 AND g.full_name_sealed IS NOT NULL"
    assert count(old) == 0


def test_the_same_seed_makes_the_same_town(committed: Flask) -> None:
    digest = """
        SELECT md5(string_agg(arrived_at::text || room_id || source, '|' ORDER BY id)) FROM stay
    """
    make(committed)
    with committed.app_context():
        first = db.session.execute(text(digest)).scalar_one()
        tables = "establishment, unit, area, place, stay"
        db.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        db.session.commit()
    make(committed)
    with committed.app_context():
        again = db.session.execute(text(digest)).scalar_one()
    assert first == again


def test_the_accounts_work_where_they_should(town: Flask) -> None:
    told = accounts.create()
    assert [row["role"] for row in told] == [role for role, *_ in accounts.ROLES]
    desk = principal_of(user_by_login("letan@demo.example"))
    assert desk.houses == {accounts.main_house().id: "front_desk"}
    assert accounts.create() == told


def test_a_later_start_confirms_the_vacancies_anew(town: Flask) -> None:
    db.session.execute(text("UPDATE room_type SET confirmed_at = confirmed_at - interval '9 days'"))
    assert refresh() > 10
    assert (
        count("SELECT count(*) FROM room_type WHERE confirmed_at < timestamptz '2026-11-20 06:00Z'")
        == 0
    )
    unknown = count("SELECT count(*) FROM room_type WHERE confirmed_at IS NULL")
    assert unknown < count("SELECT count(*) FROM room_type")
