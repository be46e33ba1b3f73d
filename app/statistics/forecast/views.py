"""The page of the forecast: what is expected, how it was made, how far off it was before."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.dates import Period
from app.db import db
from app.statistics import files, words
from app.statistics.access import OFFICIALS, own_units, permitted
from app.statistics.forecast import operations
from app.statistics.forecast import report as reports
from app.statistics.forecast.forms import ForecastForm, Question
from app.statistics.forecast.queries import Expected, expected, last_run, open_run
from app.statistics.forecast.words import nights, shown
from app.statistics.queries import Filters
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("forecast", __name__, url_prefix="/statistics/forecast")


@blueprint.get("")
@requires(*OFFICIALS)
def forecast_page() -> ResponseReturnValue:
    """Show the nights to come, or give them as a file."""
    form = ForecastForm(request.args, units=own_units())
    question = form.question()
    context: dict[str, Any] = {"form": form, "tab": "forecast", "shortcuts": None}
    if question is None:
        return page(
            "statistics/forecast.html", fragment="forecast", status=422, asked=None, **context
        )
    filters = permitted(question.asked).filters
    found = expected(filters, question.horizon)
    format_ = files.wanted(request.args.get("format"))
    if format_ and found:
        return _file(format_, found, filters)
    return page(
        "statistics/forecast.html",
        fragment="forecast",
        asked=question,
        found=found,
        scope=words.scope(filters),
        run=open_run(),
        last=last_run(),
        file_url=_file_url(question),
        band_name=nights,
        shown=shown,
        **(_drawn(found) if found else {}),
        **context,
    )


def _drawn(found: Expected) -> dict[str, Any]:
    return {
        "chart": reports.chart(found),
        "busiest": reports.busiest(found),
        "weights": reports.weights(found),
    }


def _file(format_: str, found: Expected, filters: Filters) -> ResponseReturnValue:
    first, last = found.nights[0].night, found.nights[-1].night
    sheet = files.Sheet(
        title=_("Dự báo số buồng có khách"),
        headings=reports.headings(),
        rows=reports.rows(found),
        period=words.period(Period.of(first, (last - first).days + 1)),
        area=words.scope(filters),
        definitions=reports.definitions(found),
    )
    return files.answer(format_, f"forecast_{found.as_of}_{len(found.nights)}", sheet)


def _file_url(question: Question) -> Any:
    arguments: dict[str, Any] = {**_back(), "horizon": str(question.horizon)}

    def file_url(format_: str) -> str:
        query: dict[str, Any] = {**arguments, "format": format_}
        return url_for("forecast.forecast_page", **query)

    return file_url


@blueprint.post("/runs")
@requires(*OFFICIALS)
def run() -> ResponseReturnValue:
    """Ask the worker for new forecasts."""
    operations.ask()
    db.session.commit()
    flash(_("Đã xếp hàng tính lại. Trang này cho biết khi xong."), "fine")
    return redirect(url_for("forecast.forecast_page", **_back()), 303)


def _back() -> dict[str, Any]:
    """The filters the button was pressed under, which only the form's own names may bring."""
    names = ("unit", "area", "kind", "stars", "horizon")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}


@blueprint.get("/progress")
@requires(*OFFICIALS)
def progress() -> ResponseReturnValue:
    """Say how far the run is that is being made; asked again and again while there is one."""
    return page(
        "statistics/forecast_progress.html",
        fragment="forecast-progress",
        tab="forecast",
        run=open_run(),
        last=last_run(),
        polled=True,
    )
