"""Sources, what came by them, files and mappings."""

import json
from urllib.parse import quote

from kizuna.domains.collect.rules.webhooks import sign_body
from kizuna.kernel.ids import new_token
from tests.attack.planter import Planted, Planter, plants


async def add_source(planter: Planter, kind: str = "server") -> dict[str, str]:
    source = await planter.post("/api/collect/sources", {"name": planter.canary(), "kind": kind, "touchpoint": "web"})
    secret = (await planter.owner.get(f"/api/collect/sources/{source['id']}/secret")).json()["signing_secret"]
    planter.secrets.update((source["write_key"], secret))
    return source | {"secret": secret}


@plants("/api/collect/sources/{source_id}")
async def plant_source(planter: Planter) -> Planted:
    return Planted({"source_id": str((await add_source(planter))["id"])})


def sign(planter: Planter, source: dict[str, str], body: bytes) -> dict[str, str]:
    stamp = str(int(planter.runtime.clock.now().timestamp()))
    return {"X-Kizuna-Signature": f"t={stamp},v1={sign_body(body, source['secret'], stamp)}"}


@plants("collect_list_requests")
async def plant_requests(planter: Planter) -> Planted:
    source = await add_source(planter, "webhook")
    body = json.dumps({"type": "track", "userId": "w", "event": planter.canary()}).encode()
    answer = await planter.owner.post(f"/in/{source['write_key']}", content=body, headers=sign(planter, source, body))
    assert answer.status_code == 200, answer.text
    return Planted({"source_id": str(source["id"])}, names_things=True)


@plants("collect_try_mapping")
async def plan_trial(planter: Planter) -> Planted:
    return Planted(body={"body": {"type": "track", "event": "Intruded", "userId": "i"}})


@plants("collect_receive_webhook")
async def plant_webhook(planter: Planter) -> Planted:
    """Its address may become known; the signature is what counts."""
    source = await add_source(planter, "webhook")
    planter.secrets.discard(source["write_key"])
    body = json.dumps({"type": "track", "userId": "w", "event": "Intruded"}).encode()
    return Planted({"source_key": source["write_key"]}, content=body, proof_headers=sign(planter, source, body))


@plants("collect_read_sdk_settings")
async def plant_write_key(planter: Planter) -> Planted:
    source = await add_source(planter, "browser")
    return Planted({"write_key": new_token("kzw", 18)}, proof_params={"write_key": source["write_key"]})


@plants("collect_send_by_picture")
async def plan_picture(planter: Planter) -> Planted:
    return Planted({"call": "track"})


@plants("collect_list_refusals")
async def plant_refusal(planter: Planter) -> Planted:
    await planter.send({"type": planter.canary(), "userId": "u"})
    return Planted(query={"source_id": str((await planter.shop())["id"])})


@plants("/api/collect/set-aside/{id}")
async def plant_set_aside(planter: Planter) -> Planted:
    await planter.send({"type": "track", "userId": "u", "event": planter.canary(), "timestamp": "1980-01-01"})
    newest = (await planter.owner.get("/api/collect/set-aside", params={"limit": 1})).json()["items"][0]
    return Planted({"id": str(newest["id"])})


@plants("collect_list_set_aside")
async def plant_first_set_aside(planter: Planter) -> Planted:
    await plant_set_aside(planter)
    return Planted()


@plants("/api/collect/catalogue/{name}")
async def plant_name(planter: Planter) -> Planted:
    name = planter.canary()
    properties = {"size": f"of {planter.canary()}"}
    await planter.send({"type": "track", "userId": "u", "event": name, "properties": properties})
    return Planted({"name": quote(name)})


@plants("/api/collect/catalogue/{name}/properties/{path}")
async def plan_property(planter: Planter) -> Planted:
    return Planted({"path": "size"})


async def upload(planter: Planter) -> str:
    name = planter.canary()
    answer = await planter.owner.post(
        "/api/collect/uploads", params={"filename": f"{name}.csv"}, content=f"email,name\n{name}@example.com,{name}\n"
    )
    assert answer.status_code == 201, answer.text
    planter.secrets.add(answer.json()["id"])
    return answer.json()["id"]


@plants("/api/collect/uploads/{upload_id}")
async def plant_upload(planter: Planter) -> Planted:
    return Planted({"upload_id": await upload(planter)})


@plants("collect_upload_file")
async def plan_upload(planter: Planter) -> Planted:
    return Planted(content=b"email\nintruder@example.com\n", query={"filename": "intruder.csv"})


@plants("collect_start_import")
async def plan_import(planter: Planter) -> Planted:
    body = {"upload_id": await upload(planter), "kind": "profiles", "mapping": {"email": "email"}}
    return Planted(body=body, names_things=True)


@plants("/api/collect/imports/{import_id}")
async def plant_import(planter: Planter) -> Planted:
    started = await planter.post("/api/collect/imports", (await plan_import(planter)).body)
    return Planted({"import_id": str(started["id"])})


@plants("collect_download_refused")
async def plant_refused_rows(planter: Planter) -> Planted:
    planted = await plant_import(planter)
    number = planted.params["import_id"]
    folder = planter.runtime.settings.blobs_dir / "imports" / str(planter.owner.workspace_id) / number
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "refused.csv").write_text(f"row,reason\n1,{planter.canary()}\n")
    planter.db.execute("UPDATE collect_imports SET rows_refused = 1 WHERE id = %s", (int(number),))
    planted.names_things = True
    return planted


@plants("/api/collect/mappings/{mapping_id}")
async def plant_mapping(planter: Planter) -> Planted:
    body = {"name": planter.canary(), "kind": "profiles", "mapping": {"email": "email"}}
    return Planted({"mapping_id": str((await planter.post("/api/collect/mappings", body))["id"])})


@plants("collect_save_mapping")
async def plan_mapping(planter: Planter) -> Planted:
    return Planted(body={"name": "Intruder", "kind": "profiles", "mapping": {"email": "email"}})
