"""Prometheus gauges of the town tonight, and of the queues between its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import Metric
from sqlalchemy import func, select

from app.availability.models import ChangedNight
from app.db import db
from app.registry.models import Establishment
from app.statistics.kept import houses_tonight
from app.statistics.queries import Filters
from app.statistics.tonight.vacancy import Vacancy, summed
from app.stays.imports.models import OPEN, GuestImport
from app.web.metrics import Source, gauge, labelled

# A ward's sum of one or two houses would be the houses' own figures.
FEWEST_HOUSES = 3
GAUGES = {
    "establishments": ("establishments", "Houses that count, test twins left out."),
    "rooms": ("rooms_registered", "Rooms in the register."),
    "rooms_known": ("rooms_known", "Rooms whose vacancy tonight is known and not too old."),
    "rooms_vacant": ("rooms_vacant", "Rooms vacant tonight, of those known."),
    "beds_vacant": ("beds_vacant", "Bed places in the rooms vacant tonight."),
    "rooms_occupied": ("rooms_occupied", "Rooms a stay holds tonight."),
    "arrivals_rooms": ("arrivals_rooms", "Rooms reserved from today and still to arrive."),
    "departures_rooms": ("departures_rooms", "Rooms in use that leave today."),
    "reporting_rooms_ratio": ("reporting_rooms_share", "Known rooms over all rooms."),
    "fresh_establishments_ratio": ("fresh_share", "Houses whose figure is fresh over all houses."),
}


def town_metrics() -> Iterator[Metric]:
    """Yield tonight's figures of the town, and of each ward of three houses or more."""
    units, town = summed(houses_tonight(Filters()), by="unit")
    shown = _shown(units)
    for name, (attribute, text) in GAUGES.items():
        yield from _gauges(name, attribute, text, town, shown)


def _shown(units: Sequence[Vacancy]) -> list[Vacancy]:
    """Return the wards of enough houses; what is left of the town is of enough houses too."""
    shown = [unit for unit in units if unit.establishments >= FEWEST_HOUSES]
    hidden = sum(unit.establishments for unit in units if unit not in shown)
    # Else the town less its wards would be the figures of the one or two houses left out.
    while shown and 0 < hidden < FEWEST_HOUSES:
        smallest = min(shown, key=lambda unit: (unit.establishments, unit.key))
        shown.remove(smallest)
        hidden += smallest.establishments
    return shown


def _gauges(
    name: str, attribute: str, text: str, town: Vacancy, units: Sequence[Vacancy]
) -> Iterator[Metric]:
    value = getattr(town, attribute)
    if value is not None:
        yield gauge(f"register_town_{name}", text, value)
    values = [(unit.key, getattr(unit, attribute)) for unit in units]
    known = [(key, value) for key, value in values if value is not None]
    yield labelled(f"register_ward_{name}", f"{text} By ward.", "unit", known)


def queue_metrics() -> Iterator[Metric]:
    """Yield what the worker has still to do."""
    behind = select(func.count()).where(Establishment.sent_version < Establishment.search_version)
    imports = select(func.count()).where(GuestImport.state.in_(OPEN))
    nights = select(func.count()).select_from(ChangedNight)
    for name, text, statement in (
        ("search_behind", "Houses whose change the search index lacks.", behind),
        ("guest_imports_waiting", "Lists of guests that wait or are being read.", imports),
        ("facts_behind", "Nights of houses whose facts are to be computed again.", nights),
    ):
        yield gauge(f"register_{name}", text, db.session.scalar(statement) or 0)


SOURCES: tuple[Source, ...] = (town_metrics, queue_metrics)
