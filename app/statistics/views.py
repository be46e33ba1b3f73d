"""Pages of statistics: occupancy, guests, origins, vacancy, revisions, and every formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.statistics import asking, charts, files, rows, words
from app.statistics import report as reports
from app.statistics.access import OFFICIALS, account_for_houses, permitted
from app.statistics.forms import (
    BASIS_NAMES,
    BY,
    COMPARE_NAMES,
    ORIGINS_BY,
    SPLIT_NAMES,
    Asked,
    shortcuts,
)
from app.statistics.indicators import COLUMNS, COMPARED, INDICATORS, RATES, SUMS
from app.statistics.kept import vacant_now
from app.statistics.origins import origins
from app.statistics.pace import AHEAD, pace
from app.statistics.periods import BY_TIME
from app.statistics.queries import ended, occupancy
from app.statistics.revisions import SHOWN, revisions
from app.statistics.table_pages import COMPARED_PER_PAGE, PER_PAGE, page_of
from app.statistics.tonight.vacancy import KEYS as VACANCY_KEYS
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("statistics", __name__, url_prefix="/statistics")

Context = dict[str, Any]


@blueprint.get("/")
@requires(*OFFICIALS)
def index() -> ResponseReturnValue:
    return redirect(url_for("statistics.occupancy_page"))


@blueprint.get("/occupancy")
@requires(*OFFICIALS)
def occupancy_page() -> ResponseReturnValue:
    """Show how full the houses are, with chart, calendar and table."""
    return _figures("occupancy", charts.occupancy_chart)


@blueprint.get("/guests")
@requires(*OFFICIALS)
def guests_page() -> ResponseReturnValue:
    """Show guests arriving and staying, domestic and foreign."""
    return _figures("guests", charts.guests_chart)


def _figures(name: str, chart: Callable[[reports.Report], Any]) -> ResponseReturnValue:
    form, asked = asking.read(by="day")
    context: Context = {"form": form, "shortcuts": shortcuts(), "tab": name}
    if asked is None:
        return page(f"statistics/{name}.html", fragment=name, status=422, report=None, **context)
    if wanted := files.wanted(request.args.get("format")):
        sheet = rows.report_sheet(name, reports.report(asked))
        return files.answer(wanted, asking.file_name(name, asked), sheet)
    report = reports.report(asked, _page_of_figures(asked))
    formula_url = asking.formula_url(asked)
    if name == "occupancy":
        nights = charts.calendar(report, formula_url)
        context |= {
            "calendar": nights,
            "calendar_chart": charts.calendar_chart(nights, formula_url),
            "holidays": charts.holiday_names(nights),
            "map": charts.wards_map(report),
        }
    return page(
        f"statistics/{name}.html",
        fragment=name,
        report=report,
        table_page=report.page,
        chart=chart(report),
        indicators=INDICATORS,
        columns=COLUMNS[name],
        compared=[INDICATORS[each] for each in COMPARED[name]],
        pace=[] if report.comparison else pace(asked.filters),
        pace_nights=AHEAD,
        compare_name=str(COMPARE_NAMES[asked.compare or reports.DEFAULT_BASIS]),
        formula_url=formula_url,
        file_urls=asking.file_urls(asked),
        scope=words.scope(asked.filters),
        period=words.period(report.period),
        words_of=words.period,
        summary_of=charts.summary,
        **context,
    )


def _page_of_figures(asked: Asked) -> reports.Shown:
    by_time = asked.by in BY_TIME
    per_page = COMPARED_PER_PAGE if by_time and asked.compare else PER_PAGE
    return lambda rows: page_of(rows, by_time=by_time, per_page=per_page)


@blueprint.get("/origins")
@requires(*OFFICIALS)
def origins_page() -> ResponseReturnValue:
    """Show where guests come from, by country or over time, by nationality or residence."""
    form, asked = asking.read(by="country", choices=ORIGINS_BY)
    context: Context = {"form": form, "shortcuts": shortcuts(), "tab": "origins"}
    if asked is None:
        return page("statistics/origins.html", fragment="origins", status=422, rows=None, **context)
    found = origins(
        asked.period, by=asked.by, basis=asked.basis, split=asked.split, filters=asked.filters
    )
    names = words.names_of(asked.by, [row.key for row in found])
    total = occupancy(asked.period, by="year", filters=asked.filters).total
    if wanted := files.wanted(request.args.get("format")):
        sheet = rows.origins_sheet(asked, found, names, total)
        return files.answer(wanted, asking.file_name("origins", asked), sheet)
    by_country = asked.by == "country"
    return page(
        "statistics/origins.html",
        fragment="origins",
        rows=found,
        table_page=page_of(found, by_time=not by_country),
        names=names,
        asked=asked,
        basis=str(BASIS_NAMES[asked.basis]),
        split=str(SPLIT_NAMES[asked.split]),
        total=total,
        guests=sum(row.guests for row in found),
        domestic=sum(row.domestic for row in found),
        unknown=sum(row.unknown for row in found),
        chart=charts.countries_chart(found, names)
        if by_country
        else charts.periods_chart(found, asked.by),
        file_urls=asking.file_urls(asked),
        scope=words.scope(asked.filters),
        period=words.period(ended(asked.period) or asked.period),
        **context,
    )


@blueprint.get("/vacancy")
@requires(*OFFICIALS)
def vacancy_page() -> ResponseReturnValue:
    """Show the rooms vacant at this moment."""
    form, asked = asking.read(by="unit", choices={by: BY[by] for by in VACANCY_KEYS})
    context: Context = {"form": form, "tab": "vacancy"}
    if asked is None:
        return page("statistics/vacancy.html", fragment="vacancy", status=422, rows=None, **context)
    found, total = vacant_now(by=asked.by, filters=asked.filters)
    names = words.names_of(asked.by, [row.key for row in found])
    if wanted := files.wanted(request.args.get("format")):
        return files.answer(wanted, "vacancy", rows.vacancy_sheet(asked, found, names))
    return page(
        "statistics/vacancy.html",
        fragment="vacancy",
        rows=found,
        total=total,
        names=names,
        by=str(BY[asked.by]),
        file_urls=asking.file_urls(asked),
        scope=words.scope(asked.filters),
        **context,
    )


@blueprint.get("/revisions")
@requires(*OFFICIALS)
def revisions_page() -> ResponseReturnValue:
    """Show which final figures were changed by late corrections."""
    form, asked = asking.read(by="unit")
    context: Context = {"form": form, "tab": "revisions"}
    if asked is None:
        return page("statistics/revisions.html", fragment="revisions", status=422, **context)
    period = asked.period if request.args.get("from") else None
    found = revisions(period, asked.filters)
    if wanted := files.wanted(request.args.get("format")):
        return files.answer(wanted, "revisions", rows.revisions_sheet(asked, found))
    return page(
        "statistics/revisions.html",
        fragment="revisions",
        rows=found,
        names=rows.scope_names(found),
        month=lambda day: words.month(f"{day:%Y-%m}"),
        is_cut=len(found) == SHOWN,
        file_urls=asking.file_urls(asked),
        scope=words.scope(asked.filters),
        **context,
    )


# --- Formulas -------------------------------------------------------------------------------


@blueprint.get("/formulas")
@requires(*OFFICIALS)
def formulas() -> ResponseReturnValue:
    """Explain every indicator."""
    return page("statistics/formulas.html", rates=RATES, sums=SUMS, tab="formulas")


@blueprint.get("/formula/<string:name>")
@requires(*OFFICIALS)
def formula(name: str) -> ResponseReturnValue:
    """Show the fraction behind one number, with the rows it was added up from."""
    if name not in INDICATORS:
        abort(404)
    form, asked = asking.read(by="day", account=False)
    if asked is None:
        return page("statistics/formula.html", status=422, form=form, table=None, tab="formulas")
    key = request.args.get("key", "total")
    behind = reports.narrowed(asked, key)
    if behind is None:
        abort(404)
    behind = permitted(behind)
    account_for_houses(behind)
    by, nights = reports.breakdown(behind), ended(behind.period) or behind.period
    table = occupancy(behind.period, by=by, filters=behind.filters)
    if wanted := files.wanted(request.args.get("format")):
        sheet = rows.formula_sheet(INDICATORS[name], behind, by, table)
        return files.answer(wanted, asking.file_name(name, behind), sheet)
    names = {"total": words.period(asked.period)}
    if key != "total":
        names |= words.names_of(asked.by, [key])
    query = {**asking.arguments(asked), "name": name, "key": key}
    return page(
        "statistics/formula.html",
        indicator=INDICATORS[name],
        table=table,
        by=str(BY[by]),
        names=words.names_of(by, [row.key for row in table.rows]),
        subject=names.get(key, key),
        scope=words.scope(behind.filters),
        period=words.period(behind.period),
        nights_of=lambda row: reports.nights_of(row.key, by, nights),
        back=url_for("statistics.occupancy_page", **asking.arguments(asked)),
        file_urls={
            form: url_for("statistics.formula", **query, format=form) for form in files.FORMATS
        },
        tab="formulas",
    )
