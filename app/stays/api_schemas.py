"""What the JSON API of stays reads and answers."""

from __future__ import annotations

from typing import Any, Self

from pydantic import (
    BaseModel,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from app.stays.partial import with_domain_faults
from app.web.api import Body, PageQuery


class DocumentBody(Body):
    type: str | None = None
    number: str | None = None
    name: str | None = None


class ResidenceBody(Body):
    kind: str | None = None
    country: str | None = None
    unit: str | None = None
    address: str | None = None


class GuestBody(Body):
    full_name: str | None = None
    date_of_birth: str | None = None
    birth_date_precision: str | None = None
    sex: str | None = None
    age_band: str | None = None
    nationality: str | None = None
    document: DocumentBody | None = None
    phone: str | None = None
    residence: ResidenceBody | None = None
    permitted_until: str | None = None
    arrived_at: str | None = None
    departed_at: str | None = None


class StayBody(Body):
    establishment: str | None = None
    room: str | None = None
    room_type: str | None = None
    arrived_at: str | None = None
    planned_departure: str | None = None
    source: str | None = None
    reservation: str | None = None
    reason: str | None = None
    reason_detail: str | None = None
    note: str | None = None
    filed_elsewhere: bool = False
    guests: list[GuestBody] = Field(default_factory=list)

    @model_validator(mode="wrap")
    @classmethod
    def _with_all_faults(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Say what the checks find, too, where a member is unknown or of a wrong type."""
        try:
            return handler(given)
        except ValidationError as error:
            read = lambda rest: handler(rest).model_dump()  # noqa: E731
            raise with_domain_faults(given, error, read) from None


class GuestPatch(GuestBody):
    id: str | None = None
    removed: bool = False


class StayPatch(Body):
    arrived_at: str | None = None
    reason: str | None = None
    reason_detail: str | None = None
    note: str | None = None
    guests: list[GuestPatch] | None = None


class ExtendBody(Body):
    planned_departure: str | None = None


class MoveBody(Body):
    room: str | None = None
    room_type: str | None = None
    since: str | None = Field(default=None, alias="from")


class CheckOutBody(Body):
    departed_at: str | None = None


class ReasonBody(Body):
    reason: str | None = None


class StayQuery(PageQuery):
    state: str | None = None
    date: str | None = None
    room: str | None = None


class NightAnswer(BaseModel):
    night: str
    room: str | None


class WarningAnswer(BaseModel):
    pointer: str
    code: str
    detail: str


class StoredAnswer(BaseModel):
    """A stay after a write: no name, no document, so that the answer may be kept and sent again."""

    id: str | None
    room: str | None
    nights: list[NightAnswer]
    warnings: list[WarningAnswer]


class ChangedAnswer(StoredAnswer):
    state: str
    planned_departure: str
    departed_at: str | None
    version: int


class StayItem(BaseModel):
    id: str
    state: str
    room: str | None
    room_type: str
    arrived_at: str
    planned_departure: str
    departed_at: str | None
    nights: int
    people: int
    source: str
    filed_elsewhere: bool
    version: int


class StayList(BaseModel):
    items: list[StayItem]
    next: str | None


class GuestAnswer(BaseModel):
    id: str
    full_name: str | None
    date_of_birth: str | None
    birth_date_precision: str | None
    sex: str | None
    age_band: str | None
    nationality: str
    persons: int
    document: dict[str, Any]
    phone: str | None
    residence: dict[str, Any]
    permitted_until: str | None
    arrived_at: str | None
    departed_at: str | None
    due_at: str | None
    filing_state: str


class StayAnswer(StayItem):
    reason: str
    reason_detail: str | None
    reservation: str | None
    rooms: list[NightAnswer]
    guests: list[GuestAnswer]


class RevealAnswer(BaseModel):
    id: str
    guests: list[GuestAnswer]
