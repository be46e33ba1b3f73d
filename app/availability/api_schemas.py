"""What the JSON API of availability reads and answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app import dates
from app.registry.models import AMENITIES
from app.text import tidy
from app.web.api import Body, PageQuery, Query

NIGHTS_AT_ONCE = 366
ROWS_AT_ONCE = 36_600
HIGHEST_PRICE = 1_000_000_000
MOST_ROOMS = 5_000


def _day(value: object) -> date:
    try:
        return dates.parse_date(value) if isinstance(value, str) else _not_a_day()
    except ValueError:
        return _not_a_day()


def _not_a_day() -> date:
    raise PydanticCustomError("invalid_format", "A date is written as YYYY-MM-DD")


def _known_amenity(value: str) -> str:
    if value not in AMENITIES:
        raise PydanticCustomError("unknown_code", "The value is none of the known codes")
    return value


def _text(value: object) -> object:
    return tidy(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_ROOMS)]
Price = Annotated[int, Field(strict=True, ge=0, le=HIGHEST_PRICE)]
Rooms = Annotated[int, Field(strict=True, ge=1, le=500)]
People = Annotated[int, Field(strict=True, ge=0, le=5_000)]
Guests = Annotated[int, Field(strict=True, ge=1, le=100)]
Code = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=60)]
Name = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200)]
Channel = Annotated[str, BeforeValidator(_text), Field(max_length=40)]
Amenity = Annotated[str, AfterValidator(_known_amenity)]


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema.get("properties", {}).values():
        described.pop("default", None)


class Patch(Body):
    """A merge patch; the defaults only stand for "not mentioned", so they are not described."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


# --- Nights --------------------------------------------------------------------------------


class SpanQuery(Query):
    """``from`` included, ``to`` excluded; the next 31 nights where nothing is said."""

    start: Day | None = Field(default=None, alias="from")
    end: Day | None = Field(default=None, alias="to")


class NightBody(Body):
    night: Day
    vacant: Count
    price: Price | None = None


class NightsBody(Body):
    nights: list[NightBody] = Field(min_length=1, max_length=NIGHTS_AT_ONCE)


class RowBody(NightBody):
    room_type: Code


class RowsBody(Body):
    establishment: str | None = None
    nights: list[RowBody] = Field(min_length=1, max_length=ROWS_AT_ONCE)


class NightAnswer(BaseModel):
    night: str
    total: int
    out_of_order: int
    taken: int
    reserved: int
    vacant: int | None
    price: int | None
    confirmed_at: str | None


class RowAnswer(NightAnswer):
    room_type: str


class NightList(BaseModel):
    items: list[NightAnswer]
    next: str | None


class RowList(BaseModel):
    items: list[RowAnswer]
    next: str | None


# --- Room types ----------------------------------------------------------------------------


class RoomTypePatch(Patch):
    """What may be changed of a room type."""

    code: Code | None = None
    name: Name = ""
    name_en: Name | None = None
    capacity: Guests = 1
    bed_places: Guests = 1
    list_price: Price | None = None
    amenities: list[Amenity] = Field(default_factory=list, max_length=len(AMENITIES))
    kept_by: Literal["stays", "feed"] = "stays"


class RoomTypeAnswer(BaseModel):
    id: str
    code: str | None
    name: str
    name_en: str | None
    capacity: int
    bed_places: int
    list_price: int | None
    amenities: list[str]
    kept_by: str
    confirmed_at: str | None
    version: int


class HouseBody(Body):
    establishment: str | None = None


class ConfirmedType(BaseModel):
    id: str
    kept_by: str
    confirmed_at: str | None


class ConfirmedList(BaseModel):
    items: list[ConfirmedType]
    next: str | None


# --- Reservations --------------------------------------------------------------------------


class ReservationQuery(PageQuery, SpanQuery):
    """``from`` and ``to`` bound the arrival; ``reference`` finds a part of it."""

    status: Literal["open", "cancelled", "no_show", "all"] = "open"
    reference: Annotated[str, BeforeValidator(_text), Field(max_length=60)] = ""


class ReservationBody(Body):
    establishment: str | None = None
    reference: Code
    room_type: Code
    arrival: Day
    departure: Day
    rooms: Rooms = 1
    people: People | None = None
    channel: Channel | None = None
    label: Annotated[str, BeforeValidator(_text), Field(max_length=200)] | None = None


class ReservationPatch(Patch):
    """What may be changed of an open reservation."""

    reference: Code = ""
    room_type: Code = ""
    arrival: Day = date.min
    departure: Day = date.min
    rooms: Rooms = 1
    people: People | None = None
    channel: Channel | None = None
    label: Annotated[str, BeforeValidator(_text), Field(max_length=200)] | None = None


class WarningAnswer(BaseModel):
    pointer: str
    code: str
    detail: str


class ReservationRecord(BaseModel):
    id: str
    reference: str
    room_type: str
    arrival: str
    departure: str
    rooms: int
    rooms_arrived: int
    people: int | None
    channel: str | None
    status: str
    version: int


class ReservationAnswer(ReservationRecord):
    label: str | None


class StoredReservation(ReservationRecord):
    warnings: list[WarningAnswer]


class ReservationList(BaseModel):
    items: list[ReservationAnswer]
    next: str | None
