"""100,000 guests from a spreadsheet, against its bare parts: reading, encrypting, COPY.

The bare parts are done by the same process on the same rows: the spreadsheet is read to lists of
texts, each identity field of each guest is sealed and each document number gets its blind index,
and ready rows of nights, stays and guests are copied into the same tables with their indexes. The
import does all that, outside the web process and within limits, and besides reads and checks every
field, groups guests into stays, looks for doubles, and keeps a result for every row.
"""

from __future__ import annotations

import io
import os
import random
import time
from datetime import date, timedelta
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, text

from app import dates
from app.availability.models import TakenNight
from app.db import db, new_id
from app.identity import keyring
from app.registry.models import (
    Classification,
    Establishment,
    Room,
    RoomAssignment,
    RoomType,
    Unit,
)
from app.registry.operations import ALWAYS
from app.stays.imports import jobs as imports
from app.stays.imports.models import GuestImport
from app.stays.imports.storing import GUEST_COLUMNS, SEALED, STAY_COLUMNS, copy_rows
from app.stays.models import Guest, Stay
from app.web.security import Principal
from tests.bench.measure import Row, installation, row

NAME = "guest import"
GUESTS = int(os.environ.get("BENCH_GUESTS", "100000"))
ROOMS = 200
HEADINGS = (
    "STT",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Quốc tịch",
    "Loại giấy tờ",
    "Số giấy tờ",
    "Điện thoại",
    "Địa chỉ",
    "Ngày đến",
    "Ngày đi",
    "Số phòng",
)
FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLE = ("Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quốc", "Gia", "Bảo", "Kim", "Hoài")
GIVEN = (
    "An",
    "Bình",
    "Cường",
    "Dung",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hùng",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Phúc",
    "Quân",
    "Trang",
    "Tú",
)


def run() -> list[Row]:
    """Measure the import and its bare parts in one installation."""
    with installation():
        house = _house()
        content = _workbook()
        bare = _bare(house, content)
        _empty()
        whole = _import(house, content)
        again = _import(house, content)
    total = sum(bare.values())
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in bare.items())
    return [
        row(
            f"{GUESTS:,} guests imported from XLSX / sum of the bare parts",
            whole / total,
            most=3,
            note=f"{whole:.1f} s; bare: {parts}",
        ),
        row("guests a second, checked and stored", GUESTS / whole),
        row("the same file again, which changes nothing / first time", again / whole),
    ]


def _house() -> int:
    """A house of many rooms; returns its id."""
    house = Establishment(
        code="BENCH1",
        name="Khách sạn Thử",
        folded="khach san thu",
        status="approved",
    )
    db.session.add(house)
    db.session.flush()
    unit_id = db.session.scalar(select(func.min(Unit.id)))
    db.session.add(
        Classification(establishment_id=house.id, kind="hotel", unit_id=unit_id, valid=ALWAYS)
    )
    kind = RoomType(establishment_id=house.id, name="Đôi", capacity=2, bed_places=2)
    rooms = [Room(establishment_id=house.id, number=str(101 + n)) for n in range(ROOMS)]
    db.session.add_all([kind, *rooms])
    db.session.flush()
    db.session.add_all(
        RoomAssignment(
            establishment_id=house.id, room_id=room.id, room_type_id=kind.id, valid=ALWAYS
        )
        for room in rooms
    )
    db.session.commit()
    return house.id


def _workbook() -> bytes:
    """Two guests a room and two nights, room after room, back from yesterday."""
    dice = random.Random(7)
    last = dates.local(dates.now()).date() - timedelta(days=1)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading)
        for number in range(GUESTS):
            for column, cell in enumerate(_guest(number, last, dice)):
                sheet.write_string(number + 1, column, cell)
    return file.getvalue()


