"""Addresses of static files that carry the version of the file, so they may be cached for good."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, url_for
from werkzeug.security import safe_join

FOREVER = 365 * 24 * 3600
LOOK_AGAIN = 1.0


def init_app(app: Flask) -> None:
    """Add ``?v=`` to the addresses of static files; a file without it is revalidated each time."""
    versions: dict[str, tuple[float, str | None]] = {}

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            version = _version(app, values["filename"], versions)
            if version:
                values["v"] = version

    @app.template_global()
    def icons_url() -> str:
        """The address of all icons: a page has dozens, and building one takes its time."""
        if "icons_url" not in g:
            g.icons_url = url_for("static", filename="vendor/icons.svg")
        return str(g.icons_url)

    @app.after_request
    def cache(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code < 300:
            response.cache_control.no_cache = None
            response.cache_control.public = True
            response.cache_control.max_age = FOREVER
            response.cache_control.immutable = True
        return response


def _version(
    app: Flask, filename: str, versions: dict[str, tuple[float, str | None]]
) -> str | None:
    """Return a short mark of the file's time and size, looked up at most once a second."""
    looked_at, version = versions.get(filename, (-LOOK_AGAIN, None))
    if time.monotonic() - looked_at < LOOK_AGAIN:
        return version
    path = safe_join(app.static_folder or "", filename)
    found = Path(path).stat() if path and Path(path).is_file() else None
    version = found and f"{found.st_mtime_ns ^ found.st_size:x}"[-10:]
    versions[filename] = (time.monotonic(), version)
    return version
