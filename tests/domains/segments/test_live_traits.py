"""Computed traits that are live: they follow what people do, the time that passes, and who is one person."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from tests.cast import Person, Visitor
from tests.domains.collect.conftest import Sender
from tests.domains.segments.live_world import LiveWorld, ago, trait
from tests.domains.segments.test_live import _let_things_happen as let_things_happen

from kizuna.conditions.figure import Figure
from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.service.sync import sync_workspace
from kizuna.domains.segments.repository import plan as plan_rows
from kizuna.domains.segments.service.keeping import keep_all
from kizuna.domains.segments.service.traits_run import ask_figure, read_moment
from kizuna.kernel.context import Context, Runtime

ORDERS: dict[str, Any] = {"kind": "count", "event": {"name": "Order Completed"}}


class TraitWorld(LiveWorld):
    """With computed traits."""

    async def add(self, name: str, figure: dict[str, Any], **more: Any) -> int:
        """Made and built."""
        answer = await self.ada.post("/api/segments/traits", json={"name": name, "figure": figure, **more})
        assert answer.status_code == 201, answer.text
        await self.run_jobs()
        return answer.json()["id"]

    async def change(self, trait_id: int, **change: Any) -> None:
        answer = await self.ada.patch(f"/api/segments/traits/{trait_id}", json=change)
        assert answer.status_code == 200, answer.text
        await self.run_jobs()

    async def values(self, name: str) -> dict[str, Any]:
        """By user id, of everybody who has the trait."""
        async with self.ada.unit() as ctx:
            everybody = await profiles.read_described(ctx, (await profiles.read_universe(ctx)).tolist())
        return {
            "+".join(value for kind, value in sorted(own.identifiers) if kind == "user_id"): own.traits[name]
            for own in everybody.values()
            if name in own.traits
        }

    async def by_key(self, name: str) -> dict[int, Any]:
        async with self.ada.unit() as ctx:
            everybody = await profiles.read_described(ctx, (await profiles.read_universe(ctx)).tolist())
        return {key: own.traits[name] for key, own in everybody.items() if name in own.traits}

    async def by_lake(self, figure: dict[str, Any]) -> dict[int, Any]:
        await sync_workspace(self.runtime, self.workspace_id)
        async with self.ada.unit() as ctx:
            at = read_moment(ctx)
        return await ask_figure(self.runtime, self.workspace_id, msgspec.convert(figure, Figure), at)


@pytest.fixture
async def world(app: Litestar, runtime: Runtime, ada: Person, visitor: Visitor, clock: Any) -> TraitWorld:
    made = await ada.post("/api/collect/sources", json={"name": "Shop", "kind": "server", "touchpoint": "web"})
    return TraitWorld(runtime, ada, Sender(app, visitor, made.json()), clock)


async def test_history_counts_and_new_events_follow(world: TraitWorld) -> None:
    await world.did("taro", "Order Completed", world.clock.now() - timedelta(days=400))
    await world.did("hana", "Visited")
    await world.add("orders", ORDERS)
    assert await world.values("orders") == {"taro": 1}
    await world.did("taro", "Order Completed")
    await world.did("hana", "Order Completed")
    assert await world.values("orders") == {"taro": 2, "hana": 1}


async def test_time_lowers_a_figure_and_takes_it_away(world: TraitWorld) -> None:
    await world.add("spent", {**ORDERS, "kind": "sum", "property": "total", "window": {"since": ago(7)}})
    await world.did("taro", "Order Completed", total=10.5)
    await world.pass_time(days=3)
    await world.did("taro", "Order Completed", total=20)
    assert await world.values("spent") == {"taro": 30.5}
    await world.pass_time(days=4)
    assert await world.values("spent") == {"taro": 30.5}  # the first is seven days old: inclusive
    await world.pass_time(seconds=1)
    assert await world.values("spent") == {"taro": 20}
    await world.pass_time(days=3)
    assert await world.values("spent") == {}


async def test_late_events_and_repeated_ones_count_once_at_their_time(world: TraitWorld) -> None:
    await world.add("first_order", {**ORDERS, "kind": "first_time"})
    await world.add("last_order", {**ORDERS, "kind": "last_time"})
    await world.add("orders", ORDERS)
    now = world.clock.now()
    again = world.event("taro", "Order Completed", now)
    await world.send(again)
    await world.send(again)
    await world.did("taro", "Order Completed", now - timedelta(days=9))
    written = [one.isoformat().replace("+00:00", "Z") for one in (now - timedelta(days=9), now)]
    assert await world.values("orders") == {"taro": 2}
    assert await world.values("first_order") == {"taro": written[0]}
    assert await world.values("last_order") == {"taro": written[1]}


async def test_who_becomes_one_has_one_figure_and_who_is_parted_has_their_own(world: TraitWorld) -> None:
    await world.add("orders", ORDERS)
    for who in ("taro", "taro", "hana"):
        await world.did(who, "Order Completed")
    await world.merge("taro", "hana")
    assert await world.values("orders") == {"hana+taro": 3}
    await world.did("hana", "Order Completed")
    assert await world.values("orders") == {"hana+taro": 4}
    assert await world.unmerge("taro")
    assert await world.values("orders") == {"taro": 2, "hana": 2}


async def test_a_figure_stands_before_what_the_other_half_brought(world: TraitWorld) -> None:
    await world.add("orders", ORDERS)
    await world.did("taro", "Order Completed")
    await world.pass_time(minutes=1)
    ahead = (world.clock.now() + timedelta(minutes=30)).isoformat()  # a clock that is wrong
    brought = {"type": "identify", "userId": "hana", "messageId": "x", "timestamp": ahead, "traits": {"orders": 99}}
    await world.send(brought)
    await world.catch_up()
    assert await world.values("orders") == {"taro": 1, "hana": 99}
    await world.merge("taro", "hana")
    assert await world.values("orders") == {"hana+taro": 1}


async def test_a_segment_follows_a_figure(world: TraitWorld) -> None:
    await world.add("orders", {**ORDERS, "window": {"since": ago(30)}})
    loyal = await world.make(trait("orders", op="between", low=2))
    await world.did("taro", "Order Completed")
    assert await world.members(loyal) == []
    await world.did("taro", "Order Completed")
    assert await world.members(loyal) == ["taro"]
    await world.pass_time(days=31)
    assert await world.members(loyal) == []
    assert [cause for _, _, cause in await world.moves(loyal)] == ["trait", "trait"]


async def test_what_identify_says_counts_until_the_next_event(world: TraitWorld) -> None:
    await world.add("orders", ORDERS)
    await world.did("taro", "Order Completed")
    await world.pass_time(minutes=1)
    await world.identify("taro", orders=99)
    assert await world.values("orders") == {"taro": 99}
    await world.did("taro", "Order Completed")
    assert await world.values("orders") == {"taro": 2}


async def test_a_new_definition_writes_everybody_anew(world: TraitWorld) -> None:
    await world.did("taro", "Order Completed")
    await world.did("hana", "Visited")
    made = await world.add("activity", ORDERS)
    await world.change(made, figure={"kind": "count", "event": {"name": "Visited"}})
    assert await world.values("activity") == {"hana": 1}
    async with world.ada.unit() as ctx:
        assert len(await plan_rows.read_feeds(ctx)) == 1, "the feed of the old figure is watched still"
    await world.did("hana", "Visited")
    await world.did("taro", "Order Completed")
    assert await world.values("activity") == {"hana": 2}


async def test_a_figure_that_becomes_scheduled_is_watched_no_more(world: TraitWorld) -> None:
    await world.did("taro", "Order Completed")
    made = await world.add("orders", ORDERS)
    await world.change(made, every="day")
    async with world.ada.unit() as ctx:
        assert await plan_rows.read_feeds(ctx) == []
    await world.did("taro", "Order Completed")
    assert await world.values("orders") == {"taro": 1}
    await world.change(made, every=None)
    assert await world.values("orders") == {"taro": 2}


async def test_deleting_takes_the_values_and_the_feed_unless_a_segment_needs_it(world: TraitWorld) -> None:
    await world.did("taro", "Order Completed")
    orders = await world.make({"kind": "did", "event": {"name": "Order Completed"}})
    made, other = await world.add("orders", ORDERS), await world.add("visits", ORDERS | {"event": {"name": "Visited"}})
    await world.did("taro", "Visited")
    for trait_id in (made, other):
        assert (await world.ada.delete(f"/api/segments/traits/{trait_id}")).status_code == 204
    await world.run_jobs()
    assert await world.values("orders") == await world.values("visits") == {}
    async with world.ada.unit() as ctx:
        assert len(await plan_rows.read_feeds(ctx)) == 1
    await world.did("hana", "Order Completed")
    assert await world.members(orders) == ["hana", "taro"]


async def test_a_segment_built_on_the_same_feed_leaves_the_figures_due(world: TraitWorld) -> None:
    """The build writes all that the feed remembers anew, with when somebody must be looked at again."""
    await world.add("orders", {**ORDERS, "window": {"since": ago(7)}})
    await world.did("taro", "Order Completed")
    await world.make({"kind": "did", "event": {"name": "Order Completed"}, "value": 5, "compare": "exactly"})
    await world.pass_time(days=8)
    assert await world.values("orders") == {}


async def test_the_erased_have_no_figure_and_get_none(world: TraitWorld) -> None:
    await world.add("orders", {**ORDERS, "window": {"since": ago(7)}})
    await world.did("taro", "Order Completed")
    await world.did("hana", "Order Completed")
    people = await world.people("taro")
    for store in world.runtime.registry.person_stores:
        await store.erase(world.runtime, world.workspace_id, people)
    assert await world.values("orders") == {"hana": 1}
    await world.pass_time(days=8)
    assert await world.values("orders") == {}
    async with world.ada.unit() as ctx:
        cursor = await ctx.db.execute("SELECT count(*) FROM profiles_traits WHERE name = 'orders' AND value <> 'null'")
        assert await cursor.fetchone() == (0,)


async def test_keeper_stream_and_a_new_definition_do_not_lock_each_other_out(world: TraitWorld) -> None:
    """The stream has the lock of identity and waits for the plan's; the keeper waits for that of identity. Who has
    the plan's then needs the rows that the keeper, too, writes in the end."""
    await world.add("orders", ORDERS)
    buyers = await world.make({"kind": "did", "event": {"name": "Order Completed"}})
    await world.send(world.event("taro", "Order Completed"))
    await drain_inbox(world.runtime)
    async with asyncio.TaskGroup() as tasks, world.ada.unit() as ctx:
        await plan_rows.lock(ctx)
        await world.send(world.event("hana", "Order Completed"))
        tasks.create_task(drain_inbox(world.runtime))
        await wait_for_locks(ctx, 1)
        tasks.create_task(keep_all(world.runtime))
        await wait_for_locks(ctx, 2)
        await plan_rows.set_state(ctx, buyers, "ready")
        await plan_rows.raise_version(ctx)
    await world.catch_up()
    assert await world.values("orders") == {"taro": 1, "hana": 1}
    assert await world.members(buyers) == ["hana", "taro"]


