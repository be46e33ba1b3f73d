"""What every endpoint of the JSON API shares: reading, answering, paging, versions."""

from __future__ import annotations

import base64
import binascii
import functools
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, make_response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from spectree import Response as Answers
from spectree import SpecTree

from app import dates
from app.text import is_storable
from app.web.idempotency import idempotently
from app.web.problems import FIELD_CODES, FieldError, Problem, invalid_parameter
from app.web.security import REVALIDATED

PREFIX = "/api/v1"
PER_PAGE_MAX = 100
FAULTS_NAMED = 100

spec = SpecTree(
    "flask",
    title="Vũng Tàu stay register",
    version="1",
    openapi_version="3.1.0",
    path="_unused",
    mode="strict",
    annotations=False,
    security_schemes=[],
)

AnyModel = TypeVar("AnyModel", bound=BaseModel)


class Body(BaseModel):
    """Base of request bodies: unknown members are named, not ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Query(BaseModel):
    """Base of query parameters."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class PageQuery(Query):
    """Paging of lists: an opaque cursor and up to 100 items."""

    per_page: int = 20
    cursor: str | None = None
    establishment: str | None = None


def blueprint(name: str) -> Blueprint:
    """Return a blueprint under ``/api/v1`` whose endpoints are named ``api_<name>.…``."""
    return Blueprint(f"api_{name}", __name__, url_prefix=PREFIX)


