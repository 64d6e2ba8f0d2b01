"""What events do to identity and traits, on the real database."""

from datetime import timedelta
from typing import Any

import psycopg
from tests.conftest import START
from tests.domains.profiles.crowd import Crowd, gather

from kizuna.domains.profiles.contracts import Observation, Trust

HANA = ("user_id", "hana")
HANA_MAIL = ("email", "hana@example.jp")
RYO = ("user_id", "ryo")
COOKIE = ("anonymous_id", "c-1")
TABLET = ("device_id", "shop-tablet")


async def test_an_unknown_visitor_becomes_known_at_sign_in(crowd: Crowd) -> None:
    await crowd.see([COOKIE])
    observed = await crowd.see([HANA, COOKIE], traits={"plan": "gold"})
    assert len(observed.links) == 1
    assert await crowd.together(HANA, COOKIE)
    assert await crowd.profile_id(*COOKIE) == await crowd.profile_id(*HANA)


async def test_the_same_event_again_changes_nothing(crowd: Crowd, owner_db: psycopg.Connection[Any]) -> None:
    await crowd.see([HANA, HANA_MAIL, COOKIE], traits={"plan": "gold"})
    before = owner_db.execute("SELECT version, last_seq FROM profiles_heads").fetchall()
    for _ in range(2):
        assert not (await crowd.see([HANA, HANA_MAIL, COOKIE])).links
    log = owner_db.execute("SELECT count(*) FROM profiles_log").fetchone()
    after = owner_db.execute("SELECT version, last_seq FROM profiles_heads").fetchall()
    assert log == (2,)
    assert after[0][0] <= before[0][0] + 1, "known sets cost one look and then nothing"


async def test_a_shared_device_does_not_join_two_known_people(crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL, TABLET])
    observed = await crowd.see([("email", "ryo@example.jp"), TABLET])
    assert [refusal.reason for refusal in observed.refusals] == ["shared_device"]
    assert not await crowd.together(HANA_MAIL, ("email", "ryo@example.jp"))


async def test_a_cookie_goes_to_the_first_who_signs_in(crowd: Crowd) -> None:
    await crowd.see([COOKIE])
    await crowd.see([HANA, COOKIE])
    observed = await crowd.see([RYO, COOKIE])
    assert [refusal.reason for refusal in observed.refusals] == ["limit:user_id"]
    assert await crowd.together(HANA, COOKIE)


async def test_a_public_key_cannot_merge_two_known_people(crowd: Crowd) -> None:
    await crowd.see([HANA])
    await crowd.see([HANA_MAIL])
    observed = await crowd.see([HANA, HANA_MAIL], trust=Trust.PUBLIC)
    assert [refusal.reason for refusal in observed.refusals] == ["unsigned"]
    assert not await crowd.together(HANA, HANA_MAIL)
    await crowd.see([HANA, HANA_MAIL], trust=Trust.SIGNED)
    assert await crowd.together(HANA, HANA_MAIL)


async def test_a_public_key_may_name_the_new_address_of_a_known_person(crowd: Crowd) -> None:
    await crowd.see([HANA], trust=Trust.PUBLIC)
    await crowd.see([HANA, HANA_MAIL, COOKIE], trust=Trust.PUBLIC)
    assert await crowd.together(HANA, HANA_MAIL)
    assert await crowd.together(HANA, COOKIE)


async def test_a_public_key_cannot_claim_a_known_address_with_a_new_user_id(crowd: Crowd) -> None:
    await crowd.see([HANA_MAIL], traits={"name": "田中 花"})
    await crowd.see([("user_id", "intruder"), HANA_MAIL], trust=Trust.PUBLIC)
    assert not await crowd.together(("user_id", "intruder"), HANA_MAIL)


async def test_an_alias_of_a_server_renames_a_user(crowd: Crowd) -> None:
    await crowd.see([HANA])
    await crowd.see([("user_id", "1001"), HANA], alias=True)
    assert await crowd.together(("user_id", "1001"), HANA)


async def test_traits_are_latest_by_time_whatever_order_they_come_in(crowd: Crowd) -> None:
    await crowd.see([HANA], traits={"plan": "gold"}, at=START)
    await crowd.see([HANA], traits={"plan": "silver", "age": 31}, at=START - timedelta(days=1))
    async with crowd.unit() as ctx:
        cursor = await ctx.db.execute("SELECT traits FROM profiles_profiles")
        assert await cursor.fetchall() == [({"age": 31, "plan": "gold"},)]
    await crowd.see([HANA], traits={"age": None}, at=START + timedelta(days=1))
    async with crowd.unit() as ctx:
        cursor = await ctx.db.execute("SELECT traits FROM profiles_profiles")
        assert await cursor.fetchall() == [({"plan": "gold"},)]


async def test_first_and_last_seen_follow_events_and_not_imports_of_traits(crowd: Crowd) -> None:
    await crowd.see([HANA], at=START)
    await crowd.see([HANA], at=START + timedelta(hours=2))
    await crowd.see([HANA], at=START - timedelta(days=9), touchpoint="store")
    await crowd.see([HANA], at=START + timedelta(days=3), active=False, traits={"rank": "a"})
    async with crowd.unit() as ctx:
        cursor = await ctx.db.execute("SELECT first_seen, last_seen FROM profiles_profiles")
        assert await cursor.fetchall() == [(START - timedelta(days=9), START + timedelta(hours=2))]


async def test_the_first_sign_of_life_counts_even_if_it_is_older_than_the_import(crowd: Crowd) -> None:
    await crowd.see([HANA], traits={"plan": "gold"}, active=False)
    await crowd.see([HANA], at=START - timedelta(days=400))
    await crowd.see([HANA], at=START - timedelta(days=500))
    async with crowd.unit() as ctx:
        cursor = await ctx.db.execute("SELECT first_seen, last_seen FROM profiles_profiles")
        assert await cursor.fetchall() == [(START - timedelta(days=500), START - timedelta(days=400))]


async def test_a_batch_is_decided_in_its_order(crowd: Crowd) -> None:
    (hana,), (mail,), (cookie,) = [await crowd.keys([one]) for one in (HANA, HANA_MAIL, COOKIE)]
    time_s = START.timestamp()
    observed = await crowd.take(
        [
            Observation((mail, cookie), time_s, "web", 1, Trust.PUBLIC),
            Observation((hana,), time_s, "web", 1, Trust.PUBLIC),
            Observation((hana, mail), time_s, "web", 1, Trust.PUBLIC),
        ]
    )
    assert len(observed.links) == 1
    assert [refusal.reason for refusal in observed.refusals] == ["unsigned"]


async def test_what_was_rolled_back_is_not_remembered(crowd: Crowd) -> None:
    keys = await crowd.keys([HANA, COOKIE])
    one = Observation(keys, START.timestamp(), "web", 1)

    class Stop(Exception):
        pass

    try:
        with crowd.memory.staged():
            async with crowd.unit() as ctx:
                from kizuna.domains.profiles import api

                await api.observe(ctx, gather([one]), crowd.memory)
                raise Stop
    except Stop:
        pass
    await crowd.take([one])
    assert await crowd.together(HANA, COOKIE)
    assert await crowd.profile_id(*HANA)


async def test_another_workspace_sees_and_shares_nothing(crowd: Crowd, dan_crowd: Crowd) -> None:
    await crowd.see([HANA, HANA_MAIL], traits={"name": "田中 花"})
    assert await dan_crowd.partition() == set()
    await dan_crowd.see([RYO, HANA_MAIL])
    assert not (await crowd.see([HANA, HANA_MAIL])).refusals