async def wait_for_locks(ctx: Context, number: int) -> None:
    """Until so many others wait for a lock."""
    async with asyncio.timeout(20):
        waiting = 0
        while waiting < number:
            cursor = await ctx.db.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            [(waiting,)] = await cursor.fetchall()


FIGURES: tuple[dict[str, Any], ...] = (
    ORDERS,
    {"kind": "count", "event": {"name": None}, "window": {"since": ago(3)}},
    {"kind": "sum", "event": {"name": "Order Completed"}, "property": "total", "window": {"since": ago(10)}},
    {"kind": "average", "event": {"name": "Order Completed"}, "property": "total"},
    {"kind": "min", "event": {"name": "Visited"}, "property": "total", "window": {"since": ago(20), "until": ago(5)}},
    {"kind": "max", "event": {"name": "Cart Viewed"}, "property": "total", "window": {"until": ago(2)}},
    {"kind": "unique_count", "event": {"name": "Visited"}, "property": "page", "window": {"since": ago(10)}},
    {"kind": "first_time", "event": {"name": "Visited"}, "window": {"since": {"at": "start_of", "unit": "week"}}},
    {
        "kind": "last_time",
        "event": {"name": "Visited", "where": [{"property": "page", "test": {"op": "is", "value": "a"}}]},
    },
)


@pytest.mark.parametrize("seed", range(2))
async def test_live_is_what_the_lake_says(world: TraitWorld, seed: int) -> None:
    """People do things in any order, become one and two again, and time passes: at every stop all figures are what
    a fresh computation over the lake makes of it."""
    dice = random.Random(seed)
    people = [f"u-{number}" for number in range(6)]
    await let_things_happen(world, dice, people, 20)
    made: dict[str, dict[str, Any]] = {}
    for number, figure in enumerate(dice.sample(FIGURES, len(FIGURES))):
        name = f"figure_{number}"
        await world.add(name, figure)
        made[name] = figure
    for _ in range(6):
        await let_things_happen(world, dice, people, 10)
        await keep_all(world.runtime)
        for name, figure in made.items():
            assert await world.by_key(name) == await world.by_lake(figure), figure
