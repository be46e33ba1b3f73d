"""The files have exactly the form the portal takes, and hold whom they must."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.db import db
from app.declarations import catalogues
from app.declarations.models import Filing
from tests.declarations.conftest import foreigner
from tests.stays.conftest import guest


def file(api: Any, format: str, **body: Any) -> Any:
    answer = api.post("/declarations/files", {"format": format, **body})
    assert answer.status_code == 200, answer.json
    return answer


def sheet(answer: Any, name: str | int = 0) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    found = book.get_sheet_by_name(name) if isinstance(name, str) else book.get_sheet_by_index(name)
    return found.to_python(skip_empty_area=False)


def test_the_domestic_sheet_leaves_row_4_to_the_example(api: Any, arrive: Any) -> None:
    arrive(guests=[guest(full_name="Trần Văn Một"), foreigner()], reason="business")
    answer = file(api, "domestic_xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["DS_KHACH_VIET_NAM_LUU_TRU", "TINH_THANH", "PHUONG_XA", "DANH_MUC"]
    rows = sheet(answer)
    assert rows[1][:3] == ["STT", "HỌ TÊN (*)", "NGÀY SINH (*)"]
    assert len(rows[1]) == 19
    assert rows[3][0] == "[EXAMPLE]"
    assert len(rows) == 5, "the foreign guest is not in this sheet"
    row = rows[4]
    assert row[1:7] == [
        "Trần Văn Một", "31/01/1990", "F - Nữ", "VNM - Viet Nam", "1 - Thẻ CCCD", "",
    ]  # fmt: skip
    assert row[8:13] == [
        "0909123456",
        "1 - Thường trú",
        "701 - TP. Hồ Chí Minh",
        "701926506 - Phường Vũng Tàu",
        "1 Thùy Vân",
    ]
    assert row[13:17] == ["24/12/2026", "26/12/2026", "101", "2 - Công tác"]


def test_every_cell_is_text_and_zeros_stay(api: Any, arrive: Any) -> None:
    arrive(guests=[guest(document={"type": "citizen_id", "number": "001090000001"})])
    row = sheet(file(api, "domestic_xlsx"))[4]
    assert row[7] == "001090000001"
    assert all(isinstance(cell, str) for cell in row)


def test_nothing_in_a_cell_runs(api: Any, arrive: Any) -> None:
    arrive(note="=1+1", guests=[guest()])
    row = sheet(file(api, "domestic_xlsx"))[4]
    assert row[18] == "=1+1"


def test_the_foreign_xml(api: Any, arrive: Any) -> None:
    arrive(guests=[foreigner(nationality="DEU"), guest()])
    answer = file(api, "foreign_xml")
    assert answer.data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<KHAI_BAO_TAM_TRU>')
    root = etree.fromstring(answer.data)
    (found,) = root.findall("THONG_TIN_KHACH")
    assert {element.tag: element.text for element in found} == {
        "so_thu_tu": "1",
        "ho_ten": "ERIKSSON ANNA",
        "ngay_sinh": "12/08/1974",
        "ngay_sinh_dung_den": "D",
        "gioi_tinh": "F",
        "ma_quoc_tich": "D",
        "so_ho_chieu": "L8988901",
        "so_phong": "101",
        "ngay_den": "24/12/2026",
        "ngay_di_du_kien": "26/12/2026",
        "thoi_han_tam_tru": "20/01/2027",
    }


def test_the_xml_escapes(api: Any, arrive: Any, house: Any) -> None:
    house.room_types[0].assignments[0].room.number = "A<1>&"
    db.session.flush()
    arrive(room="A<1>&", guests=[foreigner()])
    root = etree.fromstring(file(api, "foreign_xml").data)
    assert root.findtext(".//so_phong") == "A<1>&"


def test_a_guest_who_left_has_the_day_of_leaving(api: Any, arrive: Any, clock: Any) -> None:
    (gone,) = arrive(guests=[foreigner()])
    api.post(f"/stays/{gone.stay_id}/check-out")
    root = etree.fromstring(file(api, "foreign_xml").data)
    assert root.findtext(".//ngay_tra_phong") == "24/12/2026"


def test_only_the_year_of_birth(api: Any, arrive: Any) -> None:
    arrive(guests=[foreigner(date_of_birth="1974-01-01", birth_date_precision="year")])
    root = etree.fromstring(file(api, "foreign_xml").data)
    assert root.findtext(".//ngay_sinh_dung_den") == "Y"
    assert root.findtext(".//ngay_sinh") == "01/01/1974"


def test_the_foreign_sheet(api: Any, arrive: Any) -> None:
    arrive(guests=[foreigner(nationality="RUS")])
    answer = file(api, "foreign_xlsx")
    rows = sheet(answer, "KBTT")
    assert rows[1][-1] == "THỜI HẠN ĐƯỢC PHÉP TẠM TRÚ TẠI VIỆT NAM"
    assert rows[2][1] == "[TEST] SAMPLE"
    assert rows[3][3:7] == ["D - Ngày", "F - Nữ", "RUS - Russia", "L8988901"]
    assert rows[3][10:] == ["", "20/01/2027"]


def test_the_older_template_takes_everybody(api: Any, arrive: Any) -> None:
    arrive(guests=[guest(), foreigner()])
    rows = sheet(file(api, "asm_xlsx"))
    assert len(rows[0]) == 19
    assert len(rows) == 3
    assert rows[1][15] == "24/12/2026 14:00:00"


def test_the_array_of_the_api(api: Any, arrive: Any) -> None:
    arrive(guests=[foreigner(), guest(document={"type": "citizen_id", "number": "077190000777"})])
    both = json.loads(file(api, "api_json").data)
    assert [("soGiayTo" in body, "soHoChieu" in body) for body in both] == [
        (True, False),
        (False, True),
    ]
    (domestic,) = json.loads(file(api, "api_json", kind="domestic").data)
    assert domestic == {
        "hoTen": "Nguyễn Thị Canary",
        "gioiTinh": "F",
        "soDienThoai": "0909123456",
        "ngayThangNamSinhStr": "1990-01-31",
        "noiCuTru": "1",
        "maTT": "701",
        "maPX": "701926506",
        "diaChi": "1 Thùy Vân",
        "ngayDenCsltStr": "2026-12-24 14:00:00",
        "ngayDiDuKienStr": "2026-12-26 12:00:00",
        "soPhong": "101",
        "lyDoCuTru": "1",
        "loaiGiayTo": "1",
        "soGiayTo": "077190000777",
    }
    (foreign,) = json.loads(file(api, "api_json", kind="foreign").data)
    assert foreign["quocTich"] == "SWE"
    assert foreign["loaiNgayThangNamSinh"] == "D"
    assert foreign["thoiHanTamTruStr"] == "2027-01-20"


def test_a_file_is_noted_and_names_nobody(api: Any, arrive: Any, house: Any) -> None:
    arrive(guests=[guest()])
    answer = file(api, "domestic_xlsx")
    filing = db.session.scalars(select(Filing)).one()
    assert answer.headers["Declaration-Filing"] == str(filing.id)
    assert (filing.guests, filing.sent_at, filing.receipt_code) == (1, None, None)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "export")).one()
    assert event.detail == {"format": "domestic_xlsx", "guests": 1}
    assert "Canary" not in str(event.detail)


def test_who_lacks_something_stays_out_and_is_counted(api: Any, arrive: Any) -> None:
    arrive(guests=[foreigner(), foreigner("X1234567", permitted_until=None)])
    answer = file(api, "foreign_xml")
    assert answer.headers["Declarations-Included"] == "1"
    assert answer.headers["Declarations-Left-Out"] == "1"


def test_guests_chosen_that_do_not_fit_are_named(api: Any, arrive: Any) -> None:
    fine, bad = arrive(guests=[guest(), foreigner(permitted_until=None)])
    answer = api.post(
        "/declarations/files",
        {"format": "domestic_xlsx", "guests": [str(fine.id), str(bad.id), "x" * 3]},
    )
    assert answer.json["errors"][0]["pointer"] == "/guests/2"
    answer = api.post(
        "/declarations/files", {"format": "domestic_xlsx", "guests": [str(fine.id), str(bad.id)]}
    )
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json["errors"]} == {
        ("/guests/1", "permitted_until"),
        ("/guests/1", "other_kind"),
    }


def test_nobody_left_is_no_empty_file(api: Any, house: Any) -> None:
    answer = api.post("/declarations/files", {"format": "domestic_xlsx"})
    assert (answer.status_code, answer.json["code"]) == (422, "nothing_to_declare")


def test_a_stay_filed_elsewhere_owes_no_file(api: Any, house: Any, arrive: Any) -> None:
    arrive(filed_elsewhere=True, guests=[{"nationality": "VNM"}])
    assert api.post("/declarations/files", {"format": "domestic_xlsx"}).status_code == 422
    assert api.get("/declarations").json["items"] == []


@pytest.mark.parametrize("name", ["documents", "reasons", "residences", "sexes", "provinces"])
def test_catalogues_know_where_they_come_from(name: Any) -> None:
    entries = catalogues.entries(name)
    assert entries
    assert all(entry.mark in "CRU" and entry.source for entry in entries)


def test_codes_that_differ_from_iso() -> None:
    assert catalogues.portal_code("nationalities", "DEU") == "D"
    assert catalogues.portal_code("nationalities", "RKS") == "RKS"
    assert catalogues.portal_code("nationalities", "GBD") == "GBD"
    assert catalogues.code_of_portal("nationalities", "D - Germany") == "DEU"
    assert catalogues.code_of_portal("nationalities", "sc-") == ""
    assert catalogues.label("wards", "26542") == "701926542 - Phường Phước Thắng"
