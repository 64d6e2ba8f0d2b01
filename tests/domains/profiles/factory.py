"""Customers as profiles: identified, edited, joined by staff and taken apart."""

from datetime import timedelta

from tests.attack.erasure_world import World

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles.service.sync import sync_workspace


async def plant(world: World) -> None:
    for number, one in enumerate(world.both):
        id_ = await world.profile_id(one)
        edited = await world.ada.patch(f"/api/profiles/{id_}/traits", json={"memo": f"prefers {one.email}"})
        assert edited.status_code == 200, edited.text
        # Another browser, joined by a member and taken off again: the log and a block name both.
        stray = f"browser-of-nobody-{number}"
        event = world.event(one, anonymousId=stray, userId=None, context={}, properties={})
        await world.send(event | {"timestamp": (world.now() - timedelta(hours=2)).isoformat()})
        await drain_inbox(world.runtime)
        other = await world.ada.get("/api/profiles", params={"search": stray})
        source = other.json()["items"][0]["id"]
        merged = await world.ada.post("/api/profiles/merge", json={"into": str(id_), "from": source})
        assert merged.status_code == 200, merged.text
        links = (await world.ada.get(f"/api/profiles/{id_}/identity")).json()["links"]
        taken = await world.ada.post(f"/api/profiles/{id_}/unmerge", json={"link_id": links[-1]["id"]})
        assert taken.status_code == 200, taken.text
    await sync_workspace(world.runtime, world.workspace_id)
