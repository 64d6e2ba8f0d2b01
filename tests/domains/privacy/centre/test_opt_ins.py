"""Double opt-in: an address counts when its mailbox says so."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.cast import Person, Visitor
from tests.domains.privacy.centre.conftest import Customer, link_in, send_mail
from tests.mailbox import Mailbox, html_of

from kizuna.domains.privacy import api as privacy
from kizuna.domains.privacy.service.letter_store import LETTERS
from kizuna.domains.privacy.service.letters import clean_up, send_letter
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.mail import TransportError

Db = psycopg.Connection[Any]


async def ask(ada: Person, **body: Any) -> Any:
    return await ada.post("/api/privacy/opt-ins", json={"purpose": "marketing", "language": "en"} | body)


async def granted(runtime: Runtime, staff: Person, address: str) -> bool:
    async with staff.unit() as ctx:
        (person,) = await runtime.registry.person_finder.by_identifiers(ctx, [("email", address)])
        if person is None:
            return False
        return (await privacy.read_state(ctx, person.keys))["marketing", "email"].allowed


async def test_an_answer_counts_when_the_mailbox_confirms_it(
    ada: Person, runtime: Runtime, browser: Visitor, box: Mailbox, owner_db: Db, clock: ManualClock
) -> None:
    asked = await ask(ada, email="New@Example.jp")
    assert asked.status_code == 202, asked.text
    await send_mail(runtime)
    assert box.recipients == ["new@example.jp"]
    assert "List-Unsubscribe" not in box.messages[0]
    path = link_in(box)
    assert path in html_of(box.messages[0])
    clock.advance(timedelta(hours=1))

    assert "News and offers" in (await browser.get(path)).text
    assert not await granted(runtime, ada, "new@example.jp")  # a scanner reads too
    done = await browser.post(path, headers={"User-Agent": "Test Browser"})

    assert done.status_code == 200
    assert await granted(runtime, ada, "new@example.jp")
    row = owner_db.execute("SELECT source, knowing, channel, text_version, at, proof FROM privacy_answers").fetchone()
    assert row is not None
    assert row[:5] == ("double_opt_in", True, "email", 1, clock.now())
    assert row[5]["message_id"] == box.messages[0]["Message-ID"]
    assert row[5]["sent_at"] < row[5]["confirmed_at"]
    assert row[5]["user_agent"] == "Test Browser"


async def test_a_link_works_once_and_for_two_days(
    ada: Person, runtime: Runtime, browser: Visitor, box: Mailbox, owner_db: Db, clock: ManualClock
) -> None:
    await ask(ada, email="once@example.jp")
    await ask(ada, email="late@example.jp")
    await send_mail(runtime)
    once, late = sorted((link_in(box, 0), link_in(box, 1)), key=lambda _: 0)

    assert (await browser.post(once)).status_code == 200
    again = await browser.post(once)
    assert again.status_code == 410
    assert "used already" in again.text
    assert (await browser.get(once)).status_code == 410
    clock.advance(timedelta(hours=48))
    expired = await browser.post(late)
    assert expired.status_code == 410
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (1,)


async def test_a_link_for_one_thing_does_nothing_else(
    hanako: Customer, ada: Person, runtime: Runtime, browser: Visitor, box: Mailbox, owner_db: Db
) -> None:
    await ask(ada, email="new@example.jp")
    await send_mail(runtime)
    token = link_in(box).rpartition("/")[2].partition("?")[0]

    for path in (f"/p/preferences/{token}", f"/p/unsubscribe/{token}", f"/p/confirm/{token[:-3]}xyz"):
        assert (await browser.post(path, data={"action": "refuse"})).status_code == 404

    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)


async def test_of_a_customer_the_address_written_to_is_what_is_granted(
    hanako: Customer, ada: Person, runtime: Runtime, browser: Visitor, box: Mailbox, owner_db: Db
) -> None:
    await ask(ada, profile_id=str(hanako.person.profile_ids[0]), channels=["email", "line"])
    await send_mail(runtime)

    await browser.post(link_in(box))

    async with ada.unit() as ctx:
        (key,) = await runtime.registry.person_finder.take_in(ctx, [("email", "hanako@example.jp")])
    rows = owner_db.execute("SELECT key, channel FROM privacy_answers ORDER BY channel").fetchall()
    assert rows == [(key, "email"), (key, "line")]
    assert await hanako.holds("marketing", "line") == (True, "granted")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "no address"}, 422, "address_invalid"),
        ({"email": "a@example.jp\r\nBcc: b@example.jp"}, 422, "address_invalid"),
        ({"email": "a@example.jp", "purpose": "nonsense"}, 422, "purpose_unknown"),
        ({"email": "a@example.jp", "purpose": "service"}, 422, "purpose_unknown"),
        ({"email": "a@example.jp", "channels": ["pigeon"]}, 422, "channel_unknown"),
        ({}, 422, "person_missing"),
        ({"identifier": {"type": "user_id", "value": "nobody"}}, 404, "profile_not_found"),
    ],
)
async def test_what_cannot_be_asked_is_refused(ada: Person, body: dict[str, Any], status: int, code: str) -> None:
    answer = await ask(ada, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_dan_cannot_ask_about_hanako(hanako: Customer, dan: Person, ben: Person) -> None:
    assert (await ask(dan, profile_id=str(hanako.person.profile_ids[0]))).status_code == 404
    assert (await ask(ben, email="a@example.jp")).status_code == 403
    links = {"profile_id": str(hanako.person.profile_ids[0])}
    assert (await dan.post("/api/privacy/links", json=links)).status_code == 404
    assert (await ben.post("/api/privacy/links", json=links)).status_code == 403
    assert (await hanako.staff.post("/api/privacy/links", json=links)).status_code == 200


async def test_a_sign_up_form_says_nothing_about_who_is_known(
    hanako: Customer, ada: Person, visitor: Visitor, runtime: Runtime, box: Mailbox
) -> None:
    source = {"name": "Shop", "kind": "browser", "touchpoint": "web"}
    key = (await ada.post("/api/collect/sources", json=source)).json()["write_key"]
    answers = [
        await visitor.post("/v1/opt-in", json={"email": address, "writeKey": key})
        for address in ("hanako@example.jp", "nobody@example.jp", *["often@example.jp"] * 6)
    ]

    assert {(one.status_code, one.text) for one in answers} == {(200, '{"success": true}')}
    await send_mail(runtime)
    assert sorted(box.recipients) == sorted(["hanako@example.jp", "nobody@example.jp", *["often@example.jp"] * 4])
    assert (await visitor.post("/v1/opt-in", json={"email": "a@example.jp", "writeKey": "no"})).status_code == 401
    assert (await visitor.post("/v1/opt-in", json={"email": "?", "writeKey": key})).status_code == 400
    assert (await visitor.post("/v1/opt-in", content=b"{", headers={})).status_code == 400
    more = [await visitor.post("/v1/opt-in", json={"email": "a@example.jp", "writeKey": key}) for _ in range(20)]
    assert more[-1].status_code == 429
    assert "retry-after" in more[-1].headers


async def read_failure(owner_db: Db) -> tuple[Any, ...]:
    row = owner_db.execute("SELECT sent_at, failure FROM privacy_letters").fetchone()
    assert row is not None
    return row


async def test_a_mail_server_that_is_busy_is_asked_again_with_the_same_message(
    ada: Person, runtime: Runtime, box: Mailbox, owner_db: Db
) -> None:
    await ask(ada, email="new@example.jp")
    box.answers = ["451 Greylisted <new@example.jp>"]
    row = owner_db.execute("SELECT id, message_id FROM privacy_letters").fetchone()
    assert row is not None
    with pytest.raises(TransportError):
        await send_letter(runtime, ada.workspace_id, row[0])
    assert await read_failure(owner_db) == (None, "The mail server answered 451 Greylisted <(address)>.")

    await send_letter(runtime, ada.workspace_id, row[0])
    await send_letter(runtime, ada.workspace_id, row[0])  # a job that runs twice

    assert [one["Message-ID"] for one in box.messages] == [row[1]]
    assert (await read_failure(owner_db))[1] is None


async def test_a_refusal_for_good_is_not_repeated(ada: Person, runtime: Runtime, box: Mailbox, owner_db: Db) -> None:
    await ask(ada, email="gone@example.jp")
    box.answers = ["550 No such user"]

    await send_mail(runtime)
    await send_mail(runtime)

    assert box.messages == []
    assert await read_failure(owner_db) == (None, "The mail server answered 550 No such user.")
    states = owner_db.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'privacy:send_mail'")
    assert states.fetchall() == [("succeeded",)]


async def test_addresses_are_sealed_in_the_database_and_not_in_the_queue(ada: Person, owner_db: Db) -> None:
    await ask(ada, email="secret@example.jp")

    for table in ("privacy_letters", "procrastinate_jobs", "workspace_audit", "profiles_nodes"):
        text = "".join(row[0] for row in owner_db.execute(f"SELECT t::text FROM {table} AS t").fetchall())
        assert "secret" not in text, table
        assert b"secret".hex() not in text, table


async def test_letters_are_told_and_erased_with_the_person(
    hanako: Customer, ada: Person, runtime: Runtime, owner_db: Db
) -> None:
    await ask(ada, email="hanako@example.jp")
    await ask(ada, email="other@example.jp")
    assert LETTERS.tell is not None
    told = [one async for one in LETTERS.tell(runtime, ada.workspace_id, hanako.person)]
    assert [(one["kind"], one["address"]) for one in told] == [("opt_in", "hanako@example.jp")]

    assert await LETTERS.erase(runtime, ada.workspace_id, [hanako.person]) == 1

    assert owner_db.execute("SELECT count(*) FROM privacy_letters").fetchone() == (1,)


async def test_old_letters_go(ada: Person, runtime: Runtime, clock: ManualClock, owner_db: Db) -> None:
    await ask(ada, email="old@example.jp")
    clock.advance(timedelta(days=31))
    await clean_up(runtime)
    assert owner_db.execute("SELECT count(*) FROM privacy_letters").fetchone() == (1,)
    clock.advance(timedelta(days=2))
    await clean_up(runtime)
    assert owner_db.execute("SELECT count(*) FROM privacy_letters").fetchone() == (0,)
