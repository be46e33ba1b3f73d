"""The pages of statistics: what they show, to whom, and as which file."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.dates import Period
from app.db import db
from app.statistics import files
from app.statistics.forms import shortcuts
from app.statistics.indicators import INDICATORS
from app.statistics.queries import Figures
from app.statistics.report import nights_of
from app.statistics.rows import HEADINGS, as_cells, headings
from tests.factories import UserFactory
from tests.html import gate, swap

NOVEMBER = "from=2026-11-01&to=2026-12-01"
PAGES = [
    "/statistics/occupancy",
    "/statistics/guests",
    "/statistics/origins",
    "/statistics/vacancy",
    "/statistics/formulas",
    "/statistics/formula/occupancy_net",
]


def table_of(document: Any, name: str = "") -> list[list[str]]:
    rows = document.xpath(f"//*[@id='{name or 'rows'}']//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def read_csv(client: Any, address: str) -> list[list[str]]:
    response = client.get(f"{address}&format=csv")
    assert response.content_type == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["Content-Disposition"]
    text = response.get_data(as_text=True)
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.reader(io.StringIO(text[1:])))


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens(province: Any, address: str) -> None:
    gate(province.get(address))


def test_the_front_page_is_the_occupancy(province: Any) -> None:
    assert province.get("/statistics/").location == "/statistics/occupancy"


def test_the_figure_and_the_row_are_the_fraction_of_the_sums(province: Any) -> None:
    page = gate(province.get("/statistics/occupancy?from=2026-11-01&to=2026-11-02&by=unit"))
    (figure,) = page.find_class("headline-figure")
    assert " ".join(figure.text_content().split()).startswith("50,0 %")
    assert [row[:2] for row in table_of(page)] == [
        ["Phường Vũng Tàu", "50,0 %"],
        ["Phường Tam Thắng", "50,0 %"],
        ["Cả kỳ", "50,0 %"],
    ]


@pytest.mark.parametrize("name", ["occupancy", "guests"])
def test_a_long_table_has_pages_and_its_total_is_that_of_all(province: Any, name: str) -> None:
    year = f"/statistics/{name}?from=2026-01-01&to=2026-11-20&by=day"
    pages = [gate(province.get(f"{year}&page={number}")) for number in (1, 6, 99)]
    first, last, beyond = (table_of(page) for page in pages)
    assert (len(first), len(last), beyond) == (63, 14, last)
    assert first[-1] == last[-1]
    assert first[-1][0] == "Cả kỳ"
    (following,) = pages[0].xpath("//*[@id='rows']//a[@rel='next']/@href")
    assert following.endswith("page=2#rows")
    (turned,) = pages[1].xpath("//*[@id='rows']//a[text()='Xem mới nhất trước']/@href")
    newest = table_of(gate(province.get(turned)))
    assert newest[0] == last[-2]
    assert len(read_csv(province, year)) > 320


def test_origins_over_time_have_pages_too(province: Any) -> None:
    year = "/statistics/origins?from=2026-01-01&to=2026-11-20&by=day"
    assert len(table_of(gate(province.get(f"{year}&page=6")))) == 323 - 310
    assert len(table_of(gate(province.get(f"{year}&order=newest")))) == 62


def test_houses_are_matched_for_the_rows_of_the_page(province: Any) -> None:
    nights = "/statistics/occupancy?from=2026-10-01&to=2026-11-20&by=day&compare=previous"
    shown = [table_of(gate(province.get(f"{nights}&page={page}"))) for page in (1, 2)]
    assert [len(rows) for rows in shown] == [32, 20]
    assert shown[0][-1] == shown[1][-1]


def test_domestic_and_foreign_add_up(province: Any) -> None:
    page = gate(province.get("/statistics/guests?from=2026-11-01&to=2026-11-03&by=month"))
    assert table_of(page)[0][1:8] == ["8", "2", "6", "6", "2", "4", "0"]


def test_the_average_stay_is_printed_for_a_week_or_more(province: Any) -> None:
    """One night has guest nights of those who came before it, and divides them by its arrivals."""

    def printed(query: str) -> tuple[list[str], str]:
        page = gate(province.get(f"/statistics/guests?{query}"))
        heads = page.xpath("//*[@id='rows']//thead//th")
        column = [head.text_content().strip() for head in heads].index("Số đêm bình quân một khách")
        behind = f"/statistics/formula/average_stay?{query}"
        (fraction,) = gate(province.get(behind)).find_class("headline-words")
        value = fraction.text_content().rpartition("=")[2].strip()
        return [row[column] for row in table_of(page)], value

    days, _ = printed("from=2026-11-01&to=2026-11-08&by=day")
    assert days == ["–"] * 7 + ["1,33"]
    assert printed("from=2026-11-01&to=2026-11-07&by=unit") == (["–"] * 3, "–")
    assert printed("from=2026-11-01&to=2026-11-08&by=month") == (["1,33", "1,33"], "1,333")
    note = gate(province.get("/statistics/formulas")).get_element_by_id("average_stay")
    assert "từ bảy đêm" in note.text_content()


def test_the_nights_a_row_is_made_of() -> None:
    period = Period(date(2026, 10, 30), date(2026, 11, 21))
    assert nights_of("2026-10", "month", period) == 2
    assert nights_of("2026-11-04", "day", period) == 1
    assert nights_of("26506", "unit", period) == nights_of("total", "month", period) == 22


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2026, 12, 31), date(2028, 2, 29)])
def test_twelve_months_are_twelve(day: date) -> None:
    with time_machine.travel(dates.at(day, 10), tick=False):
        (span,) = [span for name, span in shortcuts() if name == "12 tháng"]
        assert (len(list(span.months())), day in span) == (12, True)
        assert (span.start.day, span.end.day) == (1, 1)


def test_origins_count_by_arrival_and_by_night(province: Any) -> None:
    arrivals = gate(province.get(f"/statistics/origins?{NOVEMBER}"))
    nights = gate(province.get(f"/statistics/origins?{NOVEMBER}&basis=night"))
    assert sorted(row[:2] for row in table_of(arrivals)) == [
        ["Hàn Quốc", "2"],
        ["Nga", "2"],
        ["Việt Nam", "2"],
    ]
    assert ["Nga", "4"] in [row[:2] for row in table_of(nights)]


def test_a_number_opens_its_fraction_and_the_rows_that_make_it(province: Any) -> None:
    page = gate(province.get("/statistics/occupancy?from=2026-11-01&to=2026-11-03&by=month"))
    (link,) = page.xpath("(//*[@id='rows']//tbody//a)[1]/@href")
    behind = gate(province.get(link))
    (over,), (under,) = behind.find_class("over"), behind.find_class("under")
    assert (over.findtext("strong"), under.findtext("strong")) == ("4", "8")
    rows = behind.xpath("//table//tbody/tr")
    cells = [[" ".join(cell.text_content().split()) for cell in row] for row in rows]
    assert [row[1:] for row in cells] == [
        ["3", "6", "50,00 %"],
        ["1", "2", "50,00 %"],
        ["4", "8", "50,00 %"],
    ]


def test_a_night_is_made_of_wards(province: Any) -> None:
    address = f"/statistics/formula/guest_nights?{NOVEMBER}&by=day&key=2026-11-01"
    rows = gate(province.get(address)).xpath("//table//tbody/tr")
    assert [row[0].text_content() for row in rows] == [
        "Phường Vũng Tàu",
        "Phường Tam Thắng",
        "Tổng",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "/statistics/formula/nothing",
        f"/statistics/formula/arrivals?{NOVEMBER}&by=day&key=2026-13-01",
        f"/statistics/formula/arrivals?{NOVEMBER}&by=month&key=9999-12",
        f"/statistics/formula/arrivals?{NOVEMBER}&by=unit&unit=26526&key=26506",
        f"/statistics/formula/arrivals?{NOVEMBER}&by=establishment&key=NOBODY",
    ],
)
def test_a_number_that_is_none_is_not_found(province: Any, address: str) -> None:
    assert province.get(address).status_code == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=gestern", "Xin viết ngày"),
        ("from=2026-11-02&to=2026-11-02", "Ngày cuối phải sau ngày đầu"),
        ("from=2026-11-02&to=2150-12-31", "dài nhất năm năm"),
        ("from=1999-11-02", "từ năm 2000"),
        ("by=decade", "Không có lựa chọn này"),
        ("unit=99999", "Không tìm thấy đơn vị này"),
        ("kind=castle", "Không có lựa chọn này"),
        ("stars=6", "Không có lựa chọn này"),
    ],
)
@pytest.mark.parametrize("page", ["occupancy", "guests", "origins"])
def test_a_fault_is_said_at_its_field(province: Any, page: str, query: str, words: str) -> None:
    response = province.get(f"/statistics/{page}?{query}")
    assert response.status_code == 422
    assert words in " ".join(
        error.text_content() for error in gate(response).find_class("field-error")
    )


def test_without_figures_the_page_says_so(province: Any) -> None:
    page = gate(province.get("/statistics/occupancy?from=2030-01-01&to=2030-02-01"))
    assert "Chưa có số liệu" in page.text_content()


@pytest.mark.parametrize("name", ["occupancy", "guests", "origins", "vacancy"])
def test_a_swap_equals_a_reload(province: Any, name: str) -> None:
    by = "month" if name == "origins" else "unit"
    swap(province, f"/statistics/{name}", f"/statistics/{name}?by={by}&unit=26526", name)
    swap(province, f"/statistics/{name}", f"/statistics/{name}?kind=castle", name)


# --- Who may read ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_strangers_sign_in_and_houses_are_refused(
    town: Any, client: Any, as_: Any, address: str
) -> None:
    assert client.get(address).location.startswith("/sign-in?next=")
    manager = as_(UserFactory(manager_of=town.here))
    assert manager.get(address).status_code == 403


def test_a_ward_reads_its_own_houses_only(ward: Any) -> None:
    page = gate(ward.get(f"/statistics/occupancy?{NOVEMBER}&by=unit"))
    assert [row[0] for row in table_of(page)] == ["Phường Vũng Tàu", "Cả kỳ"]
    assert page.xpath("//select[@name='unit' or @name='area']") == []
    offered = gate(ward.get("/statistics/occupancy")).xpath("//select[@name='by']/option/@value")
    assert ("kind" in offered, {"unit", "area"} & set(offered)) == (True, set())
    countries = read_csv(ward, f"/statistics/origins?{NOVEMBER}")
    assert {row[0] for row in countries[1:]} == {"VNM", "KOR"}


@pytest.mark.parametrize("page", ["occupancy", "guests", "origins", "vacancy", "formula/arrivals"])
@pytest.mark.parametrize("asked", ["unit=26526", "unit=26506,26526", "area=747", "unit=747"])
def test_another_ward_is_refused_and_the_refusal_is_kept(ward: Any, page: str, asked: str) -> None:
    address = f"/statistics/{page}?from=2026-11-01&to=2026-12-01&{asked}"
    assert ward.get(address).status_code == 403
    event = db.session.scalars(select(AuditEvent)).one()
    assert event.action == "refused"
    assert event.subject.startswith("statistics:")


def test_a_number_of_another_ward_is_not_opened_by_its_key(ward: Any) -> None:
    address = f"/statistics/formula/arrivals?{NOVEMBER}&by=unit&key=26526"
    assert ward.get(address).status_code == 403


def test_another_wards_house_is_not_found(ward: Any, province: Any) -> None:
    assert province.get("/statistics/occupancy?establishment=THERE").status_code == 200


def test_a_ward_asking_for_a_house_elsewhere_finds_none(ward: Any) -> None:
    assert ward.get("/statistics/occupancy?establishment=THERE").status_code == 404
    assert ward.get("/statistics/occupancy?establishment=NOBODY").status_code == 404
    assert ward.get("/statistics/occupancy?establishment=HERE").status_code == 200


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        (f"/statistics/occupancy?{NOVEMBER}&by=establishment", "all"),
        (f"/statistics/guests?{NOVEMBER}&establishment=HERE", "HERE"),
        (f"/statistics/formula/arrivals?{NOVEMBER}&by=establishment&key=HERE", "HERE"),
    ],
)
def test_opening_the_figures_of_single_houses_is_kept(
    province: Any, address: str, subject: str
) -> None:
    assert province.get(address).status_code == 200
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject) == ("house_figures", subject)


def test_opening_sums_is_not(province: Any) -> None:
    province.get(f"/statistics/occupancy?{NOVEMBER}&by=unit")
    assert db.session.scalars(select(AuditEvent)).all() == []


# --- Files -----------------------------------------------------------------------------------


def test_the_file_holds_what_the_page_shows_unrounded(province: Any) -> None:
    rows = read_csv(province, "/statistics/occupancy?from=2026-11-01&to=2026-11-03&by=day")
    named = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    columns = ("Mã", "Ngày buồng sẵn sàng", "Công suất buồng thuần")
    assert [tuple(row[column] for column in columns) for row in named] == [
        ("2026-11-01", "6", "0.5"),
        ("2026-11-02", "2", "0.5"),
    ]
    assert {row["Số liệu"] for row in named} == {"Tạm tính"}


@pytest.mark.parametrize("name", ["occupancy", "guests", "origins", "vacancy"])
def test_a_file_is_headed_in_words_and_none_twice(province: Any, name: str) -> None:
    address = f"/statistics/{name}?from=2026-11-01&to=2026-12-01"
    headings = read_csv(province, address)[0]
    assert len(set(headings)) == len(headings)
    assert not [heading for heading in headings if "_" in heading or not heading]
    english = read_csv(province, f"{address}&lang=en")[0]
    assert len(english) == len(headings)


def test_the_columns_of_a_file_are_those_of_the_api_in_its_order(app: Any) -> None:
    with app.test_request_context():
        row = Figures(key="2026-11", guest_nights=7, arrivals=2, status="final")
        first = headings("Tháng", *HEADINGS[1:])
        cells = dict(zip(first[2:], as_cells(row), strict=True))
        assert cells[str(INDICATORS["average_stay"].label)] == 3.5
        assert (list(cells)[-1], cells["Số liệu"]) == ("Số liệu", "Chính thức")


def test_no_cell_of_a_file_is_run_as_a_formula(province: Any) -> None:
    """A house may call itself what it likes."""
    rows = read_csv(province, f"/statistics/occupancy?{NOVEMBER}&by=establishment")
    assert rows[1][:2] == ["HERE", "'=HYPERLINK(1) (HERE)"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert files.cell(text) == f"'{text}"


def test_numbers_and_plain_words_are_left_alone() -> None:
    assert [files.cell(value) for value in (-1, 0.5, None, "Sóng = Biển")] == [
        "-1",
        "0.5",
        "",
        "Sóng = Biển",
    ]


@pytest.mark.parametrize("name", ["occupancy", "guests", "origins", "vacancy"])
def test_every_table_comes_as_a_file(province: Any, name: str) -> None:
    assert len(read_csv(province, f"/statistics/{name}?from=2026-11-01&to=2026-12-01")) > 1
