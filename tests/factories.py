"""Factories in the words of the trade; they flush into the test's session and never commit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import factory
from factory.alchemy import SQLAlchemyModelFactory
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.accounts.models import Membership, User
from app.accounts.operations import hasher
from app.availability.models import Reservation
from app.db import db, new_id
from app.registry.models import (
    Area,
    Classification,
    Closure,
    Establishment,
    Place,
    Room,
    RoomAssignment,
    RoomType,
    Unit,
)
from app.registry.operations import folded_name
from app.stays.models import Guest, Stay
from app.text import fold

ALWAYS: Range[date] = Range(None, None)
REFORM = date(2025, 7, 1)


class Factory(SQLAlchemyModelFactory):
    """Base: objects go into the running session and are flushed, so that they have their ids."""

    class Meta:
        abstract = True
        sqlalchemy_session = db.session
        sqlalchemy_session_persistence = "flush"


# --- Geography -----------------------------------------------------------------------------


class AreaFactory(Factory):
    """A former city or district; the same code twice is the same row."""

    class Meta:
        model = Area
        sqlalchemy_get_or_create = ("code",)

    code = "747"
    name = "Vũng Tàu"


class UnitFactory(Factory):
    """A unit of today, or with ``closed_on=…`` one that is gone.

    The same code and beginning twice are the same row, also where the reference data is loaded.
    """

    class Meta:
        model = Unit
        sqlalchemy_get_or_create = ("code", "valid_from")

    class Params:
        closed_on = None

    code = "26506"
    name = "Phường Vũng Tàu"
    kind = "ward"
    folded = factory.LazyAttribute(lambda unit: fold(unit.name))
    area_code = factory.LazyFunction(lambda: AreaFactory().code)
    valid_from = factory.LazyAttribute(lambda unit: date(2000, 1, 1) if unit.closed_on else REFORM)
    valid_to = factory.SelfAttribute("closed_on")


class PlaceFactory(Factory):
    class Meta:
        model = Place
        sqlalchemy_get_or_create = ("code",)

    code = "bai-sau"
    name = "Bãi Sau"
    name_en = "Back Beach"
    lat = 10.33
    lon = 107.093
    source = "test"


# --- People --------------------------------------------------------------------------------


class UserFactory(Factory):
    """A person; say what they are with ``manager_of=house``, ``front_desk_of=house``,
    ``ward_official_of="26506"``, ``province_official=True`` or ``admin=True``."""

    class Meta:
        model = User

    class Params:
        password = None

    login = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Người Thứ {n}")
    password_hash = factory.LazyAttribute(
        lambda user: hasher().hash(user.password) if user.password else None
    )

    @factory.post_generation
    def manager_of(self, create: bool, house: Any, **_: Any) -> None:
        if house:
            MembershipFactory(user=self, role="manager", establishment_id=house.id)

    @factory.post_generation
    def front_desk_of(self, create: bool, house: Any, **_: Any) -> None:
        if house:
            MembershipFactory(user=self, role="front_desk", establishment_id=house.id)

    @factory.post_generation
    def ward_official_of(self, create: bool, code: Any, **_: Any) -> None:
        if code:
            MembershipFactory(user=self, role="ward_official", unit_code=code)

    @factory.post_generation
    def province_official(self, create: bool, wanted: Any, **_: Any) -> None:
        if wanted:
            MembershipFactory(user=self, role="province_official")

    @factory.post_generation
    def admin(self, create: bool, wanted: Any, **_: Any) -> None:
        if wanted:
            MembershipFactory(user=self, role="admin")


class MembershipFactory(Factory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = "province_official"


# --- Houses --------------------------------------------------------------------------------


class EstablishmentFactory(Factory):
    """An approved hotel without stars in Phường Vũng Tàu, classified for all time.

    Traits: ``approved`` (as it is anyway), ``applied``, ``suspended``, ``rejected``. ``rooms=3``
    adds a type of that many rooms (101, 102, …; further words: ``rooms__capacity=4``). Kind, stars
    and unit: ``kind=…``, ``stars=…``, ``unit=UnitFactory(…)``.
    """

    class Meta:
        model = Establishment

    class Params:
        kind = "hotel"
        stars = None
        unit = factory.SubFactory(UnitFactory)
        approved = factory.Trait(status="approved")
        applied = factory.Trait(status="applied")
        suspended = factory.Trait(status="suspended", status_reason="Chưa có giấy phép")
        rejected = factory.Trait(status="rejected", status_reason="Không phải cơ sở lưu trú")

    code = factory.Sequence(lambda n: f"T{n:05d}")
    name = factory.Sequence(lambda n: f"Khách sạn Sóng Biển {n}")
    name_en = None
    folded = factory.LazyAttribute(lambda house: folded_name(house.name, house.name_en))
    status = "approved"
    address = "12 Thùy Vân"
    lat = 10.345
    lon = 107.092
    phone = "0254 3000 000"

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        # Kind, stars and unit live in a dated row of their own, created after the house.
        facts = {name: params.pop(name) for name in ("kind", "stars", "unit") if name in params}
        house = super()._generate(strategy, params)
        ClassificationFactory(establishment=house, **facts)
        return house

    @factory.post_generation
    def rooms(self, create: bool, count: Any, **words: Any) -> None:
        if count:
            RoomTypeFactory(establishment=self, rooms=count, **words)


class ClassificationFactory(Factory):
    class Meta:
        model = Classification

    establishment = factory.SubFactory(EstablishmentFactory)
    valid = ALWAYS
    kind = "hotel"
    stars = None
    unit = factory.SubFactory(UnitFactory)


class RoomTypeFactory(Factory):
    """A type for two; ``rooms=3`` gives it the next three numbers of the house."""

    class Meta:
        model = RoomType

    establishment = factory.SubFactory(EstablishmentFactory)
    name = factory.Sequence(lambda n: f"Phòng đôi {n}")
    capacity = 2
    bed_places = 2
    list_price = 800_000

    @factory.post_generation
    def rooms(self, create: bool, count: Any, **words: Any) -> None:
        if "number" in words:
            RoomFactory(room_type=self, **words)
        elif count:
            _add_rooms(self, count, **words)


def _add_rooms(room_type: Any, count: int, since: Any = None, until: Any = None) -> None:
    """What as many calls of ``RoomFactory`` do, in one turn to the database."""
    house_id = room_type.establishment_id
    first = int(_next_number(house_id))
    for number in range(first, first + count):
        db.session.add(
            RoomAssignment(
                establishment_id=house_id,
                room=Room(establishment_id=house_id, number=str(number)),
                room_type=room_type,
                valid=Range(since, until),
            )
        )
    db.session.flush()


class RoomFactory(Factory):
    """A room of a type for all time, or from ``since=…`` until before ``until=…``."""

    class Meta:
        model = Room

    class Params:
        room_type = factory.SubFactory(RoomTypeFactory)
        since = None
        until = None

    establishment_id = factory.LazyAttribute(lambda room: room.room_type.establishment_id)
    number = factory.LazyAttribute(lambda room: _next_number(room.establishment_id))

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        room_type = params.pop("room_type", None) or RoomTypeFactory()
        since, until = params.pop("since", None), params.pop("until", None)
        room = super()._generate(strategy, {**params, "room_type": room_type})
        db.session.add(
            RoomAssignment(
                establishment_id=room.establishment_id,
                room=room,
                room_type=room_type,
                valid=Range(since, until),
            )
        )
        db.session.flush()
        return room


def _next_number(establishment_id: int) -> str:
    used = db.session.scalars(select(Room.number).where(Room.establishment_id == establishment_id))
    return str(max((int(number) for number in used if number.isdigit()), default=100) + 1)


class ClosureFactory(Factory):
    class Meta:
        model = Closure

    class Params:
        start = date(2026, 9, 1)
        end = date(2026, 9, 15)

    establishment = factory.SubFactory(EstablishmentFactory)
    establishment_id = factory.LazyAttribute(lambda closure: closure.establishment.id)
    valid = factory.LazyAttribute(lambda closure: Range(closure.start, closure.end))
    reason = "Sửa chữa"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **values: Any) -> Any:
        values.pop("establishment", None)
        return super()._create(model_class, *args, **values)


# --- Availability --------------------------------------------------------------------------


class ReservationFactory(Factory):
    """An open reservation of one room for two people; ``nights=3`` sets its length."""

    class Meta:
        model = Reservation

    class Params:
        nights = 2

    id = factory.LazyFunction(new_id)
    room_type = factory.SubFactory(RoomTypeFactory, rooms=3)
    establishment_id = factory.LazyAttribute(lambda r: r.room_type.establishment_id)
    reference = factory.Sequence(lambda n: f"BK-{n:06d}")
    arrival = date(2026, 12, 24)
    departure = factory.LazyAttribute(lambda r: r.arrival + timedelta(days=r.nights))
    rooms = 1
    people = 2
    channel = "phone"


# --- Stays ---------------------------------------------------------------------------------


class StayFactory(Factory):
    """A party in the house since two days ago at 14:00, without a room; it leaves tomorrow."""

    class Meta:
        model = Stay

    class Params:
        nights = 3

    id = factory.LazyFunction(new_id)
    room_type = factory.SubFactory(RoomTypeFactory)
    establishment = factory.SelfAttribute("room_type.establishment")
    first_night = factory.LazyFunction(lambda: dates.today() - timedelta(days=2))
    last_night_end = factory.LazyAttribute(lambda s: s.first_night + timedelta(days=s.nights))
    arrived_at = factory.LazyAttribute(lambda s: dates.at(s.first_night, 14))
    planned_departure = factory.LazyAttribute(lambda s: dates.at(s.last_night_end, 12))


class GuestFactory(Factory):
    """A guest with an invented identity, whose number belongs to nobody."""

    class Meta:
        model = Guest

    id = factory.LazyFunction(new_id)
    stay = factory.SubFactory(StayFactory)
    establishment_id = factory.SelfAttribute("stay.establishment.id")
    full_name = "Nguyễn Thị Thử"
    date_of_birth = "1990-01-31"
    birth_date_precision = "day"
    sex = "F"
    age_band = "16-59"
    nationality = "VNM"
    document_type = "citizen_id"
    document_number = factory.Sequence(lambda n: f"077190{n:06d}")
    residence_country = "VNM"
