"""The row of a table as programs get it, by names that never change, and as files for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.statistics import words
from app.statistics.files import Sheet
from app.statistics.forms import BASIS_NAMES, BY, COMPARE_NAMES, ORIGINS_BY, SPLIT_NAMES, Asked
from app.statistics.indicators import COMPARED, INDICATORS, Indicator
from app.statistics.origins import Origin
from app.statistics.queries import Figures, Table, ended
from app.statistics.report import Report
from app.statistics.revisions import TOWN, Revised
from app.statistics.tonight.vacancy import Vacancy

HEADINGS = (
    "key",
    "rooms_registered",
    "rooms_gross",
    "rooms_net",
    "rooms_occupied",
    "occupancy_net",
    "occupancy_gross",
    "bed_places",
    "guest_nights",
    "arrivals",
    "arrivals_domestic",
    "arrivals_foreign",
    "same_day_guests",
    "average_stay",
    "establishments",
    "reporting_establishments",
    "reporting_rooms_share",
    "bed_places_net",
    "bed_occupancy_net",
    "bed_occupancy_gross",
    "guests_per_room",
    "guests_served",
    "rooms_commercial",
    "occupancy_commercial",
    "status",
)


# What columns of files are called beside the indicators.
COLUMN_NAMES: dict[str, LazyString] = {
    "rooms_known": _l("Phòng đã biết"),
    "rooms_vacant": _l("Phòng trống"),
    "guests": _l("Khách"),
    "domestic": _l("Trong nước"),
    "foreign": _l("Quốc tế"),
    "unknown": _l("Chưa rõ"),
    "split": _l("Chia theo"),
    "share": _l("Tỷ trọng"),
    "status": _l("Số liệu"),
}
STATUS_NAMES: dict[str, LazyString] = {"provisional": _l("Tạm tính"), "final": _l("Chính thức")}


def headings(rows_by: object, *names: str) -> list[str]:
    """Return the first line of a file: code, name, and each column in the reader's words."""
    labels = [
        COLUMN_NAMES[name] if name in COLUMN_NAMES else INDICATORS[name].label for name in names
    ]
    return [_("Mã"), str(rows_by), *map(str, labels)]


def status_name(status: str) -> str:
    return str(STATUS_NAMES[status])


def as_cells(figures: Figures) -> list[Any]:
    """Return the row of a file, in the order of the API's names, the key left out."""
    values = [getattr(figures, name) for name in HEADINGS[1:-1]]
    return [*values, status_name(figures.status)]


def as_dict(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in HEADINGS}


# --- Files ----------------------------------------------------------------------------------


def definitions(*names: str) -> list[tuple[str, str]]:
    """Return what each indicator is, with its fraction."""
    return [_definition(INDICATORS[name]) for name in names if name in INDICATORS]


def _definition(indicator: Indicator) -> tuple[str, str]:
    words_of = str(indicator.words)
    if indicator.under is not None:
        words_of = f"{indicator.over.label} / {indicator.under.label}. {words_of}"
    return str(indicator.label), words_of


def report_sheet(name: str, report: Report) -> Sheet:
    """Return all rows of a report, with the columns of its comparison if one is asked for."""
    asked, found = report.asked, report.table.rows
    names = words.names_of(asked.by, [row.key for row in found])
    compared = COMPARED[name] if asked.compare else ()
    lines = [
        (row.key, names[row.key], *as_cells(row), *_compared_cells(report, row.key, compared))
        for row in found
    ]
    if asked.compare and found:
        # The total of a comparison is no sum of its rows: houses match anew.
        total = report.table.total
        cells = _compared_cells(report, "total", compared)
        lines.append(("total", _("Cả kỳ"), *as_cells(total), *cells))
    return Sheet(
        title=_("Công suất buồng") if name == "occupancy" else _("Lượng khách"),
        headings=[
            *headings(BY[asked.by], *HEADINGS[1:]),
            *_compared_headings(asked.compare, compared),
        ],
        rows=lines,
        period=words.period(report.period),
        area=words.scope(asked.filters),
        definitions=definitions(*HEADINGS),
    )


def _compared_headings(basis: str | None, names: Sequence[str]) -> list[str]:
    if basis is None:
        return []
    base = str(COMPARE_NAMES[basis])
    found = [_("Kỳ so sánh")]
    for name in names:
        label = str(INDICATORS[name].label)
        found += [
            _("%(label)s, %(base)s, mọi cơ sở", label=label, base=base),
            _("%(label)s, tăng giảm %%, mọi cơ sở", label=label),
            _("%(label)s, kỳ này, cơ sở báo cả hai kỳ", label=label),
            _("%(label)s, %(base)s, cơ sở báo cả hai kỳ", label=label, base=base),
            _("%(label)s, tăng giảm %%, cơ sở báo cả hai kỳ", label=label),
        ]
    return found


