"""Sources and their keys."""

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Person
from tests.domains.collect.conftest import Sender, make_event

from kizuna.kernel.clock import ManualClock

NEW = {"name": "Shop", "kind": "browser", "touchpoint": "web"}


async def test_a_source_gets_a_key_of_its_own(ada: Person) -> None:
    first, second = [(await ada.post("/api/collect/sources", json=NEW)).json() for _ in range(2)]
    assert first["write_key"] != second["write_key"]
    assert first["events_24h"] == 0
    assert first["last_event_at"] is None
    listed = (await ada.get("/api/collect/sources")).json()["items"]
    assert [item["id"] for item in listed] == [first["id"], second["id"]]
    secret = (await ada.get(f"/api/collect/sources/{first['id']}/secret")).json()["signing_secret"]
    assert secret not in str(listed)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "fax"}, {"touchpoint": "dream"}, {"name": ""}, {"name": "x" * 101}, {"settings": {"x": "y" * 30_000}}],
)
async def test_wrong_fields_are_named(ada: Person, wrong: dict[str, Any]) -> None:
    answer = await ada.post("/api/collect/sources", json=NEW | wrong)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


async def test_a_source_is_changed_and_removed(ada: Person, shop: Sender) -> None:
    path = f"/api/collect/sources/{shop.source['id']}"
    changed = await ada.patch(path, json={"name": "Web shop", "touchpoint": "app", "settings": {"x": 1}})
    assert (changed.status_code, changed.json()["name"], changed.json()["touchpoint"]) == (200, "Web shop", "app")
    assert (await ada.delete(path)).status_code == 204
    assert (await ada.get(path)).status_code == 404
    assert (await shop.send("/v1/track", make_event())).status_code == 401
    actions = [item["action"] for item in (await ada.get("/api/workspace/audit")).json()["items"]]
    assert actions[:3] == ["source.removed", "source.changed", "source.added"]


async def test_the_old_key_works_for_a_while_after_rotation(ada: Person, shop: Sender, clock: ManualClock) -> None:
    path = f"/api/collect/sources/{shop.source['id']}/rotate"
    rotated = (await ada.post(path, json={"grace_hours": 24})).json()
    assert rotated["previous_key"] == shop.key
    assert rotated["write_key"] != shop.key
    assert (await shop.send("/v1/track", make_event())).status_code == 200
    clock.advance(timedelta(hours=25))
    assert (await shop.send("/v1/track", make_event())).status_code == 200  # remembered for a moment still
    shop.intake().sources.forget()
    assert (await shop.send("/v1/track", make_event())).status_code == 401
    without = (await ada.post(path, json={"grace_hours": 0})).json()
    assert without["previous_key"] is None


async def test_dan_sees_and_changes_nothing(shop: Sender, dan: Person) -> None:
    path = f"/api/collect/sources/{shop.source['id']}"
    assert (await dan.get("/api/collect/sources")).json()["items"] == []
    for answer in (
        await dan.get(path),
        await dan.patch(path, json={"name": "Mine"}),
        await dan.delete(path),
        await dan.post(f"{path}/rotate", json={}),
        await dan.get(f"{path}/secret"),
        await dan.get(f"{path}/requests"),
        await dan.post(f"{path}/try", json={"body": {}}),
    ):
        assert answer.status_code == 404
    assert (await shop.send("/v1/track", make_event())).status_code == 200


async def test_analysts_read_and_do_not_change(ada: Person, ben: Person, cleo: Person, shop: Sender) -> None:
    path = f"/api/collect/sources/{shop.source['id']}"
    assert (await ben.get(path)).status_code == 200
    assert (await ben.patch(path, json={"name": "Ben's"})).status_code == 403
    assert (await ben.get(f"{path}/secret")).status_code == 403
    assert (await cleo.get(path)).status_code == 403