def endpoint(
    *,
    tag: str,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    answers: dict[int, type[BaseModel] | None] | None = None,
    write: bool = False,
    keep_answer: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Turn a function into an API view: read, run, answer; and describe it in OpenAPI.

    The function gets ``query`` and ``body`` as validated models and returns a dict, a model, a
    response, or a tuple of one of these and a status. ``write=True`` runs it under its
    idempotency key and commits.
    """

    def wrap(function: Callable[..., Any]) -> Callable[..., Response]:
        @functools.wraps(function)
        def view(**arguments: Any) -> Response:
            if query is not None:
                arguments["query"] = read_query(query)
            if body is not None:
                arguments["body"] = read_body(body)

            def work() -> Response:
                return answer(function(**arguments))

            return idempotently(work, keep_answer=keep_answer) if write else work()

        described = {f"HTTP_{status}": model for status, model in (answers or {}).items()}
        documented = spec.validate(
            query=query,
            json=body,
            resp=Answers(**described) if described else None,
            tags=[tag],
            skip_validation=True,
        )(view)
        return documented

    return wrap


def xml_endpoint(
    *, tag: str, message: str, reply: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Describe a view that reads and answers XML by itself, in the words of another standard."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        view: Any = spec.validate(tags=[tag], skip_validation=True)(function)
        view.xml = message, reply
        return view

    return wrap


def answer(result: Any) -> Response:
    """Turn a view's result into a response."""
    status = 200
    if isinstance(result, tuple):
        result, status = result
    if isinstance(result, Response):
        return result
    if isinstance(result, BaseModel):
        result = result.model_dump(mode="json")
    response = make_response("", status) if result is None else jsonify(result)
    response.status_code = status
    return response


def read_body(model: type[AnyModel]) -> AnyModel:
    """Validate the JSON body; faults are named by pointer, and never with the value itself."""
    if not request.is_json:
        raise Problem("unsupported_media_type")
    try:
        raw = json.loads(request.get_data())
        unstorable = list(_unstorable(raw, ""))
    except (ValueError, RecursionError):
        # ValueError: not JSON, not UTF-8, or a number of thousands of digits.
        raise Problem("bad_request", "The body is not JSON") from None
    if unstorable:
        raise Problem("invalid", errors=unstorable[:FAULTS_NAMED])
    return validated(model, raw)


def _unstorable(raw: Any, pointer: str) -> Iterator[FieldError]:
    """Yield the texts that no database column holds: with a NUL or half a character."""
    if isinstance(raw, str) and not is_storable(raw):
        yield FieldError("invalid_format", FIELD_CODES["invalid_format"], pointer=pointer)
    elif isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from _unstorable(item, f"{pointer}/{index}")
    elif isinstance(raw, dict):
        for name, item in raw.items():
            place = f"{pointer}{_token(name)}" if is_storable(name) else pointer
            yield from _unstorable(item, place)


def validated(model: type[AnyModel], raw: Any) -> AnyModel:
    """Validate parsed JSON against a model, or raise the 422 that names each fault."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise Problem("invalid", errors=_faults(error, "pointer")) from None


def read_query(model: type[AnyModel]) -> AnyModel:
    """Validate the query string; of a repeated parameter the first value counts."""
    for name, value in request.args.items():
        if not is_storable(value):
            raise invalid_parameter(name if is_storable(name) else "", "invalid_format")
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise Problem("invalid", errors=_faults(error, "parameter")) from None


def _faults(error: ValidationError, place: str) -> list[FieldError]:
    """Translate pydantic's errors; a custom ``PydanticCustomError`` passes its own type as code."""
    faults = []
    for item in error.errors(include_input=False, include_url=False, include_context=False):
        path = [str(part) for part in item["loc"]]
        code = "required" if item["type"] == "missing" else item["type"]
        if item["type"] == "extra_forbidden":
            # An unknown member's name is the sender's text and could be anybody's name.
            path = path[:-1]
        if place == "pointer":
            pointer = "".join(map(_token, path))
            faults.append(FieldError(code, item["msg"], pointer=pointer))
        else:
            faults.append(FieldError(code, item["msg"], parameter=path[0] if path else ""))
    return faults


def _token(part: str) -> str:
    """Return a member's name as a step of a JSON pointer (RFC 6901)."""
    return f"/{part.replace('~', '~0').replace('/', '~1')}"


def cursor_of(values: Sequence[Any]) -> str:
    """Return the opaque cursor of the last item's sort key."""
    return base64.urlsafe_b64encode(json.dumps(list(values), default=str).encode()).decode()


def read_cursor(cursor: str | None, length: int) -> list[Any] | None:
    """Return the sort key in a cursor, or None; an altered one is a 422."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error, RecursionError):
        raise invalid_parameter("cursor", "invalid_format") from None
    fits = isinstance(values, list) and len(values) == length
    if not fits or any(_unstorable(values, "")):
        raise invalid_parameter("cursor", "invalid_format")
    return values


def per_page(asked: int) -> int:
    """Return the page size, refusing what is outside 1–100."""
    if not 1 <= asked <= PER_PAGE_MAX:
        raise invalid_parameter("per_page", "out_of_range")
    return asked


def listing(items: list[Any], next_cursor: str | None) -> dict[str, Any]:
    """Return a page of a list in the form every list of the API has."""
    return {"items": items, "next": next_cursor}


def etag(version: int) -> str:
    return f'"{version}"'


def with_etag(result: Any, version: int) -> Response:
    """Answer with the record's version as its ETag."""
    response = answer(result)
    response.headers["ETag"] = etag(version)
    return response


def with_hash(result: Any) -> Response:
    """Answer with a hash of the whole answer as its ETag, and 304 to who holds the same one."""
    response = answer(result)
    response.add_etag()
    response.headers["Cache-Control"] = REVALIDATED
    response.make_conditional(request)
    return response


def require_version(version: int) -> None:
    """Refuse a change whose ``If-Match`` is missing (428) or names another version (412)."""
    asked = request.headers.get("If-Match")
    if asked is None:
        raise Problem("version_missing")
    if asked.strip() not in ("*", etag(version)):
        raise Problem("version_changed")


def iso(instant: datetime | None) -> str | None:
    """Return the instant in Vietnam's time with its offset, to the second."""
    if instant is None:
        return None
    return dates.local(instant).isoformat(timespec="seconds")
