"""The OpenAPI document, the list of error codes, and the readable page made from both."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.web.api import PREFIX, spec
from app.web.discovery import indexed
from app.web.locale import carry
from app.web.pages import page
from app.web.problems import FIELD_CODES, PROBLEMS
from app.web.security import PUBLIC, access_of, public

blueprint = Blueprint("docs", __name__)

SECURITY_SCHEME = {"type": "http", "scheme": "bearer", "description": "An API key"}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What every answer but a success is (RFC 9457); the codes are under /errors.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
}
FIELD_ERROR = {
    "type": "object",
    "title": "FieldError",
    "description": "One fault: a JSON pointer into the body, or the parameter of the query.",
    "required": ["code", "detail"],
    "properties": {name: {"type": "string"} for name in ("code", "detail", "pointer", "parameter")},
}
REFUSED = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


@blueprint.get(f"{PREFIX}/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    response = jsonify(document())
    response.cache_control.max_age = 300
    response.cache_control.public = True
    return response


@blueprint.get(f"{PREFIX}/errors")
@public
def errors() -> ResponseReturnValue:
    """List every code a program may have to handle; a person's browser is led to the page.

    A problem's ``type`` names this address and, behind ``#``, its code, which a redirect keeps.
    """
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if wanted == "text/html":
        response = redirect(url_for("docs.readable", **carry({})), 303)
        response.vary.add("Accept")
        return response
    problems = [
        {"code": code, "status": status, "title": title}
        for code, (status, title) in PROBLEMS.items()
    ]
    fields = [{"code": code, "detail": detail} for code, detail in FIELD_CODES.items()]
    listed = jsonify({"problems": problems, "fields": fields})
    listed.vary.add("Accept")
    return listed


@blueprint.get("/api/docs")
@public
@indexed
def readable() -> ResponseReturnValue:
    described = document()
    return page(
        "docs/api.html",
        groups=_by_tag(described),
        problems=PROBLEMS,
        fields=FIELD_CODES,
        schemas=described["components"]["schemas"],
    )


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all registered endpoints, made once a process."""
    made = current_app.extensions.get("openapi")
    if made is None:
        made = _document()
        current_app.extensions["openapi"] = made
    return made


def _document() -> dict[str, Any]:
    spec.app = current_app._get_current_object()  # type: ignore[attr-defined]
    made: dict[str, Any] = spec.spec
    made.setdefault("components", {}).setdefault("schemas", {})
    made["components"]["securitySchemes"] = {"key": SECURITY_SCHEME}
    made["components"]["schemas"] = _own_schemas(made["components"]["schemas"])
    endpoints = {
        (_template(rule.rule), method.lower()): rule.endpoint
        for rule in current_app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods or ()
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            endpoint = endpoints[path, method]
            operation["operationId"] = endpoint.removeprefix("api_").replace(".", "_")
            _finish(operation, method, access_of(endpoint))
            if xml := getattr(current_app.view_functions[endpoint], "xml", None):
                message, reply = map(_xml, xml)
                operation["requestBody"] = {"required": True, "content": message}
                operation["responses"]["200"] = {"description": "OK", "content": reply}
    return made


def _own_schemas(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas with ours of a problem in the place of the library's."""
    own = {name: schema for name, schema in schemas.items() if "ValidationError" not in name}
    return {**own, "Problem": PROBLEM, "FieldError": FIELD_ERROR}


def _template(rule: str) -> str:
    """Return the rule with OpenAPI's braces: ``<int:id>`` becomes ``{id}``."""
    parts = rule.replace(">", "}").split("<")
    return parts[0] + "".join("{" + part.split(":", 1)[-1] for part in parts[1:])


def _finish(operation: dict[str, Any], method: str, access: frozenset[str]) -> None:
    """Add what the views do not say: who may ask, the key of a write, how a refusal reads."""
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = REFUSED
    if PUBLIC not in access:
        operation["security"] = [{"key": []}]
        operation["x-roles"] = sorted(access)
    if method != "get" and PUBLIC not in access:
        header = {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 200},
            "description": "Needed by every request that stores something",
        }
        operation.setdefault("parameters", []).append(header)


def _xml(name: str) -> dict[str, Any]:
    return {"text/xml": {"schema": {"type": "string", "title": name, "format": f"{name} (XML)"}}}


def _by_tag(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in sorted(described["paths"].items()):
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["Other"])[0]
            tag_name = tag["name"] if isinstance(tag, dict) else tag
            groups.setdefault(tag_name, []).append(
                {"path": path, "method": method.upper(), **operation}
            )
    return groups
