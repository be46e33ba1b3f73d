"""Every route says who may pass, and the gate holds it to that."""

import pytest
from flask import Flask

from app.web.security import PUBLIC, SIGNED_IN, access_of

ROLES = {"front_desk", "manager", "ward_official", "province_official", "admin"}


def test_every_route_says_who_may_pass(app: Flask) -> None:
    with app.app_context():
        rules = list(app.url_map.iter_rules())
        silent = [rule.endpoint for rule in rules if not access_of(rule.endpoint)]
        strange = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if access_of(rule.endpoint) - ROLES - {PUBLIC, SIGNED_IN}
        }
    assert silent == []
    assert strange == set()


def test_nothing_that_writes_is_public_but_the_doors(app: Flask) -> None:
    doors = {
        "accounts.sign_in_submit",
        "accounts.set_password_submit",
        # Its token, made by a house for one list, is what opens it.
        "prefill.send",
        # A link of one address on the bulletin's list: mail programs post to it (RFC 8058).
        "bulletin_leave.leave",
        # Likewise one evening's question to one house, and the end of these mails.
        "reminder_links.confirm",
        "reminder_links.leave",
        # A visitor without an account waits for a room; a token of the mail confirms and stops.
        "watch.begin",
        "watch.confirm",
        "watch.stop",
        # A visitor reports a house without an account, and gets a reference.
        "complaint.send",
        # One more call counted for a house, of nobody in particular.
        "go.called",
    }
    with app.app_context():
        open_writes = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if PUBLIC in access_of(rule.endpoint) and rule.methods - {"GET", "HEAD", "OPTIONS"}
        }
    known = {name for name in open_writes if name.startswith("registry.")} | doors
    assert open_writes <= known


def test_a_view_that_says_nothing_is_refused(committed: Flask) -> None:
    committed.add_url_rule("/forgotten", "forgotten", lambda: "open to nobody")
    response = committed.test_client().get("/forgotten")
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


@pytest.mark.parametrize("path", ["/account", "/admin/people", "/admin/audit"])
def test_strangers_are_sent_to_the_door(client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 303
    assert response.location == f"/sign-in?next={path.replace('/', '%2F').replace('%2F', '/')}"


def test_a_fragment_is_sent_to_the_door_as_a_whole(client) -> None:
    response = client.get("/account", headers={"HX-Request": "true", "HX-Target": "div#x"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/sign-in")


def test_every_answer_carries_the_security_headers(client) -> None:
    for path in ("/sign-in", "/nowhere", "/healthz", "/api/v1/errors"):
        headers = client.get(path).headers
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