def _guest(number: int, last: date, dice: random.Random) -> list[str]:
    party = number // 2
    leaves = last - timedelta(days=2 * (party // ROOMS))
    born = date(1940, 1, 1) + timedelta(days=dice.randrange(21_000))
    is_female = number % 2
    name = f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}"
    return [
        str(number + 1),
        name,
        f"{born:%d/%m/%Y}",
        "Nữ" if is_female else "Nam",
        "VNM - Viet Nam",
        "1 - Thẻ CCCD",
        f"077{is_female}{born:%y}{number:06d}",
        f"09{dice.randrange(10**8):08d}",
        f"{dice.randrange(1, 300)} Lê Lợi, Hà Nội",
        f"{leaves - timedelta(days=2):%d/%m/%Y}",
        f"{leaves:%d/%m/%Y}",
        str(101 + party % ROOMS),
    ]


# --- The bare parts ----------------------------------------------------------------------------


def _bare(house: int, content: bytes) -> dict[str, float]:
    # No transaction idles while the processor is busy: it would be ended.
    db.session.commit()
    begun = time.perf_counter()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    rows = [[str(cell) for cell in cells] for cells in sheet.iter_rows()][1:]
    read = time.perf_counter()
    sealed = [_sealed(house, cells) for cells in rows]
    encrypted = time.perf_counter()
    tables = _tables(house, rows, sealed)
    ready = time.perf_counter()
    for table, columns, lines in tables:
        copy_rows(table, columns, lines)
    db.session.commit()
    copied = time.perf_counter()
    return {"reading": read - begun, "encrypting": encrypted - read, "COPY": copied - ready}


def _sealed(house: int, cells: list[str]) -> tuple[Any, ...]:
    keys, guest_id = keyring(), new_id()
    values = (cells[1], cells[2], cells[6], None, cells[7], cells[8])
    fields = [
        keys.seal(value, row=guest_id, field=f"guest.{name}") if value else None
        for name, value in zip(SEALED, values, strict=True)
    ]
    return guest_id, keys.blind_index(cells[6], establishment_id=house), *fields


def _tables(
    house: int, rows: list[list[str]], sealed: list[tuple[Any, ...]]
) -> list[tuple[str, str, list[tuple[Any, ...]]]]:
    """Return ready rows of nights, stays and guests as the import writes them."""
    room_ids = {room.number: room.id for room in db.session.scalars(select(Room))}
    kind = db.session.scalar(select(RoomType.id))
    db.session.commit()
    nights, stays, guests = [], [], []
    stay_id = new_id()
    for number, (cells, identity) in enumerate(zip(rows, sealed, strict=True)):
        day, month, year = map(int, cells[9].split("/"))
        first = date(year, month, day)
        since, until = dates.at(first, 14), dates.at(first + timedelta(days=2), 12)
        if number % 2 == 0:
            stay_id, room_id = new_id(), room_ids[cells[11]]
            last = first + timedelta(days=2)
            rest = ("walk_in", "tourism", None, "user:1")
            times = (since, until, until, first, last)
            stays.append((stay_id, house, kind, room_id, "live", "departed", *times, *rest))
            for night in (first, first + timedelta(days=1)):
                nights.append((room_id, night, house, kind, "stay", stay_id))
        guest_id, index, *fields = identity
        plain = ("day", "M", "16-59", "VNM", "citizen_id", None, None, None, None)
        filing = (None, None, until, "ready")
        guests.append((guest_id, stay_id, house, number % 2, index, *filing, *fields, *plain))
    columns = "room_id, night, establishment_id, room_type_id, reason, stay_id"
    return [
        ("taken_night", columns, nights),
        ("stay", STAY_COLUMNS, stays),
        ("guest", GUEST_COLUMNS, guests),
    ]


def _empty() -> None:
    for table in (Guest, Stay, TakenNight):
        db.session.execute(text(f"TRUNCATE {table.__tablename__} CASCADE"))
    db.session.commit()


# --- The whole ---------------------------------------------------------------------------------


def _import(house: int, content: bytes) -> float:
    by = Principal("user", 1, houses={house: "manager"})
    establishment = db.session.get_one(Establishment, house)
    begun = time.perf_counter()
    made = imports.start(establishment, content, dry_run=False, by=by)
    db.session.commit()
    imports.tick()
    took = time.perf_counter() - begun
    done = db.session.get_one(GuestImport, made.id)
    if done.state != "done" or imports.summary(done)["faulty"]:
        raise RuntimeError(f"{done.state} {done.failure} {done.counts}")
    db.session.expire_all()
    return took


if __name__ == "__main__":
    for measured in run():
        print(measured.measure, measured.value, measured.aim, measured.note)
