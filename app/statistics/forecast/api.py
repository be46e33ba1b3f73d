"""The forecast for programs: the nights to come, and how far off such forecasts were before."""

from __future__ import annotations

import datetime
from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field

from app.statistics.access import OFFICIALS, own_units, permitted
from app.statistics.api import SEVERAL, TAG
from app.statistics.forecast.forms import USUAL_HORIZON, ForecastForm
from app.statistics.forecast.queries import Expected, expected
from app.statistics.forecast.series import HORIZON
from app.web import api
from app.web.api import Query, endpoint, iso, listing
from app.web.security import requires

blueprint = api.blueprint("forecast")


class ForecastQuery(Query):
    """How many nights from tonight on, and which houses count."""

    horizon: str = Field(str(USUAL_HORIZON), description=f"nights, 1-{HORIZON}")
    unit: str | None = Field(None, description=f"codes of units or areas, {SEVERAL}")
    area: str | None = Field(None, description=f"codes of former cities and districts, {SEVERAL}")
    kind: str | None = Field(None, description=SEVERAL)
    stars: str | None = Field(None, description=f"1-5 or unrated, {SEVERAL}")


class ForecastRow(BaseModel):
    """Rooms occupied on one night: expected, and between what four times out of five.

    ``benchmark`` is the mean of last week and of the same weekday last year, holidays aligned;
    ``method`` says whether ``point`` is the forecast (combination) or that (baseline), which
    stands wherever the forecast did not do better in the past.
    """

    key: str
    date: datetime.date
    point: float
    low80: float
    high80: float
    benchmark: float
    on_the_books: int | None
    rooms: int | None
    last_year: float | None
    method: str


class Errors(BaseModel):
    nights: int
    wape: float | None
    mase: float | None
    bias: float | None


class PastErrors(Errors):
    """Of rolling origins: for these nights ahead, of what is shown, and of both it was chosen of.

    WAPE = Σ|y−ŷ|/Σy, bias = Σ(ŷ−y)/Σy, MASE against last year's aligned night.
    """

    first: int
    last: int
    method: str
    coverage: float | None
    combination: Errors
    benchmark: Errors


class MadeErrors(BaseModel):
    """Of the forecasts really made on earlier mornings, against what came."""

    first: int
    last: int
    nights: int
    wape: float | None
    bias: float | None
    benchmark_wape: float | None
    coverage: float | None


class Forecasts(BaseModel):
    """``items`` is empty, and ``as_of`` null, while fewer than 28 nights are known."""

    items: list[ForecastRow]
    next: str | None
    as_of: datetime.date | None
    made_at: datetime.datetime | None
    method: str | None
    weights: dict[str, float]
    origins: int
    past_errors: list[PastErrors]
    made_errors: list[MadeErrors]


@blueprint.get("/statistics/forecast")
@requires(*OFFICIALS)
@endpoint(tag=TAG, query=ForecastQuery, answers={200: Forecasts, 304: None})
def statistics_forecast(query: ForecastQuery) -> Response:
    """Rooms occupied on the nights to come, with an 80 % interval and past errors.

    Made every morning for the town, its wards, areas and classes. Answers 304 to the ``ETag`` it
    gave before.
    """
    form = ForecastForm(request.args.to_dict(), units=own_units())
    question = form.question()
    if question is None:
        raise form.problem()
    found = expected(permitted(question.asked).filters, question.horizon)
    return api.revalidated(_body(found))


def _body(found: Expected | None) -> dict[str, Any]:
    if found is None:
        return {
            **listing([], None),
            "as_of": None,
            "made_at": None,
            "method": None,
            "weights": {},
            "origins": 0,
            "past_errors": [],
            "made_errors": [],
        }
    return {
        **listing([_row(found, step) for step in range(len(found.nights))], None),
        "as_of": found.as_of.isoformat(),
        "made_at": iso(found.made_at),
        "method": "combination" if found.combined else "baseline",
        "weights": found.report["weights"],
        "origins": found.report["origins"],
        "past_errors": found.bands,
        "made_errors": found.report["made"],
    }


def _row(found: Expected, step: int) -> dict[str, Any]:
    night = found.nights[step]
    return {
        "key": night.night.isoformat(),
        "date": night.night.isoformat(),
        "point": night.point,
        "low80": night.low80,
        "high80": night.high80,
        "benchmark": night.benchmark,
        "on_the_books": night.on_the_books,
        "rooms": night.capacity,
        "last_year": night.last_year,
        "method": night.method,
    }
