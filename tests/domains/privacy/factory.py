"""Customers in what privacy keeps: answers, requests with an archive, disclosures, what is withheld."""

from datetime import timedelta
from typing import Any

from tests.attack.erasure_world import World

from kizuna.domains.privacy import api as privacy
from kizuna.domains.privacy.contracts import Answer
from kizuna.domains.privacy.repository import letters
from kizuna.domains.privacy.service.addresses import hash_address, seal_address
from kizuna.kernel.context import Context

RULES = {"rules": [{"kind": "trait", "name": "memo", "days": 400}]}
DISCLOSED = {"recipient": "Yamato Transport", "items": ["name", "address"], "basis": "contract", "purpose": "delivery"}


def make_letter(ctx: Context, email: str, key: int) -> dict[str, Any]:
    now = ctx.clock.now()
    return {
        "kind": "opt_in",
        "address": seal_address(ctx, email),
        "address_hash": hash_address(ctx, email),
        "key": key,
        "purpose": "marketing",
        "channels": ["email"],
        "text_version": 1,
        "language": "ja",
        "message_id": f"<{key}@example.com>",
        "now": now,
        "expires_at": now + timedelta(hours=48),
    }


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
        async with world.ada.unit() as ctx:  # the letter that asks; it is never sent here
            await letters.insert_letter(ctx, make_letter(ctx, one.email, keys[0]))
        reveal = {"fields": ["email"], "reason": "she asked what we have"}
        assert (await world.ada.post(f"/api/profiles/{id_}/reveal", json=reveal)).status_code == 200
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
