"""Errors of the JSON API: problem details (RFC 9457) with stable codes and pointers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify

# code → (HTTP status, title). The codes are public: programs branch on them, so none is renamed.
PROBLEMS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request can't be read"),
    "idempotency_key_missing": (400, "A write needs an Idempotency-Key of 1-200 ASCII characters"),
    "unauthorized": (401, "A valid API key is needed"),
    "forbidden": (403, "This key may not do that"),
    "purpose_required": (403, "This key has no recorded purpose, so it opens no single house"),
    "not_found": (404, "Not found"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "conflict": (409, "The request conflicts with what is stored"),
    "idempotency_key_running": (409, "The first request with this key is still running"),
    "room_taken": (409, "The room is taken on some of these nights"),
    "reference_taken": (409, "This reference is used already"),
    "not_in_house": (409, "The stay has ended or was cancelled"),
    "reservation_used_up": (409, "All rooms of this reservation have arrived or it is closed"),
    "still_in_use": (409, "It is still in use"),
    "version_changed": (412, "The record was changed by somebody else"),
    "too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body must be application/json"),
    "invalid": (422, "Some values are not valid"),
    "idempotency_key_reused": (422, "This Idempotency-Key came with another body"),
    "version_missing": (428, "A change needs If-Match with the record's ETag"),
    "too_many_requests": (429, "Too many requests"),
    "internal": (500, "Something went wrong here"),
    "unavailable": (503, "The service can't answer right now"),
}

# Codes of single fields, beside pydantic's own types, which are passed on as they are.
FIELD_CODES: dict[str, str] = {
    "required": "The value is missing",
    "unknown_code": "The value is none of the known codes",
    "out_of_range": "The value is outside the allowed range",
    "not_possible": "More than is possible on this night",
    "not_found": "Nothing is known under this value",
    "invalid_format": "The value is not written as it must be",
    "order": "The end is not after the start",
    "in_future": "The instant lies in the future",
    "duplicate": "The value occurs twice",
    "establishment_missing": "The key acts for several houses: say which",
}


@dataclass(frozen=True)
class FieldError:
    """One fault: ``pointer`` (JSON pointer into the body) or ``parameter`` of the query."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def as_dict(self) -> dict[str, str]:
        place = {"pointer": self.pointer, "parameter": self.parameter}
        named = {name: value for name, value in place.items() if value is not None}
        return {**named, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """An answer other than success; holds no value of the request, which may be identity."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Iterable[FieldError] = (),
        **extra: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, self.title = PROBLEMS[code]
        self.detail = detail
        self.errors = list(errors)
        self.extra = extra

    def response(self) -> Response:
        body: dict[str, Any] = {
            "type": f"/api/v1/errors#{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            **self.extra,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = [error.as_dict() for error in self.errors]
        response = jsonify(body)
        response.status_code = self.status
        response.content_type = "application/problem+json"
        return response


def invalid(pointer: str, code: str, detail: str | None = None) -> Problem:
    """Return a 422 that names one field of the body."""
    return Problem(
        "invalid", errors=[FieldError(code, detail or FIELD_CODES[code], pointer=pointer)]
    )


def invalid_parameter(parameter: str, code: str, detail: str | None = None) -> Problem:
    """Return a 422 that names one parameter of the query."""
    fault = FieldError(code, detail or FIELD_CODES[code], parameter=parameter)
    return Problem("invalid", errors=[fault])
