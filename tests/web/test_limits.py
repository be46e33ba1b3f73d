"""How often one address or one key may ask, and how a refusal reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.accounts.operations import create_api_key, start_session
from app.config import Config, ConfigError
from app.db import db
from app.web.limits import network
from tests.factories import EstablishmentFactory, UserFactory
from tests.fixtures.database import Client, Databases, close, config_for
from tests.html import gate

API = "/api/v1/units"
THREE = {"ratelimit_api": "3/minute", "ratelimit_pages": "2/minute", "ratelimit_key": "4/minute"}
Make = Callable[..., Flask]


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[str]:
    name = databases.clone("limited")
    yield name
    databases.drop(name)


@pytest.fixture
def make(databases: Databases, database: str, tmp_path: Path) -> Iterator[Make]:
    """Make applications with these limits, on one database."""
    made = []

    def limited(**settings: Any) -> Flask:
        app = create_app(config_for(tmp_path, databases.url(database), **settings))
        app.test_client_class = Client
        made.append(app)
        return app

    yield limited
    for app in made:
        close(app)


def ask(client: FlaskClient, path: str = API, address: str = "203.0.113.1", **headers: str) -> Any:
    return client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})


def statuses(client: FlaskClient, times: int, **said: Any) -> list[int]:
    return [ask(client, **said).status_code for _ in range(times)]


def test_one_address_too_often_is_told_when_to_come_again(make: Make) -> None:
    client = make(**THREE).test_client()
    left = [ask(client).headers["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = ask(client)
    assert refused.status_code == 429
    assert refused.content_type == "application/problem+json"
    assert refused.get_json()["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Limit"] == "3"
    assert refused.headers["Cache-Control"] == "no-store"
    # A page of another site can read that too.
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    # Another address is another caller, and a minute later so is this one.
    assert ask(client, address="203.0.113.2").status_code == 200
    with time_machine.travel(time.time() + int(refused.headers["Retry-After"]) + 1, tick=False):
        assert ask(client).status_code == 200


def test_pages_count_apart_and_refuse_in_words(make: Make) -> None:
    client = make(**THREE).test_client()
    assert statuses(client, 3, path="/search") == [200, 200, 429]
    page = gate(ask(client, path="/search"))
    assert "Nhanh quá" in page.text_content()
    assert ask(client).status_code == 200
    # What watches over the service, and what a page needs to look right, is never refused.
    assert statuses(client, 4, path="/healthz") == [200] * 4
    assert statuses(client, 4, path="/static/favicon.svg") == [200] * 4


def test_a_key_is_counted_by_itself_wherever_it_asks_from(make: Make) -> None:
    app = make(**THREE)
    with app.app_context():
        house = EstablishmentFactory()
        db.session.flush()
        ids = [house.id]
        keys = [create_api_key(role="manager", establishment_ids=ids)[1] for _ in range(2)]
        db.session.commit()
    client = app.test_client()

    def of(key: str, address: str) -> int:
        said = {"Authorization": f"Bearer {key}"}
        return int(ask(client, "/api/v1/room-types", address, **said).status_code)

    assert [of(keys[0], f"203.0.113.{n}") for n in range(5)] == [200, 200, 200, 200, 429]
    assert of(keys[1], "203.0.113.1") == 200
    assert ask(client, address="203.0.113.1").status_code == 200


def test_who_signed_in_is_limited_by_nothing(make: Make) -> None:
    app = make(**THREE)
    with app.app_context():
        token = start_session(UserFactory(), address="203.0.113.7", browser=None)
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    assert statuses(client, 4, path="/account", address="203.0.113.7") == [200] * 4


def test_behind_a_proxy_the_visitor_is_counted_and_cannot_choose_who_to_be(make: Make) -> None:
    client = make(**THREE, proxy_hops=1).test_client()

    def seen(*hops: str) -> int:
        said = {"X-Forwarded-For": ", ".join(hops)}
        return int(ask(client, address="10.0.0.1", **said).status_code)

    assert [seen("198.51.100.1") for _ in range(4)] == [200, 200, 200, 429]
    assert seen("198.51.100.2") == 200
    # The proxy writes the last one; what the visitor wrote before it counts for nothing.
    assert seen("192.0.2.77", "198.51.100.1") == 429


def test_without_a_proxy_the_header_counts_for_nothing(make: Make) -> None:
    client = make(**THREE).test_client()
    said = [{"X-Forwarded-For": f"192.0.2.{n}"} for n in range(4)]
    assert [ask(client, **one).status_code for one in said] == [200, 200, 200, 429]


def test_a_preflight_takes_nothing_away(make: Make) -> None:
    client = make(**THREE).test_client()
    for _ in range(5):
        assert client.options(API).status_code == 200
    assert ask(client).headers["RateLimit-Remaining"] == "2"


def test_switched_off_nothing_is_counted(make: Make) -> None:
    client = make().test_client()
    assert statuses(client, 20) == [200] * 20
    assert "RateLimit-Limit" not in ask(client).headers
    only_pages = make(ratelimit_pages="1/minute").test_client()
    assert statuses(only_pages, 3) == [200] * 3
    assert statuses(only_pages, 2, path="/search") == [200, 429]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
    ],
)
def test_of_ipv6_the_subscriber_counts(address: str, counted: str) -> None:
    assert network(address) == counted


def read(**environ: str) -> Config:
    return Config.from_environ({"APP_ENV": "development", **environ}, dotenv=None)


def test_the_settings_are_read(tmp_path: Path) -> None:
    usual = read(DATA_DIR=str(tmp_path))
    assert usual.ratelimit_api == "60000/1 minute"
    assert usual.ratelimit_storage_uri == ""
    own = read(DATA_DIR=str(tmp_path), RATELIMIT_API="5 per hour", RATELIMIT_PAGES="off")
    assert (own.ratelimit_api, own.ratelimit_pages) == ("5/1 hour", "")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("RATELIMIT_API", "many"),
        ("RATELIMIT_KEY", "5/minute; 9/hour"),
        ("RATELIMIT_STORAGE_URI", "nosuch://store"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, setting: str, value: str) -> None:
    with pytest.raises(ConfigError, match=setting):
        read(DATA_DIR=str(tmp_path), **{setting: value})
