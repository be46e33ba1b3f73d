"""Reading the register: houses by filters, what is missing of them, rooms, units, places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    all_,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import joinedload

from app import dates
from app.accounts.models import Membership, User
from app.db import db
from app.registry.models import (
    COMPLETABLE,
    RANKED_KINDS,
    TEST,
    Area,
    Classification,
    Closure,
    Establishment,
    ImportRow,
    Note,
    Place,
    Room,
    RoomAssignment,
    RoomType,
    StatusChange,
    Unit,
)
from app.text import fold

PER_PAGE = 30
Statement: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class HouseFilter:
    """Which houses; an empty collection asks for nothing, except ``within``.

    ``units`` are codes of today; ``stars`` may hold 0 for unrated; ``missing`` names what has to be
    completed, "any" for anything. ``within`` are the only units an official may see, None for all.
    ``unclaimed`` are houses that nobody manages. Test twins are in no list but that of their staff.
    """

    q: str = ""
    units: Collection[str] = ()
    kinds: Collection[str] = ()
    stars: Collection[int] = ()
    statuses: Collection[str] = ()
    missing: str = ""
    within: Collection[str] | None = None
    codes: Collection[str] = ()
    unclaimed: bool = False
    with_twins: bool = False


class HouseRow(NamedTuple):
    """A house with its class and unit of today."""

    house: Establishment
    kind: str | None
    stars: int | None
    unit: Unit | None


def houses(which: HouseFilter) -> Statement:
    """Return the statement of the houses, in the order of their names."""
    return _with_class(
        select(Establishment, Classification.kind, Classification.stars, Unit)
    ).where(*_conditions(which))


def _with_class(statement: Statement) -> Statement:
    today = and_(
        Classification.establishment_id == Establishment.id,
        Classification.valid.contains(dates.today()),
    )
    return (
        statement.select_from(Establishment)
        .outerjoin(Classification, today)
        .outerjoin(Unit, Unit.id == Classification.unit_id)
        .order_by(Establishment.folded, Establishment.code)
    )


def _conditions(which: HouseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        or_(
            Establishment.folded.contains(word, autoescape=True),
            func.lower(Establishment.code) == word,
        )
        for word in fold(which.q).split()
    ]
    if not which.with_twins:
        conditions.append(Establishment.status != TEST)
    if which.within is not None:
        conditions.append(Unit.code.in_(which.within))
    wanted = (
        (Unit.code, which.units),
        (Classification.kind, which.kinds),
        (func.coalesce(Classification.stars, 0), which.stars),
        (Establishment.status, which.statuses),
        (Establishment.code, which.codes),
    )
    conditions += [column.in_(values) for column, values in wanted if values]
    if which.unclaimed:
        of_house = Membership.establishment_id == Establishment.id
        conditions.append(~exists().where(of_house, Membership.role == "manager"))
    if which.missing:
        lacks = _lacks()
        conditions.append(or_(*lacks.values()) if which.missing == "any" else lacks[which.missing])
    return conditions


def _lacks() -> dict[str, ColumnElement[bool]]:
    """For each thing to complete: it is not known, and not declared that the house has none."""
    has_rooms = exists().where(
        RoomAssignment.establishment_id == Establishment.id,
        or_(
            func.upper_inf(RoomAssignment.valid),
            func.upper(RoomAssignment.valid) > dates.today(),
        ),
    )
    unknown: dict[str, ColumnElement[bool]] = {
        "unit": Classification.unit_id.is_(None),
        "location": Establishment.lat.is_(None),
        "rooms": ~has_rooms,
        "phone": Establishment.phone.is_(None),
        "licence": Establishment.licence_no.is_(None),
        "stars": and_(Classification.stars.is_(None), Classification.kind.in_(RANKED_KINDS)),
    }
    return {
        name: and_(condition, literal(name) != all_(Establishment.not_applicable))
        for name, condition in unknown.items()
    }


# --- Pages of houses -----------------------------------------------------------------------


def page_of_houses(
    which: HouseFilter, number: int, per_page: int = PER_PAGE
) -> tuple[list[HouseRow], int]:
    """Return one page of houses and how many there are in all."""
    total = db.session.scalar(
        select(func.count()).select_from(houses(which).order_by(None).subquery())
    )
    rows = db.session.execute(houses(which).limit(per_page).offset((number - 1) * per_page))
    return [HouseRow(*row) for row in rows], total or 0


def houses_after(which: HouseFilter, after: Sequence[str] | None, limit: int) -> list[HouseRow]:
    """Return houses in order after the (folded name, code) of the last one shown."""
    statement = houses(which).limit(limit)
    if after:
        statement = statement.where(tuple_(Establishment.folded, Establishment.code) > tuple(after))
    return [HouseRow(*row) for row in db.session.execute(statement)]


def house_row(code: str, *, within: Collection[str] | None = None) -> HouseRow | None:
    """Return one house by its code, or None; also None outside the units an official may see."""
    statement = houses(HouseFilter(within=within)).where(Establishment.code == code)
    row = db.session.execute(statement).one_or_none()
    return HouseRow(*row) if row else None


def houses_of(house_ids: Collection[int]) -> list[HouseRow]:
    """Return these houses, in the order of their names."""
    statement = houses(HouseFilter(with_twins=True)).where(Establishment.id.in_(house_ids))
    return [HouseRow(*row) for row in db.session.execute(statement)]


class Point(NamedTuple):
    """What the map needs of a house."""

    code: str
    name: str
    status: str
    lat: float
    lon: float


def points(which: HouseFilter, limit: int) -> list[Point]:
    """Return the houses with a location, for a map."""
    statement = _with_class(
        select(
            Establishment.code,
            Establishment.name,
            Establishment.status,
            Establishment.lat,
            Establishment.lon,
        )
    ).where(*_conditions(which), Establishment.lat.is_not(None))
    return [Point(*row) for row in db.session.execute(statement.limit(limit))]


def missing_of(house_ids: Collection[int]) -> dict[int, list[str]]:
    """Return what each of the houses lacks, in the order in which pages show it."""
    flags = [condition.label(name) for name, condition in _lacks().items()]
    statement = _with_class(select(Establishment.id, *flags)).where(Establishment.id.in_(house_ids))
    return {
        row.id: [name for name in COMPLETABLE if getattr(row, name)]
        for row in db.session.execute(statement)
    }


def missing_counts(which: HouseFilter) -> dict[str, int]:
    """Return how many of the houses lack each thing, and "any" for anything."""
    lacks = _lacks()
    lacks["any"] = or_(*lacks.values())
    counts = [func.count(case((condition, 1))).label(name) for name, condition in lacks.items()]
    statement = _with_class(select(*counts)).where(*_conditions(which)).order_by(None)
    return dict(db.session.execute(statement).one()._mapping)


def status_counts(which: HouseFilter) -> dict[str, int]:
    """Return how many of the houses have each status."""
    statement = (
        _with_class(select(Establishment.status, func.count()))
        .where(*_conditions(which))
        .group_by(Establishment.status)
        .order_by(None)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def room_counts(house_ids: Collection[int]) -> dict[int, int]:
    """Return how many rooms each of the houses has today."""
    statement = (
        select(RoomAssignment.establishment_id, func.count())
        .where(
            RoomAssignment.establishment_id.in_(house_ids),
            RoomAssignment.valid.contains(dates.today()),
        )
        .group_by(RoomAssignment.establishment_id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


# --- One house -----------------------------------------------------------------------------


def class_today(house: Establishment) -> Classification | None:
    """The kind, stars and unit of the house as they are today."""
    return db.session.scalar(
        select(Classification)
        .where(
            Classification.establishment_id == house.id,
            Classification.valid.contains(dates.today()),
        )
        .options(joinedload(Classification.unit))
    )


def classes(house: Establishment) -> Sequence[Classification]:
    """All rows of the house's class, the latest first."""
    return db.session.scalars(
        select(Classification)
        .where(Classification.establishment_id == house.id)
        .options(joinedload(Classification.unit))
        .order_by(func.lower(Classification.valid).desc().nulls_last())
    ).all()


