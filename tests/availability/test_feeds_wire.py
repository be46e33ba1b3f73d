"""Fetching from a site of our own over real sockets, and every address that must be refused."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.availability.feeds import wire as feeds_wire
from app.availability.feeds.wire import Answer, NotFetched, checked, fetch
from app.web import outside
from app.web.outside import is_public

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
HOST = "calendar.test"


class Site(ThreadingHTTPServer):
    """A booking site; ``answers`` maps a path to (status, headers, body)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {"/ok": (200, {}, BODY)}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        if self.path == "/slow":
            self.server.released.wait(5)
            return
        status, headers, body = self.server.answers[self.path]
        self.send_response(status)
        headers = {"Content-Length": str(len(body))} | headers
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site on this machine, and a way that allows it alone."""
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    way = outside.Way(
        resolve=lambda host, port: ["127.0.0.1"] if host == HOST else ["169.254.169.254"],
        ports=dict.fromkeys(("http", "https"), (site.port,)),
        allows=lambda address: address == "127.0.0.1",
    )
    monkeypatch.setattr(outside, "WAY", way)
    yield site
    site.released.set()
    site.shutdown()
    thread.join()
    site.server_close()


def why(url: str) -> str:
    with pytest.raises(NotFetched) as refused:
        fetch(url)
    return refused.value.why


def test_a_calendar_is_fetched_with_its_conditions(site: Site) -> None:
    site.answers["/ok"] = (200, {"ETag": '"1"', "Last-Modified": "Tue"}, BODY)
    assert fetch(site.url("/ok?s=1"[:3]), {"If-None-Match": '"0"'}) == Answer(BODY, '"1"', "Tue")
    asked = site.asked[0][1]
    assert (asked["Host"], asked["If-None-Match"]) == (f"{HOST}:{site.port}", '"0"')
    site.answers["/ok"] = (304, {"Content-Length": ""}, b"")
    assert fetch(site.url("/ok")) == Answer(None)


def test_redirects_are_followed_three_times_and_checked_each_time(site: Site) -> None:
    for number in range(5):
        site.answers[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    site.answers["/5"] = (200, {}, BODY)
    assert fetch(site.url("/2")).body == BODY
    assert why(site.url("/1")) == "redirects"
    site.answers["/in"] = (302, {"Location": f"http://inside.test:{site.port}/meta"}, b"")
    assert why(site.url("/in")) == "not_public"
    for place in ("http://127.0.0.1/x", "file:///etc/passwd", "gopher://calendar.test/x"):
        site.answers["/to"] = (302, {"Location": place}, b"")
        assert why(site.url("/to")) == "address"


@pytest.mark.parametrize(("status", "code"), [(404, "gone"), (410, "gone"), (500, "refused")])
def test_other_answers_are_none(site: Site, status: int, code: str) -> None:
    site.answers["/x"] = (status, {}, BODY)
    assert why(site.url("/x")) == code


def test_what_is_cut_off_or_too_large_is_refused(site: Site) -> None:
    site.answers["/cut"] = (200, {"Content-Length": str(len(BODY) + 9)}, BODY)
    assert why(site.url("/cut")) == "truncated"
    site.answers["/big"] = (200, {}, b"x" * (feeds_wire.LARGEST + 1))
    assert why(site.url("/big")) == "too_large"
    site.answers["/most"] = (200, {}, b"x" * feeds_wire.LARGEST)
    assert len(fetch(site.url("/most")).body or b"") == feeds_wire.LARGEST


def test_what_is_compressed_is_unpacked_only_so_far(site: Site) -> None:
    packed = {"Content-Encoding": "gzip"}
    site.answers["/gz"] = (200, packed, gzip.compress(BODY))
    assert fetch(site.url("/gz")).body == BODY
    site.answers["/zip"] = (200, {"Content-Encoding": "deflate"}, zlib.compress(BODY))
    assert fetch(site.url("/zip")).body == BODY
    site.answers["/bomb"] = (200, packed, gzip.compress(b"\0" * 50_000_000))
    assert why(site.url("/bomb")) == "too_large"
    site.answers["/half"] = (200, packed, gzip.compress(BODY)[:-9])
    assert why(site.url("/half")) == "truncated"
    site.answers["/no"] = (200, packed, BODY)
    assert why(site.url("/no")) == "truncated"
    site.answers["/br"] = (200, {"Content-Encoding": "br"}, BODY)
    assert why(site.url("/br")) == "not_calendar"


def test_one_deadline_covers_everything(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds_wire, "SECONDS", 0.2)
    assert why(site.url("/slow")) == "timeout"
    assert len(site.asked) == 1


def test_a_name_is_asked_once_and_the_checked_address_is_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def turning(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    monkeypatch.setattr(outside, "WAY", replace(outside.WAY, resolve=turning))
    assert fetch(site.url("/ok")).body == BODY
    assert asked == [HOST]
    assert why(site.url("/ok")) == "not_public"
    assert len(site.asked) == 1


def test_a_name_with_one_address_inside_is_refused_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = replace(outside.WAY, resolve=lambda *_: ["127.0.0.1", "10.0.0.1"])
    monkeypatch.setattr(outside, "WAY", both)
    assert why(site.url("/ok")) == "not_public"
    assert site.asked == []


def test_loopback_needs_the_tests_own_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = replace(outside.WAY, allows=is_public)
    monkeypatch.setattr(outside, "WAY", usual)
    assert why(site.url("/ok")) == "not_public"
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.254",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "not-an-address",
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "113.160.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_outside_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1./",
        "https://a.test:22/",
        "http://a.test:443/",
        "https://a.test:80/",
        "http://a.test:0/",
        "http://a.test:99999/",
        "ftp://a.test/",
        "file:///etc/passwd",
        "gopher://a.test/",
        "javascript:alert(1)",
        "//a.test/",
        "/x",
        "http://u@a.test/",
        "http://u:p@a.test/",
        "http://:@a.test/",
        "http:///x",
        "http://.test\\@b.test/",
        "https://a.test/é",
    ],
)
def test_addresses_that_cannot_be_are_refused(url: str) -> None:
    with pytest.raises(NotFetched) as refused:
        checked(url)
    assert refused.value.why == "address"


@pytest.mark.parametrize("url", ["https://www.airbnb.com/x.ics?s=1", "http://a.test:80/x"])
def test_addresses_that_can_be_are_not(url: str) -> None:
    assert checked(url).hostname
