"""What may not be stored leaves nothing but a number."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.cast import Person
from tests.domains.collect.conftest import Sender, make_event, read_inbox, read_message_ids

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.collect.service.drain import Drain
from kizuna.domains.privacy.api import Answer, record_answers
from kizuna.domains.privacy.service import consent, terms
from kizuna.domains.privacy.service.suppression import hash_identifier
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Identifier
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

Db = psycopg.Connection[Any]

NO = {"context": {"consent": {"categoryPreferences": {"Analytics": False, "Advertising": False}}}}
YES = {"context": {"consent": {"categoryPreferences": {"Analytics": True}}}}


@pytest.fixture(autouse=True)
def always_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers look for changes at every commit, and not once a second."""
    monkeypatch.setattr(terms, "FRESH_S", 0.0)


@pytest.fixture
async def site(add_source: Callable[..., Any]) -> Sender:
    """A browser source: what it sends falls under analytics."""
    return await add_source(kind="browser", name="Site")


async def answer(person: Person, granted: bool, *, minute: int = 0, **identifier: str) -> None:
    ((type_, value),) = identifier.items()
    async with person.unit() as ctx:
        (key,) = (await profiles.find_keys(ctx, [Identifier(type_, value)])).values()
        people = await profiles.member_keys(ctx, [key])
        at = ctx.clock.now() - timedelta(minutes=60 - minute)
        given = Answer(key=key, purpose="analytics", channel="", granted=granted, knowing=True, at=at, source="member")
        await record_answers(ctx, [given], list(people.values()))


def withheld(db: Db) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in read_inbox(db):
        for counts in chunk.counts.values():
            for reason, number in counts.withheld.items():
                found[reason] = found.get(reason, 0) + number
    return found


async def test_an_event_that_says_no_is_not_stored(site: Sender, owner_db: Db) -> None:
    anonymous = {"userId": None, "anonymousId": "visitor-1"}
    answer_ = await site.batch(make_event(**NO, **anonymous), make_event(**anonymous, messageId="kept"))

    assert (answer_.status_code, answer_.json()) == (200, {"success": True})
    assert read_message_ids(owner_db) == ["kept"]
    assert withheld(owner_db) == {"refused": 1}


async def test_a_visitor_who_says_no_at_once_is_given_no_node(site: Sender, owner_db: Db) -> None:
    await site.batch(make_event(**NO, userId=None, anonymousId="visitor-1"))

    assert owner_db.execute("SELECT count(*) FROM profiles_nodes").fetchone() == (0,)


async def test_of_a_known_customer_the_refusal_is_kept_once_and_nothing_else(site: Sender, owner_db: Db) -> None:
    for number in range(3):
        await site.batch(make_event(**NO, messageId=f"m-{number}"))

    assert [name for chunk in read_inbox(owner_db) for name in chunk.names] == ["Consent Stated"]
    assert b"sencha" not in b"".join(chunk.properties for chunk in read_inbox(owner_db))
    assert withheld(owner_db) == {"refused": 2}


async def test_what_a_contract_needs_is_stored_all_the_same(shop: Sender, owner_db: Db) -> None:
    await shop.batch(make_event("Order Completed", **NO, messageId="order"))

    assert read_message_ids(owner_db) == ["order"]


