"""Live segments: they follow what people do, what they are, and the time that passes."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from pyroaring import BitMap
from tests.cast import Person, Visitor
from tests.domains.collect.conftest import Sender
from tests.domains.segments.live_world import LiveWorld, ago, did, every, in_order, no, some, trait, unfollowed

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles.service.sync import sync_workspace
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import unpack_states
from kizuna.domains.segments.service import build
from kizuna.domains.segments.service.audit import audit_workspace
from kizuna.domains.segments.service.erase import forget_people
from kizuna.domains.segments.service.keeping import keep_all
from kizuna.domains.segments.service.sets import replace_members
from kizuna.kernel.context import Runtime


@pytest.fixture
async def world(app: Litestar, runtime: Runtime, ada: Person, visitor: Visitor, clock: Any) -> LiveWorld:
    made = await ada.post("/api/collect/sources", json={"name": "Shop", "kind": "server", "touchpoint": "web"})
    return LiveWorld(runtime, ada, Sender(app, visitor, made.json()), clock)


async def test_the_third_order_lets_in_and_time_lets_out(world: LiveWorld) -> None:
    loyal = await world.make(did("Order Completed", 3, days=30))
    for _ in range(2):
        await world.did("taro", "Order Completed")
        await world.pass_time(days=1)
    assert await world.members(loyal) == []
    await world.did("taro", "Order Completed")
    assert await world.members(loyal) == ["taro"]

    await world.pass_time(days=28)  # the first order is 30 days old: inclusive
    assert await world.members(loyal) == ["taro"]
    await world.pass_time(seconds=1)
    assert await world.members(loyal) == []
    assert await world.moves(loyal) == [(True, 1, "event"), (False, 1, "expiry")]


async def test_a_new_order_puts_the_expiry_off(world: LiveWorld) -> None:
    active = await world.make(did("Order Completed", 1, days=7))
    await world.did("taro", "Order Completed")
    await world.pass_time(days=6)
    await world.did("taro", "Order Completed")
    await world.pass_time(days=6)
    assert await world.members(active) == ["taro"]
    await world.pass_time(days=2)
    assert await world.members(active) == []
    assert len(await world.moves(active)) == 2


async def test_history_counts_from_the_first_moment(world: LiveWorld) -> None:
    for days in (40, 20, 10):
        await world.did("taro", "Order Completed", world.clock.now() - timedelta(days=days))
    await world.did("hana", "Order Completed", world.clock.now() - timedelta(days=20))
    twice = await world.make(did("Order Completed", 2, days=30))
    assert await world.members(twice) == ["taro"]
    await world.did("hana", "Order Completed")
    assert await world.members(twice) == ["hana", "taro"]
    await world.pass_time(days=11)
    assert await world.members(twice) == []


async def test_events_between_saving_and_building_are_neither_lost_nor_counted_twice(world: LiveWorld) -> None:
    await world.did("taro", "Order Completed")
    twice = await world.make(did("Order Completed", 2))
    await world.did("taro", "Order Completed")
    await world.build(twice)
    assert await world.members(twice) == ["taro"]
    thrice = await world.make(did("Order Completed", 3))
    assert await world.members(thrice) == []


async def test_late_events_count_at_their_own_time(world: LiveWorld) -> None:
    active = await world.make(did("Order Completed", 1, days=7))
    await world.did("taro", "Order Completed", world.clock.now() - timedelta(days=6))
    assert await world.members(active) == ["taro"]
    await world.did("hana", "Order Completed", world.clock.now() - timedelta(days=8))
    assert await world.members(active) == ["taro"]
    await world.pass_time(days=1, seconds=1)
    assert await world.members(active) == []


async def test_who_did_not_is_everybody_else(world: LiveWorld) -> None:
    quiet = await world.make(every(did("Visited"), no(did("Order Completed", 1, days=30))))
    await world.did("taro", "Visited")
    await world.did("hana", "Visited")
    await world.did("hana", "Order Completed")
    assert await world.members(quiet) == ["taro"]
    await world.pass_time(days=31)
    assert await world.members(quiet) == ["hana", "taro"]


async def test_newcomers_are_judged_by_what_they_have_not_done(world: LiveWorld) -> None:
    nobody_yet = await world.make(did("Order Completed", 0, compare="at_most"))
    await world.identify("taro", city="Kyoto")
    assert await world.members(nobody_yet) == ["taro"]
    await world.did("taro", "Order Completed")
    assert await world.members(nobody_yet) == []
    assert [entered for entered, _, _ in await world.moves(nobody_yet)] == [True, False]


async def test_traits_are_followed(world: LiveWorld) -> None:
    kyoto = await world.make(trait("city", op="is", value="京都"))
    await world.identify("taro", city="京都")
    await world.identify("hana", city="大阪")
    assert await world.members(kyoto) == ["taro"]
    await world.pass_time(minutes=1)
    await world.identify("taro", city="東京")
    await world.identify("hana", city="京都")
    assert await world.members(kyoto) == ["hana"]
    assert {cause for _, _, cause in await world.moves(kyoto)} == {"trait"}


async def test_dates_come_by_themselves(world: LiveWorld) -> None:
    span = {"n": 3, "unit": "day"}
    soon = await world.make(
        trait(
            "trial_ends",
            op="dated",
            since={"at": "ago", "span": {"n": 1, "unit": "minute"}},
            until={"at": "ahead", "span": span},
        )
    )
    ends = world.clock.now() + timedelta(days=5)
    await world.identify("taro", trial_ends=ends.isoformat())
    assert await world.members(soon) == []
    await world.pass_time(days=2, seconds=1)
    assert await world.members(soon) == ["taro"]
    await world.pass_time(days=3, minutes=2)
    assert await world.members(soon) == []


async def test_birthdays_come_at_midnight_of_the_workspace(world: LiveWorld) -> None:
    birthday = await world.make(trait("birthday", op="anniversary"))
    await world.identify("taro", birthday="1990-04-03")  # it is 1 April, 18:00 in Tokyo
    await world.pass_time(hours=29)
    assert await world.members(birthday) == []
    await world.pass_time(hours=1, seconds=1)
    assert await world.members(birthday) == ["taro"]
    await world.pass_time(hours=24)
    assert await world.members(birthday) == []


async def test_dates_of_people_who_were_there_before(world: LiveWorld) -> None:
    await world.identify("taro", birthday="1990-04-03")
    birthday = await world.make(trait("birthday", op="anniversary"))
    await world.pass_time(hours=31)
    assert await world.members(birthday) == ["taro"]


async def test_a_cart_is_abandoned_when_its_time_is_over(world: LiveWorld) -> None:
    abandoned = await world.make(unfollowed("Cart Viewed", "Order Completed", hours=4))
    await world.did("taro", "Cart Viewed")
    await world.did("hana", "Cart Viewed")
    await world.pass_time(hours=1)
    await world.did("hana", "Order Completed")
    await world.pass_time(hours=3)
    assert await world.members(abandoned) == []
    await world.pass_time(seconds=1)
    assert await world.members(abandoned) == ["taro"]


async def test_one_after_the_other(world: LiveWorld) -> None:
    chain = await world.make(in_order("Searched", "Viewed", "Bought", hours=2))
    await world.did("taro", "Viewed")
    await world.did("taro", "Searched", world.clock.now() - timedelta(hours=1))
    await world.did("hana", "Bought")
    assert await world.members(chain) == []
    await world.pass_time(minutes=59)
    await world.did("taro", "Bought")
    assert await world.members(chain) == ["taro"]


async def test_segments_follow_segments(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed", 1, days=30))
    in_kyoto = await world.make(every({"kind": "segment", "id": buyers}, trait("city", op="is", value="Kyoto")))
    outside = await world.make(no({"kind": "segment", "id": in_kyoto}))
    await world.identify("taro", city="Kyoto")
    assert await world.members(outside) == ["taro"]
    await world.did("taro", "Order Completed")
    assert await world.members(in_kyoto) == ["taro"]
    assert await world.members(outside) == []
    await world.pass_time(days=31)
    assert await world.members(in_kyoto) == []
    assert await world.members(outside) == ["taro"]
    assert (True, 1, "segment") in await world.moves(in_kyoto)


async def test_profiles_that_become_one_count_together(world: LiveWorld) -> None:
    twice = await world.make(did("Order Completed", 2))
    await world.did("taro", "Order Completed")
    await world.did("t-2", "Order Completed")
    assert await world.members(twice) == []
    await world.merge("taro", "t-2")
    assert await world.members(twice) == ["t-2", "taro"]  # one profile with both
    assert len(await world.member_keys(twice)) == 1
    assert await world.moves(twice) == [(True, 1, "identity")]


async def test_a_member_that_is_merged_stays_without_a_word(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed"))
    await world.identify("taro", city="Kyoto")
    await world.did("t-2", "Order Completed")
    await world.merge("taro", "t-2")
    assert len(await world.member_keys(buyers)) == 1
    assert await world.moves(buyers) == [(True, 1, "event")]


async def test_properties_and_sums(world: LiveWorld) -> None:
    big = await world.make(did("Order Completed", 10_000, days=30, measure={"of": "sum", "property": "total"}))
    tea = await world.make(
        {
            "kind": "did",
            "event": {
                "name": "Order Completed",
                "where": [{"property": "items[].sku", "test": {"op": "is", "value": "sencha"}}],
            },
        }
    )
    await world.did("taro", "Order Completed", total=6000, items=[{"sku": "hojicha"}, {"sku": "Sencha"}])
    await world.did("hana", "Order Completed", total=9999.999999)
    await world.pass_time(days=1)
    await world.did("taro", "Order Completed", total=4000)
    await world.did("hana", "Order Completed", total=0.000001)
    assert await world.members(big) == ["hana", "taro"]
    assert await world.members(tea) == ["taro"]
    await world.pass_time(days=29, seconds=1)
    assert await world.members(big) == []


async def test_one_leaf_serves_all_who_ask(world: LiveWorld) -> None:
    leaf = did("Order Completed", 1, days=30)
    one = await world.make(every(leaf, trait("city", op="is", value="Kyoto")))
    other = await world.make(some(leaf, did("Visited")))
    async with world.ada.unit() as ctx:
        (leaves,) = (await (await ctx.db.execute("SELECT count(*) FROM segments_leaves")).fetchone()) or (0,)
        (feeds,) = (await (await ctx.db.execute("SELECT count(*) FROM segments_feeds")).fetchone()) or (0,)
    assert (leaves, feeds) == (3, 2)
    await world.did("taro", "Order Completed")
    assert await world.members(one) == []
    assert await world.members(other) == ["taro"]


async def test_sizes_stand_at_the_segment_and_by_the_hour(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed", 1, days=1))
    for who in ("taro", "hana"):
        await world.did(who, "Order Completed")
    await world.pass_time(days=1, seconds=1)
    async with world.ada.unit() as ctx:
        cursor = await ctx.db.execute(
            'SELECT size, entered, "left" FROM segments_sizes WHERE segment_id = %s ORDER BY hour', (buyers,)
        )
        assert await cursor.fetchall() == [(2, 2, 0), (0, 0, 2)]
        cursor = await ctx.db.execute("SELECT size FROM segments_segments WHERE id = %s", (buyers,))
        assert await cursor.fetchone() == (0,)


async def test_profiles_that_are_taken_apart_count_alone(world: LiveWorld) -> None:
    twice = await world.make(did("Order Completed", 2))
    await world.did("taro", "Order Completed")
    await world.did("t-2", "Order Completed")
    await world.merge("taro", "t-2")
    await world.unmerge("taro")
    assert await world.members(twice) == []
    assert await world.moves(twice) == [(True, 1, "identity"), (False, 1, "identity")]


async def test_the_erased_are_in_no_set_and_no_state(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed", 1, days=30))
    for who in ("taro", "hana"):
        await world.did(who, "Order Completed")
    (person,) = await world.people("taro")
    await forget_people(world.runtime, world.workspace_id, [person])
    assert await world.members(buyers) == ["hana"]
    async with world.ada.unit() as ctx:
        states = unpack_states([(chunk, data) for _, chunk, _, data in await live.read_chunks(ctx, range(10))])
        assert not set(person.keys) & set(states.keys.tolist())
        cursor = await ctx.db.execute("SELECT keys FROM segments_moves")
        assert not set(person.keys) & {key for (keys,) in await cursor.fetchall() for key in keys}


async def test_consent_is_followed(world: LiveWorld) -> None:
    mailed = await world.make({"kind": "consent", "purpose": "marketing", "channel": "email"})
    await world.identify("taro", city="Kyoto")
    before = await world.members(mailed)
    granted = not before
    person = await world.profile_id("taro")
    answer = await world.ada.post(
        f"/api/privacy/people/{person}/consent",
        json={"answers": [{"purpose": "marketing", "channel": "email", "granted": granted, "note": "By phone"}]},
    )
    assert answer.status_code == 200, answer.text
    await world.catch_up()
    assert await world.members(mailed) == ([] if before else ["taro"])


async def test_lists_are_told_to_those_who_ask_for_them(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed"))
    await world.did("taro", "Order Completed")
    others = await world.make(no({"kind": "segment", "id": buyers}))
    change = await replace_members(world.runtime, world.workspace_id, buyers, BitMap(), "upload")
    assert (change.entered, change.left) == (0, 1)
    assert await world.members(others) == ["taro"]


async def test_two_keepers_do_not_do_the_same_work(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed"))
    await world.send(*[world.event(f"u-{number}", "Order Completed") for number in range(50)])
    await drain_inbox(world.runtime)
    await asyncio.gather(*[keep_all(world.runtime) for _ in range(4)])
    await keep_all(world.runtime)
    assert len(await world.members(buyers)) == 50
    assert sum(count for _, count, _ in await world.moves(buyers)) == 50


async def test_work_that_breaks_off_is_done_again_once(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    buyers = await world.make(did("Order Completed"))
    await world.send(world.event("taro", "Order Completed"))
    await drain_inbox(world.runtime)

    async def break_off(*_: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(live, "write_epoch", break_off)
        with pytest.raises(TimeoutError):
            await keep_all(world.runtime)
    assert await world.members(buyers) == []
    await keep_all(world.runtime)
    assert await world.members(buyers) == ["taro"]
    assert await world.moves(buyers) == [(True, 1, "event")]


NAMES = ("Order Completed", "Visited", "Cart Viewed")
WHERES: tuple[dict[str, Any], ...] = (
    did("Order Completed", 2, days=10),
    did("Order Completed", 1, compare="at_most", days=10),
    did("Visited", 2, compare="exactly"),
    did("Visited", 1, window={"since": ago(20), "until": ago(5)}),
    did(None, 3, days=3),
    did("Visited", 1, window={"since": {"at": "start_of", "unit": "week"}}),
    did("Order Completed", 50, measure={"of": "sum", "property": "total"}, days=10),
    did("Order Completed", 30, measure={"of": "average", "property": "total"}, compare="at_most"),
    did("Visited", 2, measure={"of": "distinct", "property": "page"}, days=10),
    {"kind": "occurrence", "which": "last", "event": {"name": "Visited"}, "window": {"since": ago(7)}},
    {
        "kind": "occurrence",
        "which": "first",
        "event": {"name": "Visited"},
        "having": [{"property": "page", "test": {"op": "is", "value": "a"}}],
    },
    in_order("Visited", "Cart Viewed", "Order Completed", hours=30),
    unfollowed("Cart Viewed", "Order Completed", hours=20),
    every(trait("city", op="is", value="Kyoto"), no(did("Order Completed", 1, days=5))),
    some(trait("since", op="dated", since=ago(4)), did("Cart Viewed", 3)),
    trait("since", op="anniversary", first=-1, last=1),
    {"kind": "identifier", "type": "email", "test": {"op": "ends_with", "value": "example.com"}},
)


@pytest.mark.parametrize("seed", range(3))
async def test_live_is_what_the_lake_says(world: LiveWorld, seed: int) -> None:
    """People do things in any order, become one and two again, and time passes: at every stop all segments are
    what a fresh computation over the lake makes of it."""
    dice = random.Random(seed)
    people = [f"u-{number}" for number in range(6)]
    await _let_things_happen(world, dice, people, 20)
    wheres = [*WHERES]
    dice.shuffle(wheres)
    made = {await world.make(where): where for where in wheres}
    referring = every(no({"kind": "segment", "id": min(made)}), did("Visited"))
    made[await world.make(referring)] = referring
    for _ in range(8):
        await _let_things_happen(world, dice, people, 8)
        for segment_id, where in made.items():
            assert await world.member_keys(segment_id) == await world.computed(where), where
    for segment_id in made:
        inside: int = 0
        for entered, count, _ in await world.moves(segment_id):
            inside += count if entered else -count
        assert inside <= len(await world.member_keys(segment_id)) + len(people)


async def _let_things_happen(world: LiveWorld, dice: random.Random, people: list[str], number: int) -> None:
    for _ in range(number):
        who, kind = dice.choice(people), dice.random()
        if kind < 0.6:
            at = world.clock.now() + timedelta(hours=dice.choice((0, 0, 0, -1, -20, -100, -400, 5)))
            await world.send(
                world.event(who, dice.choice(NAMES), at, total=dice.choice((10, 20.5, 60)), page=dice.choice("ab"))
            )
        elif kind < 0.75:
            since = (world.clock.now() - timedelta(days=dice.choice((0, 2, 3.9, 364, 366)))).isoformat()
            await world.identify(who, city=dice.choice(("Kyoto", "Osaka")), since=dice.choice((since, since[:10], 5)))
        elif kind < 0.8:
            await world.identify(who, email=f"{who}@example.com")
        elif kind < 0.85:
            await world.catch_up()
            await world.merge_any(dice, people)
        elif kind < 0.88:
            await world.unmerge_any(dice, people)
        else:
            await world.pass_time(hours=dice.choice((1, 5, 20, 24, 70)))
    await world.catch_up()


async def test_the_audit_finds_nothing_where_all_is_well(world: LiveWorld) -> None:
    await world.make(did("Order Completed", 1, days=30))
    await world.make(every(trait("city", op="is", value="Kyoto"), no(did("Order Completed"))))
    await world.identify("taro", city="Kyoto")
    await world.did("hana", "Order Completed")
    found = await audit_workspace(world.runtime, world.workspace_id)
    assert (found.segments, found.drifts) == (2, [])


async def test_planted_drift_is_found_and_mended(world: LiveWorld) -> None:
    buyers = await world.make(did("Order Completed", 1, days=30))
    others = await world.make(no(did("Order Completed", 1, days=30)))
    for who in ("taro", "hana", "yuki"):
        await world.did(who, "Visited")
    for who in ("taro", "hana"):
        await world.did(who, "Order Completed")
    await sync_workspace(world.runtime, world.workspace_id)
    async with world.ada.unit() as ctx:  # as if a write had been lost: nobody is in, and nothing is remembered
        await ctx.db.execute("DELETE FROM segments_sets")
        await ctx.db.execute("DELETE FROM segments_states")
        await live.write_epoch(ctx, 1_000)
    found = await audit_workspace(world.runtime, world.workspace_id)
    assert [(one.segment_id, one.extra, one.missing) for one in found.drifts] == [(buyers, 0, 2)]
    assert await world.members(buyers) == ["hana", "taro"]
    assert await world.members(others) == ["yuki"]
    assert await world.moves(buyers) == [(True, 1, "event"), (True, 1, "event"), (True, 2, "audit")]
    told = (await world.ada.get("/api/segments/audit")).json()
    assert (told["segments"], told["drifts"]) == (2, [{"segment_id": buyers, "extra": 0, "missing": 2}])
    assert (await audit_workspace(world.runtime, world.workspace_id)).drifts == []
    assert (await world.ada.get("/api/segments/audit")).json()["drifts"] == []
    await world.pass_time(days=31)
    assert await world.members(others) == ["hana", "taro", "yuki"]


async def test_members_are_there_before_everything_is_remembered(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("taro", "hana"):
        await world.did(who, "Order Completed")

    async def break_off(*_: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch, pytest.raises(TimeoutError):
        patch.setattr(build, "read_history", break_off)
        await world.make(did("Order Completed"), "Buyers")
    async with world.ada.unit() as ctx:
        cursor = await ctx.db.execute("SELECT id, state, size FROM segments_segments")
        ((buyers, state, size),) = await cursor.fetchall()
    assert (state, size) == ("building", 2)
    assert await world.members(buyers) == ["hana", "taro"]
    await world.build(buyers)
    assert await world.moves(buyers) == [(True, 2, "definition")]
