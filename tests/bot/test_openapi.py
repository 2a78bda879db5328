"""The OpenAPI document is complete, true to the routes, and the one that is committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.api.openapi import operation_id
from bot.commands.openapi import document_text, load_document
from tests.bot.role_matrix import MATRIX

Json = dict[str, Any]
SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> Json:
    return load_document()


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_committed_document_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == document_text(), (
        "docs/openapi.json is not what the routes say: babeldesk openapi > docs/openapi.json"
    )


def test_every_operation_says_what_it_does_and_for_whom(document: Json) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert len(operation["summary"]) > 10, name
        assert operation["description"].startswith(operation["summary"][:5]), name
        assert set(operation["tags"]) <= tags, f"{name}: describe its tag in bot/api/openapi.py"


def test_names_of_operations_are_unique(document: Json) -> None:
    names = [operation["operationId"] for _name, operation in operations(document)]

    assert len(set(names)) == len(names)
    assert operation_id.__doc__ and "agent_list_tickets" in names


def test_who_may_call_agrees_with_the_matrix(document: Json) -> None:
    kinds = {f"{line.method} {line.path}": line.kind for line in MATRIX}
    for name, operation in operations(document):
        schemes = {scheme for one in operation["security"] for scheme in one}
        wanted = {
            "open": set(),
            "visitor": {"visitor"},
            "staff": {"session", "token"},
            "personal": {"session"},
        }[kinds[name]]
        changes = not name.startswith("GET") and "session" in wanted
        assert schemes == (wanted | {"csrf"} if changes else wanted), name


def test_every_error_is_a_problem_and_no_other_is_left(document: Json) -> None:
    for name, operation in operations(document):
        statuses = set(operation["responses"])
        assert "503" in statuses and ("401" in statuses or not operation["security"]), name
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer == {"$ref": f"#/components/responses/Problem{status}"}, name
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_body_that_is_taken_has_an_example(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for name, operation in operations(document):
        body = operation.get("requestBody")
        if body is None:
            continue
        schema = body["content"]["application/json"]["schema"]
        for one in schema.get("anyOf", [schema]):
            if "$ref" in one:
                taken = one["$ref"].rpartition("/")[2]
                assert schemas[taken].get("examples"), f"{name}: no example of {taken}"


def test_examples_fit_their_schemas(document: Json) -> None:
    components = {"components": document["components"]}
    for schema in document["components"]["schemas"].values():
        for example in schema.get("examples", []):
            jsonschema.validate(example, {**schema, **components})
    for answer in document["components"]["responses"].values():
        (content,) = answer["content"].values()
        jsonschema.validate(content["example"], {**content["schema"], **components})


def test_links_lead_to_operations_with_these_parameters(document: Json) -> None:
    known = {operation["operationId"]: operation for _name, operation in operations(document)}
    n_links = 0
    for _name, operation in operations(document):
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                names = {p["name"] for p in known[link["operationId"]]["parameters"]}
                assert set(link["parameters"]) <= names
                n_links += 1
    assert n_links > 10


def test_keys_that_make_repeats_harmless_are_on_every_post_of_staff(document: Json) -> None:
    for name, operation in operations(document):
        takes = "Idempotency-Key" in {p["name"] for p in operation.get("parameters", [])}
        is_for_staff = any("csrf" in one for one in operation["security"])
        assert takes == (name.startswith("POST") and is_for_staff), name


def test_whoever_heeds_a_version_may_say_that_it_is_an_old_one(document: Json) -> None:
    heeding = [
        (name, "412" in operation["responses"])
        for name, operation in operations(document)
        if any(one["name"] == "If-Match" for one in operation.get("parameters", []))
    ]

    assert len(heeding) > 10
    assert [name for name, says in heeding if not says] == []


def test_whoever_may_say_which_version_she_has_may_hear_that_it_is_the_one(document: Json) -> None:
    conditional = {
        operation["operationId"]: "304" in operation["responses"]
        for _, operation in operations(document)
        if any(one["name"] == "If-None-Match" for one in operation.get("parameters", ()))
    }

    assert len(conditional) >= 7
    assert all(conditional.values())
