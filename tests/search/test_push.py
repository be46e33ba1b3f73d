"""Messages to browsers: encrypted for one alone, sent nowhere but to public hosts, forgotten."""

from __future__ import annotations

import base64
import datetime
import json
import os
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask.testing import FlaskClient
from py_vapid import Vapid02
from sqlalchemy import select

from app import dates
from app.db import db
from app.search.watches import matching as watches_matching
from app.search.watches import push, push_wire
from app.search.watches.models import PushNotice, Watch
from app.web import outside
from tests.html import gate
from tests.search.test_views import night, text_of
from tests.search.test_watch import full, search, set_rooms

__all__ = ["full"]

HOST = "push.example.com"
# Of this test alone: 32 bytes, the same every time.
KEY = base64.urlsafe_b64encode(bytes(range(1, 33))).rstrip(b"=").decode()


@dataclass
class Browser:
    """A browser's half: what it gives away, and what it alone can read with."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, endpoint: str) -> str:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": _text(point), "auth": _text(self.secret)}
        return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def read(self, body: bytes) -> Any:
        clear = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
        )
        return json.loads(clear)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Service:
    """A push service: what arrived, and the status it answers with."""

    port: int = 0
    status: int = 201
    arrived: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"https://{HOST}:{self.port}/send/abc"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("push") / "service.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def service(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service on this machine, to which one name leads; loopback is allowed for it alone."""
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.arrived.append((self.path, dict(self.headers.items()), body))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", f"https://{HOST}:{found.port}/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    way = outside.Way(
        resolve=lambda host, port: ["127.0.0.1"] if host == HOST else [],
        context=ssl.create_default_context(cafile=str(certificate)),
        ports={"https": (found.port,)},
        allows=lambda address: address == "127.0.0.1",
    )
    monkeypatch.setattr(outside, "WAY", way)
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def offered(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    extensions = client.application.extensions
    config = replace(extensions["config"], vapid_private_key=KEY)
    monkeypatch.setitem(extensions, "config", config)


@pytest.fixture
def browser_half() -> Browser:
    return Browser()


@pytest.fixture
def waiting(
    client: FlaskClient, full: Any, offered: None, service: Service, browser_half: Browser
) -> Watch:
    """A browser waits on the search that finds nothing."""
    data = {**search(), "subscription": browser_half.subscription(service.endpoint)}
    response = client.post("/search/watch", data=data)
    assert response.status_code == 303
    assert "Đang chờ" in text_of(gate(client.get(response.headers["Location"])))
    return db.session.scalars(select(Watch)).one()


def open_room(house: Any) -> None:
    set_rooms(house, 1)
    while watches_matching.tick():
        pass


def test_a_browser_is_told_what_only_it_can_read(
    full: Any, waiting: Watch, service: Service, browser_half: Browser
) -> None:
    open_room(full)
    assert push.tick()
    ((path, headers, body),) = service.arrived
    assert path == "/send/abc"
    assert b"Kh" not in body
    said = browser_half.read(body)
    assert "Có phòng" in said["title"]
    assert "Khách sạn Hải Âu" in said["body"]
    assert f"check_in={night(2)}" in said["url"]
    assert "/search/watch/" in said["stop"]
    with pytest.raises(http_ece.ECEException):
        Browser().read(body)
    # RFC 8292: signed by the key that the browser subscribed with, for this service alone.
    assert Vapid02.verify(headers["Authorization"])
    token = headers["Authorization"].partition("t=")[2].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(token + "=="))
    assert claims["aud"] == f"https://{HOST}:{service.port}"
    assert f"k={push.public_key()}" in headers["Authorization"]
    assert int(headers["TTL"]) > 0
    # Once: nothing is left to send.
    assert not push.tick()


def test_the_subscription_is_sealed(waiting: Watch, service: Service) -> None:
    sealed = bytes(waiting.contact_sealed)
    assert HOST.encode() not in sealed
    assert service.endpoint in (waiting.contact or "")


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten(
    full: Any, waiting: Watch, service: Service, status: int
) -> None:
    service.status = status
    open_room(full)
    assert push.tick()
    assert db.session.scalar(select(Watch)) is None
    assert db.session.scalar(select(PushNotice)) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_fails_for_now_is_tried_again_and_given_up(
    full: Any, waiting: Watch, service: Service, status: int
) -> None:
    service.status = status
    open_room(full)
    for attempt in range(len(push.RETRY_MINUTES)):
        assert push.tick()
        notice = db.session.scalars(select(PushNotice)).one()
        assert notice.attempts == attempt + 1
        assert notice.due_at > dates.now()
        assert not push.tick()
        notice.due_at = dates.now()
    assert push.tick()
    assert db.session.scalar(select(PushNotice)) is None
    assert db.session.scalars(select(Watch)).one()
    assert len(service.arrived) == len(push.RETRY_MINUTES) + 1


@pytest.mark.parametrize("status", [301, 307, 400])
def test_no_redirect_is_followed(full: Any, waiting: Watch, service: Service, status: int) -> None:
    service.status = status
    open_room(full)
    assert push.tick()
    assert [path for path, *_ in service.arrived] == ["/send/abc"]
    assert not push.tick()


