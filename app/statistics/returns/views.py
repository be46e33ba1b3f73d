"""The monthly returns: of one house for the house, and of all together for officials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.validators import NumberRange, Optional

from app import dates
from app.dates import Period
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.statistics import words
from app.statistics.access import OFFICIALS, own_units
from app.statistics.queries import Filters, first_fact_night
from app.statistics.returns import files, monthly
from app.statistics.returns.forms import COLUMNS, Form, forms_of
from app.web import forms as web_forms
from app.web.forms import MoneyField
from app.web.locale import selected
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("returns", __name__)

STAFF = ("front_desk", "manager")
LARGEST = 999_999_999_999


# --- Of one house ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/returns")
@requires(*STAFF)
def house_returns(code: str) -> ResponseReturnValue:
    """List the months of a house with their due dates."""
    house = establishment_or_404(code)
    months = monthly.months_listed(house.opened_on or first_fact_night())
    return page(
        "statistics/returns_house.html",
        house=house,
        dues=monthly.dues(house.id, months, forms_of),
        url=lambda due: url_for(
            "returns.house_return", code=code, month=key_of(due.month), slug=due.form.slug
        ),
    )


@blueprint.get("/hotel/<code>/returns/<month>/<slug>")
@requires(*STAFF)
def house_return(code: str, month: str, slug: str) -> ResponseReturnValue:
    """Show the form of a month as it will be printed."""
    house = establishment_or_404(code)
    period, form = month_or_404(month), form_or_404(slug, month)
    return _house_page(house, period, form, _typed_form(form)())


@blueprint.post("/hotel/<code>/returns/<month>/<slug>")
@requires(*STAFF)
def download_house_return(code: str, month: str, slug: str) -> ResponseReturnValue:
    """Answer with the workbook; what is typed goes into it and nowhere else."""
    house = establishment_or_404(code)
    period, form = month_or_404(month), form_or_404(slug, month)
    typed = _typed_form(form)()
    if not typed.validate_on_submit():
        return _house_page(house, period, form, typed, status=422)
    of = monthly.return_of(period, Filters(house_id=house.id))
    who = {"name": house.name, "address": house.address or ""}
    return _workbook(form, of, typed, who, f"{form.slug}_{house.code}_{month}")


@blueprint.post("/hotel/<code>/returns/<month>/<slug>/sent")
@requires(*STAFF)
def mark_house_return(code: str, month: str, slug: str) -> ResponseReturnValue:
    """Note that the house has sent the form."""
    house = establishment_or_404(code)
    period, form = month_or_404(month), form_or_404(slug, month)
    if dates.today() < period.end:
        flash(_("Tháng này chưa hết."), "look")
    else:
        monthly.mark_sent(house.id, form, period, by=principal().actor)
        db.session.commit()
        flash(_("Đã ghi là đã nộp."), "fine")
    return redirect(url_for("returns.house_returns", code=code), 303)


def _house_page(
    house: Establishment, month: Period, form: Form, typed: web_forms.Form, status: int = 200
) -> Response:
    (due,) = (d for d in monthly.dues(house.id, [month], forms_of) if d.form == form)
    return _form_page(
        "statistics/returns_house_form.html",
        form,
        month,
        monthly.return_of(month, Filters(house_id=house.id)),
        typed,
        status,
        house=house,
        who=house.name,
        due=due,
    )


# --- Of the town -------------------------------------------------------------------------------


@blueprint.get("/statistics/returns")
@requires(*OFFICIALS)
def town_returns() -> ResponseReturnValue:
    """List the months of the reader's area, all houses together."""
    months = monthly.months_listed(first_fact_night())
    return page(
        "statistics/returns_town.html",
        tab="returns",
        dues=monthly.dues(None, months, forms_of),
        scope=words.scope(_area()),
        url=lambda due: url_for("returns.town_return", month=key_of(due.month), slug=due.form.slug),
    )


@blueprint.get("/statistics/returns/<month>/<slug>")
@requires(*OFFICIALS)
def town_return(month: str, slug: str) -> ResponseReturnValue:
    """Show the form with the sums of all houses of the reader's area."""
    form = form_or_404(slug, month)
    return _town_page(month_or_404(month), form, _typed_form(form)())


@blueprint.post("/statistics/returns/<month>/<slug>")
@requires(*OFFICIALS)
def download_town_return(month: str, slug: str) -> ResponseReturnValue:
    """Answer with the workbook of the reader's area."""
    period, form = month_or_404(month), form_or_404(slug, month)
    typed = _typed_form(form)()
    if not typed.validate_on_submit():
        return _town_page(period, form, typed, status=422)
    of = monthly.return_of(period, _area())
    who = {"name": words.scope(_area()), "address": ""}
    return _workbook(form, of, typed, who, f"{form.slug}_{month}")


def _town_page(month: Period, form: Form, typed: web_forms.Form, status: int = 200) -> Response:
    return _form_page(
        "statistics/returns_town_form.html",
        form,
        month,
        monthly.return_of(month, _area()),
        typed,
        status,
        tab="returns",
        who=words.scope(_area()),
        due=monthly.Due(month, form, monthly.due_date(month, form), "running"),
    )


def _area() -> Filters:
    return Filters(within=own_units())


# --- Both --------------------------------------------------------------------------------------


def _form_page(
    template: str,
    form: Form,
    month: Period,
    of: monthly.Return,
    typed: web_forms.Form,
    status: int,
    **context: Any,
) -> Response:
    return page(
        template,
        status=status,
        form=form,
        month=words.month(key_of(month)),
        rows=[(line, files.values(form, line, of, {})) for line in form.lines],
        of=of,
        typed=typed,
        language=selected(),
        **context,
    )


def _typed_form(form: Form) -> type[web_forms.Form]:
    """Return a form with a field for everything the house types, by column."""
    language = selected()
    fields = {
        f"{asked.name}_{column.what}": MoneyField(
            f"{getattr(asked, language)} – {getattr(column, language).lower()}",
            validators=[Optional(), NumberRange(min=0, max=LARGEST)],
        )
        for column in form.columns
        for asked in form.inputs
    }
    return type("TypedForm", (web_forms.Form,), fields)


def _read_typed(form: Form, typed: web_forms.Form) -> Mapping[tuple[str, str], int | None]:
    return {
        (asked.name, column): typed[f"{asked.name}_{column}"].data
        for asked in form.inputs
        for column in COLUMNS
        if f"{asked.name}_{column}" in typed
    }


def _workbook(
    form: Form,
    of: monthly.Return,
    typed: web_forms.Form,
    who: Mapping[str, str],
    name: str,
) -> Response:
    content = files.workbook(form, of, _read_typed(form, typed), who)
    response = Response(content, content_type=files.MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def key_of(month: Period) -> str:
    return f"{month.start:%Y-%m}"


def month_or_404(month: str) -> Period:
    """Return the month of an address, which has begun; else a 404."""
    try:
        period = dates.parse_month(month)
    except ValueError:
        abort(404)
    if period.start > dates.today() or period.start.year < date.min.year + 2:
        abort(404)
    return period


def form_or_404(slug: str, month: str) -> Form:
    """Return the form in force in the month by its name in the address."""
    start = month_or_404(month).start
    form = next((form for form in forms_of(start) if form.slug == slug), None)
    if form is None:
        abort(404)
    return form
