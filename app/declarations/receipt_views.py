"""The public page of a receipt."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.declarations import queries
from app.declarations.receipts import spelled
from app.web.pages import page
from app.web.security import public

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipts/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show anybody who has the code that such a filing was noted at that time."""
    filing = queries.filing_of_receipt(code)
    if filing is None:
        abort(404)
    return page(
        "declarations/receipt.html",
        filing=filing,
        code=spelled(filing.receipt_code or ""),
        found=queries.arrived_count(filing),
    )
