"""The JSON API that reads the text of an identity document; nothing of it is stored or logged."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app import dates
from app.registry.units import Units
from app.stays.api_schemas import WarningAnswer
from app.stays.documents import parse, why_not
from app.stays.documents.addresses import add_ward
from app.stays.words import detail
from app.web import api
from app.web.api import Body, endpoint
from app.web.problems import FIELD_CODES, invalid
from app.web.security import requires

blueprint = api.blueprint("documents")

LONGEST = 2000

FIELD_CODES.update(
    too_few_fields="The text of a citizen's card has at least 7 fields between | signs",
    not_a_card="The fields between | signs are not those of a citizen's card",
    wrong_length="Machine-readable lines are 3 of 30, or 2 of 36 or 44 characters",
    not_a_document="Neither machine-readable lines nor the text of a citizen's card",
)


class TextBody(Body):
    """Machine-readable lines, or the text of the QR code of a citizen's card."""

    text: str = Field(max_length=LONGEST)


class ParsedDocument(BaseModel):
    type: str
    number: str | None = None
    name: str | None = None


class ParsedResidence(BaseModel):
    kind: str | None = None
    country: str | None = None
    unit: str | None = None
    address: str | None = None


class ParsedFields(BaseModel):
    """The fields of a guest, and what else the document says of itself."""

    full_name: str | None = None
    surname: str | None = None
    given_names: str | None = None
    date_of_birth: str | None = None
    birth_date_precision: str | None = None
    sex: str | None = None
    nationality: str | None = None
    document: ParsedDocument
    residence: ParsedResidence | None = None
    document_code: str | None = None
    issuing_state: str | None = None
    issue_date: str | None = None
    expiry_date: str | None = None
    personal_number: str | None = None
    old_id: str | None = None


class ParseAnswer(BaseModel):
    """``errors`` are fields whose check digit or form fails; the name has no check digit at all."""

    kind: str
    valid: bool
    fields: ParsedFields
    errors: list[str]
    warnings: list[WarningAnswer]


@blueprint.post("/documents/parse")
@requires("front_desk", "manager")
@endpoint(tag="Documents", body=TextBody, answers={200: ParseAnswer})
def read(body: TextBody) -> ParseAnswer:
    """Read machine-readable lines or a citizen card's QR text; nothing is stored."""
    parsed = parse(body.text, dates.local(dates.now()).date())
    if parsed is None:
        raise invalid("/text", why_not(body.text))
    add_ward(parsed, Units.load())
    warnings = [
        WarningAnswer(pointer=found.pointer, code=found.code, detail=detail(found))
        for found in parsed.found.warnings
    ]
    return ParseAnswer(
        kind=parsed.kind,
        valid=parsed.is_valid,
        fields=ParsedFields(**parsed.fields),
        errors=parsed.errors,
        warnings=warnings,
    )
