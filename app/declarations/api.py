"""The JSON API of declarations and of receipts."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, request

from app import dates
from app.db import db
from app.declarations import operations, queries, reconciling, words
from app.declarations.api_schemas import (
    Compared,
    DeclarationItem,
    DeclarationList,
    DeclarationQuery,
    FileBody,
    ReconcileAnswer,
    ReconcileBody,
    SentAnswer,
    SentBody,
    SentGuest,
)
from app.declarations.models import Filing
from app.declarations.operations import File, NothingToDeclare, Unfit
from app.declarations.portal_list import NotAList, PortalRow, read_list, split_errors
from app.declarations.queries import Declaration
from app.declarations.receipts import receipt_facts, spelled
from app.declarations.taking_over import TakenOver, take_over
from app.registry.access import api_establishment
from app.registry.models import Establishment
from app.text import tidy
from app.web import api
from app.web.api import endpoint, iso
from app.web.links import absolute_url
from app.web.problems import FIELD_CODES, PROBLEMS, FieldError, Problem, invalid, invalid_parameter
from app.web.security import principal, public, requires
from app.web.sheets import UnreadableSheet, read_rows

blueprint = api.blueprint("declarations")

PROBLEMS.setdefault(
    "nothing_to_declare", (422, "No guest is left whom this could be done for: see faults in GET")
)
for code, said in words.FAULTS_API.items():
    FIELD_CODES.setdefault(code, said)


@blueprint.get("/declarations")
@requires("front_desk", "manager")
@endpoint(tag="Declarations", query=DeclarationQuery, answers={200: DeclarationList})
def index(query: DeclarationQuery) -> dict[str, Any]:
    """List guests who are or were to be declared, the latest arrival first."""
    house = api_establishment()
    if query.state is not None and query.state not in queries.FILTERS:
        raise invalid_parameter("state", "unknown_code")
    size = api.per_page(query.per_page)
    operations.refresh(house.id)
    db.session.commit()
    found = queries.listed(house.id, state=query.state, after=_after(query.cursor), limit=size + 1)
    more = found[size - 1] if len(found) > size else None
    cursor = api.cursor_of([more.arrived_at.isoformat(), more.guest.id]) if more else None
    return api.listing([_item(declaration) for declaration in found[:size]], cursor)


def _after(cursor: str | None) -> Any:
    values = api.read_cursor(cursor, 2)
    if values is None:
        return None
    try:
        return dates.parse_instant(str(values[0])), uuid.UUID(str(values[1]))
    except ValueError:
        raise invalid_parameter("cursor", "invalid_format") from None


def _item(declaration: Declaration) -> dict[str, Any]:
    due, entry = declaration.due, declaration.entry
    differs = declaration.state in ("differing", "missing") and entry and entry.differences
    return DeclarationItem(
        guest=str(declaration.guest.id),
        stay=str(declaration.stay.id),
        room=declaration.room,
        kind="foreign" if declaration.foreign else "domestic",
        state=declaration.state,
        arrived_at=iso(declaration.arrived_at),
        due_at=iso(due.limit if due else None),
        target_at=iso(due.target if due else None),
        rule=due.rule.code if due else None,
        legal_basis=due.rule.source if due else None,
        sent_at=iso(declaration.guest.first_sent_at),
        late=declaration.is_late,
        faults=declaration.faults if declaration.guest.first_sent_at is None else [],
        differences=str(differs).split(",") if differs else [],
        next_step=words.next_step(declaration),
        departure_change=declaration.departure_moved,
    ).model_dump()


# --- Files ---------------------------------------------------------------------------------


@blueprint.post("/declarations/files")
@requires("front_desk", "manager")
@endpoint(tag="Declarations", body=FileBody, answers={200: None}, write=True, keep_answer=False)
def files(body: FileBody) -> Response:
    """Make the file for the portal; the header Declaration-Filing names it for mark-sent."""
    house = api_establishment(body.establishment)
    guest_ids = _ids(body.guests)
    try:
        file = operations.make_file(
            house, body.format, by=principal(), kind=body.kind, guest_ids=guest_ids
        )
    except Unfit as unfit:
        raise _unfit(unfit, body.guests or []) from None
    except NothingToDeclare:
        raise Problem("nothing_to_declare") from None
    return file_response(file)


def file_response(file: File) -> Response:
    """Answer with the file as a download."""
    response = Response(file.content, mimetype=file.mime_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Declaration-Filing"] = str(file.filing.id)
    response.headers["Declarations-Included"] = str(file.filing.guests)
    response.headers["Declarations-Left-Out"] = str(file.left_out)
    response.headers["Cache-Control"] = "no-store"
    return response


def _ids(texts: list[str] | None) -> list[uuid.UUID] | None:
    """Return the ids of guests; a text that is none is named at its place."""
    if texts is None:
        return None
    found = []
    for place, text in enumerate(texts):
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            raise invalid(f"/guests/{place}", "not_found") from None
    return found


def _unfit(unfit: Unfit, texts: list[str]) -> Problem:
    faults = [
        FieldError(code, FIELD_CODES.get(code, code), pointer=f"/guests/{place}")
        for place, text in enumerate(texts)
        for code in unfit.faults.get(uuid.UUID(text), [])
    ]
    return Problem("invalid", errors=faults)


# --- Sending -------------------------------------------------------------------------------


@blueprint.post("/declarations/mark-sent")
@requires("front_desk", "manager")
@endpoint(tag="Declarations", body=SentBody, answers={200: SentAnswer}, write=True)
def mark_sent(body: SentBody) -> SentAnswer:
    """Note that guests were sent now; they are "sent" until the portal's own list shows them."""
    house = api_establishment(body.establishment)
    if body.filing is not None:
        filing = operations.mark_filing_sent(_filing(house, body.filing), by=principal())
        return _sent(house, filing)
    try:
        filing = operations.mark_sent(
            house, by=principal(), format=body.format, guest_ids=_ids(body.guests)
        )
    except Unfit as unfit:
        raise _unfit(unfit, body.guests or []) from None
    except NothingToDeclare:
        raise Problem("nothing_to_declare") from None
    return _sent(house, filing)


