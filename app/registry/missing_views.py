"""What houses came without, for the province to complete, one after the other."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.db import db
from app.registry import operations, queries
from app.registry.access import house_for_officials
from app.registry.admin_views import DECIDERS, OFFICIALS, page_number, paging, seen_units, words
from app.registry.forms import UNRATED, CompleteForm, set_unit_choices
from app.registry.importing.operations import create_numbered_rooms
from app.registry.models import COMPLETABLE
from app.registry.queries import HouseFilter
from app.registry.units import unit_now
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("missing", __name__)


@blueprint.get("/admin/establishments/missing")
@requires(*OFFICIALS)
def houses() -> ResponseReturnValue:
    """Houses in force that lack something; ``?house=CODE`` opens the form of one of them."""
    return _page(_form())


def _form() -> CompleteForm:
    form = CompleteForm()
    set_unit_choices(form, queries.units_today())
    return form


def _page(form: CompleteForm, opened: str | None = None, status: int = 200) -> ResponseReturnValue:
    wanted = request.args.get("missing", "any")
    wanted = wanted if wanted in COMPLETABLE else "any"
    which = HouseFilter(missing=wanted, statuses=["approved"], within=seen_units())
    number = page_number()
    rows, total = queries.page_of_houses(which, number)
    ids = [row.house.id for row in rows]
    return page(
        "admin/establishments_missing.html",
        fragment="missing",
        rows=rows,
        total=total,
        wanted=wanted,
        missing=queries.missing_of(ids),
        imported=queries.import_rows(ids),
        counts=queries.missing_counts(HouseFilter(statuses=["approved"], within=seen_units())),
        opened=opened or request.args.get("house"),
        form=form,
        status=status,
        **paging("missing.houses", number, total),
        **words(),
    )


@blueprint.post("/admin/establishments/<code>/complete")
@requires(*DECIDERS)
def complete(code: str) -> ResponseReturnValue:
    row = house_for_officials(code)
    form = _form()
    if not form.validate():
        return _page(form, opened=code, status=422)
    lat, lon = form.location.data or (None, None)
    operations.complete(
        row.house,
        unit=unit_now(form.unit.data) if form.unit.data else None,
        stars=int(form.stars.data or UNRATED) or None,
        not_applicable=_declared_none(form),
        lat=lat,
        lon=lon,
        phone=form.phone.data or None,
        licence_no=form.licence_no.data or None,
        by=principal(),
    )
    if form.rooms.data and not queries.rooms(row.house.id):
        create_numbered_rooms(
            row.house, form.rooms.data, capacity=form.capacity.data or 2, price=None, by=principal()
        )
    db.session.commit()
    flash(_("Đã bổ sung cho %(name)s.", name=row.house.name))
    return redirect(
        url_for(
            "missing.houses",
            missing=request.args.get("missing"),
            page=request.args.get("page"),
        ),
        303,
    )


def _declared_none(form: CompleteForm) -> frozenset[str]:
    """What the official says the house truly has not."""
    said = {
        "phone": form.no_phone.data,
        "licence": form.no_licence.data,
        "stars": form.stars.data == UNRATED,
    }
    return frozenset(name for name, is_so in said.items() if is_so)
