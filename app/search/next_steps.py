"""Ways on from a result: narrower by what is there, or wider where little was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from flask_babel import gettext as _
from flask_babel import ngettext

from app.dates import Period
from app.registry.words import AMENITY_NAMES, KIND_NAMES
from app.search import asked as reading
from app.search.ask import Tally
from app.search.asked import MOST_KILOMETRES, Asked
from app.search.chips import chips, kilometres, nights_text
from app.search.documents import MOST_ROOMS, SEARCHABLE_DAYS
from app.search.geography import geography
from app.search.links import Parameters, house_url, search_url
from app.search.next_places import MOST as MOST_WARDS
from app.search.next_places import Ward, is_about_a_place, wards_near
from app.search.next_rooms import Mixture, mixtures, one_person
from app.search.vacancies import Result, suggested, tallies
from app.search.wish import Wish
from app.web.filters import english

MOST_REFINEMENTS = 8
FEW_RESULTS = 3
MOST_WISHES = 6
MOST_MIXTURES = 3
# How many times as far a search looks that found too little.
FARTHER = 3
DAYS_AROUND = 3
MORE_ROOMS = 3
# The whole page has a second; ways on are counted only while there is time for it.
COUNT_SECONDS = 0.25
LATEST_MS = 500.0
# Of so many houses with any room it is seen whether their rooms together are enough.
HOUSES_LOOKED_AT = 60

Kind = Literal["nights", "places", "rooms", "wishes", "resorts"]


class Step(NamedTuple):
    """A search that lies near this one, and how many houses it finds where that is known."""

    label: str
    url: str
    houses: int | None = None
    kind: Kind = "wishes"


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


# --- Wider -------------------------------------------------------------------------------------


def next_steps(
    asked: Asked, result: Result, shown: Parameters, typed: Parameters, spent_ms: float = 0.0
) -> list[Step]:
    """Return wider searches where few houses are left, with what each finds.

    Those that find no more than this one are left out; ``spent_ms`` of the page's second are gone.
    """
    if result.total >= FEW_RESULTS:
        return []
    deadline = time.monotonic() + (COUNT_SECONDS if spent_ms < LATEST_MS else 0.0)
    steps = [
        *_other_dates(result, shown),
        *_more_rooms(result, shown),
        *_farther(result, shown),
        *_without(asked, typed),
        *_bare(result, shown),
    ]
    wards = wards_near(result.wish) if is_about_a_place(result.wish) else []
    counted, by_ward = _counted(steps, wards, result, deadline)
    better = _needed([s for s in counted if s.houses is None or s.houses > result.total])
    places = _places(wards, by_ward, result, shown)
    together = _together(result, shown, deadline)
    return sorted([*better, *places, *together], key=lambda step: ORDER.index(step.kind))


ORDER: tuple[Kind, ...] = ("nights", "rooms", "places", "wishes", "resorts")


def by_kind(steps: Sequence[Step]) -> list[tuple[str, list[Step]]]:
    """Return the steps under the headings of the page."""
    titles = {
        "nights": _("Đêm gần đó"),
        "rooms": _("Xếp phòng cách khác"),
        "places": _("Quanh đó"),
        "wishes": _("Bớt một điều kiện"),
        "resorts": _("Bớt mọi điều kiện"),
    }
    groups = [(titles[kind], [step for step in steps if step.kind == kind]) for kind in ORDER]
    return [(title, group) for title, group in groups if group]


def _other_dates(result: Result, shown: Parameters) -> Iterator[Step]:
    stay, today = result.wish.stay, result.wish.today
    if stay is None:
        return
    for days in sorted(range(-DAYS_AROUND, DAYS_AROUND + 1), key=lambda days: (abs(days), days)):
        start = stay.start + timedelta(days=days)
        if days == 0 or not today <= start <= today + timedelta(days=SEARCHABLE_DAYS):
            continue
        moved = Period.of(start, len(stay))
        url = search_url(shown, check_in=moved.start, check_out=moved.end)
        yield Step(_moved(days, nights_text(moved)), url, kind="nights")


def _moved(days: int, nights: str) -> str:
    if days == -1:
        return _("Sớm một ngày: %(dates)s", dates=nights)
    if days == 1:
        return _("Muộn một ngày: %(dates)s", dates=nights)
    if days < 0:
        return ngettext(
            "Sớm %(num)s ngày: %(dates)s", "Sớm %(num)s ngày: %(dates)s", -days, dates=nights
        )
    return ngettext(
        "Muộn %(num)s ngày: %(dates)s", "Muộn %(num)s ngày: %(dates)s", days, dates=nights
    )


def _more_rooms(result: Result, shown: Parameters) -> Iterator[Step]:
    """A family in two rooms where no single one holds it."""
    wish = result.wish
    if wish.stay is None:
        return
    most = min(MOST_ROOMS, wish.people, wish.rooms + MORE_ROOMS)
    for rooms in range(wish.rooms + 1, most + 1):
        label = ngettext(
            "%(num)s phòng cùng loại, mỗi phòng %(people)s người",
            "%(num)s phòng cùng loại, mỗi phòng %(people)s người",
            rooms,
            people=-(-wish.people // rooms),
        )
        yield Step(label, search_url(shown, rooms=rooms), kind="rooms")


def _farther(result: Result, shown: Parameters) -> Iterator[Step]:
    radius = result.wish.radius_km
    if radius is None or radius * FARTHER > MOST_KILOMETRES:
        return
    label = _("Tìm xa hơn, trong %(distance)s", distance=kilometres(radius * FARTHER))
    yield Step(label, search_url(shown, radius_km=f"{radius * FARTHER:g}"), kind="places")


def _without(asked: Asked, typed: Parameters) -> list[Step]:
    found = [Step(_("Bỏ “%(wish)s”", wish=chip.label), chip.url) for chip in chips(asked, typed)]
    return found[:MOST_WISHES]


KEPT_BARE = ("check_in", "check_out", "rooms", "adults", "children")


def _bare(result: Result, shown: Parameters) -> Iterator[Step]:
    """All wishes gone at once but the dates and the party, in more rooms if need be."""
    wish = result.wish
    kept = {name: shown[name] for name in KEPT_BARE if name in shown}
    if wish.stay is None or kept == shown:
        return
    yield Step(_("Chỉ giữ ngày và số người"), search_url(kept), kind="resorts")
    in_pairs = min(MOST_ROOMS, -(-wish.people // 2))
    if in_pairs > wish.rooms:
        label = ngettext(
            "Chỉ giữ ngày và số người, trong %(num)s phòng",
            "Chỉ giữ ngày và số người, trong %(num)s phòng",
            in_pairs,
        )
        yield Step(label, search_url(kept, rooms=in_pairs), kind="resorts")


def _needed(steps: Sequence[Step]) -> list[Step]:
    """Leave the last resorts out where giving up a single wish is enough."""
    one_is_enough = any(step.kind == "wishes" and step.houses for step in steps)
    resorts = [] if one_is_enough else [s for s in steps if s.kind == "resorts" and s.houses]
    # Without dates no vacancy is claimed: that helps only where nothing else does.
    alike = [s for s in steps if s.kind != "resorts" and (s.houses is not None or not resorts)]
    return [*alike, *resorts[:1]]


# --- Counting ----------------------------------------------------------------------------------


def _counted(
    steps: Sequence[Step], wards: Sequence[Ward], result: Result, deadline: float
) -> tuple[list[Step], dict[str, int]]:
    """Count what each step finds, and the wards of the whole town, in one request."""
    readable = [(step, wish) for step in steps if (wish := _wish_of(step.url, result.wish))]
    wishes = [wish for _step, wish in readable]
    if wards:
        wishes.append(anywhere(result.wish))
    left = deadline - time.monotonic()
    found: Sequence[Tally | None] = tallies(wishes, left) if left > 0 else [None] * len(wishes)
    counted = [
        # Houses of which no vacancy is claimed would be another count.
        step._replace(houses=tally.houses if tally and _is_alike(wish, result.wish) else None)
        for (step, wish), tally in zip(readable, found, strict=False)
    ]
    town = found[-1] if wards else None
    return counted, town.by_unit if town else {}


def _is_alike(wish: Wish, other: Wish) -> bool:
    return (wish.stay is None) == (other.stay is None)


def _wish_of(url: str, wish: Wish) -> Wish | None:
    """Return what a link asks for, read as the page behind it reads it."""
    return reading.read(dict(parse_qsl(urlsplit(url).query)), wish.now).wish


def anywhere(wish: Wish) -> Wish:
    """Return the wish without a place; a position stays, but only sorts."""
    return replace(wish, units=(), box=None, radius_km=None)


def _places(
    wards: Sequence[Ward], by_ward: dict[str, int], result: Result, shown: Parameters
) -> list[Step]:
    better = [ward for ward in wards if by_ward.get(ward.code, 0) > result.total]
    return [
        Step(
            _(
                "%(ward)s, cách %(distance)s",
                ward=geography().name_of(ward.code),
                distance=kilometres(round(ward.metres / 1000, 1)),
            ),
            search_url(shown, unit=ward.code, radius_km=None, bbox=None),
            by_ward[ward.code],
            "places",
        )
        for ward in better[:MOST_WARDS]
    ]


def _together(result: Result, shown: Parameters, deadline: float) -> list[Step]:
    """Houses whose rooms of several types hold the party; looked up only while there is time."""
    wish, left = result.wish, deadline - time.monotonic()
    if wish.stay is None or wish.people < 2 or left <= 0:
        return []
    any_room = replace(one_person(wish), per_page=HOUSES_LOOKED_AT)
    found = mixtures(wish, suggested(any_room, left), MOST_MIXTURES)
    return [
        Step(_rooms_text(mixture), house_url(mixture.code, shown), kind="rooms")
        for mixture in found
    ]


def _rooms_text(mixture: Mixture) -> str:
    parts = [
        f"{part.rooms} × {(part.name_en or part.name) if english() else part.name}"
        for part in mixture.parts
    ]
    return _("%(house)s: %(rooms)s", house=mixture.name, rooms=" + ".join(parts))
