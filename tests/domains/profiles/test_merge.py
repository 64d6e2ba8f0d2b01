"""Merge and unmerge: exact, repeatable, and safe from many at once."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from tests.conftest import START
from tests.domains.profiles.crowd import Crowd

from kizuna.domains.profiles.service import merge, read
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.errors import Conflict, NotFound
from kizuna.kernel.ids import new_id

HANA = ("user_id", "hana")
HANA_MAIL = ("email", "hana@example.jp")
RYO = ("user_id", "ryo")
RYO_MAIL = ("email", "ryo@example.jp")
COOKIE = ("anonymous_id", "c-1")


async def detail(crowd: Crowd, ids: tuple[str, str]) -> Any:
    """All that a profile's page shows, as data."""
    async with crowd.unit() as ctx:
        profile = await read.read_profile(ctx, await crowd.profile_id(*ids))
    return msgspec.to_builtins(profile)


async def link_between(crowd: Crowd, one: tuple[str, str]) -> int:
    async with crowd.unit() as ctx:
        identity = await read.read_identity(ctx, await crowd.profile_id(*one))
        return identity.links[-1].seq


async def make_two(crowd: Crowd) -> None:
    await crowd.see([HANA, HANA_MAIL], traits={"name": "田中 花", "plan": "gold"}, at=START)
    await crowd.see([HANA], at=START + timedelta(hours=1), touchpoint="store")
    await crowd.see([RYO, RYO_MAIL, COOKIE], traits={"name": "佐藤 亮", "plan": "silver"}, at=START - timedelta(days=3))


async def unit_merge(crowd: Crowd, into: tuple[str, str], source: tuple[str, str]) -> None:
    one, other = await crowd.profile_id(*into), await crowd.profile_id(*source)
    async with crowd.unit() as ctx:
        await merge.merge_by_member(ctx, one, other)


async def unit_unmerge(crowd: Crowd, of: tuple[str, str]) -> None:
    link = await link_between(crowd, of)
    one = await crowd.profile_id(*of)
    async with crowd.unit() as ctx:
        await merge.unmerge_by_member(ctx, one, link)


async def test_a_merged_profile_shows_both_with_the_latest_traits(crowd: Crowd) -> None:
    await make_two(crowd)
    ryo_id = await crowd.profile_id(*RYO)
    await unit_merge(crowd, HANA, RYO)
    async with crowd.unit() as ctx:
        profile = await read.read_profile(ctx, ryo_id)
    assert profile.head.name == "田中 花"
    assert {(node.type, node.value) for node in profile.nodes} == {HANA, HANA_MAIL, RYO, RYO_MAIL, COOKIE}
    assert [one.touchpoint for one in profile.touchpoints] == ["store", "web"]
    assert profile.first_seen == START - timedelta(days=3)


async def test_unmerge_restores_both_pages_exactly(crowd: Crowd) -> None:
    await make_two(crowd)
    before = await detail(crowd, HANA), await detail(crowd, RYO)
    await unit_merge(crowd, HANA, RYO)
    assert await detail(crowd, HANA) != before[0]
    await unit_unmerge(crowd, HANA)
    assert (await detail(crowd, HANA), await detail(crowd, RYO)) == before


async def test_what_came_in_between_belongs_to_its_own_side(crowd: Crowd, clock: ManualClock) -> None:
    await make_two(crowd)
    await unit_merge(crowd, HANA, RYO)
    clock.advance(timedelta(days=1))
    await crowd.see([RYO], traits={"plan": "platinum"}, touchpoint="line")
    assert {t["name"]: t["value"] for t in (await detail(crowd, HANA))["traits"]}["plan"] == "platinum"
    await unit_unmerge(crowd, HANA)
    hana, ryo = await detail(crowd, HANA), await detail(crowd, RYO)
    assert {t["name"]: t["value"] for t in hana["traits"]}["plan"] == "gold"
    assert {t["name"]: t["value"] for t in ryo["traits"]}["plan"] == "platinum"
    assert [one["touchpoint"] for one in ryo["touchpoints"]] == ["line", "web"]


async def test_the_same_evidence_does_not_rejoin_but_a_member_may(crowd: Crowd) -> None:
    await crowd.see([HANA, HANA_MAIL])
    await unit_unmerge(crowd, HANA)
    observed = await crowd.see([HANA, HANA_MAIL])
    assert [refusal.reason for refusal in observed.refusals] == ["blocked"]
    await unit_merge(crowd, HANA, HANA_MAIL)
    assert await crowd.together(HANA, HANA_MAIL)
    async with crowd.unit() as ctx:
        identity = await read.read_identity(ctx, await crowd.profile_id(*HANA))
    kinds = [entry.kind for entry in reversed(identity.log)]
    assert kinds == ["link", "unlink", "block", "refuse", "lift", "link"]
    assert identity.blocks == []


