"""The published JSON Schema is the one of the code, and lets every case pass."""

import json

import jsonschema
import pytest
from hypothesis import given, settings

from kizuna.conditions.ast import Condition, write_condition
from kizuna.conditions.schema import json_schema, write_schema
from tests.conditions.cases import SPEC, read_cases
from tests.conditions.strategies import conditions

SCHEMA = jsonschema.Draft202012Validator(json_schema())


def test_the_published_schema_is_current() -> None:
    assert (SPEC / "schema.json").read_text(encoding="utf-8") == write_schema()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_cases_fit_the_schema() -> None:
    for case in read_cases():
        SCHEMA.validate(json.loads(write_condition(Condition(case.node))))


@given(conditions())
@settings(max_examples=50, deadline=None)
def test_conditions_fit_the_schema(condition: Condition) -> None:
    SCHEMA.validate(json.loads(write_condition(condition)))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"where": {"kind": "trait", "name": "x"}},
        {"where": {"kind": "trait", "name": "x", "test": {"op": "is", "value": None}}},
        {"where": {"kind": "trait", "name": "x", "test": {"op": "exists"}, "more": 1}},
        {"where": {"kind": "sequence", "steps": [{"name": "A"}], "within": {"n": 1, "unit": "day"}}},
        {"where": {"kind": "segment", "id": 0}},
    ],
)
def test_what_does_not_fit_is_refused(wrong: object) -> None:
    assert not SCHEMA.is_valid(wrong)
