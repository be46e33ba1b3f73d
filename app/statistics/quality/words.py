"""How the scores and the rows to mend read, on pages and in files, and where a row is mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.statistics import words
from app.statistics.files import Sheet
from app.statistics.forms import BY, Asked
from app.statistics.quality.facts import clipped
from app.statistics.quality.rows import Row, Rows
from app.statistics.quality.scores import MEASURES, NAMES, Measure, QualityTable
from app.web.filters import percent

COLUMN_NAMES: dict[str, LazyString] = {
    "establishments": _l("Cơ sở"),
    "due": _l("Ngày phải báo"),
    "reported": _l("Ngày đã báo"),
    "on_time": _l("Ngày đúng hạn"),
    "late": _l("Ngày trễ"),
    "missed": _l("Ngày không báo"),
    "records": _l("Bản ghi"),
    "errors": _l("Bản ghi có lỗi"),
    "duplicates": _l("Bản ghi trùng"),
    "contradictions": _l("Mâu thuẫn"),
    "closes": _l("Lần chốt ngày"),
    "vacancies": _l("Dòng phòng trống"),
    "fresh": _l("Dòng còn mới"),
    "zeros": _l("Đêm không khách cần xem lại"),
}
KIND_NAMES: dict[str, LazyString] = {
    "missed": _l("Ngày không báo"),
    "faulty": _l("Bản ghi thiếu"),
    "duplicate": _l("Bản ghi trùng"),
    "contradiction": _l("Bản ghi chồng giờ"),
    "close": _l("Chốt ngày lệch sổ"),
    "zero": _l("Đêm không khách cần xem lại"),
}
MISSING_NAMES: dict[str, LazyString] = {
    "guests": _l("chưa có khách nào"),
    "full_name": _l("họ tên"),
    "date_of_birth": _l("ngày sinh"),
    "sex": _l("giới tính"),
    "document_type": _l("loại giấy tờ"),
    "document_number": _l("số giấy tờ"),
    "document_name": _l("tên giấy tờ"),
    "permitted_until": _l("hạn được phép tạm trú"),
    "room": _l("số phòng"),
}


def row_words(row: Row) -> str:
    """Return what is wrong with a row, in words that name nobody."""
    if row.kind == "faulty":
        named = ", ".join(str(MISSING_NAMES[name]) for name in row.missing)
        return _("Thiếu: %(what)s.", what=named)
    if row.kind == "duplicate":
        return _("Cùng giấy tờ đã ghi ở một bản ghi khác đến trong ngày này.")
    if row.kind == "contradiction":
        return _("Cùng giấy tờ đang ở theo một bản ghi khác đến từ ngày trước.")
    if row.kind == "close":
        return _("Đã chốt %(said)s phòng, sổ có %(known)s phòng.", said=row.said, known=row.known)
    if row.kind == "zero":
        return _("Báo không có khách, trong khi các cơ sở khác cùng phường gần kín.")
    return _("Chưa báo gì cho ngày này.")


def mend_url(code: str, row: Row) -> str:
    """Return the house's page on which a row is mended."""
    if row.stay_id is None:
        return url_for("day_closes.show", code=code, day=row.day)
    if row.kind == "faulty" and row.missing == ("guests",):
        return url_for("stay_correction.new_guest", code=code, stay_id=row.stay_id)
    return url_for("stay.show", code=code, stay_id=row.stay_id)


def mend_words(row: Row) -> str:
    if row.stay_id is None:
        return _("Chốt ngày") if row.kind == "missed" else _("Xem lại ngày")
    return _("Bổ sung") if row.kind == "faulty" else _("Xem lượt lưu trú")


def heat_days(
    table: QualityTable, asked: Asked, url: Callable[[str], str]
) -> list[tuple[date, float | None, str, str]]:
    """Return the days for the calendar of squares, coloured by the score."""
    return [
        (
            date.fromisoformat(row.key),
            row.score,
            _("điểm chung %(score)s", score=percent(row.score, 0)),
            url(row.key),
        )
        for row in table.rows
    ]


# --- Files ----------------------------------------------------------------------------------


def _label(name: str) -> str:
    return str(COLUMN_NAMES[name] if name in COLUMN_NAMES else MEASURES[name].label)


def _definitions() -> list[tuple[str, str]]:
    return [(str(measure.label), _definition(measure)) for measure in MEASURES.values()]


def _definition(measure: Measure) -> str:
    if measure.over and measure.under:
        return f"{measure.over[1]} / {measure.under[1]}. {measure.words}"
    return str(measure.words)


def _period(asked: Asked) -> str:
    return words.period(clipped(asked.period) or asked.period)


def table_sheet(table: QualityTable, names: dict[str, str], asked: Asked) -> Sheet:
    lines = [
        (row.key, names.get(row.key, _("Tổng")), *(getattr(row, name) for name in NAMES))
        for row in [*table.rows, table.total]
    ]
    return Sheet(
        title=_("Chất lượng số liệu"),
        headings=[_("Mã"), str(BY[asked.by]), *(_label(name) for name in NAMES)],
        rows=lines,
        period=_period(asked),
        area=words.scope(asked.filters),
        definitions=_definitions(),
    )


def formula_sheet(
    measure: Measure, table: QualityTable, names: dict[str, str], asked: Asked
) -> Sheet:
    """Return numerator and denominator of each row, or the scores that a mean is made of."""
    if measure.over and measure.under:
        columns = [
            (measure.over[0], str(measure.over[1])),
            (measure.under[0], str(measure.under[1])),
        ]
    else:
        columns = [(name, str(MEASURES[name].label)) for name in measure.of]
    columns.append((measure.name, str(measure.label)))
    return Sheet(
        title=str(measure.label),
        headings=[_("Mã"), str(BY[asked.by]), *(label for _name, label in columns)],
        rows=[
            (row.key, names.get(row.key, _("Tổng")), *(getattr(row, name) for name, _l in columns))
            for row in [*table.rows, table.total]
        ],
        period=_period(asked),
        area=words.scope(asked.filters),
        definitions=_definitions(),
    )


def rows_sheet(found: Rows, asked: Asked, name: str) -> Sheet:
    lines: list[tuple[Any, ...]] = [
        (row.day.isoformat(), str(KIND_NAMES[row.kind]), row.short_id, row.room, row_words(row))
        for row in found.rows
    ]
    return Sheet(
        title=_("Dòng cần sửa"),
        headings=[_("Ngày"), _("Việc"), _("Mã bản ghi"), _("Phòng"), _("Cần sửa gì")],
        rows=lines,
        period=_period(asked),
        area=name,
        definitions=_definitions(),
    )
