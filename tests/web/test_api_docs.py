"""The OpenAPI document is sound, and what anybody may ask answers as it describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.db import db
from app.web.api_docs import document
from app.web.problems import PROBLEMS
from tests.factories import EstablishmentFactory
from tests.html import gate

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 6


@pytest.fixture(scope="module")
def described(app: Any) -> dict[str, Any]:
    with app.test_request_context():
        return document()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the document, at whatever depth."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def unsound_defaults(described: dict[str, Any]) -> list[Any]:
    """Return the defaults that their own schema refuses."""
    found = []
    for part in parts(described):
        if "default" in part and {"type", "anyOf", "enum", "$ref"} & part.keys():
            schema = {**part, "components": described["components"]}
            if not jsonschema_rs.Draft202012Validator(schema).is_valid(part["default"]):
                found.append(part)
    return found


def test_every_reference_leads_to_something(described: dict[str, Any]) -> None:
    found = {part["$ref"] for part in parts(described) if isinstance(part.get("$ref"), str)}
    assert found
    for reference in found:
        _, _, name = reference.rpartition("/")
        assert reference == f"#/components/schemas/{name}"
        assert name in described["components"]["schemas"]


def test_every_operation_says_what_it_answers_and_has_a_name_of_its_own(
    described: dict[str, Any],
) -> None:
    names = []
    for path, method, operation in operations(described):
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert all("description" in response for response in operation["responses"].values())
        assert operation["summary"], (method, path)
        names.append(operation["operationId"])
    assert len(names) == len(set(names)) > 30
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


def test_parameters_of_paths_are_described_and_no_others(described: dict[str, Any]) -> None:
    for path, _method, operation in operations(described):
        given_ones = operation.get("parameters", [])
        in_path = {one["name"] for one in given_ones if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        assert all(one["required"] for one in given_ones if one["in"] == "path")
        assert len({(one["name"], one["in"]) for one in given_ones}) == len(given_ones)


def test_defaults_are_values_of_their_schemas(described: dict[str, Any]) -> None:
    assert unsound_defaults(described) == []


def test_an_unsound_default_would_be_found() -> None:
    reference = {"type": "string", "minLength": 1, "default": ""}
    assert unsound_defaults({"components": {}, "paths": {"x": [reference]}}) == [reference]


def test_a_patch_describes_no_value_for_what_was_not_said(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    patches = {name: schemas[name] for name in schemas if name.startswith("ReservationPatch")}
    assert patches
    for schema in patches.values():
        assert "required" not in schema
        assert not any("default" in part for part in schema["properties"].values())


def test_every_schema_is_one(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        jsonschema_rs.Draft202012Validator({**schema, "components": described["components"]})
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def public_operations(app: Any) -> list[Any]:
    """Return the operations that ask for no key, as the document describes them."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if "x-roles" not in one.definition.raw]


def test_whatever_anybody_asks_is_answered_as_described(app: Any, db_session: Any) -> None:
    EstablishmentFactory(rooms=2)
    db.session.commit()
    asked = public_operations(app)
    assert len(asked) > 8

    for operation in asked:

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        answers()


def test_the_type_of_a_problem_leads_a_person_to_its_row(client) -> None:
    asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = client.get("/api/v1/errors", headers=asked)
    assert (response.status_code, response.location) == (303, "/api/docs")
    page = gate(client.get("/api/docs"))
    for code in PROBLEMS:
        assert page.xpath(f"//th[@id='{code}']"), code
    # A program, whatever it accepts or if it says nothing, gets the list.
    for accept in ("application/json", "*/*", ""):
        told = client.get("/api/v1/errors", headers={"Accept": accept})
        assert told.get_json()["problems"], accept
        assert "Accept" in told.headers["Vary"]


def test_an_address_too_long_is_refused_in_words(client) -> None:
    long = "x" * 7_000
    assert client.get(f"/api/v1/vacancies?q={long}").get_json()["code"] == "invalid"
    assert client.get(f"/search?q={long}").status_code == 422


def test_a_message_in_xml_is_described_too(described: dict[str, Any], client: Any) -> None:
    operation = described["paths"]["/api/v1/ota/inv-counts"]["post"]
    assert set(operation["requestBody"]["content"]) == {"text/xml"}
    assert set(operation["responses"]["200"]["content"]) == {"text/xml"}
    assert operation["x-roles"] == ["front_desk", "manager"]
    assert "/api/v1/ota/inv-counts" in gate(client.get("/api/docs")).text_content()
