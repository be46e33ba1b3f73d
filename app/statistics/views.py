"""Pages of statistics: occupancy, guests, origins, vacancy, and the formula behind each number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.statistics import files, revisions, words  # noqa: F401
from app.statistics import report as reports
from app.statistics.access import OFFICIALS, account_for_houses, own_units, permitted
from app.statistics.forms import (
    BASIS_NAMES,
    BY,
    ORIGINS_BY,
    Asked,
    StatisticsForm,
    shortcuts,
    with_defaults,
)
from app.statistics.indicators import COLUMNS, INDICATORS, RATES, SUMS
from app.statistics.queries import ended, occupancy, origins
from app.statistics.rows import HEADINGS, as_cells, headings, status_name
from app.statistics.vacancy import KEYS as VACANCY_KEYS
from app.statistics.vacancy import Vacancy, vacant_now
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("statistics", __name__, url_prefix="/statistics")

Arguments = dict[str, Any]


@blueprint.get("/")
@requires(*OFFICIALS)
def index() -> ResponseReturnValue:
    return redirect(url_for("statistics.occupancy_page"))


@blueprint.get("/occupancy")
@requires(*OFFICIALS)
def occupancy_page() -> ResponseReturnValue:
    """Show how full the houses are, with chart, calendar and table."""
    return _figures("occupancy", reports.occupancy_chart)


@blueprint.get("/guests")
@requires(*OFFICIALS)
def guests_page() -> ResponseReturnValue:
    """Show guests arriving and staying, domestic and foreign."""
    return _figures("guests", reports.guests_chart)


def _figures(name: str, chart: Callable[[reports.Report], Any]) -> ResponseReturnValue:
    form, asked = _read(by="day")
    context: dict[str, Any] = {"form": form, "shortcuts": shortcuts(), "tab": name}
    if asked is None:
        return page(f"statistics/{name}.html", fragment=name, status=422, report=None, **context)
    if request.args.get("format") == "csv":
        table = occupancy(asked.period, by=asked.by, filters=asked.filters)
        names = words.names_of(asked.by, [row.key for row in table.rows])
        cells = [(row.key, names[row.key], *as_cells(row)) for row in table.rows]
        return files.csv_file(_file_name(name, asked), headings(BY[asked.by], *HEADINGS[1:]), cells)
    report = reports.report(asked)
    formula_url = _formula_url(asked)
    return page(
        f"statistics/{name}.html",
        fragment=name,
        report=report,
        chart=chart(report),
        calendar=reports.calendar(report, formula_url) if name == "occupancy" else [],
        calendar_scale=(reports.CALENDAR_LOW, reports.CALENDAR_HIGH),
        indicators=INDICATORS,
        columns=COLUMNS[name],
        formula_url=formula_url,
        csv_url=_csv_url(asked),
        scope=words.scope(asked.filters),
        period=words.period(report.period),
        **context,
    )


@blueprint.get("/origins")
@requires(*OFFICIALS)
def origins_page() -> ResponseReturnValue:
    """Show where guests come from, by nationality or by month."""
    form, asked = _read(by="country", choices=ORIGINS_BY)
    context: dict[str, Any] = {"form": form, "shortcuts": shortcuts(), "tab": "origins"}
    if asked is None:
        return page("statistics/origins.html", fragment="origins", status=422, rows=None, **context)
    rows = origins(asked.period, by=asked.by, basis=asked.basis, filters=asked.filters)
    names = words.names_of(asked.by, [row.key for row in rows])
    if request.args.get("format") == "csv":
        cells = [
            (row.key, names[row.key], row.guests, row.share, status_name(row.status))
            for row in rows
        ]
        first = headings(ORIGINS_BY[asked.by], "guests", "share", "status")
        return files.csv_file(_file_name("origins", asked), first, cells)
    by_country = asked.by == "country"
    return page(
        "statistics/origins.html",
        fragment="origins",
        rows=rows,
        names=names,
        asked=asked,
        basis=str(BASIS_NAMES[asked.basis]),
        total=occupancy(asked.period, by="month", filters=asked.filters).total,
        guests=sum(row.guests for row in rows),
        domestic=sum(row.domestic for row in rows),
        chart=reports.countries_chart(rows, names) if by_country else reports.months_chart(rows),
        csv_url=_csv_url(asked),
        scope=words.scope(asked.filters),
        period=words.period(ended(asked.period) or asked.period),
        **context,
    )


@blueprint.get("/vacancy")
@requires(*OFFICIALS)
def vacancy_page() -> ResponseReturnValue:
    """Show the rooms vacant at this moment."""
    form, asked = _read(by="unit", choices={by: BY[by] for by in VACANCY_KEYS})
    context: dict[str, Any] = {"form": form, "tab": "vacancy"}
    if asked is None:
        return page("statistics/vacancy.html", fragment="vacancy", status=422, rows=None, **context)
    rows, total = vacant_now(by=asked.by, filters=asked.filters)
    names = words.names_of(asked.by, [row.key for row in rows])
    if request.args.get("format") == "csv":
        cells = [(row.key, names[row.key], *_vacancy_cells(row)) for row in rows]
        first = headings(BY[asked.by], *VACANCY_HEADINGS)
        return files.csv_file("vacancy", first, cells)
    return page(
        "statistics/vacancy.html",
        fragment="vacancy",
        rows=rows,
        total=total,
        names=names,
        by=str(BY[asked.by]),
        csv_url=_csv_url(asked),
        scope=words.scope(asked.filters),
        **context,
    )


VACANCY_HEADINGS = (
    "rooms_registered",
    "rooms_known",
    "rooms_vacant",
    "establishments",
    "reporting_establishments",
    "reporting_rooms_share",
)


def _vacancy_cells(row: Vacancy) -> list[Any]:
    return [getattr(row, name) for name in VACANCY_HEADINGS]


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
    form, asked = _read(by="day", account=False)
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
    names = {"total": words.period(asked.period)}
    if key != "total":
        names |= words.names_of(asked.by, [key])
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
        back=url_for("statistics.occupancy_page", **_arguments(asked)),
        tab="formulas",
    )


# --- What is asked --------------------------------------------------------------------------


def _read(
    *, by: str, choices: Any = BY, account: bool = True
) -> tuple[StatisticsForm, Asked | None]:
    """Return the form and the question it holds, within what the reader may see."""
    values = with_defaults(request.args, by=by)
    form = StatisticsForm(values, by=choices, units=own_units())
    asked = form.asked()
    if asked is None:
        return form, None
    asked = permitted(asked)
    if account:
        account_for_houses(asked)
    return form, asked


def _arguments(asked: Asked) -> Arguments:
    """Return the query that asks the same again."""
    filters = asked.filters
    several = {
        "unit": filters.units,
        "area": filters.areas,
        "kind": filters.kinds,
        "stars": filters.stars,
    }
    found: Arguments = {
        "from": asked.period.start.isoformat(),
        "to": asked.period.end.isoformat(),
        "by": asked.by,
    }
    found |= {name: ",".join(codes) for name, codes in several.items() if codes}
    if asked.establishment:
        found["establishment"] = asked.establishment
    return found


def _formula_url(asked: Asked) -> Callable[..., str]:
    arguments = _arguments(asked)

    def formula_url(name: str, key: str = "total", *, by: str | None = None) -> str:
        query = {**arguments, "key": key, "by": by or arguments["by"]}
        return url_for("statistics.formula", name=name, **query)

    return formula_url


def _csv_url(asked: Asked) -> str:
    arguments = _arguments(asked)
    if request.endpoint == "statistics.origins_page":
        arguments["basis"] = asked.basis
    return url_for(request.endpoint or "", **arguments, format="csv")


def _file_name(name: str, asked: Asked) -> str:
    return f"{name}_{asked.by}_{asked.period.start}_{asked.period.end}"
