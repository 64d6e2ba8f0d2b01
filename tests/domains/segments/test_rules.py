"""What is decided without a database: intervals, uploaded texts, who may ask what, templates."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizuna.conditions.ast import Condition, leaves
from kizuna.conditions.check import check
from kizuna.conditions.problems import Names
from kizuna.domains.privacy.contracts import FieldClass
from kizuna.domains.privacy.rules.sight import Sight
from kizuna.domains.segments.rules.intervals import scale
from kizuna.domains.segments.rules.templates import TEMPLATES
from kizuna.domains.segments.rules.uploads import LINES_MAX, UploadRefused, read_lines
from kizuna.domains.segments.service.check import list_events
from kizuna.domains.segments.service.sight import find_hidden, show_condition
from kizuna.kernel.fields import FieldKind
from kizuna.measures.intervals import wilson

TYPES = ("user_id", "email", "phone", "line_id")


def test_wilson_is_as_published() -> None:
    # 10 of 100: the values that Newcombe (1998) and R's prop.test(10, 100, correct = FALSE) give.
    low, high = wilson(10, 100)
    assert math.isclose(low, 0.0552, abs_tol=5e-5)
    assert math.isclose(high, 0.1744, abs_tol=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_nobody_in_a_sample_does_not_mean_nobody() -> None:
    size, low, high = scale(0, 1_000, 1_000_000)
    assert (size, low) == (0, 0)
    assert 3_000 < high < 4_500


@given(st.integers(0, 5_000), st.integers(1, 5_000), st.integers(0, 10_000_000))
def test_the_size_lies_in_its_interval(found: int, sampled: int, more: int) -> None:
    found = min(found, sampled)
    size, low, high = scale(found, sampled, sampled + more)
    assert found <= low <= size <= high <= sampled + more
    if not more:
        assert size == low == high == found


def test_a_table_names_its_columns() -> None:
    text = "\ufeffメールアドレス,会員番号,memo\nhana@example.jp,c-1,x\n,,\n,c-2,\n,,\n"
    assert read_lines(text, "user_id", TYPES) == [
        [("email", "hana@example.jp"), ("user_id", "c-1")],
        [],
        [("user_id", "c-2")],
    ]


def test_without_a_header_a_line_is_one_identifier() -> None:
    assert read_lines("c-1\n\nc-2\n\n", "user_id", TYPES) == [[("user_id", "c-1")], [], [("user_id", "c-2")]]
    assert read_lines("profile_id\nx\n", "user_id", TYPES) == [[("profile_id", "x")]]
    assert read_lines("email\tphone\na@b.jp\t090\n", "user_id", TYPES) == [[("email", "a@b.jp"), ("phone", "090")]]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "upload_empty"), ("\n\n", "upload_empty"), ("c\n" * (LINES_MAX + 2), "upload_long")],
)
def test_what_is_no_list_is_refused(text: str, code: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        read_lines(text, "user_id", TYPES)
    assert refused.value.code == code


def read(where: dict[str, Any]) -> Condition:
    return msgspec.convert({"version": 1, "where": where}, Condition)


def trait(name: str, **test: Any) -> dict[str, Any]:
    return {"kind": "trait", "name": name, "test": test}


def did(event: str | None, *filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "did", "event": {"name": event, "where": list(filters)}} | more


def filter_(name: str, **test: Any) -> dict[str, Any]:
    return {"property": name, "test": test}


LEAST = Sight(contact=False, sensitive=False)
CONTACT = Sight(contact=True, sensitive=False)

ASKED: list[tuple[dict[str, Any], list[str]]] = [
    (trait("plan", op="is", value="gold"), []),
    (trait("email", op="is", value="hana@example.jp"), ["email"]),
    (trait("email", op="exists"), []),
    ({"kind": "identifier", "type": "phone", "test": {"op": "starts_with", "value": "+8190"}}, ["phone"]),
    ({"kind": "identifier", "type": "phone", "test": {"op": "exists"}}, []),
    (did("Order Completed", filter_("total", op="between", low=1.0)), []),
    (did("Order Completed", filter_("email", op="contains", value="hana")), ["email"]),
    (did("Order Completed", measure={"of": "distinct", "property": "email"}), ["email"]),
    (
        {
            "kind": "sequence",
            "steps": [{"name": "A"}, {"name": "B", "where": [filter_("email", op="is", value="x")]}],
            "within": {"n": 1, "unit": "day"},
        },
        ["email"],
    ),
    (
        {
            "kind": "unfollowed",
            "first": {"name": "A"},
            "then": {"name": "B", "where": [filter_("phone", op="is", value="x")]},
            "within": {"n": 1, "unit": "day"},
        },
        ["phone"],
    ),
    (
        {
            "kind": "occurrence",
            "which": "last",
            "event": {"name": "A"},
            "having": [filter_("email", op="is", value="x")],
        },
        ["email"],
    ),
]


@pytest.mark.parametrize(("where", "hidden"), ASKED)
def test_who_does_not_see_a_field_may_not_guess_it(where: dict[str, Any], hidden: list[str]) -> None:
    (leaf,) = leaves(read(where).where)
    assert [name for _, name in find_hidden(leaf, LEAST)] == hidden
    assert find_hidden(leaf, CONTACT) == []


def test_what_an_identify_carries_are_traits() -> None:
    decided: Mapping[tuple[FieldKind, str], FieldClass] = {("trait", "plan"): "contact"}
    sight = Sight(contact=False, sensitive=False, overrides=decided)
    asked = filter_("plan", op="is", value="gold")
    for event, hidden in (("User Identified", ["plan"]), (None, ["plan"]), ("Plan Chosen", [])):
        (leaf,) = leaves(read(did(event, asked)).where)
        assert [name for _, name in find_hidden(leaf, sight)] == hidden
    shown, masked = show_condition({"where": did("User Identified", asked)}, sight)
    assert masked
    assert "gold" not in str(shown)


def test_values_of_hidden_fields_are_masked_and_the_rest_stays() -> None:
    where = {
        "kind": "all",
        "of": [
            trait("email", op="is", value="hana@example.jp"),
            trait("plan", op="in", values=["gold", "call 090-1234-5678"]),
            trait("birthday", op="dated", since={"at": "date", "date": "1987-03-14"}),
            did("Order Completed", filter_("email", op="in", values=["ken@example.jp"])),
        ],
    }
    stored = {"version": 1, "where": where}
    shown, masked = show_condition(stored, LEAST)
    assert masked
    text = str(shown)
    assert not any(one in text for one in ("hana@", "ken@", "5678", "1987"))
    assert "gold" in text
    assert "Order Completed" in text
    msgspec.convert(shown, Condition)  # it can still be read, to be said in words
    assert show_condition(stored, Sight(contact=True, sensitive=True)) == (stored, False)
    assert "hana@example.jp" in str(show_condition(stored, CONTACT)[0])


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_templates_are_conditions_without_fault(template: Any) -> None:
    events: dict[str, dict[str, str]] = {
        need: {"total": "number", "score": "number"} for need in template.needs if not need.startswith("trait:")
    }
    traits = {need.removeprefix("trait:"): "string" for need in template.needs if need.startswith("trait:")}
    names = Names(
        events=events,
        traits=traits,
        identifier_types=frozenset(TYPES),
        purposes={"marketing": frozenset({"email"})},
    )
    assert check(msgspec.convert(template.condition, Condition), names) == []
    assert set(template.name) == set(template.description) == {"en", "ja"}


def test_templates_say_which_events_they_need() -> None:
    for one in TEMPLATES:
        events = list_events(msgspec.convert(one.condition, Condition))
        assert sorted(need for need in one.needs if not need.startswith("trait:")) == events
