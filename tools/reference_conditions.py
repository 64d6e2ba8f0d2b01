"""The reference page of the condition language: its rules in words, examples read out by the code itself, limits."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kizuna.conditions import ast
from kizuna.conditions.check import Condition, check, read_checked
from kizuna.conditions.describe import describe
from kizuna.conditions.problems import list_problems
from kizuna.conditions.values import MILLIONTHS_MAX

Example = tuple[str, str, dict[str, Any]]
"""(heading, what it means, a node or a test)"""

_ORDER = {"name": "Order Completed"}
_EVENT = {
    "name": "Order Completed",
    "where": [{"property": "items[].sku", "test": {"op": "in", "values": ["A-1", "A-2"]}}],
    "touchpoints": ["store", "web"],
}
_MONTH = {"since": {"at": "ago", "span": {"n": 30, "unit": "day"}}}


_OPENING = {
    "kind": "all",
    "of": [
        {"kind": "did", "event": _ORDER, "value": 3, "window": _MONTH},
        {"kind": "trait", "name": "city", "test": {"op": "is", "value": "東京"}},
    ],
}
PROSE = Path(__file__).with_suffix(".md")
"""What people wrote of the page; «…» are places for what is made."""

TESTS: Sequence[Example] = [
    ("exists", "There is a value, and it is not null. Empty text and empty lists exist.", {"op": "exists"}),
    ("is", "Equal, and of the same type: text, number or boolean.", {"op": "is", "value": "東京"}),
    ("in", "Equal to one of them.", {"op": "in", "values": ["東京", "大阪"]}),
    ("contains", "Text with this piece in it.", {"op": "contains", "value": "区"}),
    ("starts_with", "Text that begins so.", {"op": "starts_with", "value": "東"}),
    ("ends_with", "Text that ends so.", {"op": "ends_with", "value": "都"}),
    (
        "between",
        "A number from `low` to `high`, both included; with `open`, neither. Leave one out for no bound.",
        {"op": "between", "low": 1000, "high": 5000},
    ),
    (
        "dated",
        "A date or time in [`since`, `until`). Read are `YYYY-MM-DD` (its first instant in the zone) and "
        "`YYYY-MM-DDTHH:MM[:SS[.ffffff]]`, with `Z`, with an offset as `+09:00`, or without one: then UTC. A blank may "
        "stand for the `T`. Everything else is no date, and so are days that no calendar has.",
        {
            "op": "dated",
            "since": {"at": "start_of", "unit": "month"},
            "until": {"at": "start_of", "unit": "month", "offset": 1},
            "zone": "person",
        },
    ),
    (
        "anniversary",
        "The month and day come round on a day from today + `first` to today + `last`. 29 February comes round on the "
        "28th in other years. Of a time, its day as written counts.",
        {"op": "anniversary", "first": 0, "last": 7, "zone": "person"},
    ),
    ("has", "A list with an element equal to one of them.", {"op": "has", "values": ["vip", "press"]}),
]

NODES: Sequence[Example] = [
    (
        "all",
        "Every part holds. Of no parts, true.",
        {
            "kind": "all",
            "of": [
                {"kind": "did", "event": _ORDER},
                {"kind": "trait", "name": "city", "test": {"op": "is", "value": "東京"}},
            ],
        },
    ),
    (
        "any",
        "At least one part holds.",
        {
            "kind": "any",
            "of": [
                {"kind": "segment", "id": 12},
                {"kind": "fact", "name": "loyalty.tier", "test": {"op": "is", "value": "gold"}},
            ],
        },
    ),
    ("not", "The part does not hold.", {"kind": "not", "of": {"kind": "did", "event": _ORDER, "window": _MONTH}}),
    (
        "trait",
        "A trait passes a test. `address.city` is `city` within the trait `address`, unless there is a trait of "
        "that whole name.",
        {"kind": "trait", "name": "address.city", "test": {"op": "is", "value": "東京"}},
    ),
    (
        "identifier",
        "One of the customer's identifiers of this type passes `exists`, `is`, `in`, `contains`, "
        "`starts_with` or `ends_with`, in its [normalised form](identifiers.md).",
        {"kind": "identifier", "type": "email", "test": {"op": "ends_with", "value": "@example.co.jp"}},
    ),
    (
        "consent",
        "The purpose may be served now: by an answer, or by what holds without one, and nothing restricts it.",
        {"kind": "consent", "purpose": "marketing", "channel": "email"},
    ),
    (
        "segment",
        "The customer is in another segment now. No segment may lead back to itself.",
        {"kind": "segment", "id": 12},
    ),
    (
        "fact",
        "What another part of Kizuna knows of the customer passes a test.",
        {"kind": "fact", "name": "loyalty.tier", "test": {"op": "in", "values": ["gold", "platinum"]}},
    ),
    (
        "did",
        "A measure of the matching events in a window, compared by `at_least` (if nothing is said), `at_most` or "
        "`exactly`. The measure is `count` (if nothing is said), `distinct` (different values of a property, text as "
        "it is), `sum`, `average`, `min` or `max`.",
        {
            "kind": "did",
            "event": _ORDER,
            "measure": {"of": "sum", "property": "total"},
            "value": 10000,
            "window": _MONTH,
        },
    ),
    (
        "occurrence",
        "The first or last matching event of all time lies in the window and passes every filter in `having`.",
        {
            "kind": "occurrence",
            "which": "first",
            "event": _ORDER,
            "having": [{"property": "coupon", "test": {"op": "is", "value": "WELCOME"}}],
            "window": _MONTH,
        },
    ),
    (
        "sequence",
        "There are events, one for each step, in this order, all in the window, the last no later than "
        "`within` after the first. Neighbouring steps are different events: *A, then A* needs two.",
        {
            "kind": "sequence",
            "steps": [{"name": "Product Viewed"}, {"name": "Product Added"}, _ORDER],
            "within": {"n": 7, "unit": "day"},
        },
    ),
    (
        "unfollowed",
        "There is an event `first` in the window, and no other event `then` from its time to `within` later "
        "(both included), and that time is over.",
        {
            "kind": "unfollowed",
            "first": {"name": "Product Added"},
            "then": _ORDER,
            "within": {"n": 1, "unit": "hour"},
            "window": {"since": {"at": "ago", "span": {"n": 7, "unit": "day"}}},
        },
    ),
]

MOMENTS: Sequence[Example] = [
    ("date", "The first instant of a day, in the zone.", {"at": "date", "date": "2026-04-01"}),
    ("time", "An instant, RFC 3339 with offset.", {"at": "time", "time": "2026-04-01T09:00:00+09:00"}),
    ("ago", "Now less a span of `minute`, `hour`, `day` or `week`.", {"at": "ago", "span": {"n": 90, "unit": "day"}}),
    ("ahead", "Now plus a span.", {"at": "ahead", "span": {"n": 2, "unit": "week"}}),
    (
        "start_of",
        "The first instant of the `day`, `week`, `month` or `year` of now, or `offset` of them later.",
        {"at": "start_of", "unit": "month", "offset": -1},
    ),
]


LIMITS = [
    ("parts of a condition", f"{ast.LEAVES_MAX:,}"),
    ("groups within groups", f"{ast.DEPTH_MAX} levels"),
    ("values of `in` and `has`", f"{ast.VALUES_MAX:,}"),
    ("filters of an event", f"{ast.FILTERS_MAX}"),
    ("steps of a sequence", f"2 to {ast.STEPS_MAX}"),
    ("a count to compare with", f"{ast.COUNT_MAX}"),
    ("a name", f"{ast.NAME_CHARS_MAX} characters"),
    ("a text to compare with", f"{ast.TEXT_CHARS_MAX:,} characters"),
    ("a span", f"{ast.SPAN_DAYS_MAX:,} days"),
    ("`offset` of `start_of`", f"{ast.OFFSET_MAX:,} either way"),
]


def conditions_page() -> str:
    from tools.make_reference import table

    opening = {"version": 1, "where": _OPENING}
    condition = read_checked(opening)
    moments = [(f"`{name}`", text, f"`{json.dumps(moment)}`", _since(moment)) for name, text, moment in MOMENTS]
    problems = [(f"`{one.code}`", one.severity, one.message.en, one.remedy.en) for one in list_problems()]
    made = {
        "opening": _write(opening),
        "english": describe(condition, "en"),
        "japanese": describe(condition, "ja"),
        "measured": f"{MILLIONTHS_MAX // 1_000_000:,}",
        "nodes": "\n".join(_example(name, text, node, node) for name, text, node in NODES),
        "event": _write(_EVENT),
        "tests": "\n".join(
            _example(name, text, test, {"kind": "trait", "name": "city", "test": test}) for name, text, test in TESTS
        ),
        "moments": table(("moment", "means", "example", "as the beginning of a window"), moments),
        "limits": table(("what", "at the most"), LIMITS),
        "problems": table(("code", "severity", "means", "what to do"), problems),
    }
    return re.sub("«(.+?)»", lambda found: made[found[1]], PROSE.read_text(encoding="utf-8"))


def _example(name: str, text: str, shown: dict[str, Any], node: dict[str, Any]) -> str:
    """Only conditions that can be saved are shown, and the words are those that the admin app shows."""
    condition = read_checked({"where": node})
    assert not [one for one in check(condition) if one.severity == "error"], name
    words = f"*{describe(condition, 'en')}* / {describe(condition, 'ja')}"
    return f"### {name}\n\n{text}\n\n```json\n{_write(shown)}\n```\n\n{words}\n"


def _since(moment: dict[str, Any]) -> str:
    condition: Condition = read_checked({"where": {"kind": "did", "event": {"name": "A"}, "window": {"since": moment}}})
    return describe(condition, "en").removeprefix("did “A” ")


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
