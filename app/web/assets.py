"""Addresses of static files that carry the version of the file, so they may be cached for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.security import safe_join

FOREVER = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Add ``?v=`` to the addresses of static files; a file without it is revalidated each time."""
    versions: dict[str, tuple[int, str]] = {}

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            version = _version(app, values["filename"], versions)
            if version:
                values["v"] = version

    @app.after_request
    def cache(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code < 300:
            response.cache_control.no_cache = None
            response.cache_control.public = True
            response.cache_control.max_age = FOREVER
            response.cache_control.immutable = True
        return response


def _version(app: Flask, filename: str, versions: dict[str, tuple[int, str]]) -> str | None:
    """Return a short mark of the file's time and size; read once as long as it does not change."""
    path = safe_join(app.static_folder or "", filename)
    if path is None or not Path(path).is_file():
        return None
    stat = Path(path).stat()
    known = versions.get(filename)
    if known is None or known[0] != stat.st_mtime_ns:
        known = (stat.st_mtime_ns, f"{stat.st_mtime_ns ^ stat.st_size:x}"[-10:])
        versions[filename] = known
    return known[1]
