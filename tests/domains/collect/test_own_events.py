"""Events that other domains record, in their own transaction."""

import pytest
from tests.cast import Person
from tests.domains.collect.conftest import Sender, make_event

from kizuna.domains.collect import api
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import NotFound


async def test_events_commit_with_what_made_them(ada: Person, shop: Sender, runtime: Runtime) -> None:
    source_id = shop.source["id"]
    with pytest.raises(ZeroDivisionError):
        async with ada.unit() as ctx:
            await api.record_events(ctx, source_id, [make_event(messageId="undone")])
            _ = 1 / 0
    async with ada.unit() as ctx:
        items = [make_event("Survey Answered", messageId="s-1"), {"type": "track"}, make_event(userId="null")]
        refused = await api.record_events(ctx, source_id, items)
    assert [(one.index, one.code) for one in refused] == [(1, "id_missing"), (2, "id_blocked")]
    await api.drain_inbox(runtime)
    tail = (await ada.get("/api/collect/tail")).json()["items"]
    assert [event["message_id"] for event in tail] == ["s-1"]


async def test_a_source_of_somebody_else_is_none(dan: Person, shop: Sender) -> None:
    with pytest.raises(NotFound):
        async with dan.unit() as ctx:
            await api.record_events(ctx, shop.source["id"], [make_event()])
