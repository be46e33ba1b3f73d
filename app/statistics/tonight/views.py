"""Tonight for officials: what is vacant, who comes and goes; and where to send people to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import DateInput

from app import dates
from app.statistics import asking, words
from app.statistics.access import OFFICIALS, own_units
from app.statistics.forms import BY
from app.statistics.kept import houses_tonight
from app.statistics.queries import Filters
from app.statistics.tonight.relief import (
    FULL_SHARE,
    KNOWN_SHARE,
    Relief,
    Ward,
    relief,
    tellable,
    wards,
)
from app.statistics.tonight.vacancy import KEYS, House, added, houses_on, summed
from app.web import filters as shown
from app.web.forms import Form
from app.web.links import absolute_url
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("tonight", __name__, url_prefix="/statistics")

Point = dict[str, Any]
# More of a single house than the public search says is not said here either.
SAID_AT_MOST = 8
# Above this many houses the map shows wards, until one is chosen.
HOUSES_ON_MAP = 400
FURTHEST_DAYS = 60


class NightForm(Form):
    """The night for which room is looked for."""

    class Meta(Form.Meta):
        csrf = False

    night = StringField(_l("Đêm"), widget=DateInput())

    def validate_night(self, field: Any) -> None:
        try:
            self.chosen: date = dates.parse_date(field.data) if field.data else dates.today()
        except ValueError:
            raise ValidationError(_("Xin viết ngày theo dạng 2026-12-24.")) from None
        if not 0 <= (self.chosen - dates.today()).days <= FURTHEST_DAYS:
            text = _("Xin chọn một đêm từ hôm nay đến %(days)s ngày tới.", days=FURTHEST_DAYS)
            raise ValidationError(text)


@blueprint.get("/tonight")
@requires(*OFFICIALS)
def show() -> ResponseReturnValue:
    """Show rooms vacant and beds free by ward and class, on a map, and today's movements."""
    form, asked = asking.read(by="unit", choices={by: BY[by] for by in KEYS})
    context: dict[str, Any] = {"form": form, "tab": "tonight"}
    if asked is None:
        return page("statistics/tonight.html", fragment="tonight", status=422, rows=None, **context)
    houses = houses_tonight(asked.filters)
    rows, total = summed(houses, by=asked.by)
    by_house = len(wards(houses)) == 1 and len(houses) <= HOUSES_ON_MAP
    return page(
        "statistics/tonight.html",
        fragment="tonight",
        rows=rows,
        total=total,
        names=words.names_of(asked.by, [row.key for row in rows]),
        by=str(BY[asked.by]),
        points=_house_points(houses) if by_house else _ward_points(wards(houses)),
        points_by_house=by_house,
        scope=words.scope(asked.filters),
        at=dates.now(),
        night=dates.today(),
        relief_url=url_for("tonight.relief_page"),
        **context,
    )


@blueprint.get("/tonight/relief")
@requires(*OFFICIALS)
def relief_page() -> ResponseReturnValue:
    """Show full wards of a night, free beds next to them, and a notice ready to send."""
    form = NightForm(formdata=MultiDict(request.args))
    context: dict[str, Any] = {"form": form, "tab": "tonight"}
    if not form.validate():
        return page("statistics/tonight_relief.html", status=422, found=None, **context)
    form.night.data = form.chosen.isoformat()
    own, at = own_units(), dates.now()
    tonight = form.chosen == dates.today()
    everywhere = wards(houses_tonight(Filters()) if tonight else houses_on(form.chosen, Filters()))
    found = relief(everywhere, own)
    seen = [ward for ward in everywhere if own is None or ward.code in own]
    codes = [ward.code for ward in everywhere]
    total = added("total", [ward.figures for ward in seen])
    names = words.names_of("unit", codes)
    return page(
        "statistics/tonight_relief.html",
        found=found,
        total=total,
        names=names,
        night=form.chosen,
        at=at,
        full_share=FULL_SHARE,
        known_share=KNOWN_SHARE,
        notices=_notices(tellable(found), form.chosen, at, codes),
        back=url_for("tonight.show"),
        **context,
    )


def _notices(
    found: list[Relief], night: date, at: datetime, codes: list[str]
) -> list[tuple[str, str, str]]:
    """Return (language, its name, text): one page offers both, whatever the reader's language."""
    if not found:
        return []
    until = night + timedelta(days=1)
    context = {
        "found": found,
        "night": f"{night:%d/%m/%Y}",
        "at": f"{dates.local(at):%H:%M %d/%m/%Y}",
        "url": absolute_url("search.results", check_in=night, check_out=until),
    }
    texts = []
    for code, language in (("vi", "Tiếng Việt"), ("en", "English")):
        with force_locale(code):
            names = words.names_of("unit", codes)
        text = render_template(f"statistics/tonight_notice_{code}.txt", names=names, **context)
        texts.append((code, language, text.strip()))
    return texts


# --- The map ----------------------------------------------------------------------------------


def _ward_points(found: list[Ward]) -> list[Point]:
    named = words.names_of("unit", [ward.code for ward in found])
    return [
        {
            "id": ward.code,
            "name": named[ward.code],
            "lat": ward.at[0],
            "lon": ward.at[1],
            "count": ward.figures.rooms_vacant if ward.figures.rooms_known else None,
            "step": _step(ward.figures.vacant_share),
            "text": _(
                "%(beds)s giường trống · %(share)s cơ sở có số liệu mới",
                beds=shown.number(ward.figures.beds_vacant),
                share=shown.percent(ward.figures.fresh_share, 0),
            ),
        }
        for ward in found
        if ward.at is not None
    ]


def _house_points(houses: list[House]) -> list[Point]:
    return [_house_point(house) for house in houses if house.lat is not None]


def _house_point(house: House) -> Point:
    figures = house.figures
    vacant = figures.rooms_vacant if figures.reporting_establishments else None
    many = vacant is not None and vacant > SAID_AT_MOST
    return {
        "id": house.code,
        "name": house.name,
        "lat": house.lat,
        "lon": house.lon,
        "count": vacant if not many else SAID_AT_MOST,
        "label": f"{SAID_AT_MOST}+" if many else None,
        "step": _step(figures.vacant_share),
        "text": _house_words(house, vacant),
        "url": url_for("search.establishment", code=house.code),
    }


def _house_words(house: House, vacant: int | None) -> str:
    if vacant is None:
        return _("Chưa cho biết")
    if house.confirmed_at is None:
        return _("Đóng cửa")
    said = min(vacant, SAID_AT_MOST)
    rooms = ngettext("Còn %(num)s phòng", "Còn %(num)s phòng", said)
    if vacant > SAID_AT_MOST:
        rooms = _("Còn từ %(n)s phòng", n=SAID_AT_MOST)
    return _("%(rooms)s, xác nhận %(ago)s", rooms=rooms, ago=shown.ago(house.confirmed_at))


def _step(share: float | None) -> int | None:
    """Return the step of the vacancy scale: none, then up to 5, 15, 50 percent, and more."""
    if share is None:
        return None
    if share <= 0:
        return 0
    return 1 + sum(share > bound for bound in (0.05, 0.15, 0.5))
