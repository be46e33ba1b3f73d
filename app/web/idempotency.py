"""Idempotency keys: the same request sent again gets the same answer and does nothing twice."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Response, current_app, make_response, request
from sqlalchemy import Select, String, and_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from app import dates
from app.db import Instant, Model, db
from app.web.problems import Problem
from app.web.security import principal

KEPT = timedelta(hours=72)
# Answers that say how the request itself is wrong are not kept: mended, it may use the same key.
REPLAYED_ERRORS = frozenset({409})


class IdempotentRequest(Model):
    """An answered write: who sent which key with which body (as an HMAC), and the answer."""

    __tablename__ = "idempotent_request"

    owner: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_mac: Mapped[bytes]
    status: Mapped[int]
    answer: Mapped[str]
    content_type: Mapped[str] = mapped_column(String(100))
    etag: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[Instant] = mapped_column(index=True)


class _Overtaken(Exception):
    """Another request of the same key was stored while this one ran."""


def idempotently(work: Callable[[], Response], *, keep_answer: bool = True) -> Response:
    """Run a write once for each ``Idempotency-Key`` of this principal and commit it.

    The record and the work are one transaction, so a killed process leaves both or neither.
    Raises :class:`Problem`: 400 without a key, 409 while the first request is still running, 422
    when the key came with another body. ``keep_answer=False`` is for answers that hold identity:
    such a request is run again.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > 200 or not key.isascii():
        raise Problem("idempotency_key_missing")
    owner, mac = principal().actor, _body_mac()
    earlier = _lock_and_look(owner, key)
    if earlier and earlier.created_at > dates.now() - KEPT:
        if not hmac.compare_digest(earlier.body_mac, mac):
            raise Problem("idempotency_key_reused")
        if earlier.answer or not _answers_with_body(earlier.status):
            return _replay(earlier)
    seen = earlier.created_at if earlier else None
    response = _run(work)
    kept = response.status_code < 400 or response.status_code in REPLAYED_ERRORS
    try:
        if kept:
            _remember(owner, key, mac, response, seen=seen, keep_answer=keep_answer)
    except _Overtaken:
        db.session.rollback()
        return idempotently(work, keep_answer=keep_answer)
    db.session.commit()
    return response


def _lock_and_look(owner: str, key: str) -> IdempotentRequest | None:
    """Take the key's lock and return what is kept of it, in one statement.

    The statement may look before the first request commits and get the lock after: then it sees
    no record, and the writing of its own is refused (see :func:`_remember`).
    """
    locked, earlier = db.session.execute(
        _locking_and_looking(), {"owner": owner, "key": key, "both": f"{owner}|{key}"}
    ).one()
    if not locked:
        raise Problem("idempotency_key_running")
    return earlier


@cache
def _locking_and_looking() -> Select[Any]:
    both = func.hashtextextended(bindparam("both", type_=String), 0)
    lock = select(func.pg_try_advisory_xact_lock(both).label("locked")).subquery()
    mine = and_(
        IdempotentRequest.owner == bindparam("owner"), IdempotentRequest.key == bindparam("key")
    )
    return select(lock.c.locked, IdempotentRequest).outerjoin_from(lock, IdempotentRequest, mine)


def _answers_with_body(status: int) -> bool:
    return status != 204


def _run(work: Callable[[], Response]) -> Response:
    """Return the answer; what a refused request has done by then is taken back."""
    try:
        return make_response(work())
    except Problem as problem:
        db.session.rollback()
        if problem.status not in REPLAYED_ERRORS:
            raise
        return problem.response()


def _body_mac() -> bytes:
    key = current_app.config["SECRET_KEY"].encode()
    message = b"|".join([request.method.encode(), request.full_path.encode(), _body()])
    return hmac.digest(key, message, "sha256")


def _body() -> bytes:
    """Return what was sent; a form with files by its parts, whose boundary is new each time."""
    if request.mimetype != "multipart/form-data":
        return request.get_data()
    parts = [repr((name, value)) for name, value in sorted(request.form.items(multi=True))]
    for name, file in sorted(request.files.items(multi=True), key=lambda part: part[0]):
        parts.append(repr((name, hashlib.sha256(file.stream.read()).hexdigest())))
        file.stream.seek(0)
    return "|".join(parts).encode()


def _remember(
    owner: str,
    key: str,
    mac: bytes,
    response: Response,
    *,
    seen: datetime | None,
    keep_answer: bool,
) -> None:
    """Write the record, over the one that was seen and no other; raises :class:`_Overtaken`."""
    values = {
        "owner": owner,
        "key": key,
        "body_mac": mac,
        "status": response.status_code,
        "answer": response.get_data(as_text=True) if keep_answer else "",
        "content_type": response.content_type or "application/json",
        "etag": response.headers.get("ETag"),
        "created_at": dates.now(),
    }
    given = {f"new_{name}": value for name, value in values.items()}
    if db.session.scalar(_remembering(), given | {"seen": seen}) is None:
        raise _Overtaken


@cache
def _remembering() -> ReturningInsert[Any]:
    table = IdempotentRequest.metadata.tables[IdempotentRequest.__tablename__]
    statement = insert(table).values(
        {column.name: bindparam(f"new_{column.name}") for column in table.c}
    )
    renewed = {column.name: statement.excluded[column.name] for column in table.c}
    seen = bindparam("seen", type_=table.c.created_at.type)
    return statement.on_conflict_do_update(
        index_elements=["owner", "key"], set_=renewed, where=table.c.created_at == seen
    ).returning(table.c.status)


def _replay(earlier: IdempotentRequest) -> Response:
    response = make_response(earlier.answer, earlier.status)
    response.content_type = earlier.content_type
    response.headers["Idempotency-Replayed"] = "true"
    if earlier.etag:
        response.headers["ETag"] = earlier.etag
    return response


def forget_old(*, limit: int = 10_000) -> int:
    """Delete up to ``limit`` records older than 72 hours; returns how many."""
    old = (
        select(IdempotentRequest.owner, IdempotentRequest.key)
        .where(IdempotentRequest.created_at < dates.now() - KEPT)
        .limit(limit)
        .subquery()
    )
    result = db.session.execute(
        delete(IdempotentRequest).where(
            IdempotentRequest.owner == old.c.owner, IdempotentRequest.key == old.c.key
        )
    )
    return result.rowcount  # type: ignore[attr-defined]
