"""Destinations of segments, with names, addresses and secrets of their own."""

from typing import Any

from tests.attack.factories.segments import make_list
from tests.attack.planter import Planted, Planter, plants

NOWHERE = "https://localhost:9/"
"""Refused without asking anybody: it leads inside."""


def make_body(text: str) -> dict[str, Any]:
    settings = {"url": f"{NOWHERE}{text}", "identifiers": ["user_id"]}
    return {"kind": "webhook", "name": text, "purpose": "personalisation", "settings": settings, "recipient": text}


@plants("/api/segments/destinations/{id}")
async def plant_destination(planter: Planter) -> Planted:
    segment_id = await make_list(planter)
    made = await planter.post(f"/api/segments/{segment_id}/destinations", make_body(planter.canary()))
    planter.secrets.add(made["secret"])
    await planter.post(f"/api/segments/destinations/{made['id']}/test", None)
    return Planted({"id": str(made["id"])})


@plants("segments_make_destination")
async def plan_destination(planter: Planter) -> Planted:
    return Planted({"id": str(await make_list(planter))}, make_body("intruder"), names_things=True)


@plants("segments_change_destination")
async def plan_change(planter: Planter) -> Planted:
    planted = await plant_destination(planter)
    return Planted(planted.params, {"name": "Intruder"}, names_things=True)


@plants("segments_start_segment_export")
async def plan_export(planter: Planter) -> Planted:
    return Planted({"id": str(await make_list(planter))}, {"reason": "to look at them"}, names_things=True)
