"""Pages of officials: the register's houses in list and map, one house, decisions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.db import db
from app.registry import invitations, operations, queries
from app.registry.access import house_for_officials
from app.registry.forms import (
    UNRATED,
    ClassForm,
    DecisionForm,
    HouseFilterForm,
    NoteForm,
    ReasonedDecisionForm,
    set_unit_choices,
)
from app.registry.models import Establishment
from app.registry.queries import HouseFilter, HouseRow
from app.registry.units import unit_now
from app.registry.words import KIND_NAMES, MISSING_NAMES, STATUS_NAMES
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("admin", __name__)

OFFICIALS = ("ward_official", "province_official", "admin")
DECIDERS = ("province_official", "admin")
POINTS_MOST = 3_000
STATUS_STEPS = {"approved": 4, "applied": 2, "suspended": 1, "rejected": 0}


def seen_units() -> frozenset[str] | None:
    """The units whose houses the official sees; None for the whole province."""
    who = principal()
    return None if who.sees_province else who.units


def may_decide() -> bool:
    return principal().sees_province


# --- List and map --------------------------------------------------------------------------


@blueprint.get("/admin/establishments")
@requires(*OFFICIALS)
def establishments() -> ResponseReturnValue:
    form, which = asked()
    number = page_number()
    rows, total = queries.page_of_houses(which, number)
    ids = [row.house.id for row in rows]
    return page(
        "admin/establishments.html",
        fragment="houses",
        form=form,
        rows=rows,
        total=total,
        rooms=queries.room_counts(ids),
        missing=queries.missing_of(ids),
        counts=queries.status_counts(HouseFilter(within=seen_units())),
        status=422 if form.errors else 200,
        **paging("admin.establishments", number, total),
        **words(),
    )


@blueprint.get("/admin/establishments/map")
@requires(*OFFICIALS)
def establishment_map() -> ResponseReturnValue:
    form, which = asked()
    points = queries.points(which, POINTS_MOST + 1)
    return page(
        "admin/establishments_map.html",
        form=form,
        points=[_point(point) for point in points[:POINTS_MOST]],
        more=len(points) > POINTS_MOST,
        status=422 if form.errors else 200,
        **words(),
    )


def _point(point: queries.Point) -> dict[str, Any]:
    return {
        "id": point.code,
        "lat": point.lat,
        "lon": point.lon,
        "name": point.name,
        "text": str(STATUS_NAMES[point.status]),
        "label": "●",
        "step": STATUS_STEPS[point.status],
        "url": url_for("admin.establishment", code=point.code),
    }


def asked() -> tuple[HouseFilterForm, HouseFilter]:
    """Return the filter form and what it asks for; a field that is wrong asks for nothing."""
    form = HouseFilterForm(request.args)
    units = queries.units_today()
    within = seen_units()
    set_unit_choices(form, [u for u in units if within is None or u.code in within])
    form.validate()
    said = {name: f.data for name, f in form._fields.items() if f.data and not f.errors}
    which = HouseFilter(
        q=str(said.get("q", ""))[:200],
        statuses=_one(said.get("status")),
        units=_one(said.get("unit")),
        kinds=_one(said.get("kind")),
        missing=said.get("missing", ""),
        within=within,
    )
    return form, which


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def page_number() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), 10_000)


def paging(
    endpoint: str, number: int, total: int, per_page: int = queries.PER_PAGE
) -> dict[str, Any]:
    """What the pages' links below a list need."""

    def page_url(wanted: int) -> str:
        return url_for(endpoint, **kept_query("page"), page=wanted)

    pages = max(-(-total // per_page), 1)
    return {"number": number, "pages": pages, "page_url": page_url}


def kept_query(*without: str) -> dict[str, Any]:
    """The query of the request, for a link that keeps it; none of what ``url_for`` takes itself."""
    return {
        name: said
        for name, said in request.args.items()
        if name not in without and name != "endpoint" and not name.startswith("_")
    }


def words() -> dict[str, Any]:
    return {
        "kind_names": KIND_NAMES,
        "status_names": STATUS_NAMES,
        "missing_names": MISSING_NAMES,
        "may_decide": may_decide(),
    }


# --- One house -----------------------------------------------------------------------------


@blueprint.get("/admin/establishments/<code>")
@requires(*OFFICIALS)
def establishment(code: str) -> ResponseReturnValue:
    return _house_page(house_for_officials(code))


def _house_page(
    row: HouseRow,
    *,
    decision: DecisionForm | ReasonedDecisionForm | None = None,
    class_form: ClassForm | None = None,
    note: NoteForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    house = row.house
    room_types = queries.room_types(house.id)
    numbers = queries.numbers_by_type([room_type.id for room_type in room_types])
    return page(
        "admin/establishment.html",
        row=row,
        house=house,
        room_types=[(room_type, len(numbers[room_type.id])) for room_type in room_types],
        missing=queries.missing_of([house.id])[house.id],
        classes=queries.classes(house),
        closures=queries.closures(house, limit=10),
        changes=queries.status_changes(house),
        notes=queries.notes(house),
        people=queries.people_by_id(house),
        managers=queries.managers(house),
        imported=queries.import_row(house),
        invitation=invitations.open_of([house.id]).get(house.id),
        decisions=_decisions(house),
        decision_form=decision or DecisionForm(formdata=None, prefix="decision"),
        class_form=class_form or _class_form(row),
        note_form=note or NoteForm(formdata=None, prefix="note"),
        status=status,
        **words(),
    )


def _decisions(house: Establishment) -> list[str]:
    """The decisions that fit the house's status."""
    return [name for name, (before, _) in operations.DECISIONS.items() if house.status in before]


def _class_form(row: HouseRow | None = None) -> ClassForm:
    """The class as it is today, or, without a row, as it was sent."""
    if row is None:
        form = ClassForm(prefix="class")
    else:
        form = ClassForm(
            formdata=None,
            prefix="class",
            kind=row.kind,
            stars=str(row.stars or UNRATED),
            unit=row.unit.code if row.unit else "",
        )
    set_unit_choices(form, queries.units_today())
    return form


@blueprint.post("/admin/establishments/<code>/<any(approve, reject, suspend, reopen):decision>")
@requires(*DECIDERS)
def decide(code: str, decision: str) -> ResponseReturnValue:
    row = house_for_officials(code)
    kind = ReasonedDecisionForm if decision in operations.REASONED else DecisionForm
    form = kind(prefix="decision")
    if not form.validate():
        return _house_page(row, decision=form, status=422)
    try:
        operations.decide(row.house, decision, reason=form.reason.data or None, by=principal())
    except operations.WrongStatus:
        db.session.rollback()
        row = house_for_officials(code)
        form.refuse(
            "reason",
            _("Cơ sở này đã chuyển sang “%(status)s”.", status=STATUS_NAMES[row.house.status]),
        )
        return _house_page(row, decision=form, status=409)
    db.session.commit()
    flash(_("Đã ghi quyết định: %(status)s.", status=STATUS_NAMES[row.house.status]))
    return redirect(url_for("admin.establishment", code=code), 303)


@blueprint.post("/admin/establishments/<code>/class")
@requires(*DECIDERS)
def reclassify(code: str) -> ResponseReturnValue:
    row = house_for_officials(code)
    form = _class_form()
    if not form.validate():
        return _house_page(row, class_form=form, status=422)
    stars = int(form.stars.data) or None
    operations.reclassify(
        row.house,
        kind=form.kind.data,
        stars=stars,
        unrated=stars is None,
        unit=unit_now(form.unit.data) if form.unit.data else None,
        since=None if form.whole.data else form.since.data,
        by=principal(),
    )
    db.session.commit()
    flash(_("Đã ghi loại hình, hạng và phường, xã."))
    return redirect(url_for("admin.establishment", code=code), 303)


@blueprint.post("/admin/establishments/<code>/notes")
@requires(*OFFICIALS)
def add_note(code: str) -> ResponseReturnValue:
    row = house_for_officials(code)
    form = NoteForm(prefix="note")
    if not form.validate():
        return _house_page(row, note=form, status=422)
    operations.add_note(row.house, form.text.data or "", by=principal())
    db.session.commit()
    flash(_("Đã lưu ghi chú."))
    return redirect(url_for("admin.establishment", code=code), 303)
