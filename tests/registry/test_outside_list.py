"""An outside list beside the register: who matches and why, and what is done with the others."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app.db import db
from app.registry.models import Classification, Establishment
from app.registry.outside_list import comparison as outside_list
from app.registry.outside_list.matching import Register, Told, compare
from app.registry.outside_list.models import OutsideList, OutsideRow
from app.web.security import Principal
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate

LISTS = "/admin/outside-lists"
BY = Principal(kind="user", id=None, roles=frozenset({"province_official"}))
SEA = Told("Khách sạn Sóng Xanh", "12 Thùy Vân, P. Thắng Tam", "0254 3856 789", 10.345, 107.092, 1)


# --- Matching ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "result"),
    [
        # The same, written otherwise.
        (Told("SONG XANH HOTEL", "số 12 đường Thuỳ Vân", "+84 254 3856 789"), "found"),
        (Told("Song Xanh Hotel Vũng Tàu", lat=10.3452, lon=107.0921), "found"),
        (Told("Sóng Xanh", "12 Thùy Vân"), "found"),
        # A slip in the name, the same telephone.
        (Told("Khách sạn Sóng Xah", phone="02543856789"), "found"),
        # The name alone, which another may bear.
        (Told("Khách sạn Sóng Xanh"), "probable"),
        # A new name at the same telephone.
        (Told("Hải Âu Homestay", phone="0254.3856.789"), "probable"),
        # The same name far away is another house.
        (Told("Khách sạn Sóng Xanh", lat=10.5, lon=107.3), "absent"),
        # House 2 of a chain.
        (Told("Sóng Xanh 2", "99 Hạ Long"), "absent"),
        (Told("Nhà nghỉ Bình Minh", "3 Lê Lợi", "0909 111 222"), "absent"),
    ],
)
def test_what_speaks_for_a_house(told: Told, result: str) -> None:
    assert compare(told, SEA).result == result


def test_the_evidence_says_why() -> None:
    match = compare(Told("Song Xanh", "12 Thùy Vân", "0909111222", 10.345, 107.093), SEA)
    assert match.evidence == {"name": 1.0, "phone": False, "metres": 109, "address": 1.0}
    assert 80 <= match.score < 100


def test_the_right_house_is_found_among_many() -> None:
    names = ["Hoa Biển", "Sao Mai", "Bình Minh", "Hải Âu", "Thiên Thanh", "Lan Rừng", "Minh Châu"]
    houses = [
        Told(f"Khách sạn {one} {other}", f"{number} Trương Công Định", None, 10.3, 107.0, number)
        for number, (one, other) in enumerate(
            ((one, other) for one in names for other in names), start=2
        )
    ]
    register = Register([SEA, *houses])
    best = register.best(Told("Minh Chau Sao Mai", "46 Truong Cong Dinh"))
    assert best is not None
    assert register.houses[best.house_id].name == "Khách sạn Sao Mai Minh Châu" or best.score > 90
    assert register.best(Told("Zzyzx Qwerty", "1 Không Đâu")) is None


# --- A list --------------------------------------------------------------------------------


@pytest.fixture
def town(db_session: Any) -> SimpleNamespace:
    known = EstablishmentFactory(
        code="SEA", name=SEA.name, address=SEA.address, phone=SEA.phone, lat=10.345, lon=107.092
    )
    return SimpleNamespace(known=known)


CSV = (
    "Danh sách của sàn,,,,\n"
    "Tên cơ sở (*),Địa chỉ,Số điện thoại,Vĩ độ,Kinh độ\n"
    "Song Xanh Hotel,12 Thuỳ Vân,02543856789,10.345,107.092\n"
    "Sóng Xanh,,,,\n"
    '"=HYPERLINK(""x"")",7 Hạ Long,0909 000 111,abc,107\n'
    "Nhà nghỉ Cát Vàng,15 Hoàng Hoa Thám Phường Vũng Tàu,0908 777 666,10.34,107.08\n"
    ",chỉ có địa chỉ,,,\n"
    "Nhà nghỉ  Cát Vàng,15 Hoàng Hoa Thám Phường Vũng Tàu,0908 777 666,10.34,107.08\n"
).encode()


def test_a_list_is_compared_row_by_row(town: SimpleNamespace) -> None:
    taken = outside_list.take_in(CSV, "san.csv", by=BY)
    rows = [row for row, _ in outside_list.all_rows(taken)]
    assert [(row.line, row.result) for row in rows] == [
        (3, "found"),
        (4, "probable"),
        (5, "absent"),
        (6, "absent"),
    ]
    assert (taken.rows_total, taken.rows_repeated) == (4, 1)
    assert taken.finished_at is not None
    # What is no coordinate leaves the place unknown.
    assert (rows[2].lat, rows[2].lon) == (None, None)


def test_the_same_list_twice_also_as_a_sheet_is_one_list(town: SimpleNamespace) -> None:
    first = outside_list.take_in(CSV, "san.csv", by=BY)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(outside_list.read_rows(CSV)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    assert outside_list.take_in(file.getvalue(), "san.xlsx", by=BY).id == first.id
    other = outside_list.take_in(CSV, "x", by=Principal(kind="user", id=9, roles=BY.roles))
    assert other.id != first.id


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n1,2\n", "no_name"),
        ("Tên\n".encode(), "empty"),
        (b"Name\n" + b"".join(b"House %d\n" % n for n in range(10_001)), "too_many_rows"),
    ],
)
def test_what_is_no_list(town: SimpleNamespace, content: bytes, code: str) -> None:
    with pytest.raises(outside_list.NotAList) as refusal:
        outside_list.take_in(content, "x", by=BY)
    assert refusal.value.code == code


def test_a_long_list_is_compared_by_the_worker_bit_by_bit(town: SimpleNamespace) -> None:
    rows = [f"Nhà nghỉ Số {n},{n} Lê Lợi,09{n:08d}" for n in range(1_200)]
    content = "\n".join(["Tên,Địa chỉ,Điện thoại", *rows, "Song Xanh,12 Thùy Vân,"]).encode()
    taken = outside_list.take_in(content, "dài.csv", by=BY)
    assert taken.finished_at is None
    assert outside_list.counts([taken.id])[taken.id]["waiting"] == 1_201
    turns = 0
    while outside_list.tick():
        turns += 1
    assert turns == 3
    assert outside_list.counts([taken.id])[taken.id] == {
        "absent": 1_200,
        "found": 1,
        "undecided": 1_201,
    }
    assert taken.finished_at is not None


# --- Pages ---------------------------------------------------------------------------------


def send(client: Any, address: str, page: str, **values: Any) -> Any:
    text = client.get(page).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    data = {"csrf_token": token[1] if token else "", **values}
    return client.post(address, data=data, content_type="multipart/form-data")


def upload(client: Any, content: bytes = CSV) -> Any:
    return send(client, LISTS, LISTS, sheet=(io.BytesIO(content), "san.csv"))


def decision(line: int, what: str, **more: str) -> dict[str, str]:
    values = {"decision": what, "kind": "guest_house", "note": "", **more}
    return {f"row{line}-{name}": value for name, value in values.items()}


def test_a_list_goes_from_upload_to_draft(sign_in: Any, town: SimpleNamespace) -> None:
    client = sign_in(UserFactory(province_official=True))
    gate(client.get(LISTS))
    address = upload(client).location
    assert upload(client).location == address
    document = gate(client.get(f"{address}?result=absent"))
    assert len(document.xpath("//tbody/tr")) == 2
    assert "tên giống 100 %, cùng số điện thoại" in gate(client.get(address)).text_content()
    row = f"{address}/rows/6"
    done = send(client, row, address, **decision(6, "drafted", note="Gọi trước"))
    assert done.status_code == 303
    house = db.session.scalars(select(Establishment).where(Establishment.code != "SEA")).one()
    assert (house.status, house.source, house.name) == (
        "applied",
        "outside_list",
        "Nhà nghỉ Cát Vàng",
    )
    drawn = db.session.scalars(
        select(Classification).where(Classification.establishment_id == house.id)
    ).one()
    assert (drawn.kind, drawn.unit.code) == ("guest_house", "26506")
    # Pressed twice it is one application.
    assert send(client, row, address, **decision(6, "drafted")).status_code == 409
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 2
    assert client.get(f"/admin/establishments/{house.code}").status_code == 200


def test_each_decision_and_what_can_not_be(sign_in: Any, town: SimpleNamespace) -> None:
    client = sign_in(UserFactory(province_official=True))
    address = upload(client).location
    assert send(client, f"{address}/rows/3", address, **decision(3, "same")).status_code == 303
    visit = decision(5, "to_visit", note="Sáng thứ hai")
    assert send(client, f"{address}/rows/5", address, **visit).status_code == 303
    document = gate(client.get(f"{address}?decision=to_visit"))
    assert "Sáng thứ hai" in document.text_content()
    refused = send(client, f"{address}/rows/5", address, **decision(5, "same"))
    assert refused.status_code == 422
    assert "chưa khớp" in refused.get_data(as_text=True)
    assert send(client, f"{address}/rows/5", address, **decision(5, "bent")).status_code == 422
    long = decision(5, "to_visit", note="x" * 501)
    assert send(client, f"{address}/rows/5", address, **long).status_code == 422
    assert send(client, f"{address}/rows/99", address, **decision(99, "none")).status_code == 404
    assert send(client, f"{address}/rows/5", address, **decision(5, "")).status_code == 303
    assert db.session.scalars(select(OutsideRow.decision).where(OutsideRow.line == 5)).one() is None


def test_compared_again_a_house_that_came_since_is_found(
    sign_in: Any, town: SimpleNamespace
) -> None:
    client = sign_in(UserFactory(province_official=True))
    address = upload(client).location
    EstablishmentFactory(
        name="Nhà nghỉ Cát Vàng", address="15 Hoàng Hoa Thám", lat=10.34, lon=107.08
    )
    assert send(client, f"{address}/again", address).status_code == 303
    result = db.session.scalars(select(OutsideRow.result).where(OutsideRow.line == 6)).one()
    assert result == "found"


def test_the_files_run_nothing(sign_in: Any, town: SimpleNamespace) -> None:
    client = sign_in(UserFactory(province_official=True))
    address = upload(client).location
    text = client.get(f"{address}?format=csv").get_data(as_text=True)
    assert "\"'=HYPERLINK(" in text
    assert "SEA" in text
    assert client.get(f"{address}?format=xlsx").data.startswith(b"PK")


def test_bad_uploads_are_told_at_the_field(sign_in: Any, town: SimpleNamespace) -> None:
    client = sign_in(UserFactory(province_official=True))
    for content in (b"", b"\x00\x01", b"a,b\n1,2", b"PK\x03\x04bent"):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert gate(answer).xpath("//*[@class='error-summary']")
    assert db.session.scalar(select(OutsideList.id)) is None


def test_a_ward_official_sees_their_own_lists_alone(sign_in: Any, town: SimpleNamespace) -> None:
    province = UserFactory(province_official=True)
    address = upload(sign_in(province)).location
    ward = sign_in(UserFactory(ward_official_of="26506"))
    assert ward.get(address).status_code == 404
    assert ward.get(LISTS).status_code == 200
    own = upload(ward).location
    assert own != address
    client = sign_in(province)
    assert client.get(own).status_code == 200
    assert send(client, f"{own}/delete", own).status_code == 303
    assert client.get(own).status_code == 404
    house = sign_in(UserFactory(manager_of=town.known))
    assert house.get(LISTS).status_code == 403
