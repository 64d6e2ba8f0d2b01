"""What was not joined stands in the identity log, with its reason, once."""

from typing import Any

import psycopg
import pytest
from tests.conftest import START
from tests.domains.profiles.crowd import Crowd, Ids, gather

from kizuna.domains.profiles.contracts import Observation, Trust
from kizuna.domains.profiles.queries import LogItem
from kizuna.domains.profiles.service import memory, merge, read, rebuild

HANA = ("user_id", "hana")
HANA_MAIL = ("email", "hana@example.jp")
RYO = ("user_id", "ryo")
RYO_MAIL = ("email", "ryo@example.jp")
COOKIE = ("anonymous_id", "c-1")
TABLET = ("device_id", "shop-tablet")


async def log_of(crowd: Crowd, one: tuple[str, str]) -> list[LogItem]:
    """Oldest first."""
    async with crowd.unit() as ctx:
        identity = await read.read_identity(ctx, await crowd.profile_id(*one))
    assert [entry.seq for entry in identity.log] == sorted({entry.seq for entry in identity.log}, reverse=True)
    return identity.log[::-1]


async def reasons_of(crowd: Crowd, one: tuple[str, str]) -> list[tuple[str, str]]:
    return [(entry.kind, entry.reason) for entry in await log_of(crowd, one)]


async def count_log(crowd: Crowd) -> int:
    async with crowd.unit() as ctx:
        cursor = await ctx.db.execute("SELECT count(*) FROM profiles_log")
        row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def test_both_profiles_tell_of_a_shared_device(crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL, TABLET])
    await crowd.see([RYO_MAIL, TABLET])
    (ryo,), (tablet,) = await crowd.keys([RYO_MAIL]), await crowd.keys([TABLET])
    (told,) = await log_of(crowd, RYO_MAIL)
    assert (told.kind, told.a, told.b, told.reason) == ("refuse", ryo, tablet, "shared_device")
    assert (told.cause, told.source_id, told.at) == (f"m-{ryo}", 1, START)
    assert told.actor_kind == "system"
    assert await reasons_of(crowd, HANA_MAIL) == [("link", "event"), ("refuse", "shared_device")]


async def test_the_log_leads_to_the_profile_that_was_not_joined(crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL, TABLET], traits={"name": "田中 花"})
    await crowd.see([RYO_MAIL, TABLET])
    async with crowd.unit() as ctx:
        identity = await read.read_identity(ctx, await crowd.profile_id(*RYO_MAIL))
    (other,) = identity.others
    assert (other.type, other.value, other.name) == (*TABLET, "田中 花")
    assert other.profile_id == await crowd.profile_id(*HANA_MAIL)


@pytest.mark.parametrize(
    ("before", "event", "trust", "reason"),
    [
        ([[HANA], [HANA_MAIL]], [HANA, HANA_MAIL], Trust.PUBLIC, "unsigned"),
        ([[HANA, COOKIE]], [RYO, COOKIE], Trust.SERVER, "limit:user_id"),
        (
            [[RYO, *(("anonymous_id", f"r-{n}") for n in range(5))]],
            [RYO, ("anonymous_id", "r-6")],
            Trust.PUBLIC,
            "limit:anonymous_id",
        ),
    ],
)
async def test_each_reason_is_told(crowd: Crowd, before: list[Ids], event: Ids, trust: Trust, reason: str) -> None:
    for ids in before:
        await crowd.see(ids)
    await crowd.see(event, trust=trust)
    assert (await reasons_of(crowd, event[0]))[-1] == ("refuse", reason)


async def test_what_a_member_took_apart_is_told_when_an_event_names_it_again(crowd: Crowd) -> None:
    await crowd.see([HANA, HANA_MAIL])
    async with crowd.unit() as ctx:
        one = await crowd.profile_id(*HANA)
        (link,) = (await read.read_identity(ctx, one)).links
        await merge.unmerge_profile(ctx, one, link.seq)
    await crowd.see([HANA, HANA_MAIL])
    for side in (HANA, HANA_MAIL):
        assert [kind for kind, _ in await reasons_of(crowd, side)] == ["link", "unlink", "block", "refuse"]
        assert (await reasons_of(crowd, side))[-1] == ("refuse", "blocked")


async def test_a_join_is_told_once_for_each_reason(crowd: Crowd) -> None:
    await crowd.see([HANA])
    await crowd.see([HANA_MAIL])
    for _ in range(3):
        await crowd.see([HANA, HANA_MAIL], trust=Trust.PUBLIC)
    # Another process, or the same after a restart, remembers nothing.
    restarted = Crowd(crowd.runtime, crowd.workspace_id)
    observed = await restarted.see([HANA, HANA_MAIL], trust=Trust.PUBLIC)
    assert [refusal.reason for refusal in observed.refusals] == ["unsigned"], "it is decided each time"
    assert await reasons_of(crowd, HANA) == [("refuse", "unsigned")]
    assert await count_log(crowd) == 1


