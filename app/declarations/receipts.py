"""What a receipt tells whoever has its code: such a filing was noted; nothing of the guests."""

from __future__ import annotations

from typing import Any

from app.declarations import queries
from app.declarations.models import Filing
from app.web.api import iso

GROUP = 4
NO_SUBSTITUTE = (
    "This receipt only shows what the establishment noted here. It does not replace the "
    "notification to the police, and is no confirmation by the police."
)


def spelled(code: str) -> str:
    """Return the code in groups of four, as it is printed and read out."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def receipt_facts(filing: Filing) -> dict[str, Any]:
    """Return the public facts of a filing that was sent."""
    return {
        "code": spelled(filing.receipt_code or ""),
        "establishment": {
            "code": filing.establishment.code,
            "name": filing.establishment.name,
        },
        "format": filing.format,
        "guests": filing.guests,
        "noted_at": iso(filing.sent_at),
        "found_on_portal": queries.arrived_count(filing),
        "replaces_notification": False,
        "notice": NO_SUBSTITUTE,
    }
