"""Old and new codes and names of units, and what an address says about its ward."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import db
from app.reference import unit_successions
from app.registry import reference
from app.registry.models import Area, Place, Unit
from app.registry.units import UnitAmbiguous, UnitNotFound, Units, unit_now


@pytest.fixture
def units(db_session: Any) -> Units:
    return Units.load()


def counts() -> list[Any]:
    return [db.session.scalar(select(func.count()).select_from(m)) for m in (Area, Unit, Place)]


def test_loading_twice_changes_nothing(units: Units) -> None:
    before, ids = counts(), sorted(units.by_id)
    reference.load()
    assert counts() == before
    assert sorted(Units.load().by_id) == ids


def test_a_changed_name_is_corrected(units: Units) -> None:
    units.today["26506"].name = "Phường Vũng Tầu"
    db.session.flush()
    reference.load()
    db.session.expire_all()
    assert unit_now("26506").name == "Phường Vũng Tàu"


@pytest.mark.parametrize("one", unit_successions(), ids=lambda one: one.code)
def test_every_old_name_leads_to_its_successor(units: Units, one: Any) -> None:
    old = next(
        u for u in units.by_id.values() if (u.code, u.valid_from) == (one.code, one.valid_from)
    )
    assert units.now(old.name).code == one.successor_code
    assert units.now(f"{old.name}, {units.areas[old.area_code].name}").code == one.successor_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("26506", "26506"),  # Phường 1 before, Phường Vũng Tàu today: today's meaning wins.
        ("26508", "26506"),
        ("26526", "26526"),
        ("26524", "26526"),
        ("Phường Vũng Tàu", "26506"),
        ("phuong 2", "26506"),
        ("PHƯỜNG 02", "26506"),
        ("P.2", "26506"),
        ("p2", "26506"),
        ("Ward 8", "26526"),
        ("Ward. 8", "26526"),
        ("Thang Tam Ward", "26506"),
        ("Thắng Tam", "26506"),
        ("tam thắng", "26526"),
        ("Phường 2, Vũng Tàu", "26506"),
        ("Phường 2 TP Vũng Tàu", "26506"),
        ("Phước Hưng, Bà Rịa", "26560"),
        ("Phước Hưng, huyện Long Điền", "26662"),
        ("Phường Phước Hưng", "26560"),
        ("xã Phước Hưng", "26662"),
        ("Phuoc Hung commune", "26662"),
        ("Hoà Long", "26572"),
        ("Côn Đảo", "26732"),
        ("huyện Côn Đảo", "26732"),
        ("Thị trấn Côn Đảo", "26732"),
        ("Hồ Tràm", "26620"),
        ("Thị trấn Phước Bửu", "26620"),
        ("thị trấn Phú Mỹ", "26704"),
    ],
)
def test_codes_and_names_of_all_times(units: Units, text: str, code: str) -> None:
    assert units.now(text).code == code


@pytest.mark.parametrize("text", ["", "Phường 6", "99999", "Đà Lạt", "Phường 2, Bà Rịa", "P", "xã"])
def test_unknown_ones(units: Units, text: str) -> None:
    with pytest.raises(UnitNotFound):
        units.now(text)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("Phước Hưng", {"26560", "26662"}),
        ("Phú Mỹ", {"26704", "26710", "26713", "26725", "26728"}),
        ("Vũng Tàu", {"26506", "26526", "26536", "26542", "26545"}),
    ],
)
def test_ambiguous_ones_name_their_candidates(
    units: Units, text: str, candidates: set[str]
) -> None:
    with pytest.raises(UnitAmbiguous) as caught:
        units.now(text)
    assert {unit.code for unit in caught.value.candidates} == candidates


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["117 Thuy Van Thang Tam Ward, Thắng Tam, Vũng Tàu, Việt Nam"], "26506"),
        (["51 Phan Chu Trinh Phường 2"], "26506"),
        (["09 Thống Nhất, P.1 , Vũng Tàu"], "26506"),
        (["H3 Phan Huy Chu ( A Chau Area, Hoang Hoa Tham ), Ward 2"], "26506"),
        (["Số 1 Nguyễn Văn Linh, Thị Trấn Phú Mỹ, Tân Thành, Bà Rịa - Vũng Tàu"], "26704"),
        (["Ấp Hồ Tràm, Xã Phước Thuận, Huyện Xuyên Mộc, Tỉnh Bà Rịa Vũng Tàu"], "26620"),
        (["108 Sanctuary Resort, Phuoc Thuan Comune, Xuyen Moc Dictrict"], "26620"),
        (["Hồ Tràm, Phước Thuận, Xuyên Mộc, Bà Rịa - Vũng Tàu"], "26620"),
        (["22 Trần Phú, Côn Đảo, Bà Rịa - Vũng Tàu"], "26732"),
        (["Thắng Tam", "28 Thi Sach, Ward 8"], "26506"),
        ([None, "Côn Đảo"], "26732"),
        (["28 Thi Sach, Ward 8, Thắng Tam"], "26526"),
        (["Phường 2, Phường 8"], None),
        (["165 Thùy Vân", "Vũng Tàu"], None),
        (["18 Mạc Thanh Đạm"], None),
        (["Đường Phước Thắng"], None),
        ([], None),
    ],
)
def test_addresses(units: Units, texts: list[str | None], code: str | None) -> None:
    found = units.find(*texts)
    assert (found and found.code) == code
