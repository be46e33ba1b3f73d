"""Pages of quality: the scores by ward, house and day, their fractions, the rows to mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.registry.access import establishment_or_404
from app.registry.admin_views import page_number, paging
from app.statistics import asking, files, words
from app.statistics import report as reports
from app.statistics.access import OFFICIALS, account_for_houses, own_units, permitted
from app.statistics.forms import BY, Asked, StatisticsForm
from app.statistics.quality import words as said
from app.statistics.quality.facts import clipped
from app.statistics.quality.filings import filings_of
from app.statistics.quality.rows import MOST, rows_to_mend
from app.statistics.quality.scores import MEASURES, SCORES, QualityTable, last_days, quality
from app.statistics.queries import Filters
from app.text import fold
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("quality", __name__)

QUALITY_BY = {by: BY[by] for by in BY if by not in ("week", "quarter", "year")}
PER_PAGE = 50
ROWS_SHOWN = 100


def read(*, account: bool = True) -> tuple[StatisticsForm, Asked | None]:
    """Return the form and the question: of the last thirty days, of wards or one ward's houses."""
    period, units = last_days(), own_units()
    unit = request.args.get("unit", "").strip()
    one_unit = bool(unit and "," not in unit) or (units is not None and len(units) == 1)
    by = "establishment" if one_unit else "unit"
    if request.args.get("establishment"):
        by = "day"
    defaults = {"from": period.start.isoformat(), "to": period.end.isoformat(), "by": by}
    given = {name: value for name, value in request.args.items() if value.strip()}
    form = StatisticsForm({**defaults, **given}, by=QUALITY_BY, units=units)
    asked = form.asked()
    if asked is None:
        return form, None
    asked = permitted(asked)
    if account:
        account_for_houses(asked)
    return form, asked


def _by_name(table: QualityTable, by: str, names: dict[str, str]) -> QualityTable:
    """Put wards and houses in the order of their names; days stay as they follow each other."""
    if by in ("day", "month"):
        return table
    return replace(table, rows=sorted(table.rows, key=lambda row: fold(names[row.key])))


@blueprint.get("/statistics/quality")
@requires(*OFFICIALS)
def show() -> ResponseReturnValue:
    """Show the four scores by ward, house or day, in the order of names and days."""
    form, asked = read()
    context: dict[str, Any] = {"form": form, "tab": "quality"}
    if asked is None:
        return page("statistics/quality.html", fragment="quality", status=422, **context)
    table = quality(asked.period, by=asked.by, filters=asked.filters)
    names = words.names_of(asked.by, [row.key for row in table.rows])
    table = _by_name(table, asked.by, names)
    if wanted := files.wanted(request.args.get("format")):
        sheet = said.table_sheet(table, names, asked)
        return files.answer(wanted, asking.file_name("quality", asked), sheet)
    number = page_number()
    return page(
        "statistics/quality.html",
        fragment="quality",
        table=table,
        rows=table.rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        names=names,
        by=str(BY[asked.by]),
        asked=asked,
        measures=MEASURES,
        scores=[MEASURES[name] for name in SCORES],
        days=said.heat_days(table, asked, _deeper(asked)) if asked.by == "day" else None,
        deeper=_deeper(asked),
        formula_url=_formula_url(asked),
        rows_url=_rows_url(asked),
        file_urls=asking.file_urls(asked),
        scope=_scope(asked),
        period=words.period(clipped(asked.period) or asked.period),
        **paging("quality.show", number, len(table.rows), PER_PAGE),
        **context,
    )


def _scope(asked: Asked) -> str:
    if asked.establishment:
        return words.names_of("establishment", [asked.establishment])[asked.establishment]
    return words.scope(asked.filters)


def _deeper(asked: Asked) -> Any:
    """Return what makes the address behind a row: of a ward its houses, of a house its days."""
    common = asking.arguments(asked)

    def url(key: str) -> str:
        behind = reports.narrowed(asked, key)
        if behind is None:
            return url_for("quality.show", **common)
        if asked.by in ("day", "month"):
            by = "establishment" if behind.establishment is None else "day"
        else:
            by = "day" if behind.establishment else "establishment"
        if asked.by == "day" and behind.establishment:
            return url_for("quality.rows", **asking.arguments(behind))
        return url_for("quality.show", **asking.arguments(replace(behind, by=by)))

    return url


def _formula_url(asked: Asked) -> Any:
    common = asking.arguments(asked)

    def url(name: str, key: str = "total") -> str:
        return url_for("quality.formula", name=name, key=key, **common)

    return url


