"""Pages of the worklist: who has not reported, a house's calls, reminders in one click."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import Length, Optional

from app import dates
from app.db import db
from app.registry import queries as registry
from app.registry.access import house_for_officials
from app.registry.admin_views import page_number, paging
from app.registry.forms import choices
from app.statistics import files, words
from app.statistics.access import OFFICIALS, own_units
from app.statistics.files import Sheet
from app.statistics.forms import StatisticsForm as AskedForm
from app.statistics.forms import with_defaults
from app.statistics.queries import Filters
from app.statistics.worklist import calls
from app.statistics.worklist.calls import Work
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("worklist", __name__)

PER_PAGE = 50
FILTERS = ("who", "state", "unit", "order")
WHO_NAMES: dict[str, LazyString] = {
    "yesterday": _l("Chưa báo hôm qua"),
    "today": _l("Chưa báo hôm nay"),
    "streak": _l("Nhiều ngày liền chưa báo"),
    "any": _l("Còn thiếu ngày nào đó"),
}
STATE_NAMES: dict[str, LazyString] = {
    "to_call": _l("Cần gọi"),
    "called": _l("Đã gọi"),
    "promised": _l("Đã hẹn"),
    "solved": _l("Đã xong"),
}
STATE_TAGS = {"to_call": "look", "called": "sea", "promised": "sea", "solved": "fine"}
ORDER_NAMES: dict[str, LazyString] = {
    "ward": _l("Phường, rồi tên"),
    "next": _l("Việc cần làm trước"),
}
LONGEST_PROMISE = timedelta(days=60)


class FilterForm(Form):
    """Whom the list shows; sent by GET, so without a token."""

    class Meta(Form.Meta):
        csrf = False

    who = SelectField(_l("Ai"), choices=choices(*WHO_NAMES.items()), default="yesterday")
    state = SelectField(
        _l("Tình trạng"), default="", choices=choices(("", _l("Tất cả")), *STATE_NAMES.items())
    )
    unit = SelectField(_l("Phường, xã"), choices=choices(("", _l("Tất cả"))), default="")
    order = SelectField(_l("Thứ tự"), choices=choices(*ORDER_NAMES.items()), default="ward")


class CallForm(Form):
    """How far one is with a house, and what was said."""

    state = SelectField(_l("Tình trạng"), choices=choices(*STATE_NAMES.items()))
    promised_until = DateField(_l("Hẹn báo trước ngày"), validators=[Optional()])
    text = TextAreaField(_l("Ghi chú cuộc gọi"), validators=[Optional(), Length(max=1000)])

    def validate(self, extra_validators: Any = None) -> bool:
        """An empty day is a fault of the one state that needs it."""
        is_valid = super().validate(extra_validators)
        if self.state.data == "promised" and not self.promised_until.errors:
            until, today = self.promised_until.data, dates.today()
            if until is None or not today <= until <= today + LONGEST_PROMISE:
                self.refuse("promised_until", _("Chọn ngày hẹn, từ hôm nay đến 60 ngày tới."))
                return False
        return is_valid


@blueprint.app_context_processor
def desk() -> dict[str, Any]:
    """Let the desk of a house show the reminder it was sent; stays know nothing of officials."""
    return {"reminder_on_desk": calls.reminder_on_desk}


def _asked() -> tuple[FilterForm, list[Work] | None]:
    """Return the filter and the houses it lets through; None where a filter is bent."""
    own = own_units()
    form = FilterForm(request.args)
    known = AskedForm(with_defaults({}, by="day"), units=own)
    form.unit.choices = known.unit.choices
    if not form.validate():
        return form, None
    units = (form.unit.data,) if form.unit.data else None
    found = calls.worklist(
        Filters(units=units, within=own),
        who=form.who.data or "yesterday",
        state=form.state.data or "",
        order=form.order.data or "ward",
    )
    return form, found


@blueprint.get("/statistics/worklist")
@requires(*OFFICIALS)
def show() -> ResponseReturnValue:
    """Show the houses to be called, with their telephones and what was agreed."""
    form, found = _asked()
    if found is None:
        return page(
            "statistics/worklist.html", fragment="worklist", status=422, form=form, **_tab()
        )
    if wanted := files.wanted(request.args.get("format")):
        return files.answer(wanted, f"worklist_{dates.today()}", _sheet(found, form))
    number = page_number()
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    query = {name: value for name, value in form.data.items() if value}
    return page(
        "statistics/worklist.html",
        fragment="worklist",
        form=form,
        works=shown,
        total=len(found),
        state_names=STATE_NAMES,
        state_tags=STATE_TAGS,
        kept=query,
        file_urls={form_: url_for(".show", **query, format=form_) for form_ in files.FORMATS},
        **paging("worklist.show", number, len(found), PER_PAGE),
        **_tab(),
    )


def _tab() -> dict[str, Any]:
    return {"tab": "worklist"}


def _sheet(found: list[Work], form: FilterForm) -> Sheet:
    return Sheet(
        title=_("Việc cần gọi"),
        headings=[
            *(_("Phường, xã"), _("Mã"), _("Cơ sở"), _("Điện thoại"), _("Hôm nay"), _("Hôm qua")),
            *(_("Ngày còn thiếu"), _("Tình trạng"), _("Hẹn trước ngày"), _("Nhắc gần nhất")),
        ],
        rows=[
            (
                *(work.unit, work.code, work.name, work.phone),
                *(_("đã báo") if said else _("chưa báo") for said in (work.today, work.yesterday)),
                *(work.missing, str(STATE_NAMES[work.state]), work.promised_until),
                work.reminded_on,
            )
            for work in found
        ],
        period=_("%(n)s ngày gần đây", n=calls.DAYS_BACK),
        area=words.scope(Filters(within=own_units())),
        definitions=[(_("Ai"), str(WHO_NAMES[form.who.data or "yesterday"]))],
    )


@blueprint.post("/statistics/worklist/remind")
@requires(*OFFICIALS)
def remind() -> ResponseReturnValue:
    """Remind the chosen houses; those of other wards, or that miss nothing, are left out."""
    chosen = set(request.form.getlist("house")[: calls.MOST_AT_ONCE])
    back = redirect(_back(chosen), 303)
    if not chosen:
        flash(_("Hãy chọn ít nhất một cơ sở."), "look")
        return back
    open_works = {
        work.code: work
        for who in ("any", "today")
        for work in calls.worklist(Filters(within=own_units()), who=who)
    }
    works = [open_works[code] for code in sorted(chosen) if code in open_works]
    done = calls.remind(works, by=principal())
    db.session.commit()
    flash(_told(done), "fine" if done.houses else "look")
    return back


def _back(chosen: set[str]) -> str:
    """Return the page the click came from: a house's own, or the list with its filter."""
    if request.form.get("from_house") and len(chosen) == 1:
        return url_for(".house", code=next(iter(chosen)))
    query: dict[str, Any] = {name: request.form[name] for name in FILTERS if request.form.get(name)}
    return url_for(".show", **query)


