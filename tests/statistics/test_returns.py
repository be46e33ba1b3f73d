"""The monthly returns: figures in the cells a file names, for a house and for the town."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from xlsxwriter.utility import xl_cell_to_rowcol

from app import dates
from app.dates import Period
from app.db import db
from app.registry.models import Closure
from app.statistics import facts
from app.statistics.queries import Figures, Filters
from app.statistics.returns import files as returns_files
from app.statistics.returns import forms as returns_forms
from app.statistics.returns import monthly as returns
from app.statistics.returns import views as returns_views
from app.statistics.returns.forms import BadForm, every_form, forms_of, parse, read
from app.statistics.returns.models import SentReturn
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate
from tests.statistics.town import Party, rooms, stay

NOVEMBER = Period.month(2026, 11)
SLUG = "01cs-ltdl"
SECOND_FORM = """
code = "M02/THU"
name_vi = "Mẫu thử"
name_en = "A trial form"
valid_from = 2026-11-01
source = "invented for this test"
certainty = "U"
due_day = 5
sheet = "THU"

[layout]
heading_row = 1
label_column = "B"

[[column]]
letter = "G"
what = "actual"
vi = "Tháng này"
en = "This month"

[[text]]
cell = "A1"
value = "{name}"

[[line]]
row = 7
vi = "Khách nghỉ trừ khách Việt"
en = "Nights less domestic nights, and fees"
formula = "guest_nights - guest_nights_domestic"
certainty = "U"

[[line]]
row = 8
vi = "Phí"
en = "Fees"
formula = "input.fees"

[[input]]
name = "fees"
vi = "Phí"
en = "Fees"
"""


class Sheet:
    """The only sheet of a workbook, by cells as people name them."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            self.xml = parts.read("xl/worksheets/sheet1.xml").decode()
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        self.title, self.rows = sheet.name, sheet.to_python(skip_empty_area=False)

    def __getitem__(self, cell: str) -> Any:
        row, column = xl_cell_to_rowcol(cell)
        return self.rows[row][column]

    def column(self, letter: str, first: int, last: int) -> list[Any]:
        return [self[f"{letter}{row}"] for row in range(first, last + 1)]


def sheet_of(content: bytes) -> Sheet:
    sheet = Sheet(content)
    assert "<f>" not in sheet.xml, "no cell is a formula"
    return sheet


