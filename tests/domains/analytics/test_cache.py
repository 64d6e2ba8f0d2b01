"""Answers that are kept: when they are good, and when not; and what is computed once for many."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.cast import Person
from tests.domains.analytics.test_api import ask, figure, orders
from tests.domains.segments.shop import Shop

from kizuna.domains.analytics.metrics.base import Found
from kizuna.domains.analytics.service import cache, places
from kizuna.domains.analytics.service.answers import answer
from kizuna.domains.analytics.service.metrics import list_metrics
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict, Limit
from kizuna.web.leaving import while_connected


async def test_the_same_is_not_computed_twice(shop: Shop, ben: Person) -> None:
    first, second = await ask(ben, orders()), await ask(shop.owner, orders())
    assert (first["cached"], second["cached"]) == (False, True)
    same = ("rows", "figures", "computed_at", "marks", "caveats", "statements")
    assert {name: first[name] for name in same} == {name: second[name] for name in same}
    assert not (await ask(ben, orders(interval="week")))["cached"]


async def test_new_events_make_a_new_answer_unless_an_older_one_will_do(shop: Shop, clock: ManualClock) -> None:
    before = await ask(shop.owner, orders())
    await shop.send(shop.did("ryo", days_ago=3, total=100))
    clock.advance(timedelta(minutes=5))
    older = await ask(shop.owner, orders(), max_age_s=600)
    assert (older["cached"], figure(older), older["computed_at"]) == (True, 3, before["computed_at"])
    assert figure(await ask(shop.owner, orders(), max_age_s=60)) == 4
    assert figure(await ask(shop.owner, orders())) == 4


async def test_a_minute_later_now_is_another(shop: Shop, clock: ManualClock) -> None:
    last = {"kind": "last", "n": 2, "unit": "day", "current": True}
    lately = {
        "kind": "did",
        "event": {"name": "Order Completed"},
        "window": {"since": {"at": "ago", "span": {"n": 2881, "unit": "minute"}}},
    }
    await ask(shop.owner, orders(range=last))
    await ask(shop.owner, orders(people=lately))
    clock.advance(timedelta(seconds=30))
    assert (await ask(shop.owner, orders(range=last)))["cached"]
    clock.advance(timedelta(seconds=90))
    assert not (await ask(shop.owner, orders(range=last)))["cached"]
    late = await ask(shop.owner, orders(people=lately))
    assert (late["cached"], figure(late)) == (False, 0)


async def test_who_joins_a_segment_makes_a_new_answer(shop: Shop) -> None:
    made = await shop.make(
        "Buyers",
        {"version": 1, "where": {"kind": "did", "event": {"name": "Order Completed"}}},
        kind="scheduled",
        every="day",
    )
    query = orders(breakdown={"by": "segment", "segments": [made["id"]]}, people={"kind": "segment", "id": made["id"]})
    assert figure(await ask(shop.owner, query)) == 3
    assert (await ask(shop.owner, query))["cached"]
    await shop.send(shop.did("ryo", days_ago=3))
    await shop.owner.post(f"/api/segments/{made['id']}/run")
    await shop.run_jobs()
    assert "Ryo" in await shop.names_in(made["id"])
    again = await ask(shop.owner, query)
    assert (again["cached"], figure(again)) == (False, 4)


async def test_what_is_kept_has_a_size_and_an_end(
    shop: Shop, clock: ManualClock, owner_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> int:
        [row] = owner_db.execute("SELECT count(*) FROM analytics_results").fetchall()
        return row[0]

    await ask(shop.owner, orders())
    [size] = owner_db.execute("SELECT bytes FROM analytics_results").fetchall()
    monkeypatch.setattr(cache, "RESULTS_BYTES_MAX", size[0] * 5 // 2)
    for limit in range(1, 5):
        clock.advance(timedelta(seconds=1))
        await ask(shop.owner, orders(breakdown_limit=limit))
    assert kept() == 2
    assert (await ask(shop.owner, orders(breakdown_limit=4)))["cached"]
    monkeypatch.setattr(cache, "RESULT_BYTES_MAX", 10)
    assert figure(await ask(shop.owner, orders(breakdown_limit=7))) == 3
    assert kept() == 2
    clock.advance(timedelta(days=8))
    await cache.sweep_results(shop.runtime)
    assert kept() == 0


async def test_a_stranger_has_answers_of_their_own(shop: Shop, dan: Person) -> None:
    await ask(shop.owner, orders())
    theirs = await ask(dan, orders())
    assert (theirs["cached"], figure(theirs)) == (False, 0)


# --- at once ----------------------------------------------------------------------------------------


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # nothing tells when others have come so far
        await asyncio.sleep(0)


class Slow:
    """Takes the place of a metric's computing: it waits until it is let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.began = asyncio.Event()
        self.computed = 0
        self.stopped = 0

    async def compute(self, ask: Any, params: Any) -> Found:
        self.computed += 1
        self.began.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return Found([], [])


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    known = list_metrics()
    monkeypatch.setitem(known, "trend", replace(known["trend"], compute=made.compute))
    return made


async def test_who_asks_the_same_meanwhile_waits_for_it(shop: Shop, runtime: Runtime, slow: Slow) -> None:
    asked = [
        asyncio.create_task(answer(runtime, shop.owner.workspace_id, shop.owner.actor, orders())) for _ in range(5)
    ]
    flights = runtime.remembered(cache.Flights)
    await until(lambda: flights.waiting == 5)
    asked[0].cancel()
    await until(lambda: flights.waiting == 4)
    slow.let_go.set()
    got = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert sum(isinstance(one, BaseException) for one in got) == 1
    assert (slow.computed, slow.stopped) == (1, 0)


async def test_what_nobody_waits_for_is_stopped(shop: Shop, runtime: Runtime, slow: Slow) -> None:
    asked = asyncio.create_task(answer(runtime, shop.owner.workspace_id, shop.owner.actor, orders()))
    await slow.began.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert slow.stopped == 1
    slow.let_go.set()
    assert not (await answer(runtime, shop.owner.workspace_id, shop.owner.actor, orders())).cached


async def test_a_client_that_leaves_stops_its_question() -> None:
    stopped = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    class Left:
        async def body(self) -> bytes:
            return b""

        async def receive(self) -> dict[str, str]:
            return {"type": "http.disconnect"}

    left: Any = Left()
    with pytest.raises(Conflict, match="Nobody waits"):
        await while_connected(left, work())
    assert stopped.is_set()


async def test_questions_beyond_the_places_wait_and_too_many_are_turned_away(
    shop: Shop, runtime: Runtime, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "WAITING_MAX", 2)
    many = [orders(breakdown_limit=limit) for limit in range(1, places.AT_ONCE_MAX + 6)]
    asked = [asyncio.create_task(answer(runtime, shop.owner.workspace_id, shop.owner.actor, query)) for query in many]
    await until(lambda: sum(one.done() for one in asked) == 3)
    assert slow.computed == places.AT_ONCE_MAX
    waiting = [one for one in asked if not one.done()]
    refused = [one.exception() for one in asked if one.done()]
    assert all(isinstance(one, Limit) and one.code == "questions_many" for one in refused)
    slow.let_go.set()
    await asyncio.gather(*waiting)
    assert slow.computed == places.AT_ONCE_MAX + 2


async def test_a_question_that_takes_too_long_ends_with_a_sentence(shop: Shop, runtime: Runtime, slow: Slow) -> None:
    with pytest.raises(Limit, match="longer than allowed"):
        await answer(runtime, shop.owner.workspace_id, shop.owner.actor, orders(), timeout_s=0.05)
    assert slow.stopped == 1
