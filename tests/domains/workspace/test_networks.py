"""From where a workspace may be used."""

from dataclasses import replace

import pytest
from litestar import Litestar
from tests.cast import PASSWORD, Person, Visitor, sign_in, started

from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.domains.workspace.rules.networks import check_networks, holds
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

PATH = "/api/workspace/sign-in"
OFFICE = {"X-Forwarded-For": "203.0.113.9"}
ELSEWHERE = {"X-Forwarded-For": "198.51.100.7"}


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("203.0.113.9", True),
        ("203.0.113.9:4711", True),
        ("::ffff:203.0.113.9", True),
        ("203.0.114.9", False),
        ("2001:db8::1", True),
        ("[2001:db8::1]:443", True),
        ("2001:db9::1", False),
        ("192.0.2.1", True),
        ("192.0.2.2", False),
        ("unknown", False),
        ("", False),
        ("203.0.113.9, 1.1.1.1", False),
    ],
)
def test_networks_of_both_families(ip: str, inside: bool) -> None:
    assert holds(("192.0.2.1/32", "2001:db8::/32", "203.0.113.0/24"), ip) is inside


def test_networks_are_kept_in_their_usual_form() -> None:
    given = [" 203.0.113.9/24 ", "2001:DB8:0::/32", "192.0.2.1", "203.0.113.0/24"]
    assert check_networks(given) == ["192.0.2.1/32", "2001:db8::/32", "203.0.113.0/24"]
    for wrong in ("office", "203.0.113.0/33", "300.1.1.1", ""):
        with pytest.raises(FieldError):
            check_networks([wrong])


@pytest.fixture
async def behind_proxy(settings: Settings, runtime: Runtime):
    from kizuna.app.asgi import create_app

    app = create_app(replace(settings, trusted_proxies=1), runtime.clock)
    async with started(app):
        yield app


async def test_sessions_and_keys_are_bound_to_the_networks(
    behind_proxy: Litestar, runtime: Runtime, ada: Person
) -> None:
    async with await sign_in(behind_proxy, runtime, ada.workspace_id, "Eve", "owner") as eve:
        key = (await eve.post("/api/workspace/keys", json={"name": "K", "scopes": ["workspace.read"]})).json()["secret"]
        bearer = {"Authorization": f"Bearer {key}"}
        answer = await eve.patch(PATH, json={"networks": ["203.0.113.0/24"]}, headers=OFFICE)
        assert (answer.json()["networks"], answer.json()["your_address"]) == (["203.0.113.0/24"], "203.0.113.9")

        assert (await eve.get("/api/me", headers=OFFICE)).status_code == 200
        assert (await eve.get("/api/me", headers=ELSEWHERE)).json()["code"] == "network_not_allowed"
        async with Visitor(behind_proxy) as visitor:
            assert (await visitor.get("/api/workspace", headers=OFFICE | bearer)).status_code == 200
            refused = await visitor.get("/api/workspace", headers=ELSEWHERE | bearer)
            assert (refused.status_code, refused.json()["code"]) == (403, "network_not_allowed")
            body = {"email": "eve@example.com", "password": PASSWORD}
            assert (await visitor.post("/api/session", json=body, headers=ELSEWHERE)).status_code == 403
            assert (await visitor.post("/api/session", json=body, headers=OFFICE)).status_code == 201


async def test_events_come_from_anywhere(behind_proxy: Litestar, runtime: Runtime, ada: Person) -> None:
    async with await sign_in(behind_proxy, runtime, ada.workspace_id, "Eve", "owner") as eve:
        source = {"name": "Shop", "kind": "server", "touchpoint": "web"}
        write_key = (await eve.post("/api/collect/sources", json=source)).json()["write_key"]
        await eve.patch(PATH, json={"networks": ["203.0.113.9"]}, headers=OFFICE)
        async with Visitor(behind_proxy) as visitor:
            event = {"event": "Order Completed", "userId": "m-1"}
            sent = await visitor.post("/v1/track", json=event, auth=(write_key, ""), headers=ELSEWHERE)
            assert sent.status_code == 200


async def test_nobody_locks_themselves_out(ada: Person, ben: Person, dan: Person) -> None:
    refused = await ada.patch(PATH, json={"networks": ["203.0.113.0/24"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "would_lock_you_out")
    assert "127.0.0.1" in refused.json()["detail"]
    assert (await ada.patch(PATH, json={"networks": ["nonsense"]})).json()["errors"][0]["field"] == "networks"
    assert (await ada.get(PATH)).json()["networks"] == []
    assert (await ben.patch(PATH, json={"networks": []})).json()["code"] == "no_permission"
    assert (await ben.get(PATH)).json()["code"] == "no_permission"
    assert (await ada.patch(PATH, json={"networks": ["127.0.0.0/8"]})).status_code == 200
    assert (await dan.get(PATH)).json()["networks"] == []
    (entry,) = (await ada.get("/api/workspace/audit?action=sign_in.changed")).json()["items"]
    assert (entry["before"], entry["after"]) == ({"networks": []}, {"networks": ["127.0.0.0/8"]})