def room_types(house_id: int) -> Sequence[RoomType]:
    return db.session.scalars(
        select(RoomType)
        .where(RoomType.establishment_id == house_id)
        .order_by(RoomType.position, RoomType.id)
    ).all()


class RoomRow(NamedTuple):
    """A room as it is today or will be: its type and since and until when."""

    room: Room
    room_type: RoomType
    since: date | None
    until: date | None


def rooms(house_id: int) -> list[RoomRow]:
    """Return the rooms that exist today or later, by type, in the order of their numbers."""
    statement = (
        select(Room, RoomType, RoomAssignment.valid)
        .join(RoomAssignment, RoomAssignment.room_id == Room.id)
        .join(RoomType, RoomType.id == RoomAssignment.room_type_id)
        .where(
            Room.establishment_id == house_id,
            or_(
                func.upper_inf(RoomAssignment.valid),
                func.upper(RoomAssignment.valid) > dates.today(),
            ),
        )
        .order_by(
            RoomType.position,
            RoomType.id,
            func.length(Room.number),
            Room.number,
            func.lower(RoomAssignment.valid).nulls_first(),
        )
    )
    return [
        RoomRow(room, room_type, valid.lower, valid.upper)
        for room, room_type, valid in db.session.execute(statement)
    ]


def numbers_by_type(room_type_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the numbers of the rooms each type has today, in their order."""
    statement = (
        select(RoomAssignment.room_type_id, Room.number)
        .join(Room, Room.id == RoomAssignment.room_id)
        .where(
            RoomAssignment.room_type_id.in_(room_type_ids),
            RoomAssignment.valid.contains(dates.today()),
        )
        .order_by(func.length(Room.number), Room.number)
    )
    numbers: dict[int, list[str]] = {type_id: [] for type_id in room_type_ids}
    for type_id, number in db.session.execute(statement):
        numbers[type_id].append(number)
    return numbers


def closures(house: Establishment, *, limit: int = 100) -> Sequence[Closure]:
    """The house's closures, the latest first."""
    return db.session.scalars(
        select(Closure)
        .where(Closure.establishment_id == house.id)
        .order_by(func.lower(Closure.valid).desc())
        .limit(limit)
    ).all()


def approved_at(house: Establishment) -> datetime | None:
    """Return when the department last approved the house, where that was written down."""
    return db.session.scalar(
        select(func.max(StatusChange.at)).where(
            StatusChange.establishment_id == house.id, StatusChange.after == "approved"
        )
    )


def status_changes(house: Establishment, *, limit: int = 50) -> Sequence[StatusChange]:
    return db.session.scalars(
        select(StatusChange)
        .where(StatusChange.establishment_id == house.id)
        .order_by(StatusChange.id.desc())
        .limit(limit)
    ).all()


def notes(house: Establishment, *, limit: int = 50) -> Sequence[Note]:
    return db.session.scalars(
        select(Note).where(Note.establishment_id == house.id).order_by(Note.id.desc()).limit(limit)
    ).all()


def import_row(house: Establishment) -> ImportRow | None:
    """What the list that brought the house said about it."""
    return db.session.scalar(
        select(ImportRow)
        .where(ImportRow.establishment_id == house.id)
        .order_by(ImportRow.id.desc())
        .limit(1)
    )


def import_rows(house_ids: Collection[int]) -> dict[int, ImportRow]:
    """What the lists said about each of the houses that came with one."""
    statement = select(ImportRow).where(ImportRow.establishment_id.in_(house_ids))
    return {row.establishment_id: row for row in db.session.scalars(statement)}


def managers(house: Establishment) -> Sequence[User]:
    """The people who manage the house; none where nobody claimed it."""
    return db.session.scalars(
        select(User)
        .join(Membership)
        .where(Membership.establishment_id == house.id, Membership.role == "manager")
        .order_by(User.name)
    ).all()


def people_by_id(house: Establishment) -> dict[int, str]:
    """The names of those who decided on the house or wrote notes about it."""
    ids = union(
        select(StatusChange.by_user_id).where(StatusChange.establishment_id == house.id),
        select(Note.by_user_id).where(Note.establishment_id == house.id),
    )
    statement = select(User.id, User.name).where(User.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(statement)}


# --- Units and places ----------------------------------------------------------------------


def units_today() -> Sequence[Unit]:
    """The units in force, by area, wards first, then by name."""
    return db.session.scalars(
        select(Unit)
        .where(Unit.valid_to.is_(None))
        .options(joinedload(Unit.area))
        .order_by(Unit.area_code, Unit.kind.desc(), Unit.folded)
    ).all()


def former_units() -> dict[int, list[Unit]]:
    """Return the former units by the id of the unit of today that took them over."""
    former: dict[int, list[Unit]] = {}
    statement = select(Unit).where(Unit.successor_id.is_not(None)).order_by(Unit.code)
    for unit in db.session.scalars(statement):
        former.setdefault(unit.successor_id or 0, []).append(unit)
    return former


def areas() -> Sequence[Area]:
    return db.session.scalars(select(Area).order_by(Area.code)).all()


def places() -> Sequence[Place]:
    return db.session.scalars(select(Place).order_by(Place.code)).all()
