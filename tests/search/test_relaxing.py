"""Where no house has all that a sentence asks for, the nearest are shown, and what they lack."""

from __future__ import annotations

from datetime import timedelta

from app import dates
from app.search import fallback
from app.search.asked import read
from app.search.readings import search
from app.search.vacancies import Timings
from tests.search.conftest import Town


def cheap(town: Town) -> str:
    """Return a sentence that asks for a kind there is, at a price there is not."""
    return f"{town.house_with_type().kind} dưới 20k"


def test_the_least_is_left_out_and_said(town: Town) -> None:
    alike = read({"kind": town.house_with_type().kind}).wish
    assert alike is not None
    expected = fallback.answer(alike)
    assert expected.total > 0
    asked, result = search({"q": cheap(town)}, Timings())
    assert result is not None
    assert asked.said("price_max") == 20_000
    assert result.relaxed == (("price", (None, 20_000)),)
    assert (result.total, result.found.facets) == (expected.total, expected.facets)
    assert result.wish.kinds == (town.house_with_type().kind,)


def test_the_page_says_so_and_its_links_lead_on(town: Town) -> None:
    page = (
        town.app.test_client()
        .get("/search", query_string={"q": cheap(town)})
        .get_data(as_text=True)
    )
    assert "chưa chắc có" in page
    again = town.app.test_client().get("/search", query_string={"q": town.house_with_type().kind})
    assert "chưa chắc có" not in again.get_data(as_text=True)


def test_vacancies_and_what_was_chosen_are_never_relaxed(town: Town) -> None:
    tomorrow = (dates.today() + timedelta(days=1)).isoformat()
    for arguments in (
        {"q": cheap(town), "check_in": tomorrow},
        {"q": f"{cheap(town)} đêm nay"},
        {"kind": town.house_with_type().kind, "price_max": "20000"},
        {"q": town.house_with_type().kind, "price_max": "20000"},
    ):
        asked, result = search(arguments, Timings())
        assert result is not None, arguments
        assert (result.total, result.relaxed) == (0, ()), (arguments, asked.as_json())


def test_an_empty_town_has_nothing_to_offer_instead(town: Town) -> None:
    _asked, result = search({"q": "du thuyền dưới 20k có sạc xe điện"}, Timings())
    assert result is not None
    assert (result.total, result.relaxed) == (0, ())
