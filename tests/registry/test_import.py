"""``flask import establishments``: real dirt, clear reasons, and nothing twice."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.db import db
from app.registry import commands
from app.registry.importing import operations as importing
from app.registry.importing import tables
from app.registry.importing.rows import same_place
from app.registry.models import (
    Classification,
    Establishment,
    ImportRow,
    Room,
    RoomAssignment,
    RoomType,
    Unit,
)
from app.registry.operations import update_profile
from app.registry.rooms import add_rooms
from app.web.security import Principal
from tests.factories import EstablishmentFactory

HEAD = "code,name,kind,stars,address,unit,lat,lon,phone,rooms,capacity,price,amenities,opened_on"
ROW = (
    "A1,Sóng Xanh,hotel,3,5 Hạ Long,26506,10.33,107.08,0254 311 1222,3,2,900000,pool|wifi,"
    "2019-05-31"
)
BY = Principal(kind="test")


@pytest.fixture
def run(app: Flask, db_session: Any, tmp_path: Path) -> Any:
    """Import a text as a CSV file (or the file itself) and return the outcome of the command."""

    def import_(content: str | Path, *options: str) -> Result:
        file = content if isinstance(content, Path) else tmp_path / "list.csv"
        if isinstance(content, str):
            file.write_text(content, encoding="utf-8")
        runner = app.test_cli_runner()
        return runner.invoke(commands.imports, ["establishments", str(file), *options])

    return import_


def house(code: str) -> Establishment:
    return db.session.scalars(select(Establishment).where(Establishment.code == code)).one()


def total(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def csv_of(**columns: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", *columns])
    writer.writerow(["Sóng Xanh", *columns.values()])
    return out.getvalue()


# --- What goes in --------------------------------------------------------------------------


def test_a_full_row_becomes_a_house_in_force(run: Any) -> None:
    result = run(f"{HEAD}\n{ROW}\n")
    assert result.exit_code == 0, result.output
    assert "1 rows: 1 new, 0 changed, 0 unchanged, 0 failed." in result.output
    made = house("A1")
    assert (made.status, made.source, made.name, made.folded) == (
        "approved",
        "import",
        "Sóng Xanh",
        "song xanh",
    )
    assert made.amenities == ["pool", "wifi"]
    class_ = db.session.scalars(select(Classification)).one()
    assert (class_.kind, class_.stars, class_.unit.code) == ("hotel", 3, "26506")
    type_ = made.room_types[0]
    assert (type_.capacity, type_.list_price, type_.confirmed_at, type_.all_known) == (
        2,
        900_000,
        None,
        False,
    )
    numbers = db.session.scalars(select(Room.number).order_by(Room.number)).all()
    assert numbers == ["101", "102", "103"]
    assert {str(row.valid.lower) for row in db.session.scalars(select(RoomAssignment))} == {
        "2019-05-31"
    }


def test_a_name_is_enough(run: Any) -> None:
    assert run("name\nSóng Xanh\n").exit_code == 0
    made = db.session.scalars(select(Establishment)).one()
    assert made.code.startswith("VT")
    assert (made.phone, made.lat, made.amenities) == (None, None, [])
    assert total(RoomType) == 0


def test_rooms_without_an_opening_date_exist_always(run: Any) -> None:
    run(csv_of(rooms="2"))
    assert {row.valid.lower for row in db.session.scalars(select(RoomAssignment))} == {None}


def test_the_same_file_again_changes_nothing(run: Any) -> None:
    text = f"{HEAD}\n{ROW}\n{ROW.replace('A1', 'A2')}\n"
    run(text)
    before = db.session.scalars(select(Establishment.search_version)).all()
    result = run(text)
    assert "0 new, 0 changed, 2 unchanged, 0 failed" in result.output
    assert db.session.scalars(select(Establishment.search_version)).all() == before
    assert total(Establishment) == 2
    assert total(Room) == 6


def test_the_order_and_the_spelling_of_rows_make_no_new_house(run: Any) -> None:
    run("name,address\nSóng Xanh,5 Hạ Long\nBiển Vàng,7 Trần Phú\n")
    result = run("name,address\nBIỂN VÀNG,7 Trần Phú\n  Sóng  Xanh ,5 Hạ Long\n")
    assert "0 new, 1 changed, 1 unchanged" in result.output
    assert total(Establishment) == 2


@pytest.mark.parametrize("first", ["with", "without"])
def test_a_list_with_and_without_its_codes_means_the_same_houses(run: Any, first: str) -> None:
    texts = {"with": "id,name\n7,Sóng Xanh\n", "without": "id,name\n7,Sóng Xanh\n"}
    options = {"with": ["--map", "code=id"], "without": []}
    second = "without" if first == "with" else "with"
    run(texts[first], *options[first])
    assert " 0 failed" in run(texts[second], *options[second]).output
    assert total(Establishment) == 1


def test_the_reference_data_is_loaded_by_a_command(app: Flask, db_session: Any) -> None:
    result = app.test_cli_runner().invoke(commands.registry_commands, ["load-reference"])
    assert result.exit_code == 0, result.output
    assert total(Unit) == 107


# --- What fails ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("kind", "lâu đài", "“lâu đài” is no kind"),
        ("stars", "6", "none of 1–5"),
        ("stars", "nhiều", "none of 1–5"),
        ("opened_on", "31/02/2020", "no date"),
        ("unit", "Phước Hưng", "26560 Phường Bà Rịa, 26662 Xã Long Hải"),
        ("unit", "Phường 6", "no ward"),
        ("unit", "99999", "no ward"),
        ("unit", "Vũng Tàu", "may mean"),
        ("phone", "gọi sau", "no telephone"),
        ("email", "a@b", "no e-mail"),
        ("website", "javascript:alert(1)", "no address of a website"),
        ("rooms", "0", "whole number from 1"),
        ("rooms", "-3", "whole number"),
        ("rooms", "12.5", "whole number"),
        ("rooms", "99999", "whole number from 1"),
        ("capacity", "hai", "whole number"),
        ("price", "rẻ", "no price"),
        ("price", "-1", "no price"),
        ("price", "9999999999", "more than any room"),
        ("amenities", "pool|sauna khô", "no amenity"),
        ("code", "../etc", "a code is"),
        ("licence_no", "x" * 61, "longer than 60"),
        ("address", "x" * 401, "longer than 400"),
        ("lat", "10.3", "is missing beside lat"),
    ],
)
def test_a_bad_value_fails_its_row_with_its_column(
    run: Any, column: str, value: str, said: str
) -> None:
    result = run(csv_of(**{column: value}) + "Biển Vàng,\n")
    assert result.exit_code == 0
    assert said in result.output
    assert f"line 2, {'lon' if column == 'lat' else column}: " in result.output
    assert [row.name for row in db.session.scalars(select(Establishment))] == ["Biển Vàng"]


def test_swapped_coordinates_are_named(run: Any) -> None:
    assert "swapped" in run(csv_of(lat="107.08", lon="10.33")).output


def test_every_fault_of_a_row_is_named(run: Any) -> None:
    result = run("name,kind,stars\n,lâu đài,9\n")
    assert result.output.count("failed: line 2") == 3
    assert "1 rows: 0 new, 0 changed, 0 unchanged, 1 failed." in result.output


def test_a_house_twice_in_a_file_goes_in_once(run: Any) -> None:
    result = run("name,address\nA,1 B\na,1 b\n")
    assert "line 3, name: the same house as in line 2" in result.output
    assert total(Establishment) == 1


def test_the_code_of_a_house_from_elsewhere_is_refused(run: Any) -> None:
    own = EstablishmentFactory(code="A1", name="Của người khác")
    result = run(f"{HEAD}\n{ROW}\n")
    assert "A1 is the code of another house" in result.output
    db.session.refresh(own)
    assert own.name == "Của người khác"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF"),
        ("name\nTh\xf4n".encode("latin-1"), "not UTF-8 in line 2"),
        (b"PK\x03\x04 no spreadsheet", "not a spreadsheet"),
        (b"ten_la,x\n1,2\n", "no column is the name"),
        (b"name,name\na,b\n", "two columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    run: Any, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    result = run(file)
    assert result.exit_code == 1
    assert said in result.output
    assert total(Establishment) == 0


def test_too_many_rows_and_bytes(run: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(tables, "ROWS_MOST", 2)
    assert "more than 2 rows" in run("name\na\nb\nc\n").output
    monkeypatch.setattr(tables, "BYTES_MOST", 5)
    assert run("name\nSóng Xanh\n").exit_code == 1
    assert total(Establishment) == 0


def test_a_zip_bomb_is_not_unpacked(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    assert "unpacks to far more" in run(file).output


# --- Forms of files ------------------------------------------------------------------------


def test_a_spreadsheet_with_its_own_kinds_of_cells(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(
            0, 0, ["Tên cơ sở", "Hạng sao", "Phường/Xã", "Số phòng", "Vĩ độ", "Kinh độ"]
        )
        sheet.write_row(1, 0, ["Sóng Xanh", 3.0, 26506.0, 2.0, 10.33, 107.08])
    result = run(file)
    assert "1 new" in result.output, result.output
    row = db.session.scalars(select(Classification)).one()
    assert (row.stars, row.unit.code, total(Room)) == (3, "26506", 2)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_a_byte_order_mark(run: Any, delimiter: str) -> None:
    lines = [["name", "stars", "price"], ["Sóng, Xanh", "4 sao", "1.200.000 đ"]]
    text = "\n".join(delimiter.join(line) for line in lines)
    assert "1 new" in run("\ufeff" + text).output
    assert house_names() == ["Sóng, Xanh"]


def house_names() -> list[str]:
    return list(db.session.scalars(select(Establishment.name)))


def test_columns_are_mapped_and_others_kept_for_later(run: Any) -> None:
    result = run("ten_goi,ghi chú\nSóng Xanh,gần chợ\n", "--map", "name=ten_goi")
    assert "not columns of the register: ghi chú" in result.output
    assert db.session.scalars(select(ImportRow)).one().raw["ghi chú"] == "gần chợ"


@pytest.mark.parametrize("mapping", ["ten=name", "name=khong_co", "name", "=x"])
def test_a_mapping_of_nothing_is_refused(run: Any, mapping: str) -> None:
    result = run("name\na\n", "--map", mapping)
    assert result.exit_code != 0
    assert total(Establishment) == 0


# --- The ward from free text ---------------------------------------------------------------


def test_the_ward_is_found_in_the_address_or_beside_it(run: Any) -> None:
    run(
        "name,address,area,locality\n"
        "A,12 Thùy Vân phuong thang tam,,Vũng Tàu\n"
        "B,1 Lê Lợi,Phường 8,Vũng Tàu\n"
        "C,,,Côn Đảo\n"
        "D,5 Ba Cu,,Vũng Tàu\n"
    )
    found = db.session.execute(
        select(Establishment.name, Classification).join(Classification).order_by(Establishment.name)
    ).all()
    assert [(name, row.unit and row.unit.code) for name, row in found] == [
        ("A", "26506"),
        ("B", "26526"),
        ("C", "26732"),
        ("D", None),
    ]


def test_the_ward_of_a_neighbour_at_the_same_number(run: Any) -> None:
    result = run(
        'name,address\nA,28 Đường Thi Sách\nB,"28 Thi Sach Street, Thang Tam Ward"\nC,30 Thi Sách\n'
    )
    assert "line 2, unit: Phường Vũng Tàu, as other houses" in result.output
    assert "ward known for 2" in result.output


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("28 Đường Thi Sách", "28 thi sach"),
        ("No. 28, Thi Sach Street, Thang Tam Ward", "28 thi sach"),
        ("28 Thi Sách phường Thắng Tam, TP Vũng Tàu", "28 thi sach"),
        ("Chung cư Melody, 149 Võ Thị Sáu, phường 2", "149 vo thi sau"),
        ("154/4 Bình Giã", "154/4 binh gia"),
        ("Ấp Hồ Tràm", None),
        ("", None),
        (None, None),
    ],
)
def test_number_and_street(address: str | None, place: str | None) -> None:
    assert same_place(address) == place


# --- A list that changed -------------------------------------------------------------------


def test_what_the_list_changed_is_taken_over(run: Any) -> None:
    run(f"{HEAD}\n{ROW}\n")
    result = run(
        f"{HEAD}\n{ROW.replace('0254 311 1222', '0254 399 9999').replace('hotel,3', 'hotel,4')}\n"
    )
    assert "1 changed" in result.output
    made = house("A1")
    assert made.phone == "0254 399 9999"
    stars = db.session.scalars(
        select(Classification.stars).order_by(func.lower(Classification.valid).nulls_first())
    )
    # The house had three stars until today.
    assert list(stars) == [3, 4]


def test_what_was_edited_here_is_kept(run: Any) -> None:
    run(f"{HEAD}\n{ROW}\n")
    update_profile(house("A1"), by=BY, phone="0254 000 0000")
    run(f"{HEAD}\n{ROW.replace('0254 311 1222', '0254 399 9999')}\n")
    assert house("A1").phone == "0254 000 0000"


def test_a_list_that_says_less_takes_nothing_away(run: Any) -> None:
    run(f"{HEAD}\n{ROW}\n")
    run("code,name\nA1,Sóng Xanh\n")
    made = house("A1")
    assert (made.phone, total(Room)) == ("0254 311 1222", 3)


def test_rooms_come_later_but_never_twice(run: Any) -> None:
    run("code,name\nA1,Sóng Xanh\n")
    run("code,name,rooms\nA1,Sóng Xanh,4\n")
    assert total(Room) == 4
    add_rooms(house("A1").room_types[0], ["500"], since=None, by=BY)
    run("code,name,rooms\nA1,Sóng Xanh,9\n")
    assert total(Room) == 5


def test_a_ward_that_becomes_known_counts_for_all_time(run: Any) -> None:
    run("code,name\nA1,Sóng Xanh\n")
    run("code,name,unit\nA1,Sóng Xanh,Phường 2\n")
    row = db.session.scalars(select(Classification)).one()
    assert (row.unit.code, row.valid.lower) == ("26506", None)


def test_chunks_store_as_one(run: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    lines = "".join(f"C{n},Nhà {n},3\n" for n in range(5))
    assert "5 rows: 5 new" in run(f"code,name,rooms\n{lines}").output
    assert (total(Establishment), total(Room)) == (5, 15)


# --- A place instead of a ward -------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "code"),
    [("Biển An Hải", "26732"), ("Bãi biển Hồ Tràm", "26620"), ("bien lo voi", "26732")],
)
def test_a_known_place_stands_for_its_ward(run: Any, place: str, code: str) -> None:
    result = run(f"name,unit\nSóng Xanh,{place}\n")
    assert f"“{place}” is a place: taken for" in result.output
    assert "1 new" in result.output
    assert db.session.scalars(select(Classification)).one().unit.code == code


@pytest.mark.parametrize("text", ["Biển Không Tên", "Đường Thùy Vân", "Thùy"])
def test_a_street_or_an_unknown_place_does_not(run: Any, text: str) -> None:
    result = run(f"name,unit\nSóng Xanh,{text}\n")
    assert "nor a known place" in result.output
    assert "1 failed" in result.output


def test_the_help_says_what_a_unit_is(app: Any) -> None:
    runner = app.test_cli_runner()
    said = runner.invoke(commands.imports, ["establishments", "--help"]).output
    assert all(word in " ".join(said.split()) for word in ('"unit"', "Phường 2", "Hồ Tràm"))
