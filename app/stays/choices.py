"""The rooms and room types one can choose from on a form."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from wtforms.fields.choices import SelectChoice

from app import dates
from app.availability.models import TakenNight
from app.db import db
from app.registry.models import Room, RoomAssignment, RoomType
from app.stays.labels import type_name


def place_choices(establishment_id: int) -> list[SelectChoice]:
    """Return what a party can be put into: any room of a type, then each room by type."""
    today = dates.today()
    taken = exists().where(TakenNight.room_id == Room.id, TakenNight.night == today)
    rows = db.session.execute(
        select(Room.number, RoomType, taken.label("taken"))
        .join(RoomAssignment, RoomAssignment.room_id == Room.id)
        .join(RoomType, RoomType.id == RoomAssignment.room_type_id)
        .where(Room.establishment_id == establishment_id, RoomAssignment.valid.contains(today))
        .order_by(RoomType.position, RoomType.id, func.length(Room.number), Room.number)
    ).all()
    types = {row.RoomType.id: type_name(row.RoomType) for row in rows}
    any_room = _("Phòng nào cũng được")
    choices = [
        SelectChoice(value=f"type:{key}", label=_("%(type)s bất kỳ", type=name), optgroup=any_room)
        for key, name in types.items()
    ]
    for row in rows:
        state = _("có khách đêm nay") if row.taken else _("trống")
        group, label = types[row.RoomType.id], f"{row.number} · {state}"
        choices.append(SelectChoice(value=f"room:{row.number}", label=label, optgroup=group))
    return choices
