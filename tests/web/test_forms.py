"""Numbers as people type and paste them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.web.forms import Form, MoneyField, WholeField, read_money, read_whole


class NumbersForm(Form):
    price = MoneyField("price")
    rooms = WholeField("rooms")


@pytest.fixture
def filled(app: Flask) -> Any:
    """A form as it was sent."""

    def filled(**sent: str) -> NumbersForm:
        form = NumbersForm(formdata=MultiDict(sent), meta={"csrf": False})
        form.validate()
        return form

    with app.test_request_context():
        yield filled


@pytest.mark.parametrize(
    "text",
    ["900000", "900.000", "900,000", "900 000", "900\u00a0000", "900k", "900 K", "900 nghìn",
     "900.000đ", "900.000 ₫", " 900 000 VND ", "0,9tr"],
)  # fmt: skip
def test_an_amount_is_read_however_it_is_written(text: str) -> None:
    assert read_money(text) == 900_000


@pytest.mark.parametrize("text", ["1tr2", "1 tr 2", "1,2 triệu", "1.2tr", "1200k", "1.200.000"])
def test_millions_are_read_as_they_are_said(text: str) -> None:
    assert read_money(text) == 1_200_000


def test_hundredths_of_a_million() -> None:
    assert read_money("1tr25") == 1_250_000


@pytest.mark.parametrize(
    "text",
    ["", "đ", "abc", "-5", "900.00", "900.0000", "900.5", "1,200.000", "1e9", "½", "1tr2k", "٩٠٠",
     "1.5tr2", "12345678901234", "\x00", "9" * 5000],
)  # fmt: skip
def test_what_could_be_another_amount_is_none(text: str) -> None:
    assert read_money(text) is None


@pytest.mark.parametrize("text", ["1200", "1 200", "1.200", " 1200 ", "1,200"])
def test_a_whole_number_is_read_with_what_was_pasted(text: str) -> None:
    assert read_whole(text) == 1200


@pytest.mark.parametrize("text", ["", "1.5", "12k", "1 2", "-1", "một"])
def test_no_other_text_is_a_whole_number(text: str) -> None:
    assert read_whole(text) is None


def test_fields_hold_numbers_and_say_what_they_want(filled: Any) -> None:
    form = filled(price="900.000", rooms="1 200")
    assert (form.price.data, form.rooms.data, form.errors) == (900_000, 1200, {})
    form = filled(price="", rooms=" ")
    assert (form.price.data, form.rooms.data, form.errors) == (None, None, {})
    form = filled(price="nhiều", rooms="1.5")
    assert "900k" in str(form.errors["price"][0])
    assert len(form.errors["rooms"]) == 1


def test_numbers_are_typed_as_text_so_that_no_browser_cuts_them(filled: Any) -> None:
    form = filled(price="900k", rooms="x")
    assert 'type="text"' in form.price()
    assert 'inputmode="numeric"' in form.price()
    assert 'type="text"' in form.rooms()
    assert 'value="x"' in form.rooms()
    assert 'value="900k"' in form.price(), "what was typed stays"


def test_a_stored_amount_is_shown_in_groups(app: Flask) -> None:
    with app.test_request_context():
        form = NumbersForm(formdata=None, data={"price": 900_000, "rooms": 1200})
        assert 'value="900.000"' in form.price()
        assert 'value="1200"' in form.rooms()
