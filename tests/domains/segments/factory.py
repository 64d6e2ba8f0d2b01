"""Customers in segments: live, by the hour and listed; in the history of who came and went."""

from tests.attack.erasure_world import World

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles.service.sync import sync_workspace
from kizuna.domains.segments.signals import SegmentMove, SegmentsChanged
from kizuna.kernel.signals import publish

BOUGHT = {"version": 1, "where": {"kind": "did", "event": {"name": "Order Completed"}}}


async def plant(world: World) -> None:
    await drain_inbox(world.runtime)
    await sync_workspace(world.runtime, world.workspace_id)
    lines = [{"type": "user_id", "value": one.user_id} for one in world.both]
    listed = await world.ada.post("/api/segments/upload", json={"name": "Guests", "identifiers": lines})
    assert listed.json()["matched"] == 2, listed.text
    await plant_told(world, listed.json()["id"])
    for kind, every in (("live", None), ("scheduled", "hour")):
        new = {"name": f"Buyers, {kind}", "condition": BOUGHT, "kind": kind, "every": every}
        made = await world.ada.post("/api/segments", json=new)
        assert made.status_code == 201, made.text
    trait = {"name": "orders", "figure": {"kind": "count", "event": {"name": "Order Completed"}}}
    assert (await world.ada.post("/api/segments/traits", json=trait)).status_code == 201
    await world.run_jobs()
    for one in (await world.ada.get("/api/segments")).json()["items"]:
        assert one["state"] == "ready", one
        assert one["size"] >= 2, one


async def plant_told(world: World, segment_id: int) -> None:
    """A destination that may know of both: they were sent, and nobody can say whether they arrived."""
    settings = {"url": "https://localhost:9/", "identifiers": ["user_id", "email"]}
    body = {"kind": "webhook", "name": "Till", "purpose": "personalisation", "settings": settings}
    made = await world.ada.post(f"/api/segments/{segment_id}/destinations", json=body)
    assert made.status_code == 201, made.text
    (move_id, keys) = world.db.execute(
        "SELECT id, keys FROM segments_moves WHERE segment_id = %s ORDER BY id DESC LIMIT 1", (segment_id,)
    ).fetchone() or (0, [])
    async with world.runtime.unit(world.workspace_id) as ctx:
        await publish(ctx, SegmentsChanged((SegmentMove(segment_id, move_id, True, tuple(keys)),)))
    await world.run_jobs()
    log = await world.ada.get(f"/api/segments/destinations/{made.json()['id']}/deliveries")
    assert [one["reason"] for one in log.json()["items"]] == ["address"], log.text
