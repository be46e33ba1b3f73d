"""The rooms and room types one can choose from on a form."""

from __future__ import annotations

from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from app.stays.labels import type_name
from app.stays.tonight import Tile, room_tiles


def place_choices(establishment_id: int) -> list[SelectChoice]:
    """Return what a party can be put into: any room of a type, then each room by type."""
    groups = room_tiles(establishment_id)
    any_room = _("Phòng nào cũng được")
    choices = [
        SelectChoice(
            value=f"type:{room_type.id}",
            label=_("%(type)s bất kỳ", type=type_name(room_type)),
            optgroup=any_room,
        )
        for room_type, _tiles in groups
    ]
    for room_type, tiles in groups:
        group = type_name(room_type)
        for tile in tiles:
            label = f"{tile.number} · {_state(tile)}"
            choices.append(SelectChoice(f"room:{tile.number}", label, optgroup=group))
    return choices


def _state(tile: Tile) -> str:
    """Say what is in the room in the same words as its tile: a guest still in is no free room."""
    if tile.state == "taken" and tile.row is not None and tile.row.stay.is_same_day:
        return _("đang có khách theo giờ")
    words = {
        "free": _("trống"),
        "taken": _("có khách đêm nay"),
        "leaving": _("khách trả hôm nay, chưa ra"),
        "overdue": _("khách quá giờ trả, chưa ra"),
        "off": _("đang sửa"),
    }
    return words[tile.state]
