"""The reader's language: in the link first, then as the person chose; Vietnamese by default."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context, request, session
from flask_babel import get_locale

LANGUAGES = ("vi", "en")


def selected() -> str:
    """Return ``vi`` or ``en``. Public pages set no cookie: there ``?lang=`` travels in links."""
    if not has_request_context():
        return "vi"
    if "language" not in g:
        g.language = _chosen()
    return g.language


def _chosen() -> str:
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        if "token" in session:
            session["lang"] = asked
        return asked
    kept = session.get("lang")
    return kept if kept in LANGUAGES else "vi"


def spoken() -> str:
    """Return the language of the text being written: the reader's, unless another is forced."""
    forced = get_locale()
    return forced.language if forced is not None else selected()


def carry(values: dict[str, Any]) -> dict[str, Any]:
    """Add the language to the values of a link where the reader's is not the default."""
    if selected() != "vi" and "lang" not in values:
        values["lang"] = selected()
    return values
