"""Customers in what privacy keeps: answers, requests with an archive, disclosures, what is withheld."""

from tests.attack.erasure_world import World

from kizuna.domains.privacy import api as privacy
from kizuna.domains.privacy.contracts import Answer

RULES = {"rules": [{"kind": "trait", "name": "memo", "days": 400}]}
DISCLOSED = {"recipient": "Yamato Transport", "items": ["name", "address"], "basis": "contract", "purpose": "delivery"}


async def plant(world: World) -> None:
    await world.ada.put("/api/privacy/retention", json=RULES)
    await world.ada.put("/api/privacy/requests/target", json={"appi_days": 10})
    await world.ada.post(
        "/api/privacy/regulations",
        json={"regulationType": "SUPPRESS_ONLY", "subjectType": "EMAIL", "subjectIds": ["somebody@else.example"]},
    )
    for one in world.both:
        id_, keys = str(await world.profile_id(one)), await world.keys(one)
        async with world.ada.unit() as ctx:
            now = ctx.clock.now()
            proof = {"form": "/newsletter", "entered": one.email, "name": one.name}
            answers = [
                Answer(
                    key=keys[0], purpose="marketing", channel="email", granted=True, knowing=True, at=now, proof=proof
                ),
                Answer(key=keys[0], purpose="analytics", channel="", granted=True, knowing=True, at=now, proof=proof),
            ]
            await privacy.record_answers(ctx, answers, [keys])
            await privacy.count_withheld(ctx, "collect", {"analytics": 1})
        disclosed = await world.ada.post("/api/privacy/disclosures", json=DISCLOSED | {"profile_ids": [id_]})
        assert disclosed.status_code == 201, disclosed.text
        asked = {
            "kind": "access",
            "profile_id": id_,
            "note": f"asked by phone from {one.phone}, wants it to {one.email}",
        }
        request = (await world.ada.post("/api/privacy/requests", json=asked)).json()
        started = await world.ada.post(f"/api/privacy/requests/{request['id']}/start")
        assert started.status_code == 200, started.text
        await world.run_jobs()
        assert (await world.ada.get(f"/api/privacy/requests/{request['id']}")).json()["archive"]
        waiting = {"kind": "correction", "profile_id": id_, "note": f"name should be {one.name}様"}
        await world.ada.post("/api/privacy/requests", json=waiting)
