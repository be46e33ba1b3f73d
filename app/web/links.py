"""Addresses that leave this site: on paper, in a message, in an answer to a program."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from app.config import Config


def absolute_url(endpoint: str, **values: Any) -> str:
    """Return a page's whole address under the configured ``PUBLIC_URL``.

    The request's Host header is never used: whoever sends a request may write what they like there.
    """
    return base_url(current_app.extensions["config"]) + url_for(endpoint, **values)


def base_url(config: Config) -> str:
    """Return the address people use, without a slash at its end."""
    return (config.public_url or f"http://{config.host}:{config.port}").rstrip("/")
