"""The page and files of a house's own numbers, and the same for its programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.statistics import files, words
from app.statistics.files import Sheet
from app.statistics.own_numbers.figures import (
    ELSEWHERE,
    LEAST,
    MEASURES,
    WARD,
    Measure,
    Month,
    OwnNumbers,
    own_numbers,
)
from app.statistics.queries import Figures
from app.web.filters import number, percent
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("own_numbers", __name__)

STAFF = ("front_desk", "manager")
COUNTRIES_SHOWN = 12


def where_words(where: str) -> str:
    """Return where the houses of a mean are, in words."""
    named = {WARD: _("cùng phường, xã"), ELSEWHERE: _("các phường, xã ít cơ sở cùng loại hạng")}
    return named[where]


@blueprint.get("/hotel/<code>/numbers")
@requires(*STAFF)
def show(code: str) -> ResponseReturnValue:
    """Show one measure month by month, with last year's and the mean of houses alike."""
    house = establishment_or_404(code)
    measure = MEASURES.get(request.args.get("show", ""), MEASURES["occupancy_net"])
    numbers = own_numbers(house.id)
    if wanted := files.wanted(request.args.get("format")):
        name = f"numbers_{house.code}_{dates.today()}"
        return files.answer(wanted, name, _sheet(house, numbers))
    return page(
        "statistics/own_numbers.html",
        house=house,
        numbers=numbers,
        measure=measure,
        measures=list(MEASURES.values()),
        least=LEAST,
        shown=shown,
        month_name=words.month,
        where_words=where_words,
        drawing=_drawing(numbers, measure),
        countries=numbers.countries[:COUNTRIES_SHOWN],
        country_names=words.names_of("country", [row.key for row in numbers.countries]),
        file_urls={
            form: url_for("own_numbers.show", code=code, format=form) for form in files.FORMATS
        },
    )


def shown(measure: Measure, value: float | None, *, mean: bool = False) -> str:
    """Return a value as the page prints it; a mean no more exactly than it is told."""
    if measure.style == "percent":
        return percent(value, 0 if mean else 1)
    return number(value, 1 if mean else 2)


def _drawing(numbers: OwnNumbers, measure: Measure) -> dict[str, Any]:
    months = list(reversed(numbers.months))
    peers = [month.peers.get(measure.name) for month in months]
    series = [
        {"name": _("Cơ sở này"), "data": [measure.of(month.now) for month in months], "as": "now"},
        {
            "name": _("Năm trước"),
            "data": [measure.of(month.before) for month in months],
            "as": "before",
        },
    ]
    if any(peers):
        data = [found.mean if found else None for found in peers]
        series.append({"name": _("Cơ sở cùng loại hạng"), "data": data, "as": "plain"})
    return {
        "kind": "line",
        "format": "percent" if measure.style == "percent" else "number",
        "labels": [words.month_short(month.key) for month in months],
        "series": series,
    }


# --- Files ----------------------------------------------------------------------------------


def _sheet(house: Establishment, numbers: OwnNumbers) -> Sheet:
    """Return one line for each month and measure."""
    months = numbers.months
    return Sheet(
        title=_("Số liệu của cơ sở"),
        headings=[
            _("Tháng"),
            _("Chỉ tiêu"),
            _("Cơ sở này"),
            _("Tử số"),
            _("Mẫu số"),
            _("Năm trước"),
            _("Cơ sở cùng loại hạng"),
            _("Số cơ sở khác"),
            _("Các cơ sở ấy ở đâu"),
        ],
        rows=[_line(month, measure) for month in months for measure in MEASURES.values()],
        period=f"{months[-1].key} – {months[0].key}",
        area=house.name,
        definitions=[
            (
                str(measure.label),
                f"{measure.over.label} / {measure.under.label}. {measure.words}",
            )
            for measure in MEASURES.values()
        ],
    )


def _line(month: Month, measure: Measure) -> list[Any]:
    found = month.peers.get(measure.name)
    return [
        month.key,
        str(measure.label),
        measure.of(month.now),
        measure.over.of(month.now),
        measure.under.of(month.now),
        measure.of(month.before),
        found.mean if found else None,
        found.houses if found else None,
        where_words(found.where) if found else None,
    ]


# --- For programs ---------------------------------------------------------------------------


def as_dict(month: Month) -> dict[str, Any]:
    """Return a month as programs get it: fractions unrounded, the means of others as shown."""
    return {
        "month": month.key,
        "is_over": month.is_over,
        **{name: _measured(month, measure) for name, measure in MEASURES.items()},
    }


def _measured(month: Month, measure: Measure) -> dict[str, Any]:
    found = month.peers.get(measure.name)

    def fraction(figures: Figures) -> dict[str, Any]:
        return {
            "value": measure.of(figures),
            "numerator": measure.over.of(figures),
            "denominator": measure.under.of(figures),
        }

    peers = {"mean": found.mean, "houses": found.houses, "where": found.where} if found else None
    return {"now": fraction(month.now), "before": fraction(month.before), "peers": peers}
