"""Who is asking, and the gate every request passes: deny by default.

A view says what it needs with one decorator: ``@public``, ``@signed_in`` or ``@requires(*roles)``.
A view that says nothing is refused. Houses are checked where their row is loaded
(``registry.access``), since a role alone opens no house.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Flask,
    abort,
    after_this_request,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.text import is_storable

PUBLIC = "public"
SIGNED_IN = "signed_in"

View = Callable[..., Any]


@dataclass(frozen=True)
class Principal:
    """The person or program behind a request; holds no model.

    ``houses`` maps establishment ids to the role there (``front_desk`` or ``manager``);
    ``units`` are the codes of the wards an official sees, empty for a province official, who
    sees all.
    """

    kind: str = "anonymous"
    id: int | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    houses: Mapping[int, str] = field(default_factory=dict)
    units: frozenset[str] = frozenset()

    @property
    def is_anonymous(self) -> bool:
        return self.kind == "anonymous"

    @property
    def actor(self) -> str:
        """How the audit and ``created_by`` name this principal: ``user:7``, ``api_key:3``."""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def sees_province(self) -> bool:
        """Whether statistics of the whole province are open to this principal."""
        return bool(self.roles & {"province_official", "admin"})

    def works_in(self, establishment_id: int) -> bool:
        return establishment_id in self.houses

    def manages(self, establishment_id: int) -> bool:
        return self.houses.get(establishment_id) == "manager"


ANONYMOUS = Principal()


def principal() -> Principal:
    """Return who is asking; anonymous where nobody signed in."""
    return getattr(g, "principal", ANONYMOUS)


def public(view: View) -> View:
    """Open a view to everybody."""
    view.access = frozenset({PUBLIC})  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Open a view to everybody who signed in."""
    view.access = frozenset({SIGNED_IN})  # type: ignore[attr-defined]
    return view


def requires(*roles: str) -> Callable[[View], View]:
    """Open a view to principals with one of the roles."""

    def mark(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def access_of(endpoint: str) -> frozenset[str]:
    """Return what the endpoint's view requires; empty where it says nothing, so nobody passes."""
    return getattr(current_app.view_functions[endpoint], "access", frozenset())


def is_api() -> bool:
    return request.path.startswith("/api/v")


def init_app(app: Flask, load_principal: Callable[[], Principal]) -> None:
    """Register the gate and the security headers; ``load_principal`` reads cookie or key."""
    if "static" in app.view_functions:
        public(app.view_functions["static"])

    @app.before_request
    def gate() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        if not is_storable(request.path):
            abort(404)
        access = access_of(request.endpoint)
        if request.endpoint == "static":
            return None
        g.principal = load_principal()
        return _decide(access, g.principal)

    app.after_request(_set_headers)


def _decide(access: frozenset[str], who: Principal) -> ResponseReturnValue | None:
    if PUBLIC in access:
        return None
    if who.is_anonymous:
        return _ask_to_sign_in()
    if SIGNED_IN in access or access & who.roles:
        return None
    refused(f"role:{request.endpoint}")
    abort(403)


def _ask_to_sign_in() -> ResponseReturnValue:
    if is_api():
        abort(401)
    target = url_for("accounts.sign_in", next=request.full_path.rstrip("?"))
    if request.headers.get("HX-Request"):
        # A redirect inside a fragment would put the sign-in form into the page's middle.
        return "", 401, {"HX-Redirect": target}
    return redirect(target, 303)


def refused(subject: str, establishment_id: int | None = None) -> None:
    """Tell the listener (the audit) that a principal was refused."""
    for listener in current_app.extensions.get("refusal_listeners", ()):
        listener(principal(), subject, establishment_id)


CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {images}; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def allow_webassembly() -> None:
    """Let the page that is being answered run WebAssembly of our own; no other page may."""

    @after_this_request
    def loosen(response: Any) -> Any:
        policy = _policy().replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
        response.headers["Content-Security-Policy"] = policy
        return response


def allow_framing() -> None:
    """Let other sites frame the page that is being answered; no other page of ours."""

    @after_this_request
    def loosen(response: Any) -> Any:
        policy = _policy().replace("frame-ancestors 'none'", "frame-ancestors *")
        response.headers["Content-Security-Policy"] = policy
        return response


def _policy() -> str:
    images = current_app.config.get("MAP_TILE_ORIGIN", "")
    return CONTENT_SECURITY_POLICY.format(images=images).replace(" ;", ";")


DOORS = ("/sign-in", "/set-password", "/apply", "/claim")


# Sums that name nobody may be kept by the program that asked, if it asks each time anew.
REVALIDATED = "private, no-cache"


USUAL_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}


def _set_headers(response: Any) -> Any:
    headers = response.headers
    # One look through them: each setdefault would take one of its own.
    present = {name.lower() for name, _value in headers}
    usual = {**USUAL_HEADERS, "Content-Security-Policy": _policy()}
    headers.extend([(name, usual[name]) for name in usual if name.lower() not in present])
    if headers.get("Cache-Control") == REVALIDATED:
        return response
    # What begins a session, or stands before one, stays in no cache either.
    if not principal().is_anonymous or session.modified or request.path.startswith(DOORS):
        headers["Cache-Control"] = "no-store"
    return response
