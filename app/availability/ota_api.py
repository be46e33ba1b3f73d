"""Where channel managers send OTA messages about rooms left: the same operation as PUT nights."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy import select

from app.availability import operations, ota
from app.availability.operations import NightEdit, NotPossible
from app.availability.ota import Fault, Message, Refused
from app.db import db
from app.registry.access import api_establishment
from app.registry.models import Establishment, RoomType
from app.web import api
from app.web.idempotency import idempotently
from app.web.problems import Problem
from app.web.security import requires

blueprint = api.blueprint("ota")

LARGEST = 1024 * 1024
XML = ("text/xml", "application/xml")


@blueprint.post("/ota/inv-counts")
@requires("front_desk", "manager")
@api.xml_endpoint(
    tag="Nights", message="OTA_HotelInvCountNotifRQ", reply="OTA_HotelInvCountNotifRS"
)
def inv_counts() -> Response:
    """Store an OTA_HotelInvCountNotifRQ, all or none, and answer in the OTA's words.

    What is wrong with the content is told in ``Errors`` with status 200, as programs of this kind
    expect. Without an Idempotency-Key the EchoToken is the key.
    """
    if request.mimetype not in XML:
        raise Problem("unsupported_media_type", "The body must be text/xml")
    request.max_content_length = LARGEST
    echo_token = None
    try:
        message = ota.read(request.get_data())
        echo_token = message.echo_token
        house = api_establishment(message.hotel_code or None)
        if echo_token and not request.headers.get("Idempotency-Key"):
            request.environ["HTTP_IDEMPOTENCY_KEY"] = f"ota:{echo_token}"
        return idempotently(lambda: _store(house, message))
    except Refused as refused:
        # Nothing of it stays, and mended it may come again under the same key.
        db.session.rollback()
        return _xml(ota.answer(echo_token, errors=refused.faults))


def _store(house: Establishment, message: Message) -> Response:
    types = _types(house)
    allowed = operations.allowed_nights()
    faults = []
    if any(code not in types for code, _ in message.counts):
        faults.append(Fault(ota.ROOM_TYPE, "The house has no room type with some InvTypeCode"))
    far = sorted({night for _, night in message.counts if night not in allowed})
    faults += [Fault(ota.INVALID_DATE, f"{night}: out of range") for night in far]
    if faults:
        raise Refused(faults)
    edits = [
        NightEdit(types[code].id, night, vacant=rooms)
        for (code, night), rooms in message.counts.items()
    ]
    try:
        operations.set_nights(house, edits)
    except NotPossible as refused:
        raise Refused([_impossible(state) for state in refused.states]) from None
    own = {code for code, _ in message.counts if types[code].kept_by == "stays"}
    warnings = [
        Fault(ota.UNABLE, f"{types[code].id}: the house's own work changes this room type as well")
        for code in sorted(own)
    ]
    return _xml(ota.answer(message.echo_token, warnings=warnings))


def _types(house: Establishment) -> dict[str, RoomType]:
    """Return the house's room types by their own codes, and by their ids."""
    rows = db.session.scalars(select(RoomType).where(RoomType.establishment_id == house.id)).all()
    return {str(row.id): row for row in rows} | {row.code: row for row in rows if row.code}


def _impossible(state: Any) -> Fault:
    return Fault(ota.UNABLE, f"{state.night}: at most {state.possible}")


def _xml(body: bytes) -> Response:
    return Response(body, content_type="text/xml; charset=utf-8")
