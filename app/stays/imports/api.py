"""The JSON API of imports: a list of guests goes in, a result for every row comes out."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request
from pydantic import BaseModel

from app.db import db
from app.registry.access import api_establishment
from app.stays.imports import jobs
from app.stays.imports.access import import_or_404
from app.stays.imports.models import ROW_STATES, GuestImport, GuestImportRow
from app.stays.imports.words import FAILURES, FIELDS, OWN, detail_of
from app.stays.reading.words import READING
from app.text import is_storable
from app.web import api
from app.web.api import Body, PageQuery, endpoint
from app.web.problems import FIELD_CODES, Problem, invalid, invalid_parameter
from app.web.security import principal, requires

blueprint = api.blueprint("imports")

for code, words in {**OWN, **READING, **FAILURES}.items():
    FIELD_CODES.setdefault(code, words[0])


class FindingAnswer(BaseModel):
    """One notice about one field of a row; ``severity`` is error, warning or understood."""

    pointer: str
    field: str
    code: str
    severity: str
    detail: str


class RowAnswer(BaseModel):
    """What became of a row: ``row`` is its number in the file, from 1.

    ``warning`` is stored (or would be) with something to look at; ``faulty`` is not.
    """

    row: int
    state: str
    stay: str | None = None
    errors: list[FindingAnswer]
    warnings: list[FindingAnswer]
    understood: list[FindingAnswer]


class ImportAnswer(BaseModel):
    """An import: ``state`` is waiting, working, done, failed or cancelled."""

    id: str
    state: str
    dry_run: bool
    failure: str | None
    rows_total: int
    rows_done: int
    counts: dict[str, int]
    columns: list[str]
    created_at: str
    finished_at: str | None


class ImportDetail(ImportAnswer):
    items: list[RowAnswer]
    next: str | None


class RowsQuery(PageQuery):
    """``state`` narrows the rows to those that are stored, would_store, duplicate, …"""

    state: str | None = None


class RowBody(Body):
    """What a row should say, by field, as a cell of the list would."""

    fields: dict[str, str]


@blueprint.post("/imports")
@requires("front_desk", "manager")
@endpoint(tag="Imports", answers={202: ImportAnswer}, write=True)
def create() -> tuple[ImportAnswer, int]:
    """Take a list of guests in (multipart ``file``: XLSX or CSV; ``dry_run=true`` stores nothing).

    It is worked through in the background; ``GET /imports/{id}`` tells how far it is.
    """
    code = request.form.get("establishment")
    if code is not None and not is_storable(code):
        raise invalid("/establishment", "invalid_format")
    house = api_establishment(code)
    sent = next(iter(request.files.values()), None)
    content = sent.read() if sent else b""
    if not content:
        raise invalid("/file", "required")
    dry_run = request.form.get("dry_run") or request.args.get("dry_run") or "false"
    if dry_run not in ("true", "false"):
        raise invalid("/dry_run", "invalid_format")
    try:
        made = jobs.start(house, content, dry_run=dry_run == "true", by=principal())
    except jobs.TooManyImports:
        raise Problem("conflict", "Too many imports of this house are waiting") from None
    return _import(made), 202


@blueprint.get("/imports/<uuid:import_id>")
@requires("front_desk", "manager")
@endpoint(tag="Imports", query=RowsQuery, answers={200: ImportDetail})
def show(import_id: uuid.UUID, query: RowsQuery) -> ImportDetail:
    """Return how far an import is and a page of its rows, in the order of the file."""
    found = import_or_404(import_id)
    limit = api.per_page(query.per_page)
    if query.state is not None and query.state not in ROW_STATES:
        raise invalid_parameter("state", "unknown_code")
    rows = jobs.rows_of(found.id, state=query.state, after=_after(query), limit=limit + 1)
    more = len(rows) > limit
    return ImportDetail(
        **_import(found).model_dump(),
        items=[_row(row) for row in rows[:limit]],
        next=api.cursor_of([rows[limit - 1].line]) if more else None,
    )


def _after(query: RowsQuery) -> int:
    values = api.read_cursor(query.cursor, 1)
    if values is None:
        return 0
    if not isinstance(values[0], int) or not 0 <= values[0] < 2**31:
        raise invalid_parameter("cursor", "invalid_format")
    return values[0]


@blueprint.post("/imports/<uuid:import_id>/store")
@requires("front_desk", "manager")
@endpoint(tag="Imports", answers={202: ImportAnswer}, write=True)
def store(import_id: uuid.UUID) -> tuple[ImportAnswer, int]:
    """Store what a dry run has looked at, within a day of it."""
    found = import_or_404(import_id, lock=True)
    if not jobs.store_for_good(found):
        raise Problem("conflict", "Only a finished dry run of the last day can be stored")
    db.session.flush()
    return _import(found), 202


@blueprint.post("/imports/<uuid:import_id>/cancel")
@requires("front_desk", "manager")
@endpoint(tag="Imports", answers={202: ImportAnswer}, write=True)
def cancel(import_id: uuid.UUID) -> tuple[ImportAnswer, int]:
    """Stop an import; rows that are stored stay stored."""
    found = import_or_404(import_id, lock=True)
    jobs.cancel(found)
    db.session.flush()
    return _import(found), 202


@blueprint.post("/imports/<uuid:import_id>/rows/<int:line>")
@requires("front_desk", "manager")
@endpoint(tag="Imports", body=RowBody, answers={200: RowAnswer}, write=True)
def mend(import_id: uuid.UUID, line: int, body: RowBody) -> RowAnswer:
    """Send a faulty row again; fields that are left out stay as they were."""
    found = import_or_404(import_id, lock=True)
    unknown = next((name for name in body.fields if name not in FIELDS), None)
    if unknown is not None:
        raise invalid("/fields", "unknown_code")
    row = jobs.row_of(found.id, line) if line < 2**31 else None
    if row is None:
        raise Problem("not_found")
    if row.state != "faulty" or row.content_sealed is None or found.is_open:
        raise Problem("conflict", "Only a faulty row of a finished import can be mended")
    return _row(jobs.mend(found, row, row.texts | body.fields, by=principal()))


def _import(found: GuestImport) -> ImportAnswer:
    return ImportAnswer(
        id=str(found.id),
        state=found.state,
        dry_run=found.dry_run,
        failure=found.failure,
        rows_total=found.rows_total or 0,
        rows_done=found.rows_done or 0,
        counts=jobs.summary(found),
        columns=found.columns,
        created_at=api.iso(found.created_at) or "",
        finished_at=api.iso(found.finished_at),
    )


def _row(row: GuestImportRow) -> RowAnswer:
    found: dict[str, list[FindingAnswer]] = {"error": [], "warning": [], "understood": []}
    for finding in row.findings:
        found[finding["severity"]].append(_finding(finding))
    return RowAnswer(
        row=row.line,
        state=row.state,
        stay=str(row.stay_id) if row.stay_id else None,
        errors=found["error"],
        warnings=found["warning"],
        understood=found["understood"],
    )


def _finding(finding: dict[str, Any]) -> FindingAnswer:
    return FindingAnswer(
        pointer=f"/{finding['field']}",
        field=finding["field"],
        code=finding["code"],
        severity=finding["severity"],
        detail=detail_of(finding),
    )
