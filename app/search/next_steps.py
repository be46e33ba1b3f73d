"""Ways on from a result: narrower by what is there, or wider where nothing was found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from flask_babel import gettext as _

from app.dates import Period
from app.registry.words import AMENITY_NAMES, KIND_NAMES
from app.search.asked import MOST_KILOMETRES, Asked
from app.search.chips import chips, kilometres, nights_text
from app.search.documents import SEARCHABLE_DAYS
from app.search.geography import geography
from app.search.links import Parameters, search_url
from app.search.vacancies import Result

MOST_REFINEMENTS = 8
FEW_RESULTS = 3
MOST_STEPS = 6
# How many times as far a search looks that found too little.
FARTHER = 3


class Step(NamedTuple):
    """A search that lies near this one, and how many houses it finds where that is known."""

    label: str
    url: str
    houses: int | None = None


def refinements(result: Result, shown: Parameters) -> list[Step]:
    """Return the filters that would keep some of the houses but not all, the largest first."""
    names: dict[str, Callable[[str], str]] = {
        "kind": lambda code: str(KIND_NAMES[code]),
        "stars": lambda code: _("%(n)s sao", n=code),
        "unit": lambda code: geography().name_of(code),
        "amenities": lambda code: str(AMENITY_NAMES[code]),
    }
    counts = [
        (houses, name, code)
        for name in names
        if name == "amenities" or name not in shown
        for code, houses in result.found.facets[name].items()
        if 0 < houses < result.total
    ]
    largest = sorted(counts, key=lambda count: -count[0])[:MOST_REFINEMENTS]
    return [
        Step(names[name](code), search_url(shown, **{name: _with(shown, name, code)}), houses)
        for houses, name, code in largest
    ]


def _with(shown: Parameters, name: str, code: str) -> str:
    kept = shown.get(name, "")
    return f"{kept},{code}" if name == "amenities" and kept else code


def next_steps(asked: Asked, result: Result, shown: Parameters, typed: Parameters) -> list[Step]:
    """Return wider searches where few houses are left: other dates, or one wish less."""
    if result.total >= FEW_RESULTS:
        return []
    without = [Step(_("Bỏ “%(wish)s”", wish=chip.label), chip.url) for chip in chips(asked, typed)]
    return [*_farther(result, shown), *_other_dates(result, shown), *without][:MOST_STEPS]


def _farther(result: Result, shown: Parameters) -> list[Step]:
    radius = result.wish.radius_km
    if radius is None or radius * FARTHER > MOST_KILOMETRES:
        return []
    label = _("Tìm xa hơn, trong %(distance)s", distance=kilometres(radius * FARTHER))
    return [Step(label, search_url(shown, radius_km=f"{radius * FARTHER:g}"))]


def _other_dates(result: Result, shown: Parameters) -> list[Step]:
    stay, today = result.wish.stay, result.wish.today
    if stay is None:
        return []
    steps = []
    for days, label in ((-1, _("Sớm một ngày: %(dates)s")), (1, _("Muộn một ngày: %(dates)s"))):
        start = stay.start + timedelta(days=days)
        if today <= start <= today + timedelta(days=SEARCHABLE_DAYS):
            moved = Period.of(start, len(stay))
            url = search_url(shown, check_in=moved.start, check_out=moved.end)
            steps.append(Step(label % {"dates": nights_text(moved)}, url))
    return steps
