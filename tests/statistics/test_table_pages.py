"""Long tables come in pages; totals, files and charts over time are of all rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.html import gate
from tests.statistics.test_views import read_csv, table_of
from tests.statistics.town import caught_up

YEAR = "/statistics/occupancy?from=2026-01-01&to=2027-01-01&by=day"
SHOWN = 62


def firsts(page: Any) -> list[str]:
    return [row[0] for row in table_of(page)]


def links(page: Any, words: str) -> list[str]:
    found = page.xpath(f"//*[@id='rows']//a[contains(normalize-space(), '{words}')]/@href")
    return [str(href) for href in found]


def test_a_year_by_day_stands_on_pages(province: Any) -> None:
    page = gate(province.get(YEAR))
    days = firsts(page)
    assert (len(days), days[0][-4:], days[-1]) == (SHOWN + 1, " 1/1", "Cả kỳ")
    (onward,) = links(page, "Sau")
    second = gate(province.get(onward))
    assert firsts(second)[0].endswith(" 4/3")
    assert firsts(second)[-1] == "Cả kỳ"
    assert table_of(page)[-1] == table_of(second)[-1]


def test_the_latest_can_come_first(province: Any) -> None:
    (turned,) = links(gate(province.get(YEAR)), "mới nhất")
    page = gate(province.get(turned))
    assert firsts(page)[0].endswith(" 20/11")
    assert links(page, "cũ nhất")
    assert "order=newest" in links(page, "Sau")[0]


@pytest.mark.parametrize("wanted", ["0", "-3", "99999", "x"])
def test_a_page_that_is_not_there_is_the_nearest(province: Any, wanted: str) -> None:
    assert len(firsts(gate(province.get(f"{YEAR}&page={wanted}")))) > 1


def test_chart_and_file_have_all_rows(province: Any) -> None:
    page = gate(province.get(f"{YEAR}&page=2"))
    drawn = [json.loads(each.text) for each in page.xpath("//script[@type='application/json']")]
    nights = 31 + 28 + 31 + 30 + 31 + 30 + 31 + 31 + 30 + 31 + 20
    assert nights in [len(chart.get("labels", [])) for chart in drawn]
    assert len(read_csv(province, f"{YEAR}&page=2")) >= nights + 1


def test_rows_on_a_later_page_are_compared(province: Any) -> None:
    """The page matches houses for its own rows only, and for the total."""
    caught_up()
    whole = table_of(gate(province.get(f"{YEAR.replace('by=day', 'by=month')}&compare=previous")))
    paged = table_of(gate(province.get(f"{YEAR}&compare=previous&page=10")))
    assert whole[-1][-3:] == paged[-1][-3:]
    first = next(row for row in paged if row[0].endswith(" 2/11"))
    assert first[-3:-1] == ["+0,0 %", "+0,0 %"]


def test_origins_by_day_stand_on_pages(province: Any) -> None:
    query = YEAR.replace("occupancy", "origins")
    page = gate(province.get(query))
    assert len(firsts(page)) == SHOWN
    assert links(page, "Sau")
