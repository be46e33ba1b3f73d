"""Applications, decisions, profile, class, closures: what they write and what they refuse."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.dates import Period
from app.db import db
from app.registry import operations, queries
from app.registry.models import Classification, Closure, Establishment, StatusChange, Unit
from app.registry.units import unit_now
from app.web.security import Principal
from tests.factories import ALWAYS, ClosureFactory, EstablishmentFactory, UnitFactory, UserFactory

OFFICIAL = Principal(kind="user", id=None, roles=frozenset({"province_official"}))


@pytest.fixture
def official(db_session: Any) -> Principal:
    user = UserFactory(province_official=True)
    return Principal(kind="user", id=user.id, roles=frozenset({"province_official"}))


def version_of(house: Establishment) -> int:
    return int(
        db.session.scalar(select(Establishment.search_version).where(Establishment.id == house.id))
        or 0
    )


def last_event() -> AuditEvent:
    return db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


# --- Applications --------------------------------------------------------------------------


def test_an_application_awaits_approval_and_is_managed_by_its_owner(official: Principal) -> None:
    owner = UserFactory()
    house = operations.apply(
        name="Nhà Nghỉ Sóng Xanh",
        name_en="Blue Wave",
        kind="guest_house",
        unit=unit_now("Phường 2"),
        owner=owner,
        by=official,
        address="5 Hạ Long",
        phone="0254 3111 222",
    )
    assert house.code.startswith("VT")
    assert len(house.code) == 7
    assert house.status == "applied"
    assert house.folded == "nha nghi song xanh blue wave"
    row = db.session.scalars(select(Classification)).one()
    assert (row.kind, row.unit.code, row.valid) == ("guest_house", "26506", ALWAYS)
    assert [(m.role, m.establishment_id) for m in owner.memberships] == [("manager", house.id)]
    assert last_event().action == "house_applied"


def test_a_new_code_skips_one_an_imported_list_brought(db_session: Any) -> None:
    number = int(operations.new_code()[2:])
    EstablishmentFactory(id=90_000, code=f"VT{number + 1:05d}")
    assert operations.new_code() == f"VT{number + 2:05d}"


# --- Decisions -----------------------------------------------------------------------------


def test_a_house_is_approved_suspended_and_reopened(official: Principal) -> None:
    house = EstablishmentFactory(applied=True)
    before = version_of(house)
    operations.approve(house, by=official)
    operations.suspend(house, reason="Hết hạn giấy phép", by=official)
    assert house.status == "suspended"
    assert house.status_reason == "Hết hạn giấy phép"
    operations.reopen(house, by=official)
    assert (house.status, house.status_reason) == ("approved", None)
    assert version_of(house) == before + 3
    changes = db.session.scalars(select(StatusChange).order_by(StatusChange.id)).all()
    assert [(c.before, c.after) for c in changes] == [
        ("applied", "approved"),
        ("approved", "suspended"),
        ("suspended", "approved"),
    ]
    assert {c.by_user_id for c in changes} == {official.id}


@pytest.mark.parametrize(
    ("trait", "decision"),
    [
        ("applied", "suspend"),
        ("applied", "reopen"),
        ("approved", "approve"),
        ("approved", "reject"),
        ("suspended", "approve"),
        ("rejected", "reject"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(
    official: Principal, trait: str, decision: str
) -> None:
    house = EstablishmentFactory(**{trait: True})
    with pytest.raises(operations.WrongStatus):
        operations.decide(house, decision, reason="x", by=official)
    assert house.status == trait


def test_of_two_officials_only_the_first_decides(official: Principal) -> None:
    house = EstablishmentFactory(applied=True)
    # The second one still looks at the page on which the house is applied.
    operations.reject(house, reason="Không rõ địa chỉ", by=official)
    with pytest.raises(operations.WrongStatus):
        operations.reject(house, reason="Trùng", by=official)
    assert house.status_reason == "Không rõ địa chỉ"


def test_the_reason_is_not_in_the_audit(official: Principal) -> None:
    house = EstablishmentFactory()
    operations.suspend(house, reason="Ông A gây ồn", by=official)
    assert "gây ồn" not in str(last_event().detail)


# --- Profile -------------------------------------------------------------------------------


def test_a_profile_changes_its_version_and_the_search_version(official: Principal) -> None:
    house = EstablishmentFactory()
    before = version_of(house)
    changed = operations.update_profile(
        house, version=1, by=official, name="Biển Xanh", phone=house.phone
    )
    assert changed == ["name"]
    assert (house.folded, house.record_version) == ("bien xanh", 2)
    assert version_of(house) == before + 1


def test_an_unchanged_profile_moves_nothing(official: Principal) -> None:
    house = EstablishmentFactory()
    before = version_of(house)
    assert operations.update_profile(house, by=official, name=house.name) == []
    assert version_of(house) == before


def test_a_profile_somebody_else_changed_is_refused(official: Principal) -> None:
    house = EstablishmentFactory()
    operations.update_profile(house, version=1, by=official, name="Biển Xanh")
    with pytest.raises(operations.Changed):
        operations.update_profile(house, version=1, by=official, name="Biển Vàng")


def test_the_status_is_no_field_of_the_profile(official: Principal) -> None:
    with pytest.raises(TypeError):
        operations.update_profile(
            EstablishmentFactory(applied=True), by=official, status="approved"
        )


# --- Class ---------------------------------------------------------------------------------


def class_on(house: Establishment, day: date) -> tuple[str, int | None, str | None]:
    row = db.session.execute(
        select(Classification.kind, Classification.stars, Unit.code)
        .outerjoin(Unit)
        .where(Classification.establishment_id == house.id, Classification.valid.contains(day))
    ).one()
    return (row.kind, row.stars, row.code)


def test_a_new_class_leaves_the_past_as_it_was(official: Principal) -> None:
    house = EstablishmentFactory(kind="hotel", stars=3)
    unit = UnitFactory()
    since = date(2026, 7, 1)
    operations.reclassify(house, kind="hotel", stars=4, unit=unit, since=since, by=official)
    assert class_on(house, date(2026, 6, 30)) == ("hotel", 3, "26506")
    assert class_on(house, date(2026, 7, 1)) == ("hotel", 4, "26506")


def test_the_same_class_again_adds_no_row(official: Principal) -> None:
    house = EstablishmentFactory(stars=3)
    unit = UnitFactory()
    operations.reclassify(
        house, kind="hotel", stars=3, unit=unit, since=date(2026, 1, 1), by=official
    )
    assert db.session.scalars(select(Classification)).one().valid == ALWAYS


def test_a_class_for_all_time_replaces_everything(official: Principal) -> None:
    house = EstablishmentFactory(stars=3)
    unit = UnitFactory()
    for year, stars in ((2024, 4), (2025, 5)):
        operations.reclassify(
            house, kind="hotel", stars=stars, unit=unit, since=date(year, 1, 1), by=official
        )
    operations.reclassify(house, kind="resort", stars=5, unit=unit, since=None, by=official)
    row = db.session.scalars(select(Classification)).one()
    assert (row.kind, row.valid) == ("resort", ALWAYS)


def test_a_house_without_stars_is_not_asked_for_them(official: Principal) -> None:
    house = EstablishmentFactory(stars=None)
    unit = UnitFactory()
    assert "stars" in queries.missing_of([house.id])[house.id]
    operations.reclassify(
        house, kind="hotel", stars=None, unit=unit, since=None, unrated=True, by=official
    )
    assert "stars" not in queries.missing_of([house.id])[house.id]
    # Stars that were given and taken away again are missing anew, unless that too was a decision.
    operations.reclassify(house, kind="hotel", stars=3, unit=unit, since=None, by=official)
    operations.reclassify(house, kind="hotel", stars=None, unit=unit, since=None, by=official)
    assert "stars" in queries.missing_of([house.id])[house.id]


def test_a_kind_that_is_not_ranked_lacks_no_stars(official: Principal) -> None:
    house = EstablishmentFactory(kind="homestay", stars=None)
    assert "stars" not in queries.missing_of([house.id])[house.id]


changes = st.lists(
    st.tuples(
        st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2026, 12, 31))),
        st.sampled_from(["hotel", "resort"]),
        st.sampled_from([None, 3, 4]),
    ),
    max_size=6,
)


@given(changes=changes)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_day_has_one_class_and_the_last_word_counts(
    official: Principal, changes: list[tuple[date | None, str, int | None]]
) -> None:
    """The rows of a house always cover all time without overlap, as a plain list would say."""
    house = EstablishmentFactory(kind="hotel", stars=None)
    unit = UnitFactory()
    words: list[tuple[date, str, int | None]] = [(date.min, "hotel", None)]
    for since, kind, stars in changes:
        operations.reclassify(house, kind=kind, stars=stars, unit=unit, since=since, by=official)
        start = since or date.min
        words = [word for word in words if word[0] < start] + [(start, kind, stars)]
    edges = {edge + timedelta(days=d) for edge, _, _ in words[1:] for d in (-1, 0, 1)}
    for day in edges | {date(2000, 1, 1), date(2030, 1, 1)}:
        said = next(word for word in reversed(words) if word[0] <= day)
        assert class_on(house, day)[:2] == said[1:]


# --- What a house came without -------------------------------------------------------------


def test_completing_fills_only_what_is_missing(official: Principal) -> None:
    house = EstablishmentFactory(unit=None, phone=None, address="12 Thùy Vân")
    operations.complete(
        house,
        unit=unit_now("26526"),
        stars=3,
        phone="0254 3999 999",
        address="anders",
        not_applicable=frozenset({"licence"}),
        by=official,
    )
    assert class_on(house, date(2020, 1, 1)) == ("hotel", 3, "26526")
    assert (house.phone, house.address) == ("0254 3999 999", "12 Thùy Vân")
    assert house.not_applicable == ["licence"]


def test_completing_does_not_move_a_house(official: Principal) -> None:
    house = EstablishmentFactory(stars=2)
    operations.complete(house, unit=unit_now("26526"), stars=5, by=official)
    assert class_on(house, date(2026, 1, 1)) == ("hotel", 2, "26506")


# --- Closures ------------------------------------------------------------------------------


def test_a_house_is_not_closed_twice_on_a_night(official: Principal) -> None:
    house = EstablishmentFactory()
    september = Period(date(2026, 9, 1), date(2026, 10, 1))
    operations.add_closure(house, september, reason=None, by=official)
    with pytest.raises(operations.ClosureOverlaps):
        operations.add_closure(house, Period.of(date(2026, 9, 30), 5), reason=None, by=official)
    # The nights after it are free to be closed, and so is another house.
    operations.add_closure(house, Period.of(date(2026, 10, 1), 5), reason=None, by=official)
    operations.add_closure(EstablishmentFactory(), september, reason=None, by=official)


def test_a_closure_is_removed(official: Principal) -> None:
    house = EstablishmentFactory()
    closure = ClosureFactory(establishment=house)
    before = version_of(house)
    operations.remove_closure(closure, by=official)
    assert db.session.scalars(select(Closure)).all() == []
    assert version_of(house) == before + 1
