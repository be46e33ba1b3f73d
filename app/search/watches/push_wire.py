"""Sending to the push service of somebody's browser: any address may be given, few are allowed.

Only https on its own port; no redirect is followed. One deadline covers everything.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.client import HTTPException

from app.web import outside

SECONDS = 10.0
SCHEMES = ("https",)


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """Send the body and return the status.

    Raises :class:`~app.web.outside.NotAllowed` or :class:`~app.web.outside.NotReached`.
    """
    parts = outside.checked(url, *SCHEMES)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with outside.connection(parts, time.monotonic() + seconds) as connection:
            connection.request("POST", target, body=body, headers=dict(headers))
            return connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise outside.NotReached(type(error).__name__) from error
