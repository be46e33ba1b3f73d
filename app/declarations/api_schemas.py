"""What the API of declarations takes and answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.web.api import Body, PageQuery

FileFormat = Literal["domestic_xlsx", "foreign_xml", "foreign_xlsx", "asm_xlsx", "api_json"]
SentFormat = Literal[
    "domestic_xlsx", "foreign_xml", "foreign_xlsx", "asm_xlsx", "api_json", "by_hand", "police"
]


class DeclarationQuery(PageQuery):
    """``state``: a state, or ``unsent``, ``problem``, ``late``."""

    state: str | None = None


class FileBody(Body):
    """Which file, of which guests: without ``guests`` of everything unsent."""

    establishment: str | None = None
    format: FileFormat
    kind: Literal["domestic", "foreign"] | None = None
    guests: list[str] | None = Field(default=None, max_length=2000)


class SentBody(Body):
    """What was sent: a file by its ``filing``, or ``guests``, or everything unsent."""

    establishment: str | None = None
    filing: str | None = None
    guests: list[str] | None = Field(default=None, max_length=2000)
    format: SentFormat = "by_hand"


class DeclarationItem(BaseModel):
    """A guest to declare: no name and no document here."""

    guest: str
    stay: str
    room: str | None
    kind: str
    state: str
    arrived_at: str | None
    due_at: str | None
    target_at: str | None
    rule: str | None
    legal_basis: str | None
    sent_at: str | None
    late: bool
    faults: list[str]
    differences: list[str]
    next_step: str
    departure_change: str | None


class DeclarationList(BaseModel):
    items: list[DeclarationItem]
    next: str | None


class SentGuest(BaseModel):
    guest: str
    state: str
    sent_at: str | None
    late: bool


class SentAnswer(BaseModel):
    """The filing, its receipt, and the state of each guest."""

    filing: str
    sent: int
    sent_at: str | None
    receipt: str
    receipt_url: str
    guests: list[SentGuest]


class ReconcileBody(Body):
    """The portal's list as rows, or its error text for a filing; a file is sent as it is.

    A row's members are those of the portal's own API (``hoTen``, ``soGiayTo``, ``ngayDenCsltStr``
    …) or of a guest here (``full_name``, ``document_number`` or ``document``, ``arrived_at`` …).
    """

    establishment: str | None = None
    rows: list[dict[str, Any]] | None = Field(default=None, max_length=20_000)
    errors: str | None = Field(default=None, max_length=100_000)
    filing: str | None = None
    take_over: bool = False


class Compared(BaseModel):
    guest: str
    stay: str
    room: str | None
    state: str
    fields: list[str] = []
    said: list[str] = []
    next_step: str


class ReconcileAnswer(BaseModel):
    """Guests of this house by what the portal has; lines of its list that are nobody's here.

    With ``take_over`` those are entered as stays; ``faults`` says by line why one could not be.
    """

    rows: int
    arrived: list[Compared]
    missing: list[Compared]
    differing: list[Compared]
    unknown_lines: list[int]
    taken_over: int = 0
    faults: dict[int, list[str]] = {}
