"""Customers in what was collected: on its way in every state, in the lake at any time, set aside, refused,
sent by webhooks, and in files."""

import json
from datetime import timedelta
from typing import Any

from tests.attack.erasure_world import Planted, World

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.collect.rules.webhooks import sign_body

MAPPING = {
    "event": "'Parcel Sent'",
    "userId": "customer",
    "messageId": "id",
    "properties": "{to: to, street: street}",
}


async def plant(world: World) -> None:
    for one in world.both:
        # In the lake: now, years ago, and a little ahead of now.
        for shift in (timedelta(), timedelta(days=-700), timedelta(hours=20)):
            await world.send(world.event(one, timestamp=(world.now() + shift).isoformat()))
        await world.send(world.event(one, event=f"Mail To {one.email}"))
    await world.send(share_device(world, "loaded"))
    await drain_inbox(world.runtime)
    for one in world.both:
        # Set aside: the time cannot be right.
        await world.send(world.event(one, timestamp=(world.now() + timedelta(days=3)).isoformat()))
        await world.send(world.event(one, timestamp="1970-01-02T00:00:00Z"))
    # One of both in one chunk, so that it cannot simply be removed.
    await world.send(*[world.event(one, timestamp="1971-01-02T00:00:00Z") for one in world.both])
    for one in world.both:
        await _refuse(world, one)
        await _call_webhook(world, one)
        await _import(world, one)
    await drain_inbox(world.runtime)


async def leave_on_the_way(world: World) -> None:
    """Events that have not come to rest: planted last, for others wait until all are in the lake."""
    await world.send(*[world.event(one) for one in world.both])
    await world.stream()  # streamed, and not in the lake
    await world.send(*[world.event(one) for one in world.both])  # not even streamed
    await world.send(share_device(world, "on its way"))


def share_device(world: World, where: str) -> dict[str, Any]:
    """The neighbour at the person's computer."""
    shared = {"anonymousId": world.person.anonymous_id, "context": {}, "properties": {"shared": where}}
    return world.event(world.neighbour, **shared)


async def _refuse(world: World, one: Planted) -> None:
    await world.send(world.event(one), world.event(one, event="", properties={"note": one.street}))


async def _call_webhook(world: World, one: Planted) -> None:
    new = {
        "name": f"Till {one.user_id[-2:]}",
        "kind": "webhook",
        "touchpoint": "store",
        "settings": {"mapping": MAPPING},
    }
    source: dict[str, Any] = (await world.ada.post("/api/collect/sources", json=new)).json()
    secret = (await world.ada.get(f"/api/collect/sources/{source['id']}/secret")).json()["signing_secret"]
    body = {"id": f"hook-{one.user_id[-2:]}", "customer": one.user_id, "to": one.name, "street": one.street}
    data = json.dumps(body).encode()  # with \\u in the place of kanji, as most senders write it
    stamp = str(int(world.now().timestamp()))
    headers = {"X-Kizuna-Signature": f"t={stamp},v1={sign_body(data, secret, stamp)}"}
    answer = await world.visitor.post(f"/in/{source['write_key']}", content=data, headers=headers)
    assert answer.status_code == 200, answer.text


async def _import(world: World, one: Planted) -> None:
    """A file of which one row is taken and one refused; and one that was uploaded and forgotten."""
    rows = f"user_id,email,name,birthday\n{one.user_id},{one.email},{one.name},{one.birthday}\n,,{one.name},1\n"
    for name in ("customers.csv", f"{one.email}.csv"):
        sent = await world.ada.post("/api/collect/uploads", params={"filename": name}, content=rows.encode())
        assert sent.status_code == 201, sent.text
    upload = sent.json()
    body = {"upload_id": upload["id"], "kind": "profiles", "mapping": upload["suggestions"]["profiles"]}
    started = await world.ada.post("/api/collect/imports", json=body)
    assert started.status_code == 201, started.text
    await world.ada.post(
        "/api/collect/mappings",
        json={"name": f"Customers {one.user_id[-2:]}", "kind": "profiles", "mapping": body["mapping"]},
    )
    await world.run_jobs()
    done = (await world.ada.get(f"/api/collect/imports/{started.json()['id']}")).json()
    assert (done["rows_accepted"], done["rows_refused"]) == (1, 1), done
