"""The cases of ``spec/conditions``, as the tests of every reader of conditions take them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from kizuna.conditions.ast import Node
from kizuna.conditions.evaluate import Person
from kizuna.conditions.moments import At, to_us

SPEC = Path(__file__).parents[2] / "spec" / "conditions"


@dataclass(frozen=True)
class Case:
    id: str
    node: Node
    person: Person
    at: At
    expected: bool


def read_cases() -> list[Case]:
    files = sorted(path for path in SPEC.glob("*.json") if path.name != "schema.json")
    return [_read_case(path.stem, case) for path in files for case in json.loads(path.read_text(encoding="utf-8"))]


def _read_case(kind: str, case: dict[str, Any]) -> Case:
    asked = case["at"]
    at = At(read_time_us(asked["now"]), asked["zone"], asked["week_start"])
    events = [
        {"id": f"e{number}", **one, "time_us": read_time_us(one["time"])}
        for number, one in enumerate(case["person"].get("events", []))
    ]
    person = msgspec.convert({**case["person"], "events": events}, Person)
    return Case(f"{kind}: {case['name']}", msgspec.convert(case["condition"], Node), person, at, case["is"])


def read_time_us(text: str) -> int:
    return to_us(datetime.fromisoformat(text.replace("Z", "+00:00")))
