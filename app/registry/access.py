"""Loading a house and checking the right to it in one call."""

from __future__ import annotations

from typing import Literal

from flask import abort, request
from sqlalchemy import select

from app.db import db
from app.registry.models import Establishment, RoomType
from app.registry.queries import HouseRow, house_row
from app.web.problems import invalid_parameter
from app.web.security import Principal, principal, refused

Right = Literal["write", "manage"]


def establishment_or_404(code: str, *, to: Right = "write") -> Establishment:
    """Return the house if who is asking works there; another's house is a 404, like none at all.

    ``to="write"`` is the daily work (front desk and manager), ``to="manage"`` the settings, which
    a member of the front desk is refused (403).
    """
    house = db.session.scalar(select(Establishment).where(Establishment.code == code))
    who = principal()
    if house is None or not who.works_in(house.id):
        if house is not None:
            refused(f"establishment:{house.id}", house.id)
        abort(404)
    if to == "manage" and not who.manages(house.id):
        refused(f"manage:{house.id}", house.id)
        abort(403)
    return house


def house_for_officials(code: str) -> HouseRow:
    """Return a house an official may see: a ward's official those of the ward, else a 404."""
    who = principal()
    row = house_row(code, within=None if who.sees_province else who.units)
    if row is None:
        refused(f"house:{code[:32]}")
        abort(404)
    return row


def api_establishment(code: str | None = None) -> Establishment:
    """Return the house an API request is for: ``?establishment=`` or the body's field ``code``.

    A key for one house need not say which; one for several must (422).
    """
    who = principal()
    code = code or request.args.get("establishment")
    if code is None:
        return _only_house(who)
    return establishment_or_404(code)


def _only_house(who: Principal) -> Establishment:
    if len(who.houses) != 1:
        raise invalid_parameter("establishment", "establishment_missing")
    house = db.session.get(Establishment, next(iter(who.houses)))
    if house is None:
        abort(404)
    return house


def api_room_type(key: str) -> RoomType:
    """Return the room type by its id, or by the sender's own code in the house asked for."""
    who = principal()
    by_id = _room_type_of_id(key)
    if by_id is not None and who.works_in(by_id.establishment_id):
        return by_id
    if len(who.houses) == 1 or request.args.get("establishment"):
        house = api_establishment()
        by_code = db.session.scalar(
            select(RoomType).where(RoomType.establishment_id == house.id, RoomType.code == key)
        )
        if by_code is not None:
            return by_code
    if by_id is not None:
        refused(f"room_type:{by_id.id}", by_id.establishment_id)
    abort(404)


def _room_type_of_id(key: str) -> RoomType | None:
    is_id = key.isascii() and key.isdigit() and len(key) < 10
    return db.session.get(RoomType, int(key)) if is_id else None