async def test_a_refusal_holds_for_later_events_that_say_nothing(
    site: Sender, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    await site.batch(make_event(messageId="before"))
    await drain_inbox(runtime)
    await answer(ada, False, user_id="u-1")
    await site.batch(make_event(messageId="after"), make_event(userId="u-2", messageId="other"))

    assert read_message_ids(owner_db) == ["other"]
    assert withheld(owner_db) == {"refused": 1}

    await answer(ada, True, minute=1, user_id="u-1")
    await site.batch(make_event(messageId="again"))
    assert read_message_ids(owner_db) == ["other", "again"]


async def test_a_refusal_spreads_to_the_devices_that_joined(
    site: Sender, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    await site.batch(make_event(userId=None, anonymousId="phone-1"), make_event())
    await drain_inbox(runtime)
    await answer(ada, False, user_id="u-1")
    await site.batch(make_event("User Identified", type="identify", anonymousId="phone-1", **YES))
    await drain_inbox(runtime)
    async with ada.unit() as ctx:  # the join itself was withheld, so staff makes it
        found = await profiles.find_keys(ctx, [Identifier("user_id", "u-1"), Identifier("anonymous_id", "phone-1")])
        ids = await profiles.profile_ids(ctx, found.values())
    into, source = sorted({ref.profile_id for ref in ids.values()})
    merged = await ada.post("/api/profiles/merge", json={"into": str(into), "from": str(source)})
    assert merged.status_code == 200, merged.text
    await site.batch(make_event(userId=None, anonymousId="phone-1", messageId="late"))

    assert read_message_ids(owner_db) == []


async def test_where_one_must_ask_first_nobody_is_stored_before_a_yes(
    site: Sender, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    await ada.patch("/api/workspace", json={"country": "DE"})
    site.intake().sources.forget() if hasattr(site.app.state, "intake") else None
    await site.batch(make_event(messageId="silent"), make_event(userId="u-2", messageId="yes", **YES))

    assert read_message_ids(owner_db) == ["yes"]
    assert withheld(owner_db) == {"not_asked": 1}
    assert owner_db.execute("SELECT value FROM profiles_nodes").fetchall() == [("u-2",)]

    await drain_inbox(runtime)
    await site.batch(make_event(userId="u-2", messageId="later"))
    assert read_message_ids(owner_db) == ["later"], "the yes is remembered"


async def test_a_click_in_a_banner_becomes_an_answer_with_its_proof(
    site: Sender, runtime: Runtime, owner_db: Db
) -> None:
    click = make_event(
        "Segment Consent Preference Updated",
        userId=None,
        anonymousId="visitor-1",
        messageId="click",
        properties={"version": 3, "language": "ja", "how": "banner"},
        context={"consent": {"categoryPreferences": {"Analytics": True, "Advertising": True, "marketing.email": True}}},
    )
    await site.batch(click)
    await drain_inbox(runtime)

    rows = owner_db.execute(
        "SELECT purpose, channel, granted, knowing, source, text_version, language, proof->>'message_id' "
        "FROM privacy_answers ORDER BY purpose"
    ).fetchall()
    # Anybody can send events under a public key: a yes to mail is not taken from there.
    assert rows == [
        ("analytics", "", True, True, "banner", 3, "ja", "click"),
        ("marketing", "ads", True, True, "banner", 3, "ja", "click"),
    ]


async def test_what_clients_repeat_is_written_once(site: Sender, runtime: Runtime, owner_db: Db) -> None:
    for _ in range(2):
        await site.batch(make_event(**YES), make_event(**YES))
        await drain_inbox(runtime)

    assert owner_db.execute("SELECT count(*), bool_or(knowing) FROM privacy_answers").fetchone() == (1, False)


async def test_a_restriction_stops_all_sources(
    shop: Sender, site: Sender, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    await shop.batch(make_event())
    await drain_inbox(runtime)
    async with ada.unit() as ctx:
        (key,) = (await profiles.find_keys(ctx, [Identifier("user_id", "u-1")])).values()
        await consent.restrict(ctx, [key])
    await shop.batch(make_event("Order Completed"))
    await site.batch(make_event(**YES))

    assert read_message_ids(owner_db) == []
    assert withheld(owner_db) == {"restricted": 2}


async def test_the_suppressed_are_refused_and_get_no_node(
    shop: Sender, ada: Person, settings: Settings, owner_db: Db
) -> None:
    hash_ = hash_identifier(settings.vault, ada.workspace_id, "email", "gone@example.com")
    owner_db.execute(
        "INSERT INTO privacy_suppressions (workspace_id, hash, kind, at) VALUES (%s, %s, 'erased', now())",
        (ada.workspace_id, hash_),
    )
    owner_db.execute(
        "INSERT INTO privacy_heads (workspace_id, version, suppressions) VALUES (%s, 1, 1)", (ada.workspace_id,)
    )
    traits = {"email": " Gone@Example.com "}
    await shop.batch(make_event("x", type="identify", userId="u-9", traits=traits), make_event(messageId="other"))

    assert read_message_ids(owner_db) == ["other"]
    assert withheld(owner_db) == {"suppressed": 1}
    assert owner_db.execute("SELECT value FROM profiles_nodes").fetchall() == [("u-1",)]


async def test_events_of_erased_nodes_on_their_way_end_in_the_drain(
    shop: Sender, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    """Whatever a server still remembered when it took them."""
    await shop.batch(make_event(messageId="gone"), make_event(userId="u-2", messageId="stays"))
    (key,) = owner_db.execute("SELECT key FROM profiles_nodes WHERE value = 'u-1'").fetchone() or ()
    owner_db.execute(
        "INSERT INTO privacy_erased_keys (workspace_id, key, at) VALUES (%s, %s, now())", (ada.workspace_id, key)
    )
    owner_db.execute(
        "INSERT INTO privacy_heads (workspace_id, version, suppressions) VALUES (%s, 1, 1)", (ada.workspace_id,)
    )
    await drain_inbox(runtime)

    rows = await runtime.lake.run_sql(ada.workspace_id, "SELECT message_id FROM events")
    assert rows.rows == [["stays"]]


@pytest.mark.parametrize("streamed", [False, True])
async def test_events_of_others_stay_without_an_erased_node(
    shop: Sender, ada: Person, runtime: Runtime, owner_db: Db, streamed: bool
) -> None:
    """Whether they wait in the inbox, or their rows are in the drain's memory already."""
    lent = {"userId": "u-2", "anonymousId": " lent-device "}
    await shop.batch(make_event(userId=None, anonymousId="lent-device"), make_event(messageId="stays", **lent))
    drain = Drain(runtime)
    if streamed:
        await drain.stream_once()
    keys = dict(owner_db.execute("SELECT value, key FROM profiles_nodes").fetchall())
    owner_db.execute(
        "INSERT INTO privacy_erased_keys (workspace_id, key, at) VALUES (%s, %s, now())",
        (ada.workspace_id, keys["lent-device"]),
    )
    owner_db.execute(
        "INSERT INTO privacy_heads (workspace_id, version, suppressions) VALUES (%s, 1, 1)", (ada.workspace_id,)
    )
    while await drain.stream_once() or await drain.load_once():
        pass

    rows = [row async for page in runtime.lake.read_person(ada.workspace_id, list(keys.values())) for row in page]
    left = [(row["message_id"], row["user_id"], row["anonymous_id"], row["identifiers"]) for row in rows]
    assert left == [("stays", "u-2", None, [["user_id", "u-2"]])]


async def test_a_batch_of_the_erased_alone_leaves_nothing_and_stops_nothing(
    shop: Sender, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    await shop.batch(make_event(messageId="gone"))
    owner_db.execute(
        "INSERT INTO privacy_erased_keys (workspace_id, key, at) SELECT workspace_id, key, now() FROM profiles_nodes"
    )
    owner_db.execute(
        "INSERT INTO privacy_heads (workspace_id, version, suppressions) VALUES (%s, 1, 1)", (ada.workspace_id,)
    )
    await drain_inbox(runtime)
    assert owner_db.execute("SELECT count(*) FROM collect_inbox").fetchone() == (0,)

    await shop.batch(make_event(userId="u-2", messageId="next"))
    await drain_inbox(runtime)
    assert (await runtime.lake.run_sql(ada.workspace_id, "SELECT message_id FROM events")).rows == [["next"]]


async def test_what_was_withheld_is_counted_and_shown(site: Sender, ada: Person, runtime: Runtime, dan: Person) -> None:
    await site.batch(*(make_event(**NO, userId=None, anonymousId=f"v-{number}") for number in range(5)))
    await drain_inbox(runtime)

    (row,) = (await ada.get("/api/privacy/withheld")).json()["items"]
    assert (row["place"], row["reason"], row["number"]) == ("collect", "refused", 5)
    assert (await dan.get("/api/privacy/withheld")).json()["items"] == []
