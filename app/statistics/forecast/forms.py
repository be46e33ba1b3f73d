"""What a page or a program asks a forecast for: how far, and of which houses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from app.statistics.forecast.series import HORIZON
from app.statistics.forms import Asked, StatisticsForm

USUAL_HORIZON = 28
HORIZONS = (7, 14, USUAL_HORIZON, HORIZON)
# The form asks every statistic for a period; a forecast's begins tonight whatever is said.
_SOME_PERIOD = {"from": "2000-01-01", "to": "2000-01-02", "by": "unit"}


@dataclass(frozen=True, slots=True)
class Question:
    """A valid question: the houses, and how many nights ahead."""

    asked: Asked
    horizon: int


class ForecastForm(StatisticsForm):
    """The filters above a forecast, of a page or of the API alike."""

    horizon = SelectField(_l("Xa đến"), validate_choice=False)

    def __init__(self, values: Mapping[str, str], *, units: frozenset[str] | None = None) -> None:
        given = {name: value for name, value in values.items() if value.strip()}
        # A forecast is of an area; of a single house nothing is told here.
        given.pop("establishment", None)
        super().__init__(
            {"horizon": str(USUAL_HORIZON), **given, **_SOME_PERIOD},
            by={"unit": _l("Phường, xã")},
            units=units,
        )
        choices: list[tuple[str, Any]] = [
            (str(nights), _l("%(n)s đêm tới", n=nights)) for nights in HORIZONS
        ]
        chosen = self._nights()
        if chosen is not None and chosen not in HORIZONS:
            choices.append((str(chosen), _l("%(n)s đêm tới", n=chosen)))
        self.horizon.choices = choices

    def question(self) -> Question | None:
        """Return the question, or None where a field holds a fault, which then stands there."""
        asked = self.asked()
        nights = self._nights()
        if nights is None:
            self._fault(self.horizon, "invalid_format")
            self.horizon.errors = [str(_l("Xin chọn từ 1 đến %(n)s đêm.", n=HORIZON))]
        return None if asked is None or nights is None else Question(asked, nights)

    def _nights(self) -> int | None:
        text = (self.horizon.data or "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            return None
        return int(text) if 1 <= int(text) <= HORIZON else None
