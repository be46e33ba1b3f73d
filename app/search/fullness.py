"""How full the town is each night, told only from what each house's own calendar tells anyway."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import add
from typing import Any, Literal

from flask import current_app
from sqlalchemy import and_, func, select

from app import dates
from app.availability.freshness import cutoffs
from app.availability.queries import FEW
from app.availability.vacancy import exceptional_rows, ordinary_rows
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, RoomAssignment, RoomType
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS

# Fewer houses than this would show one of them.
FEWEST_HOUSES = 3
KEPT_SECONDS = 60.0
MOST_KEPT = 200
# What the page says: nearly full where hardly a house has a room, few where most have at most two.
NEARLY_FULL = 0.15
FEW_LEFT = 0.4

Level = Literal["many", "few", "full"]
Word = Literal["free", "few", "full"]


@dataclass(frozen=True, slots=True)
class TownNight:
    """Houses by what their calendars say of a night; None where too few say anything."""

    night: date
    houses: int | None
    free: int | None
    few: int | None
    full: int | None

    @property
    def full_share(self) -> float | None:
        """The share of houses without a room, of those whose vacancy is known."""
        if self.houses is None or self.full is None:
            return None
        return round(self.full / self.houses, 2)

    @property
    def level(self) -> Level | None:
        """The night in three steps; None where too few houses say anything."""
        if not self.houses or self.free is None or self.few is None:
            return None
        if (self.free + self.few) / self.houses <= NEARLY_FULL:
            return "full"
        return "few" if self.free / self.houses <= FEW_LEFT else "many"


def town_nights(
    period: Period, units: Sequence[str] = (), kinds: Sequence[str] = ()
) -> list[TownNight]:
    """Return every night of the period; an answer is kept for a minute."""
    key = (period, tuple(sorted(units)), tuple(sorted(kinds)))
    kept: dict[Any, tuple[float, list[TownNight]]]
    kept = current_app.extensions.setdefault("search_fullness", {})
    found = kept.get(key)
    if found is None or time.monotonic() - found[0] > KEPT_SECONDS:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[key] = (time.monotonic(), _read(period, units, kinds))
    return found[1]


def _read(period: Period, units: Sequence[str], kinds: Sequence[str]) -> list[TownNight]:
    counts = _counts(period, list(db.session.scalars(_room_types(units, kinds))))
    return [_night(night, counts[at]) for at, night in enumerate(period)]


def _night(night: date, words: Counter[Word]) -> TownNight:
    houses = words.total()
    if houses < FEWEST_HOUSES:
        return TownNight(night, None, None, None, None)
    return TownNight(night, houses, words["free"], words["few"], words["full"])


def _room_types(units: Sequence[str], kinds: Sequence[str]) -> Any:
    today = dates.today()
    statement = (
        select(RoomType.id)
        .join(Establishment, Establishment.id == RoomType.establishment_id)
        .outerjoin(
            Classification,
            and_(
                Classification.establishment_id == Establishment.id,
                Classification.valid.contains(today),
            ),
        )
        .where(Establishment.status == SHOWN_STATUS)
    )
    if units:
        ids = [key for key, code in geography().unit_of_id.items() if code in units]
        statement = statement.where(Classification.unit_id.in_(ids))
    if kinds:
        statement = statement.where(Classification.kind.in_(kinds))
    return statement


# --- Counting ----------------------------------------------------------------------------------
#
# Most nights of a type are its ordinary one: reading only those that differ, for half a year, takes
# a sixth of the time that the whole grid of types and nights does.


# A type's night is one number: its rooms known vacant and one KNOWN, or one UNSURE, or nothing
# where it has no rooms. A house's night is the sum, added up without a look at each.
KNOWN = 1 << 20
UNSURE = 1 << 40


def _counts(period: Period, types: Sequence[int]) -> list[Counter[Word]]:
    """Return, for each night, the houses by what their calendars say of it."""
    size, now = len(period), dates.now()
    houses: dict[int, list[int]] = {}
    exceptions = _exceptions(period, types)
    has_rooms = _types_with_rooms(period, types)
    cut = [cutoffs((night - dates.hotel_day(now)).days, now).stale for night in period]
    ordinary = ordinary_rows(period, types)
    for row in db.session.execute(select(ordinary)):
        confirmed = row.confirmed_at
        # The farther ahead, the older a vacancy may be: from this night on it is shown.
        shown = next((at for at in range(size) if confirmed and confirmed >= cut[at]), size)
        if row.room_type_id in has_rooms:
            plain = UNSURE if row.vacant is None else KNOWN + row.vacant
            nights = [UNSURE] * shown + [plain] * (size - shown)
        else:
            nights = [0] * size
        for at, (closed, vacant, total) in exceptions[row.room_type_id].items():
            known = closed or (vacant is not None and at >= shown)
            nights[at] = 0 if not total else KNOWN + (vacant or 0) if known else UNSURE
        before = houses.get(row.establishment_id)
        houses[row.establishment_id] = list(map(add, before, nights)) if before else nights
    return [_words_of(Counter(column)) for column in zip(*houses.values(), strict=True)] or [
        Counter() for _night in range(size)
    ]


def _words_of(sums: Counter[int]) -> Counter[Word]:
    words: Counter[Word] = Counter()
    for value, houses in sums.items():
        vacant = value % KNOWN
        if vacant:
            words["free" if vacant > FEW else "few"] += houses
        elif KNOWN <= value < UNSURE:
            words["full"] += houses
    return words


def _exceptions(
    period: Period, types: Sequence[int]
) -> Mapping[int, dict[int, tuple[bool, int | None, int]]]:
    found: dict[int, dict[int, tuple[bool, int | None, int]]] = defaultdict(dict)
    rows = exceptional_rows(period, types).c
    read = select(rows.room_type_id, rows.night, rows.closed, rows.vacant, rows.total)
    for room_type, night, closed, vacant, total in db.session.execute(read):
        found[room_type][(night - period.start).days] = (closed, vacant, total)
    return found


def _types_with_rooms(period: Period, types: Sequence[int]) -> set[int]:
    """Return the types of which a room exists on every night."""
    whole = func.daterange(period.start, period.end)
    read = select(RoomAssignment.room_type_id).where(
        RoomAssignment.room_type_id.in_(types), RoomAssignment.valid.contains(whole)
    )
    return set(db.session.scalars(read.distinct()))
