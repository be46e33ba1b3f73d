"""Open data: what is shown and hidden, frozen releases, their files and their pages."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from app import dates
from app.dates import Period
from app.db import db
from app.statistics.models import FactNight
from app.statistics.open_data import releases
from app.statistics.open_data.disclosure import Measure, Part, hidden_rows, may_be_shown, rounded
from app.statistics.open_data.models import OpenDataRelease
from app.statistics.open_data.tables import COLUMNS, near
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import gate
from tests.statistics.town import Party, rooms, stay

OCTOBER = Period.month(2026, 10)
FIRST = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("value", "shown"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12, 10), (13, 15), (100, 100)]
)
def test_numbers_are_rounded_to_the_nearest_five(value: int, shown: int) -> None:
    assert rounded(value) == shown


@pytest.mark.parametrize(
    ("name", "sums", "shown"),
    [
        ("guest_nights", {1: 5, 2: 5, 3: 5}, True),
        ("guest_nights", {1: 5, 2: 5}, False),
        ("guest_nights", {1: 5, 2: 5, 3: 0}, False),
        ("guest_nights", {1: 8, 2: 5, 3: 2}, False),
        ("guest_nights", {1: 6, 2: 4, 3: 2}, True),
        ("guest_nights", {1: 3, 2: 3, 3: 3}, False),
        ("rooms_occupied", {1: 3, 2: 3, 3: 3}, True),
    ],
)
def test_a_number_needs_three_houses_none_over_half_and_ten_guests(
    name: str, sums: dict[int, int], shown: bool
) -> None:
    assert may_be_shown(name, sums) is shown


def test_one_hidden_row_takes_a_second_one_with_it() -> None:
    """Total less the other rows would else tell it: the only hidden row has nobody to hide with."""
    parts = [Part(n, (("unit", unit),), 40) for n, unit in enumerate("AAAD")]
    measure = Measure("rooms_occupied", parts)
    hidden = hidden_rows([measure], {("unit", "D")})
    assert hidden == {("unit", "A"), ("unit", "D")}


def test_a_total_that_tells_the_only_house_nobody_could_ask_about_is_not_published() -> None:
    told = [Part(n, (("unit", "A"),), 40, least=40, most=40) for n in range(3)]
    parts = [*told, Part(3, (("unit", "D"),), 40, least=0, most=90)]
    assert hidden_rows([Measure("rooms_occupied", parts)], {("unit", "D")}) is None


def test_a_published_number_stays_while_it_is_near_enough() -> None:
    assert [near(100, value) for value in (95, 105, 94, 106)] == [100, 100, 95, 105]
    assert near(None, 103) == 105


# --- Releases ----------------------------------------------------------------------------------


def fill(house: Any, count: int, nights: int, *, country: str = "VNM", persons: int = 2) -> None:
    for room in rooms(house, count):
        stay(room, FIRST, FIRST + timedelta(days=nights), Party(country, persons=persons))


@pytest.fixture
def october(db_session: Any) -> Iterator[SimpleNamespace]:
    """Four houses in Vũng Tàu and four in Tam Thắng reported October, one alone in Rạch Dừa."""
    with time_machine.travel(dates.at(date(2026, 11, 20), 10), tick=False):
        houses = []
        for number in range(9):
            code = ("26506", "26526")[number % 2] if number < 8 else "26536"
            kind = ("hotel", "homestay")[number // 2 % 2]
            unit = UnitFactory(code=code)
            house = EstablishmentFactory(code=f"H{number}", kind=kind, unit=unit)
            fill(house, 3, 5)
            fill(house, 1, 3, country="KOR")
            houses.append(house)
        fill(houses[0], 1, 2, country="BTN")
        db.session.commit()
        yield SimpleNamespace(houses=houses)


def published() -> OpenDataRelease:
    release = releases.publish(OCTOBER, by="test")
    assert release is not None
    db.session.commit()
    return release


def rows_of(release: OpenDataRelease, table: str) -> dict[str, Any]:
    return {row["key"]: row for row in releases.content_of(release)["tables"][table]["rows"]}


def test_a_release_holds_the_tables_rounded_and_hides_the_house_alone(october: Any) -> None:
    release = published()
    (total,) = rows_of(release, "month").values()
    # Nine houses of 3 × 5 × 2 and 3 × 2 guest nights, and four of the guests from Bhutan.
    assert total["guest_nights"] == rounded(9 * 36 + 4)
    units = rows_of(release, "unit")
    assert units["26536"]["guest_nights"] is None
    countries = rows_of(release, "country")
    assert "BTN" not in countries, "even the name would tell that somebody came"
    assert releases.content_of(release)["rules"]["rounded_to"] == 5
    assert all(
        value is None or value % 5 == 0
        for table in COLUMNS
        for row in rows_of(release, table).values()
        for name, value in row.items()
        if name not in ("key", "occupancy")
    )


def test_the_text_of_a_release_has_the_published_sum(october: Any) -> None:
    release = published()
    assert hashlib.sha256(release.content.encode()).hexdigest() == release.sha256
    assert "basis" not in release.content
    assert '"H0"' not in release.content


@pytest.mark.parametrize(
    "change", [update(OpenDataRelease).values(content="{}"), delete(OpenDataRelease)]
)
def test_the_database_refuses_to_change_a_release(october: Any, change: Any) -> None:
    published()
    with pytest.raises(DatabaseError, match="never changed"), db.session.begin_nested():
        db.session.execute(change)


def test_a_month_is_published_once_it_is_final_and_then_only_as_a_correction(october: Any) -> None:
    with time_machine.travel(dates.at(date(2026, 11, 11), 10), tick=False):
        assert releases.publish(OCTOBER, by="test") is None
    published()
    assert releases.publish(OCTOBER, by="test") is None
    assert len(releases.releases_of(FIRST)) == 1


def test_one_houses_correction_waits_and_that_of_several_comes_out(october: Any) -> None:
    first = published()
    fill(october.houses[0], 5, 10)
    db.session.commit()
    assert releases.publish(OCTOBER, by="test") is None
    for house in october.houses[1:8]:
        fill(house, 5, 10)
    db.session.commit()
    second = published()
    assert second.version == 2
    before, after = rows_of(first, "month"), rows_of(second, "month")
    assert after["2026-10"]["guest_nights"] == before["2026-10"]["guest_nights"] + 800
    hidden = [
        {key for key, row in rows_of(each, "unit").items() if row["guest_nights"] is None}
        for each in (first, second)
    ]
    assert hidden[0] <= hidden[1]
    assert json.loads(first.content)["version"] == 1


def test_a_month_of_too_few_houses_is_not_published(db_session: Any) -> None:
    with time_machine.travel(dates.at(date(2026, 11, 20), 10), tick=False):
        for number in range(2):
            fill(EstablishmentFactory(code=f"F{number}"), 3, 5)
        db.session.commit()
        assert releases.publish(OCTOBER, by="test") is None


# --- Pages and files ---------------------------------------------------------------------------


def test_the_page_shows_every_table_to_anybody_without_a_cookie(client: Any, october: Any) -> None:
    published()
    for table, lang in itertools.product(COLUMNS, ("vi", "en")):
        answer = client.get(f"/open-data?table={table}&lang={lang}")
        gate(answer)
        assert "Set-Cookie" not in answer.headers
        assert f'lang="{lang}"' in answer.get_data(as_text=True)


def test_the_page_is_there_before_anything_is(client: Any) -> None:
    gate(client.get("/open-data"))


NOT_FOUND = [
    "/open-data?table=none",
    "/open-data?month=2026-09",
    "/open-data?month=october",
    "/open-data?month=2026-10&version=2",
    "/open-data?month=2026-10&version=x",
    "/open-data/2026-10/v2/unit.csv",
    "/open-data/2026-10/v99999999999/unit.csv",
    "/open-data/2026-10/v1/none.csv",
    "/open-data/2026-10/v1/unit.pdf",
    "/api/v1/open-data/releases/2026-09",
    "/api/v1/open-data/tables/none",
]


def test_what_was_not_published_is_not_found(client: Any, october: Any) -> None:
    published()
    for address in NOT_FOUND:
        assert client.get(address).status_code == 404, address


def test_a_file_has_an_etag_and_is_the_same_every_time(client: Any, october: Any) -> None:
    published()
    for kind in ("csv", "xlsx", "json"):
        address = f"/open-data/2026-10/v1/unit.{kind}"
        first = client.get(address)
        assert "immutable" in first.headers["Cache-Control"]
        with time_machine.travel(dates.at(date(2026, 12, 20), 10), tick=False):
            second = client.get(address)
        assert first.data == second.data
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        other = client.get(f"{address}?lang=en")
        assert other.headers["ETag"] != first.headers["ETag"]


def test_the_files_hold_the_rows(client: Any, october: Any) -> None:
    published()
    text = client.get("/open-data/2026-10/v1/unit.csv").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    alone = next(line for line in lines if line["key"] == "26536")
    assert (alone["guest_nights"], alone["hidden"]) == ("", "1")
    book = client.get("/open-data/2026-10/v1/unit.xlsx").data
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("unit")
    assert len(sheet.to_python()) == len(lines) + 1
    content = client.get("/open-data/2026-10/v1/unit.json").json
    assert content["licence"]["id"] == "CC-BY-4.0"
    names = [field["name"] for field in content["schema"]["fields"]]
    assert names == ["key", *COLUMNS["unit"]]
    release = client.get("/open-data/2026-10/v1/release.txt")
    assert hashlib.sha256(release.data).hexdigest() == release.get_etag()[0]


def test_the_api_answers_without_a_key(client: Any, october: Any) -> None:
    release = published()
    catalogue = client.get("/api/v1/open-data").json
    assert {dataset["identifier"] for dataset in catalogue["dataset"]} == set(COLUMNS)
    assert client.get("/open-data/catalogue.json").json == catalogue
    (item,) = client.get("/api/v1/open-data/releases").json["items"]
    assert (item["month"], item["sha256"]) == ("2026-10", release.sha256)
    whole = client.get("/api/v1/open-data/releases/2026-10?version=1")
    assert whole.json == json.loads(release.content)
    table = client.get("/api/v1/open-data/tables/unit?from=2026-10&to=2026-10")
    assert {row["key"] for row in table.json["items"]} == set(rows_of(release, "unit"))
    assert client.get("/api/v1/open-data/tables/unit?from=2026-11").json["items"] == []
    assert client.get("/api/v1/open-data/tables/unit?from=x").status_code == 422
    tag = {"If-None-Match": table.headers["ETag"]}
    address = "/api/v1/open-data/tables/unit?from=2026-10&to=2026-10"
    assert client.get(address, headers=tag).status_code == 304


def test_the_province_publishes_and_a_ward_may_not(october: Any, as_: Any, send: Any) -> None:
    province = as_(UserFactory(province_official=True))
    db.session.add(FactNight(night=date(2026, 9, 30)))
    page = "/statistics/open-data"
    gate(province.get(page))
    assert send(province, f"{page}/2026-11", page).status_code == 303
    assert send(province, f"{page}/2026-10", page).status_code == 303
    (release,) = db.session.scalars(select(OpenDataRelease))
    assert release.published_by.startswith("user:")
    assert send(province, f"{page}/2030-01", page).status_code == 404
    ward = as_(UserFactory(ward_official_of="26506"))
    assert ward.get(page).status_code == 403
    assert send(ward, f"{page}/2026-10", "/account").status_code == 403
