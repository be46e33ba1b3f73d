"""What a page or a program asks statistics for: period, grouping, filters, each checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, SelectField, StringField
from wtforms.widgets import DateInput

from app import dates
from app.dates import ONE_DAY, Period
from app.registry.models import KINDS
from app.registry.units import UnitNotFound, Units
from app.registry.words import KIND_NAMES, STARS, unit_name
from app.statistics.origins import BASES, SPLITS
from app.statistics.periods import BASES as COMPARED
from app.statistics.queries import UNRATED, Filters
from app.web.forms import Form
from app.web.problems import FIELD_CODES, FieldError, Problem

FIRST_DAY = date(2000, 1, 1)
LONGEST_NIGHTS = 1_830

BY = {
    "day": _l("Ngày"),
    "week": _l("Tuần"),
    "month": _l("Tháng"),
    "quarter": _l("Quý"),
    "year": _l("Năm"),
    "unit": _l("Phường, xã"),
    "area": _l("Vùng (thành phố, huyện cũ)"),
    "kind": _l("Loại cơ sở"),
    "stars": _l("Hạng sao"),
    "establishment": _l("Từng cơ sở"),
}
BASIS_NAMES = {"arrival": _l("Lượt khách đến"), "night": _l("Ngày khách")}
SPLIT_NAMES = {"nationality": _l("Quốc tịch"), "residence": _l("Nơi cư trú (nước đang sống)")}
ORIGINS_BY = {
    "country": _l("Nước"),
    **{by: BY[by] for by in ("day", "week", "month", "quarter", "year")},
}
COMPARE_NAMES = {
    "previous": _l("Kỳ liền trước"),
    "last_year": _l("Cùng kỳ năm trước"),
    "last_year_aligned": _l("Năm trước, khớp ngày lễ"),
}

MESSAGES = {
    "required": _l("Xin chọn ngày."),
    "invalid_format": _l("Xin viết ngày theo dạng 2026-12-24."),
    "out_of_range": _l("Kỳ từ năm 2000 và dài nhất năm năm."),
    "order": _l("Ngày cuối phải sau ngày đầu."),
    "unknown_code": _l("Không có lựa chọn này."),
    "not_found": _l("Không tìm thấy đơn vị này."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A valid question; the house is still a code, which only access may turn into a house."""

    period: Period
    by: str
    filters: Filters
    establishment: str | None = None
    basis: str = "arrival"
    split: str = "nationality"
    compare: str | None = None


def stars_name(value: str) -> Any:
    return _l("Chưa xếp hạng") if value == UNRATED else _l("%(stars)s sao", stars=value)


