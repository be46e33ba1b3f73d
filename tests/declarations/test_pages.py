"""The pages of declarations: what they show, whom they refuse, what a button does."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.db import db
from app.declarations.models import Filing
from app.stays.models import Guest
from tests.declarations.conftest import foreigner
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate, swap
from tests.stays.conftest import CANARY, guest


def address(house: Any, more: str = "") -> str:
    return f"/hotel/{house.code}/declarations{more}"


def token_of(page: Any) -> str:
    return re.search(r'name="[a-z_-]*csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def press(desk: Any, house: Any, more: str, **data: Any) -> Any:
    page = desk.get(address(house))
    return desk.post(address(house, more), data={"csrf_token": token_of(page), **data})


def test_the_page_leads_from_unsent_to_sent(desk: Any, house: Any, arrive: Any) -> None:
    arrive(guests=[guest(), foreigner()])
    page = desk.get(address(house))
    text = gate(page).text_content()
    assert "Khách Việt Nam (1), Excel" in text
    assert "Khách nước ngoài (1), XML" in text
    assert "N. T. Canary" in text
    assert CANARY not in page.text
    answer = press(desk, house, "/sent", format="by_hand")
    assert (answer.status_code, answer.location) == (303, address(house, "?state=sent"))
    text = gate(desk.get(answer.location)).text_content()
    assert "Chưa đối soát" in text
    assert "Không còn khách nào phải khai báo." in text


def test_a_file_comes_as_a_download_and_waits_to_be_marked(
    desk: Any, house: Any, arrive: Any
) -> None:
    arrive()
    answer = press(desk, house, "/files", format="domestic_xlsx")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tblt_vn_import')
    assert answer.data.startswith(b"PK")
    assert "Chưa đánh dấu gửi" in desk.get(address(house)).text
    press(desk, house, "/sent", format="by_hand")
    filing = db.session.scalars(select(Filing)).one()
    assert filing.format == "domestic_xlsx", "the file that was made is the one that was sent"
    assert filing.sent_at is not None


def test_only_the_guests_ticked(desk: Any, house: Any, arrive: Any) -> None:
    first, second = arrive(guests=[guest(), guest()])
    press(desk, house, "/sent", format="by_hand", guest=str(first.id))
    states = {guest.id: guest.filing_state for guest in db.session.scalars(select(Guest))}
    assert states == {first.id: "sent", second.id: "ready"}


def test_one_file_is_marked_by_its_own_button(desk: Any, house: Any, arrive: Any) -> None:
    arrive()
    press(desk, house, "/files", format="domestic_xlsx")
    filing = db.session.scalars(select(Filing)).one()
    assert press(desk, house, f"/filings/{filing.id}/sent").status_code == 303
    page = desk.get(address(house, f"/filings/{filing.id}"))
    text = gate(page).text_content()
    assert "không thay cho việc thông báo lưu trú" in text
    assert CANARY not in page.text
    code = re.search(r"/receipts/([A-Z0-9-]+)", page.text).group(1)
    public = desk.get(f"/receipts/{code}")
    assert house.name in gate(public).text_content()
    assert "Canary" not in public.text


@pytest.mark.parametrize(
    ("more", "data"),
    [
        ("/files", {"format": "pdf"}),
        ("/files", {"format": "api_json:everybody"}),
        ("/files", {"format": "foreign_xml"}),
        ("/sent", {"format": "domestic_xlsx"}),
        ("/sent", {}),
    ],
)
def test_what_makes_no_sense_is_said(
    desk: Any, house: Any, arrive: Any, more: str, data: dict[str, str]
) -> None:
    arrive()
    answer = press(desk, house, more, **data)
    assert answer.status_code == 422
    gate(answer)


def test_a_guest_of_another_house_is_not_sent(
    desk: Any, house: Any, arrive: Any, sign_in: Any
) -> None:
    (theirs,) = arrive()
    other = EstablishmentFactory()
    stranger = sign_in(UserFactory(front_desk_of=other))
    assert stranger.get(address(house)).status_code == 404
    answer = press(stranger, other, "/sent", format="by_hand", guest=str(theirs.id))
    assert answer.status_code == 422
    db.session.refresh(theirs)
    assert theirs.filing_state == "ready"


def test_the_public_sees_receipts_only(client: Any, house: Any) -> None:
    assert client.get(address(house)).status_code == 303
    assert client.get("/receipts/nothing").status_code == 404


@pytest.mark.parametrize("state", ["unsent", "sent", "problem", "confirmed"])
def test_every_tab_is_a_page_and_a_fragment(
    desk: Any, house: Any, arrive: Any, clock: Any, state: str
) -> None:
    arrive(guests=[guest(), foreigner(permitted_until=None)])
    press(desk, house, "/sent", format="by_hand")
    swap(desk, address(house), address(house, f"?state={state}"), "declarations")


def test_empty_tabs_say_so(desk: Any, house: Any) -> None:
    for state in ("unsent", "sent", "problem", "confirmed"):
        document = gate(desk.get(address(house, f"?state={state}")))
        assert document.xpath("//*[contains(@class, 'empty')]")


def test_the_tier_is_shown_to_the_house(desk: Any, house: Any, arrive: Any, clock: Any) -> None:
    for room in ("101", "102"):
        arrive(room=room, guests=[guest(), guest()])
    assert "Mức phạt" not in desk.get(address(house)).text
    clock.move_to(dates.at(dates.local(dates.now()).date(), 23))
    page = desk.get(address(house))
    assert "4 khách trễ hoặc thiếu" in page.text
    assert "4.000.000" in page.text
    assert "282/2025" in page.text


def test_a_moved_departure_is_a_task_until_the_portal_was_told(
    desk: Any, house: Any, arrive: Any, api: Any
) -> None:
    (known,) = arrive()
    api.post("/declarations/mark-sent", {})
    assert "moved-heading" not in desk.get(address(house)).text
    api.post(f"/stays/{known.stay_id}/extend", {"planned_departure": "2026-12-29"})
    page = desk.get(address(house))
    assert "gia hạn (GH)" in gate(page).text_content()
    press(desk, house, f"/guests/{known.id}/departure-told")
    assert "moved-heading" not in desk.get(address(house)).text


# --- The evening ---------------------------------------------------------------------------


def test_from_half_past_ten_the_evening_leads(
    desk: Any, house: Any, arrive: Any, clock: Any
) -> None:
    _known, other = arrive(guests=[guest(), foreigner()])
    today = dates.local(dates.now()).date()
    clock.move_to(dates.at(today, 22, 29))
    assert "evening-heading" not in desk.get(f"/hotel/{house.code}/tonight").text
    clock.move_to(dates.at(today, 22, 30))
    page = desk.get(f"/hotel/{house.code}/tonight")
    document = gate(page)
    assert document.find(".//h2").get("id") == "evening-heading", "it leads"
    text = document.text_content()
    assert "Còn 2 khách chưa khai báo" in text
    assert "Tải tệp khách Việt Nam (1)" in text
    assert "chưa có số, hỏi Công an phường Vũng Tàu" in text
    other.permitted_until = None
    text = gate(desk.get(f"/hotel/{house.code}/tonight")).text_content()
    assert "1 khách thiếu thông tin" in text
    assert "Tải tệp khách nước ngoài" not in text, "a file can't hold who lacks something"
    assert "Khách nước ngoài (1)" not in desk.get(address(house)).text


def test_the_evening_is_quiet_when_all_is_sent(
    desk: Any, house: Any, arrive: Any, clock: Any
) -> None:
    arrive()
    press(desk, house, "/sent", format="by_hand")
    clock.move_to(dates.at(dates.local(dates.now()).date(), 22, 45))
    assert "evening-heading" not in desk.get(f"/hotel/{house.code}/tonight").text


def test_the_words_to_read_out_are_opened_for_minutes(
    desk: Any, house: Any, arrive: Any, clock: Any
) -> None:
    (known,) = arrive()
    number = known.document_number or ""
    path = address(house, "/read-out")
    assert number not in desk.get(path).text
    opened = press(desk, house, "/read-out")
    assert opened.status_code == 303
    page = desk.get(path)
    text = " ".join(gate(page).text_content().split())
    assert f"Nguyễn Thị Canary, sinh ngày 31/01/1990, Thẻ căn cước công dân số {number}" in text
    english = " ".join(gate(desk.get(f"{path}?lang=en")).text_content().split())
    assert f"sinh ngày 31/01/1990, Thẻ căn cước công dân số {number}" in english
    clock.shift(timedelta(minutes=11))
    assert number not in desk.get(path).text


def test_telling_the_police_counts_as_sent(desk: Any, house: Any, arrive: Any, clock: Any) -> None:
    came = dates.local(dates.now() - timedelta(days=2)).isoformat()
    (late,) = arrive(arrived_at=came, planned_departure="2026-12-26")
    page = gate(desk.get(address(house, "?state=problem"))).text_content()
    assert "Quá hạn cổng" in page
    assert "Báo công an phường" in page
    answer = press(desk, house, "/sent", format="police", guest=str(late.id))
    assert answer.status_code == 303
    db.session.refresh(late)
    assert late.filing_state == "sent"


# --- Reconciling ---------------------------------------------------------------------------


def upload(desk: Any, house: Any, name: str, content: bytes, **data: str) -> Any:
    path = address(house, "/reconcile")
    data = {"csrf_token": token_of(desk.get(path)), **data}
    return desk.post(
        path,
        data={**data, "sheet": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def test_the_portals_list_makes_it_green(desk: Any, house: Any, arrive: Any) -> None:
    (known,) = arrive()
    press(desk, house, "/sent", format="by_hand")
    content = f"Họ tên,Số giấy tờ,Ngày đến\nNguyễn Thị Canary,{known.document_number},24/12/2026\n"
    answer = upload(desk, house, "list.csv", content.encode())
    text = gate(answer).text_content()
    assert "1 khách cổng đã có." in text
    db.session.refresh(known)
    assert known.filing_state == "confirmed"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Hãy chọn tệp"),
        (b"PK\x03\x04 no workbook", "Không đọc được tệp này"),
        ("tên,tuổi\nAn,3\n".encode(), "Không thấy cột số giấy tờ"),
        (b"\xff\xfe\xfd\xfc\xfb", "Lưu lại tệp dạng"),
    ],
)
def test_a_file_that_is_no_list_is_refused(
    desk: Any, house: Any, content: bytes, words: str
) -> None:
    answer = upload(desk, house, "x.csv", content)
    assert answer.status_code == 422
    assert words in gate(answer).text_content()


def test_an_error_text_needs_its_file(desk: Any, house: Any, arrive: Any) -> None:
    arrive()
    press(desk, house, "/files", format="domestic_xlsx")
    filing = db.session.scalars(select(Filing)).one()
    text = "Bản khai báo 1: Đã tồn tại khai báo trùng thời gian tại CSLT"
    assert upload(desk, house, "", b"", said=text).status_code == 422
    assert upload(desk, house, "", b"", said="x", filing=str(filing.id)).status_code == 422
    answer = upload(desk, house, "", b"", said=text, filing=str(filing.id))
    assert "Cổng từ chối 1 khách" in gate(answer).text_content()
