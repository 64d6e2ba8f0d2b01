"""Customers in segments: live, by the hour and listed; in the history of who came and went."""

from tests.attack.erasure_world import World

from kizuna.domains.profiles.service.sync import sync_workspace

BOUGHT = {"version": 1, "where": {"kind": "did", "event": {"name": "Order Completed"}}}


async def plant(world: World) -> None:
    await sync_workspace(world.runtime, world.workspace_id)
    lines = [{"type": "user_id", "value": one.user_id} for one in world.both]
    listed = await world.ada.post("/api/segments/upload", json={"name": "Guests", "identifiers": lines})
    assert listed.json()["matched"] == 2, listed.text
    for kind, every in (("live", None), ("scheduled", "hour")):
        new = {"name": f"Buyers, {kind}", "condition": BOUGHT, "kind": kind, "every": every}
        made = await world.ada.post("/api/segments", json=new)
        assert made.status_code == 201, made.text
    await world.run_jobs()
    for one in (await world.ada.get("/api/segments")).json()["items"]:
        assert (one["state"], one["size"]) == ("ready", 2), one
