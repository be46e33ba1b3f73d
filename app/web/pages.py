"""A page or its fragment: one URL, one view, one context, chosen here and nowhere else."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from flask import Response, make_response, render_template, request, session


def wants_fragment(name: str) -> bool:
    """Whether the request asks for the fragment whose root element has this id."""
    if not request.headers.get("HX-Request"):
        return False
    target = request.headers.get("HX-Target", "")
    # htmx 4 sends the target as ``tag#id``; older clients send the bare id.
    return target.rpartition("#")[2] == name


def page(
    template: str, *, fragment: str | None = None, status: int = 200, **context: Any
) -> Response:
    """Render ``template``, or the fragment file beside it where HTMX asks for that element.

    ``fragment`` is both the id of the fragment's root element and, with ``_`` before and
    ``.html`` behind, the name of its file in the template's folder: ``fragment="results"`` of
    ``search/search.html`` is ``search/_results.html``. Dashes in an id are underscores in a name.
    """
    name = template
    if fragment and wants_fragment(fragment):
        name = str(PurePosixPath(template).with_name(f"_{fragment.replace('-', '_')}.html"))
    text = render_template(name, **context)
    if name != template and session.get("_flashes"):
        # What was flashed swaps itself in beside the fragment; else it waits for the next page.
        text += render_template("_messages.html")
    response = make_response(text, status)
    response.vary.update(("HX-Request", "HX-Target"))
    return response
