"""The row of an occupancy table as files and programs get it: names that are never changed."""

from __future__ import annotations

from typing import Any

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


def as_cells(figures: Figures) -> list[Any]:
    return [getattr(figures, name) for name in HEADINGS]


def as_dict(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in HEADINGS}
