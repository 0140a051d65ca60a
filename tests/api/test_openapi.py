"""The OpenAPI document and its page."""

from __future__ import annotations

import re

import pytest

UNSAFE = {"post", "put", "delete"}


@pytest.fixture
def document(app):
    return app.test_client().get("/api/v1/openapi.json").json


def test_the_document_is_openapi_3_1_and_describes_every_route_of_the_api(app, document):
    assert document["openapi"] == "3.1.0"
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()
              if rule.rule.startswith("/api/v1/")}
    assert set(document["paths"]) == routes - {"/api/v1/openapi.json"}


def test_every_operation_says_what_it_does_and_what_may_go_wrong(document):
    for path, operations in document["paths"].items():
        for method in operations.keys() & (UNSAFE | {"get"}):
            operation = operations[method]
            assert operation["summary"], f"{method} {path}"
            assert operation["responses"]["default"], f"{method} {path}"


def test_every_unsafe_operation_takes_an_idempotency_key(document):
    for path, operations in document["paths"].items():
        for method in operations.keys() & UNSAFE:
            names = {parameter.get("name") for parameter in operations[method]["parameters"]}
            assert "Idempotency-Key" in names, f"{method} {path}"


def test_errors_are_described_as_they_are(document):
    properties = document["components"]["schemas"]["Problem"]["properties"]
    assert {"type", "title", "status", "detail", "code", "errors"} == set(properties)


def test_every_reference_leads_somewhere(document):
    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


def test_the_page_loads_our_own_files_only(app):
    page = app.test_client().get("/api/docs")
    assert page.status_code == 200
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert address.startswith(("/", "data:")), address
    assert "<script>" not in page.text
    assert "style=" not in page.text
