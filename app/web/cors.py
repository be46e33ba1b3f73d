"""Letting other sites' pages read the public JSON API, and nothing else of ours.

Every site may, without credentials: what is public says the same to everybody. An answer to a key
never is open so, since a key in a page would be everybody's.
"""

from __future__ import annotations

from flask import Flask, Response, request

from app.web.security import PUBLIC, access_of, is_api, principal

METHODS = ("GET", "HEAD", "OPTIONS")
READABLE = (
    "ETag",
    "Link",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Server-Timing",
    "Content-Disposition",
)
# What a page may send along; a key is not among it.
SENDABLE = ("Accept", "Accept-Language", "Content-Type", "If-None-Match", "If-Modified-Since")
PREFLIGHT_SECONDS = 86_400


def init_app(app: Flask) -> None:
    app.after_request(_open)


def is_open() -> bool:
    """Whether any page may read the answer to this request."""
    if not is_api() or request.endpoint is None or request.method not in METHODS:
        return False
    if "Authorization" in request.headers or not principal().is_anonymous:
        return False
    return PUBLIC in access_of(request.endpoint)


def _open(response: Response) -> Response:
    if is_api():
        response.vary.add("Authorization")
    if not is_open():
        return response
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = ", ".join(READABLE)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        response.headers["Access-Control-Allow-Headers"] = ", ".join(SENDABLE)
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
