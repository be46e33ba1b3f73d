"""A template that differs from the one known: what changed, and which records it touches."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app.declarations import workbooks
from app.declarations.template_check import NotATemplate, compare
from app.web.sheets import read_sheets
from tests.declarations.test_pages import address, token_of
from tests.html import gate


def send(desk: Any, house: Any, content: bytes) -> Any:
    path = address(house, "/template")
    data = {"csrf_token": token_of(desk.get(path)), "sheet": (io.BytesIO(content), "t.xlsx")}
    return desk.post(path, data=data, content_type="multipart/form-data")


@pytest.mark.parametrize("make", [workbooks.domestic, workbooks.foreign])
def test_our_own_file_is_the_template_known(desk: Any, house: Any, make: Any) -> None:
    assert "Mẫu này giống mẫu đang dùng." in gate(send(desk, house, make([]))).text_content()


def test_a_changed_template_is_told_with_the_records_it_touches(
    desk: Any, house: Any, arrive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive()
    columns = list(workbooks.DOMESTIC_COLUMNS)
    columns[8] = ("SỐ ĐIỆN THOẠI (*)", "", "")
    columns.append(("EMAIL", "", ""))
    labels = workbooks._labels

    def changed(name: Any) -> list[str]:
        if name != "documents":
            return labels(name)
        renamed = [label.replace("Thẻ CCCD", "Thẻ CCCD gắn chip") for label in labels(name)]
        return [*renamed, "10 - Hộ chiếu số"]

    monkeypatch.setattr(workbooks, "DOMESTIC_COLUMNS", columns)
    monkeypatch.setattr(workbooks, "_labels", changed)
    content = workbooks.domestic([])
    monkeypatch.undo()
    text = gate(send(desk, house, content)).text_content()
    assert "Mẫu của cổng đã đổi." in text
    assert "1 khách chưa gửi dùng mục đã đổi." in text
    assert "Cột 20: trước là “–”, nay là “EMAIL”." in text
    assert "Không còn: 1 - Thẻ CCCD" in text
    assert "Mới: 1 - Thẻ CCCD gắn chip" in text
    assert "Mới: 10 - Hộ chiếu số" in text
    assert "Cột 9: trước là “SỐ ĐIỆN THOẠI”, nay là “SỐ ĐIỆN THOẠI (*)”." in text, "compulsory now"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a,b\n"])
def test_what_is_no_template_is_refused(desk: Any, house: Any, content: bytes) -> None:
    assert send(desk, house, content).status_code == 422


def test_another_workbook_is_no_template() -> None:
    with pytest.raises(NotATemplate):
        compare(read_sheets(workbooks.asm([])))
