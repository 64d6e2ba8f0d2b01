"""Customers in answers: kept for a while, and those of runs. Beside them what staff keep of questions."""

from typing import Any

from tests.attack.erasure_world import World

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles.service.sync import sync_workspace

ANALYTICS = "/api/analytics"


async def plant(world: World) -> None:
    """Answers by what names people: their addresses are labels in them."""
    for one in world.both:
        await world.send(world.event(one))
    await drain_inbox(world.runtime)
    await sync_workspace(world.runtime, world.workspace_id)
    query: dict[str, Any] = {
        "metric": "trend",
        "params": {"series": [{"event": {"name": "Order Completed"}}]},
        "breakdown": {"by": "property", "property": "contact"},
        "range": {"kind": "last", "n": 1, "unit": "day", "current": True},
    }
    answer = await world.ada.post(f"{ANALYTICS}/query", json={"query": query})
    assert world.person.email in answer.text, answer.text
    run = await world.ada.post(f"{ANALYTICS}/runs", json={"query": query})
    assert run.status_code == 202, run.text
    await world.run_jobs()
    done = await world.ada.get(f"{ANALYTICS}/runs/{run.json()['id']}")
    assert world.person.email in done.text, done.text
    await plant_beside(world, query)


async def plant_beside(world: World, query: dict[str, Any]) -> None:
    report = (await world.ada.post(f"{ANALYTICS}/reports", json={"name": "Orders", "query": query})).json()
    assert (await world.ada.put(f"{ANALYTICS}/reports/{report['id']}/pin")).status_code == 204
    for path, body in (
        ("dashboards", {"name": "Overview", "tiles": [{"report_id": report["id"]}]}),
        ("annotations", {"at": "2026-03-01T00:00:00Z", "text": "Spring sale"}),
        ("shares", {"kind": "report", "ref": str(report["id"])}),
    ):
        made = await world.ada.post(f"{ANALYTICS}/{path}", json=body)
        assert made.status_code == 201, made.text
