"""The OpenAPI document is complete and readable, and the application does what it says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from tests.cast import Person, Visitor
from tests.faults.fuzz_api import Tally, Who, fuzz, running

from kizuna.kernel.settings import Settings
from kizuna.web.openapi import describe_api

SEED = 20260401
OPERATION_ID = re.compile(r"[a-z]+(_[a-z]+){2,}")
USUAL = {"workspace", "privacy", "profiles", "collect", "segments", "analytics"}


@pytest.fixture
def document(app: Litestar) -> dict[str, Any]:
    return describe_api(app)


def test_the_admin_apps_types_are_of_this_document(document: dict[str, Any]) -> None:
    kept = Path(__file__).parents[2] / "web" / "openapi.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == json.loads(json.dumps(document)), "run `make api`"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


async def test_the_document_is_served_to_everybody(visitor: Visitor, document: dict[str, Any]) -> None:
    answer = await visitor.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(document))


def test_every_operation_has_an_id_a_tag_and_a_sentence(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids) > 50
    assert [name for name in ids if not OPERATION_ID.fullmatch(name) or name.partition("_")[0] not in USUAL] == []
    for name, operation in operations(document):
        assert len(operation["tags"]) == 1, name
        assert operation["summary"], name
        assert "\n" not in operation["summary"], name


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            if not status.startswith("2"):
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)


def test_what_asks_who_is_there_says_so(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    for name, operation in operations(document):
        assert {scheme for choice in operation["security"] for scheme in choice} <= set(schemes), name
        guarded = {"api_key": []} in operation["security"]
        if guarded:
            assert {"401", "403"} <= set(operation["responses"]), name
        if guarded and not name.startswith("GET"):
            assert {"session": [], "csrf": []} in operation["security"], name


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = set(re.findall(r"'#/components/schemas/([^']+)'", str(document)))
    assert found == set(schemas)
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []


def test_tracking_is_described_with_examples(document: dict[str, Any]) -> None:
    for call in ("track", "identify", "page", "screen", "group", "alias", "batch", "import"):
        body = document["paths"][f"/v1/{call}"]["post"]["requestBody"]["content"]["application/json"]
        assert body["example"]


async def test_examples_of_tracking_are_taken(document: dict[str, Any], ada: Person, visitor: Visitor) -> None:
    source = {"name": "Shop", "kind": "server", "touchpoint": "web"}
    key = (await ada.post("/api/collect/sources", json=source)).json()["write_key"]
    for path, item in document["paths"].items():
        if path.startswith("/v1/") and "post" in item:
            example = item["post"]["requestBody"]["content"]["application/json"]["example"]
            answer = await visitor.post(path, json=example, auth=(key, ""))
            assert (answer.status_code, answer.json()) == (200, {"success": True}), path


def check(tally: Tally, calls_min: int) -> None:
    assert not tally.faults, "\n\n".join(f"{name}\n{text}" for name, text in sorted(tally.faults.items()))
    assert tally.calls.total() >= calls_min
    assert not [status for status in tally.statuses if status >= 500]


TAKE_A_QUESTION = (
    *("analytics_export_query", "analytics_start_run", "analytics_list_people", "analytics_make_people_segment"),
    *("analytics_add_report", "analytics_change_report", "analytics_change_dashboard"),
)
"""Their bodies are hardly more than a question, whose borders are tried at ``analytics_answer_query`` and on the tiles
of ``analytics_add_dashboard`` already: three thousand calls more would say the same. ``make faults`` makes them."""


@pytest.mark.parametrize(
    ("who", "examples", "borders", "calls_min"),
    [("owner", 1, True, 1_500), ("nobody", 2, False, 50), ("source", 6, False, 40)],
)
def test_calls_of_all_kinds(settings: Settings, who: Who, examples: int, borders: bool, calls_min: int) -> None:
    """``make faults`` runs many more: tests/faults/fuzz_api.py."""
    with running(settings) as (app, client):
        check(fuzz(app, client, who, examples, SEED, borders=borders, without=TAKE_A_QUESTION), calls_min)