class StatisticsForm(Form):
    """The filters above a statistic, read from the query of a page or of the API alike."""

    class Meta(Form.Meta):
        csrf = False

    from_ = StringField(_l("Từ ngày"), name="from", widget=DateInput())
    to = StringField(_l("Đến trước ngày"), widget=DateInput())
    by = SelectField(_l("Xem theo"), validate_choice=False)
    basis = SelectField(_l("Đếm"), validate_choice=False)
    split = SelectField(_l("Chia theo"), validate_choice=False)
    compare = SelectField(_l("So với"), validate_choice=False)
    unit = SelectField(_l("Phường, xã"), validate_choice=False)
    area = SelectField(_l("Vùng"), validate_choice=False)
    kind = SelectField(_l("Loại cơ sở"), validate_choice=False)
    stars = SelectField(_l("Hạng"), validate_choice=False)
    establishment = HiddenField()

    def __init__(
        self,
        values: Mapping[str, str],
        *,
        by: Mapping[str, Any] = BY,
        units: frozenset[str] | None = None,
    ) -> None:
        super().__init__(formdata=MultiDict(values))
        self.known = Units.load()
        # What a ward's official cannot choose is not offered.
        self.narrow = units is not None
        self.one_unit = units is not None and len(units) == 1
        self.codes: list[tuple[Field, str]] = []
        self.by_known = by
        self.by.choices = [(key, name) for key, name in by.items() if self._offers(key)]
        self.basis.choices = list(BASIS_NAMES.items())
        self.split.choices = list(SPLIT_NAMES.items())
        self.compare.choices = [("", _l("Chỉ cả kỳ")), *COMPARE_NAMES.items()]
        everything = [("", _l("Tất cả"))]
        own = [u for u in self.known.today.values() if units is None or u.code in units]
        named = sorted(own, key=lambda unit: unit.folded)
        units_named = [(u.code, unit_name(u.name)) for u in named]
        self.unit.choices = _with_own(everything + units_named, self.unit)
        areas = [(area.code, area.name) for area in self.known.areas.values()]
        self.area.choices = _with_own(everything + sorted(areas), self.area)
        self.kind.choices = _with_own(everything + list(KIND_NAMES.items()), self.kind)
        stars = [*map(str, STARS), UNRATED]
        self.stars.choices = _with_own(
            everything + [(value, stars_name(value)) for value in stars], self.stars
        )

    def asked(self) -> Asked | None:
        """Return the question, or None where a field holds a fault, which then stands there."""
        period = self._period()
        by = self._one_of(self.by, self.by_known)
        basis = self._one_of(self.basis, BASES, default="arrival")
        split = self._one_of(self.split, SPLITS, default="nationality")
        compare = self._one_of(self.compare, ("", *COMPARED))
        stars = [*map(str, STARS), UNRATED]
        filters = Filters(
            units=self._units(),
            areas=self._codes_of(self.area, self.known.areas),
            kinds=self._codes_of(self.kind, KINDS),
            stars=self._codes_of(self.stars, stars),
        )
        if self.codes or period is None:
            return None
        house = (self.establishment.data or "").strip()[:32] or None
        return Asked(period, by, filters, house, basis, split, compare or None)

    def problem(self) -> Problem:
        """Return the faults as the API names them."""
        return Problem(
            "invalid",
            errors=[
                FieldError(code, FIELD_CODES[code], parameter=field.name)
                for field, code in self.codes
            ],
        )

    def _offers(self, by: str) -> bool:
        """Whether rows by this make sense to the reader, or were asked for all the same."""
        own_part = (self.narrow and by == "area") or (self.one_unit and by == "unit")
        return not own_part or by == self.by.data

    # --- The fields --------------------------------------------------------------------------

    def _fault(self, field: Field, code: str) -> None:
        self.codes.append((field, code))
        field.errors = [*field.errors, str(MESSAGES[code])]

    def _period(self) -> Period | None:
        start, end = self._day(self.from_), self._day(self.to)
        if start is None or end is None:
            return None
        if start >= end:
            self._fault(self.to, "order")
            return None
        if start < FIRST_DAY:
            self._fault(self.from_, "out_of_range")
            return None
        if (end - start).days > LONGEST_NIGHTS:
            self._fault(self.to, "out_of_range")
            return None
        return Period(start, end)

    def _day(self, field: Field) -> date | None:
        if not field.data:
            self._fault(field, "required")
            return None
        try:
            return dates.parse_date(field.data)
        except ValueError:
            self._fault(field, "invalid_format")
            return None

    def _one_of(self, field: Field, known: Iterable[str], *, default: str | None = None) -> str:
        value: str = field.data or default or ""
        if value not in known:
            self._fault(field, "unknown_code")
        return value

    def _codes_of(self, field: Field, known: Iterable[str]) -> tuple[str, ...] | None:
        """Return the codes of a parameter that may hold several with commas between."""
        codes = _several(field.data)
        if any(code not in known for code in codes):
            self._fault(field, "unknown_code")
        return tuple(dict.fromkeys(codes)) or None

    def _units(self) -> tuple[str, ...] | None:
        """Return today's units; an old code or name means the unit that took it over.

        A former city or district given here means all its units, as in searches.
        """
        found: list[str] = []
        for code in _several(self.unit.data):
            if code in self.known.areas:
                found += [unit.code for unit in self.known.units_of(code)]
                continue
            try:
                found.append(self.known.now(code).code)
            except (UnitNotFound, ValueError):
                self._fault(self.unit, "not_found")
        return tuple(dict.fromkeys(found)) or None


def _several(text: str | None) -> list[str]:
    return [part for part in ((text or "").split(",")) if part.strip()][:100]


def _with_own(choices: list[tuple[str, Any]], field: Field) -> list[tuple[str, Any]]:
    """Keep a value that a link brought and the list does not offer, such as several codes."""
    value = field.data or ""
    if value in dict(choices):
        return choices
    return [*choices, (value, value)]


def default_period() -> Period:
    """Return the last full month and the running one."""
    today = dates.today()
    return Period(dates.previous_month(today), dates.next_month(today))


def with_defaults(values: Mapping[str, str], *, by: str) -> dict[str, str]:
    """Fill in what the query of a page leaves out."""
    period = default_period()
    defaults = {"from": period.start.isoformat(), "to": period.end.isoformat(), "by": by}
    given = {name: value for name, value in values.items() if value.strip()}
    return {**defaults, **given}


def shortcuts() -> list[tuple[Any, Period]]:
    """Return the periods people ask for most, with their names."""
    today = dates.today()
    this_month = dates.month_start(today)
    next_month, year = dates.next_month(today), date(today.year, 1, 1)
    found = [
        (_l("Tháng này"), Period(this_month, next_month)),
        (_l("Tháng trước"), Period(dates.previous_month(today), this_month)),
        (_l("Năm nay"), Period(year, date(today.year + 1, 1, 1))),
        (_l("12 tháng"), Period(dates.same_day_last_year(next_month), next_month)),
    ]
    names = {"tet": _l("Tết"), "reunification": _l("30/4 – 1/5"), "national_day": _l("2/9")}
    return found + [(names[code], period) for code, period in _last_holidays(names, today)]


def _last_holidays(codes: Iterable[str], today: date) -> Iterable[tuple[str, Period]]:
    """Yield the last run of days off of each holiday that has begun, the nights before included."""
    for code in codes:
        runs = [
            run
            for year in (today.year - 1, today.year)
            for run in dates.holiday_runs(year)
            if code in run.codes and run.first <= today
        ]
        if runs:
            yield code, Period(runs[-1].first - ONE_DAY, runs[-1].last + ONE_DAY)
