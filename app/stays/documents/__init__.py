"""Reading identity documents from text: a citizen card's QR or machine-readable lines; pure.

Nothing here stores, logs or repeats what it reads, but for the result.
"""

from __future__ import annotations

from datetime import date

from app.stays.documents import citizen_qr, travel
from app.stays.documents.mrz_lines import looks_like_lines
from app.stays.documents.result import Parsed

__all__ = ["Parsed", "parse", "why_not"]


def parse(text: str, today: date) -> Parsed | None:
    """Return what a document's text says about its holder, None where it is no document's."""
    if citizen_qr.has_fields(text):
        return citizen_qr.read(text, today)
    return travel.read(text, today)


def why_not(text: str) -> str:
    """Return the code that says why a text could not be read."""
    if "|" in text:
        return "not_a_card" if citizen_qr.has_fields(text) else "too_few_fields"
    return "wrong_length" if looks_like_lines(text) else "not_a_document"
