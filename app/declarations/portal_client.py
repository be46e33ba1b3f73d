"""A client of the portal's API for lodgings, off unless it is set up; never tried on the portal.

It follows the guide of August 2026 as public copies tell it, and was tried against a stand-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from app.config import Config
from app.declarations import messages
from app.declarations.portal_list import PortalError, split_errors
from app.declarations.records import Record
from app.registry.models import Establishment

PATHS = {
    "foreign": "/client-service/kbtt/kbtt-3th",
    "domestic": "/client-service/kbtt-vn/kbtt-3th",
}
# Seconds to connect and to answer: the portal is slow in the evening, a receptionist is waiting.
DEADLINE = (4, 20)


class PortalAway(Exception):
    """The portal did not answer in a way that tells whether it has the declarations."""


class Refused(Exception):
    """The portal refused; ``errors`` are by place in the array sent, perhaps of some only."""

    def __init__(self, errors: list[PortalError]) -> None:
        super().__init__("refused")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Portal:
    """The API of one house."""

    url: str
    token: str

    def send(self, kind: str, records: Sequence[Record]) -> None:
        """Hand in declarations of one kind; raises ``Refused`` or ``PortalAway``.

        Success brings no number: only the portal's list tells that they arrived.
        """
        try:
            answer = requests.post(
                f"{self.url}{PATHS[kind]}",
                data=messages.api_json(records),
                headers={
                    "Authorization": f"Bearer {self.token}",
                    "Content-Type": "application/json; charset=utf-8",
                },
                timeout=DEADLINE,
                allow_redirects=False,
            )
        except requests.RequestException:
            # The cause may quote the address with its token or the body, so it is not passed on.
            raise PortalAway from None
        said = _said(answer)
        if answer.status_code == 200 and str(said.get("code")) == "200":
            return
        errors = split_errors(str(said.get("message") or ""))
        if answer.status_code == 400 and errors:
            raise Refused(errors)
        raise PortalAway


def _said(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def portal_of(house: Establishment, config: Config) -> Portal | None:
    """Return the API the house may use; None where it is not set up for it, or it is a test."""
    if not config.portal_url or not config.portal_token or house.is_test:
        return None
    if config.portal_establishment != house.code:
        return None
    return Portal(config.portal_url, config.portal_token)
