"""From a number of a trend to who is behind it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import case_of

from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.errors import Invalid

CATEGORIES = [
    ({"by": "property", "property": "products[].category"}, 3),
    ({"by": "property", "property": "products[].category"}, 1),
    ({"by": "segment", "segments": [7, 8]}, 1),
    ({"by": "touchpoint"}, 1),
]
PEOPLE = [{"event": {"name": name}, "measure": "people"} for name in ("Order Completed", "Page Viewed")]


@pytest.mark.parametrize(("breakdown", "limit"), CATEGORIES)
async def test_every_number_of_people_opens_on_as_many(lake: DeltaLake, breakdown: dict[str, Any], limit: int) -> None:
    case = case_of("trend", "events and people")
    # Page views alone would rank the labels otherwise.
    case = replace(
        case,
        events=[
            *case.events,
            *(
                [number, "Page Viewed", "2026-03-02T09:00:00Z", {"products": [{"category": "pot"}]}]
                for number in (4, 5)
            ),
        ],
        query={
            **case.query,
            "params": {"series": PEOPLE},
            "breakdown": breakdown,
            "breakdown_limit": limit,
        },
    )
    found, behind = await open_case(lake, case)
    opened = {tuple(row.items()): len(await behind("value", **row)) for row in rows_of(found)}
    assert list(opened.values()) == [row["value"] for row in rows_of(found)]
    assert sum(opened.values()) > 3


async def test_elements_are_no_matter_of_several_segments(lake: DeltaLake) -> None:
    case = case_of("trend", "events and people")
    series = [{"event": {"name": "Order Completed"}, "measure": "sum", "property": "products[].price"}]

    def by(*segments: int) -> Any:
        query = {"params": {"series": series}, "breakdown": {"by": "segment", "segments": segments}}
        return replace(case, query={**case.query, **query})

    found, _ = await open_case(lake, by(7))
    assert [figure.value for figure in found.figures] == [1000.1, 1000.1]
    with pytest.raises(Invalid, match="several segments") as refused:
        await open_case(lake, by(7, 8))
    assert set(refused.value.fields) == {"breakdown.segments"}
