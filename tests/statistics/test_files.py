"""Tables as workbooks: the same cells as the CSV, all of them text, with what explains them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from app.statistics import files

NOVEMBER = "from=2026-11-01&to=2026-12-01"
TABLES = [
    f"occupancy?{NOVEMBER}&by=week",
    f"occupancy?{NOVEMBER}&by=establishment",
    f"occupancy?{NOVEMBER}&by=unit&compare=previous",
    f"guests?{NOVEMBER}&by=quarter&compare=last_year_aligned",
    f"origins?{NOVEMBER}",
    f"origins?{NOVEMBER}&by=month&split=residence&basis=night",
    f"vacancy?{NOVEMBER}",
    f"revisions?{NOVEMBER}",
    f"formula/occupancy_net?{NOVEMBER}&by=day",
    f"formula/arrivals?{NOVEMBER}&by=month&key=2026-11",
]


def workbook(client: Any, address: str) -> bytes:
    response = client.get(f"/statistics/{address}&format=xlsx")
    assert response.content_type == files.FORMATS["xlsx"]
    assert response.headers["Content-Disposition"].endswith('.xlsx"')
    return bytes(response.get_data())


@pytest.mark.parametrize("address", TABLES)
def test_a_workbook_has_the_cells_of_the_csv(province: Any, address: str) -> None:
    content = workbook(province, address)
    text = province.get(f"/statistics/{address}&format=csv").get_data(as_text=True)
    expected = list(csv.reader(io.StringIO(text[1:])))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert len(book.sheet_names) == 2
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    head, table = rows[:5], rows[6:]
    assert [row[0] for row in head[1:]] == ["Kỳ", "Phạm vi", "Nguồn", "Lập lúc"]
    assert all(row[1] for row in head[1:])
    assert len(table) == len(expected)
    # The mark before a risky cell is CSV's alone: a workbook says of each cell what it is.
    unquoted = [[cell.removeprefix("'") for cell in row] for row in expected]
    width = len(expected[0])
    assert [[str(cell) for cell in row[:width]] for row in table] == unquoted


@pytest.mark.parametrize("address", TABLES)
def test_every_cell_is_text_and_none_a_formula(province: Any, address: str) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(province, address))) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "sheets/" in name]
    assert len(sheets) == 2
    for sheet in sheets:
        cells = re.findall(r"<c [^>]*>", sheet)
        assert cells
        assert all('t="s"' in cell for cell in cells if not cell.endswith("/>"))
        assert "<f>" not in sheet


def test_a_file_of_a_comparison_names_both_bases(province: Any) -> None:
    address = f"/statistics/occupancy?{NOVEMBER}&by=unit&compare=previous&format=csv"
    text = province.get(address).get_data(as_text=True)
    rows = [dict(zip(*pair, strict=True)) for pair in _named(text)]
    assert [row["Mã"] for row in rows] == ["26506", "26526", "total"]
    names = [name for name in rows[0] if name.startswith("Ngày buồng có khách,")]
    assert names == [
        "Ngày buồng có khách, Kỳ liền trước, mọi cơ sở",
        "Ngày buồng có khách, tăng giảm %, mọi cơ sở",
        "Ngày buồng có khách, kỳ này, cơ sở báo cả hai kỳ",
        "Ngày buồng có khách, Kỳ liền trước, cơ sở báo cả hai kỳ",
        "Ngày buồng có khách, tăng giảm %, cơ sở báo cả hai kỳ",
    ]


def _named(text: str) -> list[tuple[list[str], list[str]]]:
    first, *rows = list(csv.reader(io.StringIO(text[1:])))
    return [(first, row) for row in rows]
