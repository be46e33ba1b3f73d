"""What search engines are told: the pages, their languages, the day a record changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from defusedxml import ElementTree
from flask.testing import FlaskClient

from app import dates
from app.db import db
from app.registry.operations import update_profile
from app.registry.versions import mark_changed
from app.search import sitemap
from app.web.security import ANONYMOUS
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate

NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}
BASE = "http://localhost"


def entries(client: FlaskClient, path: str = "/sitemap.xml") -> dict[str, Any]:
    """Return address → entry of a sitemap."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.content_type == "application/xml"
    assert response.headers.get("Set-Cookie") is None
    root = ElementTree.fromstring(response.get_data())
    return {one.findtext("s:loc", namespaces=NAMES): one for one in root.findall("s:url", NAMES)}


def changed_on(client: FlaskClient, code: str) -> str:
    found = entries(client)[f"{BASE}/establishments/{code}"]
    return str(found.findtext("s:lastmod", namespaces=NAMES))


def test_every_house_that_is_shown_stands_there_in_each_language(
    client: FlaskClient, db_session: Any
) -> None:
    shown, hidden = EstablishmentFactory(), EstablishmentFactory(status="suspended")
    found = entries(client)
    assert f"{BASE}/establishments/{shown.code}" in found
    assert not [address for address in found if hidden.code in address]
    vietnamese, foreign = (
        found[f"{BASE}/establishments/{shown.code}{query}"] for query in ("", "?lang=en")
    )
    for entry in (vietnamese, foreign):
        beside = {one.get("hreflang"): one.get("href") for one in entry.findall("x:link", NAMES)}
        assert beside == {
            "vi": f"{BASE}/establishments/{shown.code}",
            "x-default": f"{BASE}/establishments/{shown.code}",
            "en": f"{BASE}/establishments/{shown.code}?lang=en",
        }


def test_each_address_there_is_a_page_that_names_itself(
    client: FlaskClient, db_session: Any
) -> None:
    EstablishmentFactory()
    for address in entries(client):
        page = gate(client.get(address.removeprefix(BASE)))
        assert page.xpath("//link[@rel='canonical']/@href") == [address]
        assert not page.xpath("//meta[@name='robots']")
        assert len(page.xpath("//meta[@name='description']/@content")[0]) > 20
        languages = dict(
            zip(
                page.xpath("//link[@hreflang and @rel]/@hreflang"),
                page.xpath("//link[@hreflang and @rel]/@href"),
                strict=True,
            )
        )
        assert languages["x-default"] == languages["vi"] == address.removesuffix("?lang=en")
        assert languages["en"] == languages["vi"] + "?lang=en"


def test_the_date_moves_with_the_record_and_not_with_vacancies(
    client: FlaskClient, db_session: Any
) -> None:
    house = EstablishmentFactory(record_changed_on=date(2026, 1, 5))
    RoomTypeFactory(establishment=house, rooms=3, all_known=True, confirmed_at=dates.now())
    mark_changed(house.id)
    db.session.flush()
    assert changed_on(client, house.code) == "2026-01-05"
    update_profile(house, by=ANONYMOUS, phone="0254 385 1234")
    assert changed_on(client, house.code) == dates.today().isoformat()


def test_many_houses_are_in_several_files(
    client: FlaskClient, db_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "HOUSES_IN_A_FILE", 2)
    houses = [EstablishmentFactory() for _ in range(5)]
    root = ElementTree.fromstring(client.get("/sitemap.xml").get_data())
    files = [one.text for one in root.findall("s:sitemap/s:loc", NAMES)]
    assert files == [f"{BASE}/sitemap-{number}.xml" for number in range(4)]
    found = [address for file in files for address in entries(client, file.removeprefix(BASE))]
    assert len(found) == len(set(found)) == 2 * (len(sitemap.PAGES) + len(houses))
    assert client.get("/sitemap-4.xml").status_code == 404


def test_robots_are_led_to_it_and_away_from_the_counted_ways(client: FlaskClient) -> None:
    response = client.get("/robots.txt")
    assert response.content_type.startswith("text/plain")
    lines = response.get_data(as_text=True).splitlines()
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert "Disallow: /go/" in lines
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow")]
    assert not [page for page in sitemap.PAGES if page.startswith(tuple(closed))]


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/search?q=gần+Bãi+Sau",
        "/search?rooms=99",
        "/search/watch/x",
        "/establishments/x",
    ],
)
def test_what_has_no_end_or_is_for_one_reader_is_not_listed(client: FlaskClient, path: str) -> None:
    page = gate(client.get(path))
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert not page.xpath("//link[@rel='canonical']")


def test_the_search_of_a_kind_is_a_page_of_its_own(client: FlaskClient, db_session: Any) -> None:
    page = gate(client.get("/search?kind=villa&lang=en"))
    assert page.xpath("//link[@rel='canonical']/@href") == [f"{BASE}/search?kind=villa&lang=en"]


def test_where_to_report_a_weakness(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    config = client.application.extensions["config"]
    from dataclasses import replace

    given = replace(config, mail_from="Sổ lưu trú <so@vungtau.example>")
    monkeypatch.setitem(client.application.extensions, "config", given)
    text = client.get("/.well-known/security.txt").get_data(as_text=True)
    assert "Contact: mailto:so@vungtau.example\n" in text
    assert "Expires: " in text