def test_a_stop_takes_unsent_messages_along(
    client: FlaskClient, full: Any, waiting: Watch, service: Service
) -> None:
    from app.search.watches import operations as watches

    open_room(full)
    client.post(f"/search/watch/{watches.token_of(waiting)}/stop")
    assert db.session.scalar(select(PushNotice)) is None
    assert not push.tick()
    assert service.arrived == []


def test_a_service_that_never_answers_holds_nobody_up(
    full: Any, waiting: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket
    import time

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        monkeypatch.setattr(outside, "WAY", replace(outside.WAY, ports={"https": (port,)}))
        begun = time.monotonic()
        with pytest.raises(outside.NotReached):
            push_wire.post(f"https://{HOST}:{port}/x", b"", {}, seconds=0.3)
        assert time.monotonic() - begun < 2


def test_another_certificate_is_not_believed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = replace(outside.WAY, context=ssl.create_default_context())
    monkeypatch.setattr(outside, "WAY", usual)
    with pytest.raises(outside.NotReached):
        push_wire.post(service.endpoint, b"x", {})
    assert service.arrived == []


# --- Where nothing is sent ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example.com/x",
        "https://push.example.com:8443/x",
        "https://push.example.com:22/x",
        "https://user:word@push.example.com/x",
        "https://localhost/x",
        "https://meilisearch/x",
        "https://127.0.0.1/x",
        "https://0x7f.1/x",
        "https://2130706433/x",
        "https://127.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://push.example.com/\r\nX: y",
        "https://push.example.com/" + "x" * 1000,
        "https://push.example.com:99999/x",
        "ftp://push.example.com/x",
        "javascript:alert(1)",
        "//push.example.com/x",
        "",
    ],
)
def test_an_endpoint_that_is_refused_as_written(url: str) -> None:
    with pytest.raises(outside.NotAllowed):
        outside.checked(url, "https")
    with pytest.raises(push.BadSubscription):
        push.read_subscription(Browser().subscription(url))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::",
        "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "nonsense",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(
    address: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not outside.is_public(address)
    # One bad address among good ones is enough, since any of them may be taken.
    way = outside.Way(resolve=lambda *_: ["142.250.1.1", address])
    monkeypatch.setattr(outside, "WAY", way)
    with pytest.raises(outside.NotAllowed):
        push_wire.post(f"https://{HOST}/x", b"", {})
    assert service.arrived == []


@pytest.mark.parametrize("address", ["142.250.1.1", "2404:6800:4005::1", "::ffff:142.250.1.1"])
def test_the_open_internet_is_allowed(address: str) -> None:
    assert outside.is_public(address)


def test_a_name_that_moves_inside_later_is_forgotten(
    full: Any, waiting: Watch, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_room(full)
    moved = replace(outside.WAY, allows=outside.is_public)
    monkeypatch.setattr(outside, "WAY", moved)
    assert push.tick()
    assert service.arrived == []
    assert db.session.scalar(select(Watch)) is None


@pytest.mark.parametrize(
    "bend",
    [
        lambda s: "",
        lambda s: "[]",
        lambda s: "null",
        lambda s: json.dumps({**json.loads(s), "keys": {}}),
        lambda s: json.dumps({**json.loads(s), "keys": None}),
        lambda s: json.dumps({**json.loads(s), "endpoint": 7}),
        lambda s: s.replace('"auth": "', '"auth": "AAAA'),
        lambda s: s.replace('"p256dh": "B', '"p256dh": "A'),
        lambda s: s + " " * 5000,
    ],
)
def test_a_bent_subscription_is_refused(bend: Any) -> None:
    with pytest.raises(push.BadSubscription):
        push.read_subscription(bend(Browser().subscription(f"https://{HOST}/x")))


def test_a_good_subscription_is_kept_in_one_spelling() -> None:
    given = Browser().subscription(f"https://{HOST}/x")
    kept = push.read_subscription(given)
    assert json.loads(kept)["keys"] == json.loads(given)["keys"]
    assert push.read_subscription(kept) == kept


# --- The page and its script -------------------------------------------------------------------


def test_without_a_key_no_push_is_offered(client: FlaskClient, full: Any) -> None:
    tree = gate(client.get("/search/watch", query_string=search()))
    assert not tree.xpath("//*[@data-module='push']")


def test_the_page_offers_push_with_the_public_key(
    client: FlaskClient, full: Any, offered: None
) -> None:
    tree = gate(client.get("/search/watch", query_string=search()))
    (element,) = tree.xpath("//*[@data-module='push']")
    assert element.get("data-key") == push.public_key()
    assert KEY not in client.get("/search/watch", query_string=search()).get_data(as_text=True)


def test_the_worker_lies_at_the_root(client: FlaskClient) -> None:
    response = client.get("/push-worker.js")
    assert response.status_code == 200
    assert "javascript" in response.headers["Content-Type"]
    assert response.headers["Cache-Control"] == "no-cache"
    response.close()


def test_a_browser_shows_the_form_and_registers_the_worker(
    page: Any, live_server: str, committed: Any
) -> None:
    config = replace(committed.extensions["config"], vapid_private_key=KEY)
    committed.extensions["config"] = config
    page.goto(f"{live_server}/search/watch?check_in={night(2)}")
    page.wait_for_selector("[data-push]:visible")
    scope = page.evaluate(
        "navigator.serviceWorker.register('/push-worker.js')"
        ".then(() => navigator.serviceWorker.ready).then((ready) => new URL(ready.scope).pathname)"
    )
    assert scope == "/"
