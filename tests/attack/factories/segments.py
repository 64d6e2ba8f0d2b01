"""Segments of every kind, with texts and people of their own."""

from typing import Any

from tests.attack.operations import make_text
from tests.attack.planter import Planted, Planter, plants

BOUGHT = {"version": 1, "where": {"kind": "did", "event": {"name": "Order Completed"}}}


async def make_segment(planter: Planter, **more: Any) -> int:
    body = {"name": planter.canary(), "description": planter.canary(), "condition": BOUGHT} | more
    return (await planter.post("/api/segments", body))["id"]


async def make_list(planter: Planter) -> int:
    """A list of one customer."""
    person = await planter.person()
    body = {"name": planter.canary(), "identifiers": [{"type": "profile_id", "value": person}]}
    return (await planter.post("/api/segments/upload", body))["id"]


@plants("/api/segments/{id}")
async def plant_segment(planter: Planter) -> Planted:
    return Planted({"id": str(await make_list(planter))})


@plants("segments_add_segment")
async def plan_segment(planter: Planter) -> Planted:
    return Planted(body={"name": make_text("Intruder"), "condition": BOUGHT})


@plants("segments_rebuild_segment")
async def plant_live(planter: Planter) -> Planted:
    return Planted({"id": str(await make_segment(planter))}, names_things=True)


@plants("segments_run_segment")
async def plant_scheduled(planter: Planter) -> Planted:
    return Planted({"id": str(await make_segment(planter, kind="scheduled", every="day"))}, names_things=True)


@plants("segments_change_segment")
async def plan_change(planter: Planter) -> Planted:
    return Planted({"id": str(await make_list(planter))}, {"name": make_text("Intruder")}, names_things=True)


@plants("segments_measure_overlap")
async def plan_overlap(planter: Planter) -> Planted:
    ids = [await make_list(planter), await make_list(planter)]
    return Planted(body={"ids": ids}, names_things=True)


@plants("segments_combine_segments")
async def plan_combination(planter: Planter) -> Planted:
    ids = [await make_list(planter), await make_list(planter)]
    return Planted(body={"op": "union", "ids": ids}, names_things=True)


@plants("segments_upload_segment")
async def plan_upload(planter: Planter) -> Planted:
    person = await planter.person()
    return Planted(body={"name": make_text("Intruder"), "csv": f"profile_id\n{person}\n"})


@plants("segments_check_condition", "segments_estimate_condition", "segments_preview_condition")
async def plan_condition(planter: Planter) -> Planted:
    return Planted(body={"condition": BOUGHT})


@plants("segments_list_values")
async def plan_values(planter: Planter) -> Planted:
    await planter.person()
    return Planted(query={"kind": "trait", "name": "plan"})
