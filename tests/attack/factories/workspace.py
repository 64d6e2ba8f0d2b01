"""Members, invitations, keys, jobs."""

import itertools

from kizuna.domains.workspace import api as workspaces
from kizuna.domains.workspace.contracts import NewMember
from kizuna.kernel.ids import new_token
from tests.attack.planter import Planted, Planter, plants
from tests.cast import PASSWORD

_numbers = itertools.count(1)


@plants("/api/workspace/members/{id}")
async def plant_member(planter: Planter) -> Planted:
    name = planter.canary()
    async with planter.owner.unit() as ctx:
        new = NewMember(name, f"{name}@example.com", PASSWORD, "viewer", "en")
        return Planted({"id": str(await workspaces.add_member(ctx, new))})


@plants("/api/workspace/invitations/{id}")
async def plant_invitation(planter: Planter) -> Planted:
    made = await invite(planter)
    return Planted({"id": str(made["id"])})


async def invite(planter: Planter) -> dict[str, str]:
    body = {"email": f"{planter.canary()}@example.com", "role": "viewer"}
    made = await planter.post("/api/workspace/invitations", body)
    planter.secrets.add(made["url"].rpartition("/")[2])
    return made


@plants("/api/invitations/{token}")
async def plant_open_invitation(planter: Planter) -> Planted:
    token = (await invite(planter))["url"].rpartition("/")[2]
    return Planted({"token": new_token("kzi")}, proof_params={"token": token})


@plants("workspace_accept_invitation")
async def plant_acceptance(planter: Planter) -> Planted:
    return Planted(body={"name": f"Newcomer {next(_numbers)}", "password": PASSWORD})


@plants("workspace_use_reset")
async def plant_reset(planter: Planter) -> Planted:
    member = await plant_member(planter)
    made = await planter.post(f"/api/workspace/members/{member.params['id']}/reset-link", {})
    token = made["url"].rpartition("/")[2]
    planter.secrets.add(token)
    return Planted(
        {"token": new_token("kzr")}, body={"password": "another horse battery"}, proof_params={"token": token}
    )


@plants("/api/workspace/keys/{id}")
async def plant_key(planter: Planter) -> Planted:
    made = await planter.post("/api/workspace/keys", {"name": planter.canary(), "scopes": ["workspace.read"]})
    planter.secrets.add(made["secret"])
    return Planted({"id": str(made["id"])})


@plants("workspace_make_key")
async def plan_key(planter: Planter) -> Planted:
    return Planted(body={"name": "Intruder", "scopes": ["workspace.read"]})


@plants("workspace_change_password")
async def plan_password(planter: Planter) -> Planted:
    return Planted(body={"current": PASSWORD, "new": PASSWORD})


async def start_job(planter: Planter) -> str:
    async with planter.owner.unit() as ctx:
        job_id = await workspaces.start_job(
            ctx,
            "profiles.export",
            f"Export {planter.canary()}",
            "profiles:export",
            {"columns": []},
            permission="profiles.export",
        )
    return str(job_id)


@plants("/api/jobs/{id}")
async def plant_job(planter: Planter) -> Planted:
    return Planted({"id": await start_job(planter)})


@plants("workspace_resume_job")
async def plant_stopped_job(planter: Planter) -> Planted:
    job_id = await start_job(planter)
    await planter.post(f"/api/jobs/{job_id}/stop", {})
    return Planted({"id": job_id}, names_things=True)


@plants("workspace_download_file")
async def plant_file(planter: Planter) -> Planted:
    job_id = await start_job(planter)
    place = f"exports/{planter.owner.workspace_id}/profiles-{job_id}.csv"
    path = planter.runtime.settings.blobs_dir / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"name\n{planter.canary()}\n")
    planter.db.execute("UPDATE workspace_jobs SET state = 'done', file = %s WHERE id = %s", (place, int(job_id)))
    return Planted({"id": job_id}, names_things=True)