def _compared_cells(report: Report, key: str, names: Sequence[str]) -> list[Any]:
    if report.asked.compare is None:
        return []
    found = report.comparisons.get(key)
    if found is None:
        return [None] * (1 + 5 * len(names))
    cells: list[Any] = [words.period(found.pairing.period_before)]
    for name in names:
        of = INDICATORS[name].of
        cells += [of(found.all.before), hundred(found.all.change(name)), of(found.matched.now)]
        cells += [of(found.matched.before), hundred(found.matched.change(name))]
    return cells


def hundred(change: float | None) -> float | None:
    return None if change is None else 100 * change


def origins_sheet(
    asked: Asked, found: Sequence[Origin], names: dict[str, str], total: Figures
) -> Sheet:
    """Return guests by country or time; the split and the response rate stand in every row."""
    split, share = str(SPLIT_NAMES[asked.split]), total.reporting_rooms_share
    lines = [
        (
            row.key,
            names[row.key],
            row.guests,
            row.domestic,
            row.foreign,
            row.unknown,
            row.share,
            split,
            share,
            status_name(row.status),
        )
        for row in found
    ]
    columns = ("guests", "domestic", "foreign", "unknown", "share", "split")
    return Sheet(
        title=_("Khách từ đâu: %(basis)s", basis=str(BASIS_NAMES[asked.basis])),
        headings=headings(ORIGINS_BY[asked.by], *columns, "reporting_rooms_share", "status"),
        rows=lines,
        period=words.period(ended(asked.period) or asked.period),
        area=words.scope(asked.filters),
        definitions=definitions(
            "arrivals" if asked.basis == "arrival" else "guest_nights", "reporting_rooms_share"
        ),
    )


VACANCY_HEADINGS = (
    "rooms_registered",
    "rooms_known",
    "rooms_vacant",
    "establishments",
    "reporting_establishments",
    "reporting_rooms_share",
)


def vacancy_sheet(asked: Asked, found: Sequence[Vacancy], names: dict[str, str]) -> Sheet:
    return Sheet(
        title=_("Phòng trống lúc này"),
        headings=headings(BY[asked.by], *VACANCY_HEADINGS),
        rows=[
            (row.key, names[row.key], *(getattr(row, name) for name in VACANCY_HEADINGS))
            for row in found
        ],
        period=_("Đêm nay"),
        area=words.scope(asked.filters),
        definitions=definitions("reporting_rooms_share"),
    )


def formula_sheet(indicator: Indicator, asked: Asked, by: str, table: Table) -> Sheet:
    """Return the numerator and denominator of every row behind one number, and of all of them."""
    names = words.names_of(by, [row.key for row in table.rows])
    parts = [indicator.over, *([indicator.under] if indicator.under else [])]
    lines = [
        (
            row.key,
            names.get(row.key, _("Tổng")),
            *(part.of(row) for part in parts),
            *([indicator.of(row)] if indicator.under else []),
            row.reporting_rooms_share,
            status_name(row.status),
        )
        for row in [*table.rows, table.total]
    ]
    labels = [str(part.label) for part in parts] + ([str(indicator.label)] if parts[1:] else [])
    ending = [str(INDICATORS["reporting_rooms_share"].label), str(COLUMN_NAMES["status"])]
    return Sheet(
        title=str(indicator.label),
        headings=[_("Mã"), str(BY[by]), *labels, *ending],
        rows=lines,
        period=words.period(asked.period),
        area=words.scope(asked.filters),
        definitions=definitions(indicator.name, "reporting_rooms_share"),
    )


def scope_names(found: Sequence[Revised]) -> dict[str, str]:
    """Return what the scopes of revisions are called: the town, or a unit."""
    units = sorted({row.scope for row in found} - {TOWN})
    return {TOWN: _("Toàn địa bàn"), **words.names_of("unit", units)}


def revisions_sheet(asked: Asked, found: Sequence[Revised]) -> Sheet:
    names = scope_names(found)
    return Sheet(
        title=_("Sửa đổi sau công bố"),
        headings=[
            _("Tháng"),
            _("Mã"),
            _("Phạm vi"),
            _("Chỉ tiêu"),
            _("Đã công bố"),
            _("Nay là"),
            _("Ghi lúc"),
        ],
        rows=[
            (
                f"{row.month:%Y-%m}",
                row.scope,
                names[row.scope],
                str(row.indicator.label),
                row.before,
                row.after,
                row.at.isoformat(),
            )
            for row in found
        ],
        period=words.period(asked.period),
        area=words.scope(asked.filters),
        definitions=definitions(*dict.fromkeys(row.indicator.name for row in found)),
    )
