"""The row of a table as programs get it, by names that never change, and as files for people."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.statistics.indicators import INDICATORS
from app.statistics.queries import Figures

HEADINGS = (
    "key",
    "rooms_registered",
    "rooms_gross",
    "rooms_net",
    "rooms_occupied",
    "occupancy_net",
    "occupancy_gross",
    "bed_places",
    "guest_nights",
    "arrivals",
    "arrivals_domestic",
    "arrivals_foreign",
    "same_day_guests",
    "average_stay",
    "establishments",
    "reporting_establishments",
    "reporting_rooms_share",
    "status",
)


# What columns of files are called beside the indicators.
COLUMN_NAMES: dict[str, LazyString] = {
    "rooms_known": _l("Phòng đã biết"),
    "rooms_vacant": _l("Phòng trống"),
    "guests": _l("Khách"),
    "share": _l("Tỷ trọng"),
    "status": _l("Số liệu"),
}
STATUS_NAMES: dict[str, LazyString] = {"provisional": _l("Tạm tính"), "final": _l("Chính thức")}


def headings(rows_by: object, *names: str) -> list[str]:
    """Return the first line of a file: code, name, and each column in the reader's words."""
    labels = [
        COLUMN_NAMES[name] if name in COLUMN_NAMES else INDICATORS[name].label for name in names
    ]
    return [_("Mã"), str(rows_by), *map(str, labels)]


def status_name(status: str) -> str:
    return str(STATUS_NAMES[status])


def as_cells(figures: Figures) -> list[Any]:
    """Return the row of a file, in the order of the API's names, the key left out."""
    values = [getattr(figures, name) for name in HEADINGS[1:-1]]
    return [*values, status_name(figures.status)]


def as_dict(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in HEADINGS}