async def test_an_older_merge_is_undone_under_a_newer_one(crowd: Crowd) -> None:
    await crowd.see([HANA])
    await crowd.see([RYO])
    await crowd.see([COOKIE])
    async with crowd.unit() as ctx:
        await merge.merge_profiles(ctx, await crowd.profile_id(*HANA), await crowd.profile_id(*RYO))
    first = await link_between(crowd, HANA)
    async with crowd.unit() as ctx:
        await merge.merge_profiles(ctx, await crowd.profile_id(*RYO), await crowd.profile_id(*COOKIE))
    async with crowd.unit() as ctx:
        await merge.unmerge_profile(ctx, await crowd.profile_id(*HANA), first)
    partition = await crowd.partition()
    assert sum(len(group) for group in partition) == 3
    assert len(partition) == 2
    assert not await crowd.together(HANA, RYO)


async def test_a_link_is_undone_once_and_on_its_own_page(crowd: Crowd) -> None:
    await crowd.see([HANA, HANA_MAIL])
    await crowd.see([RYO, RYO_MAIL])
    link = await link_between(crowd, HANA)
    ryo_id = await crowd.profile_id(*RYO)
    with pytest.raises(Conflict):
        async with crowd.unit() as ctx:
            await merge.unmerge_profile(ctx, ryo_id, link)
    await unit_unmerge(crowd, HANA)
    with pytest.raises(NotFound):
        async with crowd.unit() as ctx:
            await merge.unmerge_profile(ctx, await crowd.profile_id(*HANA), link)
    with pytest.raises(NotFound):
        async with crowd.unit() as ctx:
            await merge.merge_profiles(ctx, ryo_id, new_id())


async def test_sixteen_at_once_merge_the_same_people_once(crowd: Crowd, owner_db: psycopg.Connection[Any]) -> None:
    people = [("user_id", f"u{number}") for number in range(8)]
    for person in people:
        await crowd.see([person])
    ids = [await crowd.profile_id(*person) for person in people]

    async def merge_all(turn: int) -> None:
        for step in range(len(ids) - 1):
            one, other = ids[(turn + step) % len(ids)], ids[(turn + step + 1) % len(ids)]
            async with crowd.unit() as ctx:
                await merge.merge_profiles(ctx, *((one, other) if turn % 2 else (other, one)))

    await asyncio.gather(*(merge_all(turn) for turn in range(16)))
    assert await crowd.partition() == {frozenset(":".join(person) for person in people)}
    assert owner_db.execute("SELECT count(*) FROM profiles_log WHERE kind = 'link'").fetchone() == (7,)
    living = owner_db.execute("SELECT count(*) FROM profiles_profiles WHERE merged_into IS NULL").fetchone()
    assert living == (1,)


async def test_merges_and_events_at_once_end_in_one_profile(crowd: Crowd) -> None:
    people = [("user_id", f"u{number}") for number in range(5)]
    for person in people:
        await crowd.see([person])
    ids = [await crowd.profile_id(*person) for person in people]

    async def merge_pair(step: int) -> None:
        async with crowd.unit() as ctx:
            await merge.merge_profiles(ctx, ids[step], ids[step + 1])

    async def see_all(start: int) -> None:
        own = Crowd(crowd.runtime, crowd.workspace_id)
        for step in range(len(people)):
            person = people[(start + step) % len(people)]
            await own.see([person, ("anonymous_id", f"c-{person[1]}")], traits={"turn": start, "step": step})

    await asyncio.gather(*(merge_pair(step) for step in range(4)), *(see_all(start) for start in range(5)))
    partition = await crowd.partition()
    assert len(partition) == 1


async def test_the_log_cannot_be_rewritten(crowd: Crowd) -> None:
    await crowd.see([HANA, HANA_MAIL])
    for change in ("UPDATE profiles_log SET reason = 'x'", "DELETE FROM profiles_log"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with crowd.unit() as ctx:
                await ctx.db.execute(change)


async def test_a_merge_costs_the_same_with_a_long_history(crowd: Crowd, owner_db: psycopg.Connection[Any]) -> None:
    """Rows written by a merge, for one event or hundreds."""

    async def rows_written(name: str, events: int) -> int:
        one, other = ("user_id", f"{name}-1"), ("user_id", f"{name}-2")
        for person in (one, other):
            keys = await crowd.keys([person])
            for number in range(events):
                await crowd.see([person], at=START + timedelta(hours=number), traits={"n": number})
            assert keys
        await unit_merge(crowd, one, other)
        found = owner_db.execute(
            "SELECT count(*) FROM profiles_nodes WHERE version = (SELECT version FROM profiles_heads)"
        ).fetchone()
        assert found is not None
        return found[0]

    assert await rows_written("short", 1) == await rows_written("long", 50)
