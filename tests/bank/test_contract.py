"""docs/bank-api.yaml, the table of operations, the adapter and the demo bank say the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import settings
from jsonschema import Draft202012Validator
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from ivr.bank.operations import OPERATIONS, ArgumentKind, Operation, decode, encode
from ivr.bank.results import item_kind
from ivr.bank.secret import Secret
from ivr.errors import BankUnavailable
from tests.bank.answers import places, right, spoilt
from tests.bank.test_client import arguments
from tests.bank.test_operations import ODD
from tests.rig.demo_bank import RunningBank

FILE = Path(__file__).parents[2] / "docs" / "bank-api.yaml"
API: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SCHEMAS = API["components"]["schemas"]


def post(operation: Operation) -> dict[str, Any]:
    """What the file says of an operation."""
    found: dict[str, Any] = API["paths"][f"/{operation}"]["post"]
    return found


def inner(content: dict[str, Any]) -> dict[str, Any]:
    """The schema of a JSON body."""
    schema: dict[str, Any] = content["content"]["application/json"]["schema"]
    return schema


def valid(schema: dict[str, Any], value: object) -> bool:
    """Whether a value is one of the schema, references resolved."""
    return bool(Draft202012Validator({**schema, "components": API["components"]}).is_valid(value))


def answer_schema(operation: Operation) -> dict[str, Any]:
    """Of a 200."""
    return inner(post(operation)["responses"]["200"])


def test_the_file_has_every_operation_with_its_arguments_and_refusals() -> None:
    assert [path.removeprefix("/") for path in API["paths"]] == list(Operation)
    for operation, spec in OPERATIONS.items():
        said = post(operation)
        assert (said["operationId"], said["x-level"]) == (operation, spec.auth)
        request = inner(said["requestBody"])
        assert list(request.get("properties", {})) == list(spec.arguments)
        assert set(request.get("required", [])) == spec.arguments.keys() - spec.optional
        headers = {one["$ref"].rpartition("/")[2] for one in said["parameters"]}
        assert headers == ({"CallId", "IdempotencyKey"} if spec.write else {"CallId"})
        refused = inner(said["responses"]["409"])
        assert refused["properties"]["refused"]["enum"] == list(spec.refusals)


def test_the_file_has_every_field_of_every_answer() -> None:
    def kinds() -> Iterator[type[Any]]:
        for spec in OPERATIONS.values():
            yield spec.result
            if (kind := item_kind(spec.result)) is not None:
                yield kind

    for kind in kinds():
        said = SCHEMAS[kind.__name__]
        known = dataclasses.fields(kind)
        assert list(said["properties"]) == [one.name for one in known]
        assert said.get("required", []) == [one.name for one in known if not one.metadata["optional"]]


@pytest.mark.parametrize("operation", sorted(Operation))
def test_what_the_adapter_sends_is_what_the_file_says(operation: Operation) -> None:
    body = {
        name: {"plain": value.reveal()} if isinstance(value, Secret) else value
        for name, value in encode(operation, arguments(operation)).items()
    }
    assert valid(inner(post(operation)["requestBody"]), body)
    for name, kind in OPERATIONS[operation].arguments.items():
        odd: object = {"fen": 0, "currency": "CNY"} if kind is ArgumentKind.AMOUNT else ""
        assert not valid(inner(post(operation)["requestBody"]), {**body, name: odd}), name


@pytest.mark.parametrize("operation", sorted(Operation))
def test_the_adapter_is_as_strict_as_the_file(operation: Operation) -> None:
    assert valid(answer_schema(operation), right(operation))
    for path in places(right(operation)):
        for odd in (..., *ODD):
            if odd is ... and isinstance(path[-1], int):
                continue
            answer = spoilt(operation, path, odd)
            if not valid(answer_schema(operation), answer):
                with pytest.raises(BankUnavailable):
                    decode(operation, answer)


# ---- the demo bank against the file

_schema = schemathesis.openapi.from_path(str(FILE))
_schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE], max_examples=8)


@_schema.parametrize()
@settings(max_examples=8, deadline=None)
def test_the_demo_bank_keeps_the_contract(case: schemathesis.Case[Any], started_bank: RunningBank) -> None:
    case.call_and_validate(
        base_url=started_bank.url,
        checks=[
            schemathesis.checks.not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            negative_data_rejection,
        ],
    )