def _told(done: calls.Reminded) -> str:
    if not done.houses:
        return _("Không nhắc thêm cơ sở nào: hôm nay đã nhắc, hoặc không còn thiếu.")
    told = ngettext("Đã nhắc %(num)s cơ sở", "Đã nhắc %(num)s cơ sở", done.houses)
    by_mail = ngettext("%(num)s qua thư", "%(num)s qua thư", done.by_mail)
    return f"{told} ({by_mail})."


# --- One house ------------------------------------------------------------------------------


@blueprint.get("/statistics/worklist/<code>")
@requires(*OFFICIALS)
def house(code: str) -> ResponseReturnValue:
    return _house_page(code, CallForm(formdata=None))


def _house_page(code: str, form: CallForm, status: int = 200) -> ResponseReturnValue:
    row = house_for_officials(code)
    found = calls.worklist(Filters(house_id=row.house.id, within=own_units()), who="any")
    found = found or calls.worklist(Filters(house_id=row.house.id, within=own_units()), who="today")
    work = found[0] if found else None
    if status == 200 and work is not None:
        form.state.data, form.promised_until.data = work.state, work.promised_until
    return page(
        "statistics/worklist_house.html",
        status=status,
        house=row.house,
        unit=row.unit,
        work=work,
        number=calls.telephone(row.house.phone),
        form=form,
        notes=registry.notes(row.house),
        people=registry.people_by_id(row.house),
        reminders=calls.reminders(row.house.id),
        state_names=STATE_NAMES,
        state_tags=STATE_TAGS,
        **_tab(),
    )


@blueprint.post("/statistics/worklist/<code>")
@requires(*OFFICIALS)
def call(code: str) -> ResponseReturnValue:
    """Write down a call: the state, what was promised, and what was said."""
    row = house_for_officials(code)
    form = CallForm()
    if not form.validate_on_submit():
        return _house_page(code, form, 422)
    calls.note_call(
        row.house,
        state=form.state.data,
        promised_until=form.promised_until.data,
        words=form.text.data or "",
        by=principal(),
    )
    db.session.commit()
    flash(_("Đã ghi."), "fine")
    return redirect(url_for(".house", code=code), 303)
