"""Error pages and error answers: one place that turns a failure into words or problem details."""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from psycopg.errors import LockNotAvailable, QueryCanceled, SerializationFailure
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from app.db import db
from app.web.problems import Problem
from app.web.security import is_api

log = structlog.get_logger()

CODE_OF_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    503: "unavailable",
}


def init_app(app: Flask) -> None:
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _data)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _unexpected)


def _problem(problem: Problem) -> ResponseReturnValue:
    db.session.rollback()
    return problem.response()


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return failure(error.code or 500)


def _data(error: DataError) -> ResponseReturnValue:
    """A value no column can hold (a NUL, a number too large) is the sender's, not a fault here."""
    db.session.rollback()
    log.warning("value refused by the database", sqlstate=getattr(error.orig, "sqlstate", None))
    return failure(422 if is_api() else 400)


def _database_away(error: OperationalError) -> ResponseReturnValue:
    db.session.rollback()
    waited = isinstance(error.orig, LockNotAvailable | QueryCanceled | SerializationFailure)
    log.error("database", sqlstate=getattr(error.orig, "sqlstate", None), waited=waited)
    response = make_response(failure(503))
    response.headers["Retry-After"] = "5"
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    """Log what kind of failure it was and where, never its text, which may quote a guest."""
    db.session.rollback()
    log.error("unexpected", kind=type(error).__name__, route=_route(), frames=_frames(error))
    return failure(500)


def _route() -> str | None:
    return request.url_rule.rule if request.url_rule else None


def _frames(error: BaseException) -> list[str]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    if isinstance(error, DBAPIError):
        frames.append(f"sqlstate {getattr(error.orig, 'sqlstate', None)}")
    return frames[-8:]


def failure(status: int) -> Response:
    """Return the error page, or problem details on the API's paths."""
    if is_api():
        return Problem(CODE_OF_STATUS.get(status, "internal")).response()
    return make_response(render_template("errors/error.html", status=status), status)