@pytest.fixture
def second_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the real forms and one more file."""
    (tmp_path / "real.toml").write_bytes((returns_forms.FORMS / "01cs_ltdl.toml").read_bytes())
    (tmp_path / "second.toml").write_text(SECOND_FORM, encoding="utf-8")
    forms = every_form(tmp_path)
    monkeypatch.setattr(returns_views, "forms_of", lambda month: forms_of(month, forms))
    return tmp_path


@pytest.fixture
def staff(town: SimpleNamespace, as_: Any) -> Any:
    return as_(UserFactory(manager_of=town.here))


# --- The file of a form ------------------------------------------------------------------------


def test_the_form_asks_for_what_the_domain_rules_say() -> None:
    (form,) = forms_of(date(2026, 11, 1))
    formulas = [line.formula for line in form.lines if not line.is_typed]
    assert formulas == [
        "arrivals + same_day_guests",
        "arrivals",
        "arrivals_foreign",
        "arrivals_domestic",
        "same_day_guests",
        "same_day_foreign",
        "same_day_domestic",
        "guest_nights",
        "guest_nights_foreign",
        "guest_nights_domestic",
    ]
    assert [column.what for column in form.columns] == ["actual", "estimate", "cumulative"]
    assert form.certainty != "C"


@pytest.mark.parametrize(
    "formula", ["", "arrivals +", "arrivals arrivals", "houses", "__class__", "arrivals * 2"]
)
def test_a_formula_that_cannot_be_counted_is_refused(formula: str) -> None:
    with pytest.raises(BadForm):
        list(parse(formula))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("row = 8", "row = 7"),
        ('name = "fees"', 'name = "tolls"'),
        ('what = "actual"', 'what = "last"'),
        ('letter = "G"', 'letter = "7"'),
        ('sheet = "THU"', ""),
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "form.toml"
    path.write_text(SECOND_FORM, encoding="utf-8")
    assert read(path).code == "M02/THU"
    path.write_text(SECOND_FORM.replace(before, after), encoding="utf-8")
    with pytest.raises(BadForm):
        read(path)


def test_a_form_counts_from_its_first_day_and_a_later_one_replaces_it(tmp_path: Path) -> None:
    for year in (2026, 2027):
        text = SECOND_FORM.replace("2026-11-01", f"{year}-01-01")
        (tmp_path / f"{year}.toml").write_text(text, encoding="utf-8")
    forms = every_form(tmp_path)
    assert forms_of(date(2025, 12, 1), forms) == []
    assert [f.valid_from.year for f in forms_of(date(2026, 12, 1), forms)] == [2026]
    assert [f.valid_from.year for f in forms_of(date(2027, 1, 1), forms)] == [2027]


def test_a_second_form_is_a_file(staff: Any, second_form: Path, send: Any) -> None:
    page = gate(staff.get("/hotel/HERE/returns"))
    assert "M02/THU" in page.text_content()
    address = "/hotel/HERE/returns/2026-11/m02-thu"
    gate(staff.get(address))
    sheet = sheet_of(send(staff, address, fees_actual="2.000.000").data)
    assert sheet.title == "THU"
    assert sheet["A1"] == "=HYPERLINK(1)"
    assert (sheet["B7"], sheet["G7"]) == ("Khách nghỉ trừ khách Việt [U]", 2)
    assert sheet["G8"] == 2


# --- The figures -------------------------------------------------------------------------------


def test_the_cells_hold_the_figures_of_the_house(staff: Any, send: Any) -> None:
    address = f"/hotel/HERE/returns/2026-11/{SLUG}"
    answer = send(staff, address, revenue_foreign_actual="1tr5", revenue_domestic_actual="500k")
    assert answer.headers["Content-Disposition"].endswith('"01cs-ltdl_HERE_2026-11.xlsx"')
    assert answer.headers["Cache-Control"] == "no-store"
    sheet = sheet_of(answer.data)
    assert sheet.column("D", 11, 23) == [2, 1.5, 0.5, 4, 4, 2, 2, 0, 0, 0, 4, 2, 2]
    assert sheet["E11"] == ""
    assert (sheet["F14"], sheet["F21"]) == (4, 4)
    assert any("[U]" in text for text in sheet.column("A", 31, 37))


def test_the_town_is_the_sum_and_a_ward_its_part(
    province: Any, town: SimpleNamespace, as_: Any, send: Any
) -> None:
    address = f"/statistics/returns/2026-11/{SLUG}"
    assert sheet_of(send(province, address).data)["D21"] == 8
    gate(province.get("/statistics/returns"))
    gate(province.get(address))
    ward = as_(UserFactory(ward_official_of="26506"))
    assert sheet_of(send(ward, address).data)["D21"] == 4


def test_the_year_is_added_up_from_january(town: SimpleNamespace) -> None:
    room = rooms(town.here, 1)[0]
    for first in (date(2026, 1, 31), date(2025, 12, 30)):
        stay(room, first, first + timedelta(days=2), Party(persons=3))
    of = returns.return_of(NOVEMBER, Filters(house_id=town.here.id))
    assert of.figures["cumulative"].guest_nights == 4 + 6
    assert of.figures["cumulative"].arrivals == 4 + 3


def test_the_estimate_is_last_years_next_month_by_how_this_month_changed() -> None:
    def figures(nights: int) -> Figures:
        return Figures(guest_nights=nights, guest_nights_domestic=nights)

    estimate = returns.estimated(figures(120), figures(100), figures(50))
    assert (estimate.guest_nights, estimate.guest_nights_domestic) == (60, 60)
    assert returns.estimated(figures(120), None, None).guest_nights == 120
    assert returns.estimated(figures(900), figures(1), figures(50)).guest_nights == 150


def count_all() -> None:
    db.session.commit()
    while facts.tick():
        pass


def test_the_month_in_which_the_register_began_is_no_measure(town: SimpleNamespace) -> None:
    """Else a few days of last year beside a whole month of now look like a doubling."""
    room = rooms(town.here, 1)[0]
    for first in (date(2025, 11, 29), date(2025, 12, 10)):
        stay(room, first, first + timedelta(days=1), Party(persons=2))
    count_all()
    house = Filters(house_id=town.here.id)
    assert returns.return_of(NOVEMBER, house).figures["actual"].guest_nights == 4
    assert returns.return_of(NOVEMBER, house).figures["estimate"].guest_nights == 2
    # The control: last year's November was seen whole, so twice as many came now.
    stay(room, date(2025, 10, 31), date(2025, 11, 1), Party(persons=1))
    count_all()
    assert returns.return_of(NOVEMBER, house).figures["estimate"].guest_nights == 4


@pytest.mark.parametrize("closed", [True, False])
def test_a_month_without_guests_is_a_return_of_zeros(town: Any, closed: bool) -> None:
    house = EstablishmentFactory(code="QUIET")
    if closed:
        for first, last in (((2026, 9, 20), (2026, 10, 15)), ((2026, 10, 15), (2026, 11, 3))):
            valid = Range(date(*first), date(*last))
            db.session.add(Closure(establishment_id=house.id, valid=valid))
    db.session.flush()
    of = returns.return_of(Period.month(2026, 10), Filters(house_id=house.id))
    assert of.why_zero == ("closed" if closed else "no_guests")
    (form,) = forms_of(date(2026, 10, 1))
    sheet = sheet_of(returns_files.workbook(form, of, {}, {"name": house.name}))
    assert sheet.column("D", 14, 23) == [0] * 10
    assert "Báo cáo số không" in sheet["A31"]


# --- Due dates and states ----------------------------------------------------------------------


def test_a_month_is_due_on_the_12th_of_the_next_or_on_the_forms_own_day(second_form: Path) -> None:
    forms = {form.code: form for form in every_form(second_form)}
    december = Period.month(2026, 12)
    assert returns.due_date(december, forms["01CS/LTDL"]) == date(2027, 1, 12)
    assert returns.due_date(december, forms["M02/THU"]) == date(2027, 1, 5)


def test_the_state_of_a_month_follows_the_days() -> None:
    (form,) = forms_of(date(2026, 11, 1))
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 12), date(2026, 12, 13)]
    states = [returns.state_of(NOVEMBER, form, sent=False, today=day) for day in days]
    assert states == ["running", "due", "due", "overdue"]
    assert returns.state_of(NOVEMBER, form, sent=True, today=days[-1]) == "sent"


def test_a_house_marks_a_month_as_sent_once_it_has_ended(
    town: SimpleNamespace, as_: Any, send: Any
) -> None:
    manager = UserFactory(manager_of=town.here)
    staff = as_(manager)
    page = f"/hotel/HERE/returns/2026-11/{SLUG}"
    address = f"{page}/sent"
    assert send(staff, address, page).status_code == 303
    assert db.session.scalars(select(SentReturn)).all() == []
    with time_machine.travel(dates.at(date(2026, 12, 3), 10), tick=False):
        # A session left alone for so long has ended.
        staff = as_(manager)
        for _ in range(2):
            assert send(staff, address, page).status_code == 303
        (row,) = db.session.scalars(select(SentReturn))
        assert row.month == NOVEMBER.start
        assert "Đã nộp" in staff.get("/hotel/HERE/returns").get_data(as_text=True)


# --- Who may, and what is refused --------------------------------------------------------------


def test_revenue_that_is_no_number_is_named_at_its_field_and_nothing_is_kept(
    staff: Any, send: Any
) -> None:
    answer = send(staff, f"/hotel/HERE/returns/2026-11/{SLUG}", revenue_foreign_actual="nhiều lắm")
    assert answer.status_code == 422
    page = gate(answer)
    assert page.xpath("//*[@id='revenue_foreign_actual-error']")


@pytest.mark.parametrize(
    "address",
    [
        "/hotel/THERE/returns",
        f"/hotel/THERE/returns/2026-11/{SLUG}",
        f"/hotel/HERE/returns/2027-01/{SLUG}",
        f"/hotel/HERE/returns/1999-01/{SLUG}",
        "/hotel/HERE/returns/2026-11/none",
        f"/hotel/HERE/returns/november/{SLUG}",
    ],
)
def test_another_house_or_month_is_not_found(staff: Any, address: str) -> None:
    assert staff.get(address).status_code == 404


def test_the_towns_form_is_for_officials(staff: Any) -> None:
    assert staff.get(f"/statistics/returns/2026-11/{SLUG}").status_code == 403
