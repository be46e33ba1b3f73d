"""The id a form carries: the same form twice is one stay, and another house's id is nobody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import dates
from app.stays.check_in import AlreadyCheckedIn, check_in
from app.stays.inputs import GuestInput, StayInput
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory


def arrival(room: str) -> StayInput:
    now = dates.now()
    guests = (GuestInput("KOR", persons=2),)
    return StayInput(now, now + timedelta(days=1), room=room, filed_elsewhere=True, guests=guests)


def test_the_same_form_twice_is_one_stay(house: Any, by: Principal) -> None:
    stay = check_in(house, arrival("101"), by=by).stay
    with pytest.raises(AlreadyCheckedIn):
        check_in(house, arrival("102"), by=by, stay_id=stay.id)


def test_another_houses_id_is_replaced_without_a_word(house: Any, by: Principal) -> None:
    stay = check_in(house, arrival("101"), by=by).stay
    other = EstablishmentFactory()
    RoomTypeFactory(establishment=other, rooms=1, code="DBL")
    mine = check_in(other, arrival("101"), by=Principal("user", 2), stay_id=stay.id).stay
    assert mine.id != stay.id
    assert mine.establishment_id == other.id