def _rows_url(asked: Asked) -> str | None:
    if not asked.establishment:
        return None
    return url_for("quality.rows", **asking.arguments(asked))


# --- The fraction behind a number -----------------------------------------------------------


@blueprint.get("/statistics/quality/formula/<string:name>")
@requires(*OFFICIALS)
def formula(name: str) -> ResponseReturnValue:
    """Show numerator and denominator of one number, and the rows they are the sums of."""
    if name not in MEASURES:
        abort(404)
    form, asked = read(account=False)
    if asked is None:
        return page("statistics/quality_formula.html", status=422, form=form, tab="quality")
    key = request.args.get("key", "total")
    behind = reports.narrowed(asked, key)
    if behind is None:
        abort(404)
    behind = permitted(behind)
    by = _breakdown(behind)
    behind = replace(behind, by=by)
    account_for_houses(behind)
    table = quality(behind.period, by=by, filters=behind.filters)
    names = words.names_of(by, [row.key for row in table.rows])
    table = _by_name(table, by, names)
    query = {**asking.arguments(asked), "name": name, "key": key}
    measure = MEASURES[name]
    if wanted := files.wanted(request.args.get("format")):
        sheet = said.formula_sheet(measure, table, names, behind)
        return files.answer(wanted, asking.file_name(f"quality_{name}", behind), sheet)
    return page(
        "statistics/quality_formula.html",
        measure=measure,
        parts=[MEASURES[part] for part in measure.of],
        table=table,
        rows=table.rows[:ROWS_SHOWN],
        names=names,
        by=str(BY[by]),
        part_url=lambda part: url_for("quality.formula", **{**query, "name": part}),
        back=url_for("quality.show", **asking.arguments(asked)),
        rows_url=_rows_url(behind),
        file_urls={
            form: url_for("quality.formula", **query, format=form) for form in files.FORMATS
        },
        scope=_scope(behind),
        period=words.period(clipped(behind.period) or behind.period),
        tab="quality",
    )


def _breakdown(behind: Asked) -> str:
    """Return what the rows behind a number are made by: days of a house, houses, or wards."""
    if behind.establishment:
        return "day"
    one_unit = len(behind.filters.units or behind.filters.within or ()) == 1
    return "establishment" if one_unit else "unit"


# --- The rows to mend -----------------------------------------------------------------------


@blueprint.get("/statistics/quality/rows")
@requires(*OFFICIALS)
def rows() -> ResponseReturnValue:
    """Show what one house has to mend: days, and records by the end of their id and their room."""
    if not request.args.get("establishment", "").strip():
        abort(404)
    form, asked = read()
    if asked is None or asked.filters.house_id is None:
        return page("statistics/quality_rows.html", status=422, form=form, found=None)
    found = rows_to_mend(asked.filters.house_id, asked.period)
    if wanted := files.wanted(request.args.get("format")):
        sheet = said.rows_sheet(found, asked, _scope(asked))
        return files.answer(wanted, asking.file_name("quality_rows", asked), sheet)
    return page(
        "statistics/quality_rows.html",
        found=found,
        kind_names=said.KIND_NAMES,
        row_words=said.row_words,
        most=MOST,
        scope=_scope(asked),
        period=words.period(clipped(asked.period) or asked.period),
        back=url_for("quality.show", **asking.arguments(asked)),
        file_urls=asking.file_urls(asked),
        tab="quality",
    )


# --- The house's own page -------------------------------------------------------------------


@blueprint.get("/hotel/<code>/quality")
@requires("front_desk", "manager")
def house(code: str) -> ResponseReturnValue:
    """Show a house its own scores of the last thirty days and what it can mend, with the way."""
    own = establishment_or_404(code)
    period = last_days()
    table = quality(period, by="day", filters=Filters(house_id=own.id))
    found = rows_to_mend(own.id, period)
    return page(
        "statistics/quality_house.html",
        house=own,
        total=table.total,
        scores=[MEASURES[name] for name in SCORES],
        parts=[MEASURES[name] for name in ("timely", "fresh_share")],
        found=found,
        kind_names=said.KIND_NAMES,
        row_words=said.row_words,
        mend_url=lambda row: said.mend_url(own.code, row),
        mend_words=said.mend_words,
        filings=filings_of(own.id, period),
        most=MOST,
        period=words.period(clipped(period) or period),
        title=_("Chất lượng số liệu"),
    )
