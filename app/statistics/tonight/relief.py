"""Full wards of a night, the wards near them that have rooms left, and a notice that says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from app.statistics.queries import UNKNOWN
from app.statistics.tonight.vacancy import House, Vacancy, added

# A ward is full where of the rooms known at most this share is vacant …
FULL_SHARE = 0.05
# … and enough is known to say so.
KNOWN_SHARE = 0.5
NEAREST = 3
# Another ward's sum of one or two houses would be the houses' own figures.
FEWEST_HOUSES = 3
EARTH_KM = 6371.0

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward's sums, and the middle of its houses as latitude and longitude."""

    code: str
    figures: Vacancy
    at: Place | None

    @property
    def is_full(self) -> bool:
        vacant, known = self.figures.vacant_share, self.figures.reporting_rooms_share
        if vacant is None or known is None:
            return False
        return vacant <= FULL_SHARE and known >= KNOWN_SHARE


@dataclass(frozen=True, slots=True)
class Near:
    """A ward with rooms left, and how far its middle is as the crow flies."""

    ward: Ward
    km: float


@dataclass(frozen=True, slots=True)
class Relief:
    ward: Ward
    nearby: list[Near]


def wards(houses: Iterable[House]) -> list[Ward]:
    """Add houses up by ward, in the order of their codes; a house without a ward is in none."""
    groups: dict[str, list[House]] = defaultdict(list)
    for house in houses:
        groups[house.keys["unit"]].append(house)
    groups.pop(UNKNOWN, None)
    return [
        Ward(code, added(code, [house.figures for house in groups[code]]), middle(groups[code]))
        for code in sorted(groups)
    ]


def middle(houses: Sequence[House]) -> Place | None:
    """Return the mean place of those houses that stand on the map."""
    placed = [(h.lat, h.lon) for h in houses if h.lat is not None and h.lon is not None]
    if not placed:
        return None
    return sum(lat for lat, _ in placed) / len(placed), sum(lon for _, lon in placed) / len(placed)


def relief(found: Sequence[Ward], own: frozenset[str] | None) -> list[Relief]:
    """Return the full wards the reader sees, the fullest first, with the nearest that have rooms.

    A ward's official is shown nothing of another ward of which fewer than three houses report.
    """
    full = [ward for ward in found if ward.is_full and (own is None or ward.code in own)]
    full.sort(key=lambda ward: (ward.figures.vacant_share or 0, ward.code))
    offers = [ward for ward in found if _offers(ward, own)]
    return [Relief(ward, _nearest(ward, offers)) for ward in full]


def _offers(ward: Ward, own: frozenset[str] | None) -> bool:
    is_own = own is None or ward.code in own
    return (is_own or _is_sum(ward)) and ward.figures.rooms_vacant > 0 and not ward.is_full


def _nearest(ward: Ward, offers: Sequence[Ward]) -> list[Near]:
    near = [
        Near(other, distance_km(ward.at, other.at))
        for other in offers
        if other.code != ward.code and ward.at is not None and other.at is not None
    ]
    return sorted(near, key=lambda each: (each.km, each.ward.code))[:NEAREST]


def tellable(found: Sequence[Relief]) -> list[Relief]:
    """Return what may be told to everybody: no sum of one or two houses, here or nearby."""
    return [
        Relief(each.ward, [near for near in each.nearby if _is_sum(near.ward)])
        for each in found
        if _is_sum(each.ward)
    ]


def _is_sum(ward: Ward) -> bool:
    return ward.figures.reporting_establishments >= FEWEST_HOUSES


def distance_km(one: Place, other: Place) -> float:
    """Return the length of the great circle between two places."""
    (lat, lon), (other_lat, other_lon) = one, other
    across = sin(radians(other_lat - lat) / 2) ** 2
    along = sin(radians(other_lon - lon) / 2) ** 2
    turned = across + cos(radians(lat)) * cos(radians(other_lat)) * along
    return 2 * EARTH_KM * asin(sqrt(turned))
