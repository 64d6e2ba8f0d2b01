"""Customers in what a workspace keeps: audit, jobs, the queue, files of exports."""

import json

from tests.attack.erasure_world import World

from kizuna.domains.workspace import api as workspaces

INVITATION = {"email": "new.colleague@example.com", "role": "analyst"}
QUEUED = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)
    VALUES ('default', 'profiles:export', %s, 'failed')
"""


async def plant(world: World) -> None:
    await world.ada.post("/api/workspace/invitations", json=INVITATION)
    await world.ada.post("/api/workspace/keys", json={"name": "till", "scopes": ["profiles.read"]})
    await world.ada.post("/api/workspace/members/1/reset-link")
    for one in world.both:
        async with world.ada.unit() as ctx:
            await workspaces.record_audit(
                ctx,
                "note.written",
                "note",
                1,
                f"Wrote down that “{one.name}” <{one.email}> called from {one.phone}",
                before={"user_id": one.user_id},
                after={"spoke_to": one.email, "devices": [one.device_id], "number": one.phone_kept},
            )
        # An export that is done, one that waits, and the queue's memory of one that failed.
        await world.ada.post(
            "/api/profiles/exports",
            json={"search": one.email, "columns": ["email", "name", "phone"], "reason": "for the erasure test"},
        )
        await world.run_jobs()
        args = {"workspace_id": world.workspace_id, "args": {"search": one.email, "job_id": 99}}
        world.db.execute(QUEUED, (json.dumps(args),))
        await world.ada.post("/api/profiles/exports", json={"search": one.line_id, "reason": "for the erasure test"})
    assert list(world.runtime.settings.blobs_dir.glob("exports/*/*.zip"))
