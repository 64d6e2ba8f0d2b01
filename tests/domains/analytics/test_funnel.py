"""From a number of a funnel to who is behind it; and what no funnel can be."""

from typing import Any

import msgspec
import pytest
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import case_of

from kizuna.adapters.lake.delta import DeltaLake
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.kernel.errors import Invalid


@pytest.mark.parametrize(
    "case",
    [
        "people, shares",
        "whoever is still",
        "an optional step",
        "an excluded event",
        "in any order",
        "strict",
        "by the first value",
        "by the value at a step",
        "all steps",
        "by segments",
    ],
)
async def test_every_number_of_a_funnel_opens(lake: DeltaLake, case: str) -> None:
    found, behind = await open_case(lake, case_of("funnel", case))
    for row in rows_of(found):
        for column in ("people", "dropped", "open"):
            assert len(await behind(column, **row)) == (row[column] or 0), (column, row)
        assert await behind("share_first", **row) == await behind("people", **row)


async def test_who_is_lost_and_who_is_not_yet(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("funnel", "whoever is still"))
    assert [row["step"] for row in rows_of(found)] == [1, 2, 3]
    assert await behind("dropped", step=2) == [1]
    assert await behind("open", step=2) == [2]
    assert await behind("open", step=3) == [3, 4]
    assert await behind("people", step=4) == await behind("people", step=0) == await behind("dropped", step=1) == []


async def test_a_label_that_nobody_has_has_nobody_behind_it(lake: DeltaLake) -> None:
    _, behind = await open_case(lake, case_of("funnel", "by the first value"))
    assert await behind("people", step=1, label="unheard of") == []
    assert await behind("people", step=1) == [1, 2, 3, 4]


@pytest.mark.parametrize("case", ["by the week", "by sessions", "by a property"])
async def test_every_conversion_opens(lake: DeltaLake, case: str) -> None:
    found, behind = await open_case(lake, case_of("conversion", case))
    of_sessions = case == "by sessions"
    for row in rows_of(found):
        for column in ("began", "converted", "open"):
            people = await behind(column, **row)
            # A person may have several sessions in a week.
            assert 0 < len(people) <= row[column] if of_sessions and row[column] else len(people) == row[column]
    assert await behind("converted") == ([1] if of_sessions else [1, 3])
    assert await behind("share", period="2020-01-01T00:00:00+00:00") == []


async def test_every_value_that_goes_with_conversion_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("correlation", "odds ratio"))
    for row in rows_of(found):
        for column in ("people", "converted"):
            assert len(await behind(column, **row)) == row[column]
    assert len(await behind("people")) == 70
    assert await behind("people", kind="property", name="plan", value="unheard of") == []


STEPS: list[dict[str, Any]] = [{"event": {"name": name}} for name in "ABC"]


@pytest.mark.parametrize(
    ("params", "code", "place"),
    [
        ({"steps": [{**STEPS[0], "optional": True}, *STEPS[1:]]}, "optional_first", "params.steps.0.optional"),
        ({"exclusions": [{"event": {"name": "X"}, "after": 2, "before": 2}]}, "exclusion_backwards", None),
        ({"exclusions": [{"event": {"name": "X"}, "after": 3}]}, "exclusion_backwards", "params.exclusions.0.before"),
        ({"exclusions": [{"event": {"name": "X"}, "before": 4}]}, "no_such_step", "params.exclusions.0.before"),
        ({"attribution": "step", "step": 4}, "no_such_step", "params.step"),
        ({"order": "any", "steps": [*STEPS[:2], {**STEPS[2], "optional": True}]}, "optional_in_any_order", None),
        ({"order": "any", "start": "first_ever"}, "first_in_any_order", "params.start"),
        ({"order": "any", "attribution": "step", "step": 2}, "step_in_any_order", "params.step"),
        (
            {"order": "any", "exclusions": [{"event": {"name": "X"}, "before": 2}]},
            "exclusion_in_any_order",
            "params.exclusions.0",
        ),
    ],
)
def test_what_no_funnel_can_be(params: dict[str, Any], code: str, place: str | None) -> None:
    named = _refuse("funnel", {"steps": STEPS, **params}, code)
    assert place in (None, named)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"steps": [*STEPS[:2], {**STEPS[2], "optional": True}]}, "optional_end"),
        ({"properties": ["products[].name"]}, "property_of_list"),
        ({"events": False}, "nothing_to_compare"),
    ],
)
def test_what_cannot_be_compared(params: dict[str, Any], code: str) -> None:
    assert _refuse("correlation", {"steps": STEPS, **params}, code)


def _refuse(key: str, params: dict[str, Any], code: str) -> str:
    """The place that is named."""
    metric = find_metric(key)
    assert metric.check is not None
    with pytest.raises(Invalid) as refused:
        metric.check(msgspec.convert(params, metric.params))
    assert refused.value.code == code
    return next(iter(refused.value.fields))


async def test_a_breakdown_by_the_elements_of_a_list_is_refused(lake: DeltaLake) -> None:
    case = case_of("funnel", "of nobody")
    case.query["breakdown"] = {"by": "property", "property": "products[].name"}
    with pytest.raises(Invalid) as refused:
        await open_case(lake, case)
    assert refused.value.code == "breakdown_by_list"
