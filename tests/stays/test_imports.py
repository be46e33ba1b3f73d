"""Lists of guests that come as a file: what goes in, what is told, and that nothing doubles."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app.availability.models import TakenNight
from app.db import db
from app.stays.imports import jobs as imports
from app.stays.imports.models import GuestImport, GuestImportRow
from app.stays.models import Guest, Stay

HEAD = "Họ tên,Ngày sinh,Giới tính,Quốc tịch,Số giấy tờ,Ngày đến,Ngày đi,Phòng"
GOOD = [
    "Nguyễn Văn An,31/01/1990,Nam,Việt Nam,077090000001,20/12/2026,22/12/2026,101",
    "Trần Thị Bình,1/2/1992,nữ,VN,077192000002,20/12/2026,22/12/2026,101",
    "Lê Văn Cường,5/6/85,nam,VNM,077085000003,21/12/2026,23/12/2026,102",
]
FAULTY = "Phạm Dũng,31/02/1990,Nam,Việt Nam,077090000004,20/12/2026,21/12/2026,103"


def sheet(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode("utf-8-sig")


def xlsx(*rows: list[Any]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return file.getvalue()


@pytest.fixture
def load(house: Any, by: Any) -> Any:
    """Import a file to its end."""

    def load(content: bytes, *, dry_run: bool = False) -> GuestImport:
        made = imports.start(house, content, dry_run=dry_run, by=by)
        db.session.commit()
        imports.work(made.id)
        return db.session.get_one(GuestImport, made.id)

    return load


def rows(done: GuestImport) -> dict[int, GuestImportRow]:
    return {row.line: row for row in imports.rows_of(done.id)}


def codes(row: GuestImportRow) -> set[tuple[str, str]]:
    return {(f["field"], f["code"]) for f in row.findings if f["severity"] == "error"}


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_right_rows_go_in_and_wrong_ones_are_named(load, house) -> None:
    done = load(sheet(*GOOD, FAULTY))
    assert (done.state, done.rows_total, done.rows_done) == ("done", 4, 4)
    assert imports.summary(done) == {
        "stored": 3,
        "would_store": 0,
        "duplicate": 0,
        "faulty": 1,
        "warning": 0,
    }
    assert codes(rows(done)[5]) == {("date_of_birth", "not_a_date")}
    one, two = db.session.scalars(select(Stay).order_by(Stay.first_night)).all()
    assert [guest.full_name for guest in one.guests] == ["Nguyễn Văn An", "Trần Thị Bình"]
    assert (one.first_night, one.last_night_end) == (date(2026, 12, 20), date(2026, 12, 22))
    assert (one.status, one.origin, one.created_by[:5]) == ("departed", "live", "user:")
    assert two.guests[0].date_of_birth == "1985-06-05"
    assert count(TakenNight) == 4


def test_the_content_is_given_up_and_faulty_rows_are_sealed(load) -> None:
    done = load(sheet(*GOOD, FAULTY))
    assert done.content_sealed is None
    kept = {line: row.content_sealed is not None for line, row in rows(done).items()}
    assert kept == {2: False, 3: False, 4: False, 5: True}
    assert rows(done)[5].texts["full_name"] == "Phạm Dũng"
    assert b"077090000004" not in rows(done)[5].content_sealed


def test_the_same_file_again_changes_nothing(load) -> None:
    load(sheet(*GOOD))
    before = (count(Stay), count(Guest), count(TakenNight))
    again = load(sheet(*GOOD))
    assert imports.summary(again)["duplicate"] == 3
    assert (count(Stay), count(Guest), count(TakenNight)) == before


def test_a_dry_run_stores_nothing_and_can_be_stored_afterwards(load) -> None:
    done = load(sheet(*GOOD, FAULTY), dry_run=True)
    assert imports.summary(done)["would_store"] == 3
    assert (count(Stay), count(Guest), count(TakenNight)) == (0, 0, 0)
    assert imports.store_for_good(done)
    db.session.commit()
    assert imports.work(done.id)
    db.session.refresh(done)
    assert (imports.summary(done)["stored"], done.content_sealed) == (3, None)
    assert count(Guest) == 3


def test_a_mended_row_goes_in_and_joins_its_room(load, by) -> None:
    wrong = GOOD[1].replace("1/2/1992", "31/2/1992")
    done = load(sheet(GOOD[0], wrong))
    row = rows(done)[3]
    imports.mend(done, row, row.texts | {"date_of_birth": "1/2/1992"}, by=by)
    db.session.commit()
    assert (row.state, row.content_sealed) == ("stored", None)
    [stay] = db.session.scalars(select(Stay)).all()
    assert [guest.full_name for guest in stay.guests] == ["Nguyễn Văn An", "Trần Thị Bình"]
    assert imports.summary(done)["faulty"] == 0


def test_a_room_that_is_taken_is_told_with_its_nights(load) -> None:
    load(sheet(GOOD[0]))
    other = GOOD[2].replace("102", "101")
    done = load(sheet(other))
    [row] = rows(done).values()
    assert codes(row) == {("room", "room_taken")}
    assert row.findings[-1]["values"] == {"nights": "2026-12-21"}
    assert count(TakenNight) == 2


def test_a_killed_worker_goes_on_where_it_was(load, house, by, monkeypatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 1)
    made = imports.start(house, sheet(*GOOD, FAULTY), dry_run=False, by=by)
    db.session.commit()
    stored = imports._copy_results
    calls = []

    def killed(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        stored(*arguments)

    monkeypatch.setattr(imports, "_copy_results", killed)
    with pytest.raises(SystemExit):
        imports.work(made.id)
    db.session.rollback()
    monkeypatch.setattr(imports, "_copy_results", stored)
    done = db.session.get_one(GuestImport, made.id)
    assert (done.state, done.rows_done) == ("working", 3)
    assert imports.work(done.id)
    db.session.refresh(done)
    assert (done.state, done.rows_done, count(Guest)) == ("done", 4, 3)


def test_arrivals_ahead_are_refused_and_rooms_that_are_none(load) -> None:
    ahead = GOOD[0].replace("20/12/2026,22/12/2026", "26/12/2026,28/12/2026")
    done = load(sheet(ahead, GOOD[2].replace(",102", ",999")))
    assert codes(rows(done)[2]) == {("arrived_at", "in_future")}
    assert codes(rows(done)[3]) == {("room", "room_unknown")}


def test_without_a_room_any_of_the_type_is_taken_and_none_left_is_told(load) -> None:
    lines = [
        f"Khách Số {word},31/01/1990,Nam,VN,07709000001{number},20/12/2026,22/12/2026,"
        for number, word in enumerate(("Một", "Hai", "Ba", "Bốn"))
    ]
    done = load(sheet(*lines))
    assert [row.state for row in rows(done).values()] == ["stored"] * 3 + ["warning"]
    assert rows(done)[5].findings[-1]["code"] == "overbooked"
    assert count(TakenNight) == 6


def test_a_spreadsheet_with_eaten_zeros_and_serial_dates(load) -> None:
    done = load(
        xlsx(
            HEAD.split(","),
            ["NGUYEENX VAWN AN", 32904, "Nam", "VNM", 77090000001, 46376, 46378, 101.0],
        )
    )
    assert imports.summary(done)["stored"] == 1
    guest = db.session.scalars(select(Guest)).one()
    assert (guest.document_number, guest.full_name) == ("077090000001", "NGUYỄN VĂN AN")
    assert guest.date_of_birth == "1990-01-31"


def test_what_is_no_list_fails_with_a_code(load) -> None:
    assert load(b"PK\x03\x04 broken").failure == "not_a_sheet"
    assert load(b"a,b\n1,2\n").failure == "no_guests"


def test_no_transaction_idles_while_the_file_is_read(load, monkeypatch) -> None:
    open_ones = []
    read_rows = imports.read_rows

    def watched(content: bytes, limits: Any) -> Any:
        open_ones.append(db.session.registry().in_transaction())
        return read_rows(content, limits)

    monkeypatch.setattr(imports, "read_rows", watched)
    assert load(sheet(*GOOD)).state == "done"
    assert open_ones == [False]
