"""Comparing with the portal: arrived, missing, differing; ugly lists and error texts."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from app import dates
from app.db import db
from app.declarations.models import FilingEntry
from app.declarations.portal_list import (
    NotAList,
    _meaning,
    day_of,
    read_list,
    same_document,
    split_errors,
)
from tests.declarations.conftest import foreigner
from tests.factories import EstablishmentFactory
from tests.stays.conftest import api_for, guest

HEADINGS = ["STT", "HỌ TÊN (*)", "NGÀY SINH (*)", "SỐ GIẤY TỜ (*)", "NGÀY ĐẾN (*)"]


def send(api: Any, content: bytes, name: str = "list.xlsx") -> Any:
    headers = api.headers()
    data = {"file": (io.BytesIO(content), name)}
    return api.client.post("/api/v1/declarations/reconcile", data=data, headers=headers)


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


def line(known: Any, **changes: Any) -> list[Any]:
    row = {
        "STT": "1",
        "name": known.full_name,
        "born": "31/01/1990",
        "number": known.document_number,
        "arrived": "24/12/2026",
    }
    return list((row | changes).values())


@pytest.fixture
def sent(api: Any, arrive: Any) -> Any:
    """Three guests who were marked as sent, each in a room."""
    guests = [arrive(room=room)[0] for room in ("101", "102", "103")]
    assert api.post("/declarations/mark-sent", {}).status_code == 200
    return guests


def states(api: Any) -> dict[str, str]:
    return {i["guest"]: i["state"] for i in api.get("/declarations").json["items"]}


def test_arrived_missing_and_differing(api: Any, sent: Any) -> None:
    there, gone, other = sent
    content = workbook(
        [
            ["DANH SÁCH ĐÃ KHAI BÁO"],
            [],
            HEADINGS,
            line(there),
            line(other, born="01/02/1990"),
            line(there, name="Ai Đó", number="099999999999"),
        ]
    )
    answer = send(api, content)
    assert answer.status_code == 200, answer.json
    assert [one["guest"] for one in answer.json["arrived"]] == [str(there.id)]
    assert [one["guest"] for one in answer.json["missing"]] == [str(gone.id)]
    (differing,) = answer.json["differing"]
    assert (differing["guest"], differing["fields"]) == (str(other.id), ["date_of_birth"])
    assert answer.json["unknown_lines"] == [6]
    assert all(one["next_step"] for one in (*answer.json["missing"], differing))
    assert states(api) == {
        str(there.id): "confirmed",
        str(gone.id): "missing",
        str(other.id): "differing",
    }
    assert there.document_number not in answer.text


def test_what_is_missing_is_offered_again_and_can_become_green(api: Any, sent: Any) -> None:
    there, gone, other = sent
    send(api, workbook([HEADINGS, line(there), line(other)]))
    again = api.post("/declarations/files", {"format": "domestic_xlsx"})
    assert again.headers["Declarations-Included"] == "1"
    api.post("/declarations/mark-sent", {"filing": again.headers["Declaration-Filing"]})
    send(api, workbook([HEADINGS, line(gone), line(there), line(other)]))
    assert set(states(api).values()) == {"confirmed"}


def test_eaten_zeros_and_numbers_for_dates_are_understood(api: Any, arrive: Any) -> None:
    (known,) = arrive(guests=[guest(document={"type": "citizen_id", "number": "001190000001"})])
    api.post("/declarations/mark-sent", {})
    days = [(day - date(1899, 12, 30)).days for day in (date(1990, 1, 31), date(2026, 12, 24))]
    row = line(known, born=days[0], number=1190000001, arrived=days[1])
    answer = send(api, workbook([HEADINGS, row]))
    assert len(answer.json["arrived"]) == 1


def test_the_example_row_is_no_guest(api: Any, sent: Any) -> None:
    example = ["[EXAMPLE]", "[TEST] NGUYỄN QUANG MINH", "10/02/1999", "034099009984", "20/03/2026"]
    answer = send(api, workbook([HEADINGS, example, *map(line, sent)]))
    assert (answer.json["rows"], len(answer.json["arrived"])) == (3, 3)


def test_a_list_of_another_day_makes_nobody_missing(api: Any, sent: Any) -> None:
    stranger = line(sent[0], number="099999999999", name="Ai Đó", arrived="23/12/2026")
    answer = send(api, workbook([HEADINGS, stranger]))
    assert answer.json["missing"] == []


def test_a_confirmed_guest_does_not_become_missing_by_a_shorter_list(api: Any, sent: Any) -> None:
    send(api, workbook([HEADINGS, *map(line, sent)]))
    answer = send(api, workbook([HEADINGS, line(sent[0])]))
    assert answer.json["missing"] == []
    assert set(states(api).values()) == {"confirmed"}


def test_who_was_declared_by_hand_is_found(api: Any, arrive: Any) -> None:
    (known,) = arrive()
    send(api, workbook([HEADINGS, line(known)]))
    (item,) = api.get("/declarations").json["items"]
    assert (item["state"], item["sent_at"]) == ("confirmed", "2026-12-24T15:00:00+07:00")


def test_a_foreign_list_in_csv(api: Any, arrive: Any) -> None:
    arrive(guests=[foreigner(nationality="DEU")])
    api.post("/declarations/mark-sent", {})
    text = (
        "ho_ten;so_ho_chieu;ma_quoc_tich;gioi_tinh;ngay_den;ngay_di_du_kien\n"
        "ERIKSSON ANNA;L8988901;D;F;24/12/2026;26/12/2026\n"
    )
    assert len(send(api, text.encode(), "list.csv").json["arrived"]) == 1


def test_the_list_as_json_in_the_words_of_the_portals_api(api: Any, sent: Any) -> None:
    rows = [
        {"hoTen": g.full_name, "soGiayTo": g.document_number, "ngayDenCsltStr": "2026-12-24 14:00"}
        for g in sent[:2]
    ]
    answer = api.post("/declarations/reconcile", {"rows": rows})
    assert [len(answer.json[name]) for name in ("arrived", "missing")] == [2, 1]


def test_the_list_as_json_in_our_own_words(api: Any, sent: Any) -> None:
    rows = [
        {
            "full_name": g.full_name,
            "document": {"type": "citizen_id", "number": g.document_number},
            "date_of_birth": "1990-01-31",
            "arrived_at": "2026-12-24T14:00:00+07:00",
            "planned_departure": "2026-12-26",
        }
        for g in sent
    ]
    answer = api.post("/declarations/reconcile", {"rows": rows})
    assert len(answer.json["arrived"]) == 3


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("HỌ VÀ TÊN (*)", "full_name"),
        ("Họ, chữ đệm và tên", None),
        ("Tên giấy tờ", None),
        ("Tên phòng/Khoa (*)", None),
        ("Số giấy tờ (*)", "document_number"),
        ("SỐ CCCD/Hộ chiếu", "document_number"),
        ("Loại giấy tờ (*)", None),
        ("Ngày, tháng, năm sinh (*)", "date_of_birth"),
        ("NGÀY SINH ĐÚNG ĐẾN", None),
        ("Thời gian lưu trú (từ ngày) (*)", "arrived_at"),
        ("Thời gian lưu trú (đến ngày)", "departure"),
        ("NGÀY ĐẾN", "arrived_at"),
        ("Ngày giờ đến", "arrived_at"),
        ("NGÀY ĐI DỰ KIẾN (*)", "departure"),
        ("NGÀY TRẢ PHÒNG", None),
        ("SỐ PHÒNG/ KHOA", "room"),
        ("THỜI HẠN ĐƯỢC PHÉP TẠM TRÚ TẠI VIỆT NAM", "permitted_until"),
        ("ngayDenCsltStr", "arrived_at"),
        ("STT", None),
    ],
)
def test_headings(heading: str, meaning: str | None) -> None:
    assert _meaning(heading) == meaning


def test_another_houses_guests_are_not_touched(api: Any, sent: Any, client: Any) -> None:
    stranger = api_for(client, EstablishmentFactory())
    answer = send(stranger, workbook([HEADINGS, line(sent[0])]))
    assert answer.json["unknown_lines"] == [2]
    assert set(states(api).values()) == {"sent"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "required"),
        (b"PK\x03\x04 no workbook", "not_a_sheet"),
        (b"\x00\x01", "not_a_sheet"),
        ("tên,tuổi\nAn,3\n".encode(), "no_headings"),
    ],
)
def test_what_is_no_list_is_named(api: Any, house: Any, content: bytes, code: str) -> None:
    answer = send(api, content)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == code


# --- A house that files with the portal first ------------------------------------------------

FULL = [
    "Họ tên", "Ngày sinh", "Giới tính", "Quốc tịch", "Số giấy tờ", "Ngày đến", "Ngày đi dự kiến",
    "Số phòng", "Thời hạn được phép tạm trú tại Việt Nam",
]  # fmt: skip


def first_there(**changes: str) -> list[str]:
    row = {
        "name": "Phạm Thị Mới",
        "born": "02/03/1988",
        "sex": "F - Nữ",
        "nationality": "VNM - Viet Nam",
        "number": "077188000001",
        "arrived": "24/12/2026",
        "leaves": "26/12/2026",
        "room": "101",
        "until": "",
    }
    return list((row | changes).values())


def test_the_portals_list_enters_the_stays(api: Any, house: Any) -> None:
    content = workbook(
        [
            FULL,
            first_there(),
            first_there(name="Phạm Văn Cùng", number="77088000002", sex="M - Nam"),
            first_there(
                name="KIM MINJUN", number="M12345678", nationality="KOR - Korea (South)",
                room="102", until="20/01/2027",
            ),
            first_there(number="077188000009", sex="", room="103"),
            first_there(number="077188000010", room="999"),
        ]
    )  # fmt: skip
    headers = api.headers()
    data = {"file": (io.BytesIO(content), "list.xlsx"), "take_over": "true"}
    answer = api.client.post("/api/v1/declarations/reconcile", data=data, headers=headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["taken_over"] == 3
    assert answer.json["faults"] == {"5": ["sex:required"], "6": ["room:not_found"]}
    assert answer.json["unknown_lines"] == [5, 6]
    found = api.get("/declarations").json["items"]
    assert sorted((i["room"], i["state"]) for i in found) == [
        ("101", "confirmed"), ("101", "confirmed"), ("102", "confirmed"),
    ]  # fmt: skip
    again = send(api, content)
    assert len(again.json["arrived"]) == 3


def test_nobody_is_entered_unasked(api: Any, house: Any) -> None:
    answer = send(api, workbook([FULL, first_there()]))
    assert (answer.json["taken_over"], answer.json["unknown_lines"]) == (0, [2])
    assert api.get("/declarations").json["items"] == []


# --- The error text ------------------------------------------------------------------------

ERRORS = (
    "Bản khai báo 1: Ngày đi dự kiến phải lớn hoặc bằng ngày hôm qua, Bản khai báo 1: Số hộ chiếu "
    "đang tạm trú tại CSLT và chưa checkout, Bản khai báo 3: Đã tồn tại khai báo trùng thời gian "
    "tại CSLT, Bản khai báo 9: Thời hạn tạm trú phải lớn hoặc bằng hôm nay"
)


def test_the_error_text_is_split_by_record() -> None:
    assert [(e.position, e.code) for e in split_errors(ERRORS)] == [
        (1, "departure_past"),
        (1, "still_checked_in"),
        (3, "duplicate"),
        (9, "permission_expired"),
    ]
    assert split_errors(ERRORS)[0].text == "Ngày đi dự kiến phải lớn hoặc bằng ngày hôm qua"
    assert split_errors("Thành công") == []
    whole = '{"code":"400","message":"Bản khai báo 2: Số giấy tờ không hợp lệ","data":null}'
    assert [(e.position, e.code) for e in split_errors(whole)] == [(2, "document_number")]


def test_the_error_text_finds_the_guests_of_its_file(api: Any, arrive: Any) -> None:
    guests = [arrive(room=room)[0] for room in ("101", "102", "103")]
    made = api.post("/declarations/files", {"format": "api_json", "kind": "domestic"})
    filing = made.headers["Declaration-Filing"]
    api.post("/declarations/mark-sent", {"filing": filing})
    answer = api.post("/declarations/reconcile", {"errors": ERRORS, "filing": filing})
    assert answer.status_code == 200, answer.json
    order = list(db.session.scalars(select(FilingEntry.guest_id).order_by(FilingEntry.position)))
    assert [one["guest"] for one in answer.json["missing"]] == [str(order[0]), str(order[2])]
    assert answer.json["unknown_lines"] == [9]
    found = states(api)
    # What is there already waits for the portal's list; so does whom the text does not name.
    assert [found[str(g)] for g in order] == ["missing", "sent", "sent"]
    assert len(guests) == 3


def test_an_error_text_without_its_file(api: Any, house: Any) -> None:
    answer = api.post("/declarations/reconcile", {"errors": ERRORS})
    assert answer.json["errors"][0]["pointer"] == "/filing"


# --- Reading -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/12/2026", date(2026, 12, 31)),
        ("31/12/2026 14:05:00", date(2026, 12, 31)),
        ("2026-12-31T14:05", date(2026, 12, 31)),
        ("46387", date(2026, 12, 31)),
        ("31/02/2026", None),
        ("12345678901", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert day_of(text) == day


def test_documents() -> None:
    assert same_document("001090000001", "1090000001")
    assert same_document("b1234567", "B 1234567")
    assert not same_document("001090000001", "1090000002")
    assert not same_document("0123456", "123456"), "a passport has no zeros to lose"


def test_a_sheet_without_numbers_of_documents() -> None:
    with pytest.raises(NotAList):
        read_list([["Họ tên", "Ngày đến"], ["An", "24/12/2026"]])
    assert dates.now()
