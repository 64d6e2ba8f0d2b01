"""Computed traits, with texts of their own."""

import itertools
from typing import Any

from tests.attack.planter import Planted, Planter, plants

_numbers = itertools.count(1)  # a name is given once
FIGURE = {"kind": "count", "event": {"name": "Order Completed"}}


async def make_trait(planter: Planter, **more: Any) -> int:
    body = {"name": planter.canary(), "description": planter.canary(), "figure": FIGURE} | more
    return (await planter.post("/api/segments/traits", body))["id"]


@plants("/api/segments/traits/{id}")
async def plant_trait(planter: Planter) -> Planted:
    return Planted({"id": str(await make_trait(planter))})


@plants("segments_add_computed_trait")
async def plan_trait(planter: Planter) -> Planted:
    return Planted(body={"name": f"intruder_{next(_numbers)}", "figure": FIGURE})


@plants("segments_change_computed_trait")
async def plan_change(planter: Planter) -> Planted:
    return Planted({"id": str(await make_trait(planter))}, {"description": "Intruder"}, names_things=True)


@plants("segments_rebuild_computed_trait")
async def plant_scheduled(planter: Planter) -> Planted:
    return Planted({"id": str(await make_trait(planter, every="day"))}, names_things=True)


@plants("segments_preview_computed_trait")
async def plan_preview(planter: Planter) -> Planted:
    await planter.person()
    return Planted(body={"figure": FIGURE})