async def test_a_batch_tells_each_join_once_and_in_the_order_of_its_events(crowd: Crowd) -> None:
    (hana,), (mail,), (cookie,) = [await crowd.keys([one]) for one in (HANA, HANA_MAIL, COOKIE)]
    time_s = START.timestamp()
    unsigned = Observation((hana, mail), time_s, "web", 1, Trust.PUBLIC, message_id="unsigned")
    await crowd.take(
        [
            Observation((mail, cookie), time_s, "web", 1, Trust.PUBLIC, message_id="first"),
            unsigned,
            unsigned,
            Observation((hana, mail), time_s, "web", 1, Trust.SIGNED, message_id="signed"),
            unsigned,
        ]
    )
    log = await log_of(crowd, HANA)
    assert [(entry.kind, entry.cause) for entry in log] == [
        ("link", "first"),
        ("refuse", "unsigned"),
        ("link", "signed"),
    ]


async def test_a_refused_join_alone_changes_no_profile(crowd: Crowd, owner_db: psycopg.Connection[Any]) -> None:
    await crowd.see([HANA_MAIL, TABLET])
    await crowd.see([RYO_MAIL])
    before = owner_db.execute("SELECT key, version FROM profiles_profiles ORDER BY key").fetchall()
    nodes = owner_db.execute("SELECT key, version FROM profiles_nodes ORDER BY key").fetchall()
    observed = await crowd.see([RYO_MAIL, TABLET])
    assert (len(observed.refusals), observed.links, observed.changed) == (1, (), frozenset())
    assert owner_db.execute("SELECT key, version FROM profiles_profiles ORDER BY key").fetchall() == before
    assert owner_db.execute("SELECT key, version FROM profiles_nodes ORDER BY key").fetchall() == nodes


async def test_what_was_rolled_back_is_told_the_next_time(crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL, TABLET])
    keys = await crowd.keys([RYO_MAIL, TABLET])
    one = Observation(keys, START.timestamp(), "store", 1)

    class Stop(Exception):
        pass

    with pytest.raises(Stop), crowd.memory.staged():
        async with crowd.unit() as ctx:
            from kizuna.domains.profiles import api

            await api.observe(ctx, gather([one]), crowd.memory)
            raise Stop
    await crowd.take([one])
    assert await reasons_of(crowd, RYO_MAIL) == [("refuse", "shared_device")]


async def test_what_a_till_was_refused_hides_no_merge(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "REFUSED_MAX", 50)
    await crowd.see([HANA_MAIL, TABLET])
    (till,) = await crowd.keys([TABLET])
    customers = [("email", f"c{number}@example.jp") for number in range(read.REFUSALS_MAX + 20)]
    keys = [(await crowd.keys([customer]))[0] for customer in customers]
    batch = [Observation((key, till), START.timestamp(), "store", 1) for key in keys]
    for _ in range(2):
        await crowd.take(batch)
    log = await log_of(crowd, TABLET)
    assert [entry.kind for entry in log] == ["link"] + ["refuse"] * read.REFUSALS_MAX
    assert [entry.a for entry in log[1:]] == keys[-read.REFUSALS_MAX :]
    assert await count_log(crowd) == 1 + len(customers)


async def test_a_member_may_join_what_was_refused_and_take_it_back(crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL, TABLET])
    await crowd.see([RYO_MAIL, TABLET])
    before = await crowd.partition()
    one, other = await crowd.profile_id(*HANA_MAIL), await crowd.profile_id(*RYO_MAIL)
    async with crowd.unit() as ctx:
        await merge.merge_profiles(ctx, one, other)
    assert [kind for kind, _ in await reasons_of(crowd, RYO_MAIL)] == ["link", "refuse", "link"]
    async with crowd.unit() as ctx:
        assert await rebuild.rebuild_profiles(ctx) == 0
        identity = await read.read_identity(ctx, one)
        assert len(identity.links) == 2
        await merge.unmerge_profile(ctx, one, identity.links[-1].seq)
    assert await crowd.partition() == before
    async with crowd.unit() as ctx:
        assert await rebuild.rebuild_profiles(ctx) == 0


async def test_another_workspace_is_told_nothing(crowd: Crowd, dan_crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL, TABLET])
    await crowd.see([RYO_MAIL, TABLET])
    await dan_crowd.see([RYO_MAIL, TABLET])
    assert await reasons_of(dan_crowd, RYO_MAIL) == [("link", "event")]