def _filing(house: Establishment, text: str) -> Filing:
    try:
        filing = queries.filing(house.id, uuid.UUID(text))
    except ValueError:
        filing = None
    if filing is None:
        raise invalid("/filing", "not_found")
    return filing


def _sent(house: Establishment, filing: Filing) -> SentAnswer:
    code = filing.receipt_code or ""
    ids = [entry.guest_id for entry in filing.entries if entry.guest_id]
    found = {d.guest.id: d for d in queries.of_guests(house.id, ids)}
    return SentAnswer(
        filing=str(filing.id),
        sent=filing.guests,
        sent_at=iso(filing.sent_at),
        receipt=spelled(code),
        receipt_url=absolute_url("receipts.show", code=spelled(code)),
        guests=[
            SentGuest(
                guest=str(guest_id),
                state=found[guest_id].state,
                sent_at=iso(found[guest_id].guest.first_sent_at),
                late=found[guest_id].is_late,
            )
            for guest_id in ids
            if guest_id in found
        ],
    )


# --- Reconciling ---------------------------------------------------------------------------


@blueprint.post("/declarations/reconcile")
@requires("front_desk", "manager")
@endpoint(tag="Declarations", answers={200: ReconcileAnswer}, write=True, keep_answer=False)
def reconcile() -> ReconcileAnswer:
    """Compare with the portal's own list: XLSX or CSV (multipart ``file`` or the body), or JSON.

    ``take_over`` enters those whom the portal has and this register lacks.
    As JSON: ``{"rows": [{"soGiayTo": …}]}``, or ``{"errors": "Bản khai báo 1: …", "filing": …}``.
    """
    if not request.is_json:
        house = api_establishment(request.form.get("establishment"))
        rows = _listed(_sheet_of_request())
        return _compared(house, rows, create=request.form.get("take_over") == "true")
    body = api.read_body(ReconcileBody)
    house = api_establishment(body.establishment)
    if body.errors is not None:
        return _refused(house, body)
    if body.rows is None:
        raise invalid("/rows", "required")
    said = [_flat(row) for row in body.rows]
    headings = list(dict.fromkeys(name for row in said for name in row))
    cells = [[row.get(name, "") for name in headings] for row in said]
    return _compared(house, _listed([headings, *cells]), create=body.take_over)


def _flat(row: dict[str, Any]) -> dict[str, str]:
    """Return a row's members as texts; a guest's ``document`` is told by its number."""
    document = row.get("document")
    if isinstance(document, dict):
        row = row | {"document_number": document.get("number")}
    return {
        name: tidy(str(value))
        for name, value in row.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }


def _sheet_of_request() -> list[list[str]]:
    sent = next(iter(request.files.values()), None)
    content = sent.read() if sent else b"" if request.form else request.get_data()
    if not content:
        raise invalid("/file", "required")
    try:
        return read_rows(content)
    except UnreadableSheet as unreadable:
        raise invalid("/file", unreadable.code, "The file can't be read") from None


def _listed(rows: list[list[str]]) -> list[PortalRow]:
    try:
        return read_list(rows)
    except NotAList:
        detail = "No row of headings names the number of the document"
        raise invalid("/file" if not request.is_json else "/rows", "no_headings", detail) from None


def _compared(house: Establishment, rows: list[PortalRow], *, create: bool) -> ReconcileAnswer:
    outcome = reconciling.reconcile(house, rows, by=principal())
    taken = take_over(house, rows, outcome, by=principal()) if create else TakenOver()
    return ReconcileAnswer(
        rows=outcome.rows,
        arrived=[_guest(declaration) for declaration in outcome.arrived],
        missing=[_guest(declaration) for declaration in outcome.missing],
        differing=[_guest(declaration, fields) for declaration, fields in outcome.differing],
        unknown_lines=outcome.unknown_lines,
        taken_over=taken.guests,
        faults=taken.faults,
    )


def _refused(house: Establishment, body: ReconcileBody) -> ReconcileAnswer:
    if body.filing is None:
        raise invalid("/filing", "required")
    errors = split_errors(body.errors or "")
    if not errors:
        raise invalid("/errors", "invalid_format")
    found = reconciling.take_errors(house, _filing(house, body.filing), errors, by=principal())
    missing = [
        _guest(declaration, [error.code for error in said], [error.text for error in said])
        for declaration, said in found.refused
    ]
    return ReconcileAnswer(
        rows=len(errors),
        arrived=[],
        missing=missing,
        differing=[],
        unknown_lines=found.unknown_positions,
    )


def _guest(
    declaration: Declaration, fields: list[str] | None = None, said: list[str] | None = None
) -> Compared:
    return Compared(
        guest=str(declaration.guest.id),
        stay=str(declaration.stay.id),
        room=declaration.room,
        state=declaration.state,
        fields=fields or [],
        said=said or [],
        next_step=words.next_step(declaration),
    )


# --- Receipts ------------------------------------------------------------------------------


@blueprint.get("/receipts/<code>")
@public
@endpoint(tag="Declarations", answers={200: None})
def receipt(code: str) -> dict[str, Any]:
    """Verify that a house noted a filing at a time; tells nothing of the guests."""
    filing = queries.filing_of_receipt(code)
    if filing is None:
        raise Problem("not_found")
    return receipt_facts(filing)
