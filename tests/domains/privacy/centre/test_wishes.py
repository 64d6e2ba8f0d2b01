"""Refusing always works: by one click, and while the database takes no writes or is away."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from tests.cast import Person, Visitor, started
from tests.domains.privacy.centre.conftest import Customer, path_of

from kizuna.adapters.postgres.database import PostgresDatabase
from kizuna.app.asgi import create_app, runtime_of
from kizuna.domains.privacy import api as privacy
from kizuna.domains.privacy.service import wishes
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

Db = psycopg.Connection[Any]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def agree(hanako: Customer, *channels: str) -> None:
    now = hanako.runtime.clock.now() - timedelta(days=1)
    answers = [
        privacy.Answer(key=hanako.key, purpose="marketing", channel=one, granted=True, knowing=True, at=now)
        for one in channels
    ]
    async with hanako.staff.unit() as ctx:
        await privacy.record_answers(ctx, answers, [hanako.person.keys])


async def test_one_click_unsubscribes_from_this_and_nothing_else(hanako: Customer, visitor: Visitor) -> None:
    await agree(hanako, "email", "sms")
    links = await hanako.links(language="en")

    answer = await visitor.post(path_of(links.unsubscribe_one_click), data=ONE_CLICK)

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert await hanako.holds("marketing", "email") == (False, "refused")
    assert await hanako.holds("marketing", "sms") == (True, "granted")


async def test_a_scanner_that_follows_the_link_unsubscribes_nobody(hanako: Customer, browser: Visitor) -> None:
    await agree(hanako, "email")
    path = path_of((await hanako.links(language="en")).unsubscribe)

    page = await browser.get(path)
    await browser.head(path)

    assert "News and offers" in page.text
    assert await hanako.holds("marketing", "email") == (True, "granted")
    done = await browser.post(path)
    assert "You are unsubscribed" in done.text
    assert await hanako.holds("marketing", "email") == (False, "refused")


async def test_what_it_came_from_is_on_record(hanako: Customer, visitor: Visitor, owner_db: Db) -> None:
    await visitor.post(path_of((await hanako.links()).unsubscribe_one_click), data=ONE_CLICK)

    row = owner_db.execute("SELECT source, knowing, granted, proof FROM privacy_answers").fetchone()

    assert row is not None
    assert row[:3] == ("unsubscribe", True, False)
    assert row[3]["one_click"] is True


@pytest.fixture
async def read_only(owner_db: Db, app: Litestar, runtime: Runtime) -> Any:
    """Lets the database take no writes, as one that was demoted or whose disk is full; and again take them."""

    async def switch(on: bool) -> None:
        name = owner_db.execute("SELECT current_database()").fetchone()
        assert name is not None
        owner_db.execute(f"ALTER DATABASE {name[0]} SET default_transaction_read_only = {'on' if on else 'off'}")
        for one in (runtime, runtime_of(app)):
            assert isinstance(one.database, PostgresDatabase)
            await one.database.close()  # what is connected keeps the old setting

    return switch


def files(runtime: Runtime) -> list[Path]:
    return wishes.waiting(runtime)


async def test_on_a_database_that_takes_no_writes_it_waits_in_a_file(
    hanako: Customer, browser: Visitor, runtime: Runtime, read_only: Any, owner_db: Db, clock: ManualClock
) -> None:
    await agree(hanako, "email", "sms")
    links = await hanako.links(language="en")
    await read_only(True)

    page = await browser.get(path_of(links.preferences))
    first = await browser.post(path_of(links.unsubscribe_one_click), data=ONE_CLICK)
    clock.advance(timedelta(seconds=1))
    second = await browser.post(path_of(links.preferences), data={"action": "refuse"})
    third = await browser.post(path_of(links.unsubscribe))

    assert page.status_code == 200
    assert [one.status_code for one in (first, second, third)] == [200, 200, 200]
    assert "Your choices are noted" in second.text
    assert "It is noted" in third.text
    assert len(files(runtime)) == 3
    assert all(b"marketing" not in one.read_bytes() for one in files(runtime))
    assert await hanako.holds("marketing", "email") == (True, "granted")
    assert await wishes.replay(runtime) == 0

    await read_only(False)
    clock.advance(timedelta(hours=2))
    await wishes.replay(runtime)

    assert files(runtime) == []
    assert await hanako.holds("marketing", "email") == (False, "refused")
    assert await hanako.holds("marketing", "sms") == (False, "refused")
    rows = owner_db.execute(
        "SELECT source, at, recorded_at - at FROM privacy_answers WHERE NOT granted AND channel = 'email'"
    ).fetchall()
    assert [row[0] for row in rows] == ["unsubscribe"]
    assert rows[0][2] >= timedelta(hours=2)  # it counts from the click, not from the replay


async def test_a_file_that_is_read_twice_counts_once(
    hanako: Customer, browser: Visitor, runtime: Runtime, read_only: Any, owner_db: Db
) -> None:
    links = await hanako.links()
    await read_only(True)
    await browser.post(path_of(links.unsubscribe_one_click), data=ONE_CLICK)
    (kept,) = files(runtime)
    content = kept.read_bytes()
    await read_only(False)
    await wishes.replay(runtime)
    kept.write_bytes(content)  # as if the server had ended before it was removed

    await wishes.replay(runtime)

    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (1,)
    assert files(runtime) == []


async def test_a_later_yes_is_not_undone_by_an_older_no_that_waited(
    hanako: Customer, browser: Visitor, runtime: Runtime, read_only: Any, clock: ManualClock
) -> None:
    links = await hanako.links()
    await read_only(True)
    await browser.post(path_of(links.unsubscribe_one_click), data=ONE_CLICK)
    (kept,) = files(runtime)
    hidden = kept.rename(kept.with_suffix(".away"))
    await read_only(False)
    clock.advance(timedelta(minutes=5))
    body = {"action": "save", "shown": ["marketing:email"], "allow": ["marketing:email"]}
    await browser.post(path_of(links.preferences), data=body)

    hidden.rename(kept)
    await wishes.replay(runtime)

    assert await hanako.holds("marketing", "email") == (True, "granted")


async def test_a_file_that_is_none_of_ours_is_set_aside(hanako: Customer, runtime: Runtime) -> None:
    folder = wishes.queue_dir(runtime)
    folder.mkdir(parents=True)
    (folder / "0-x.wish").write_bytes(b"forged")

    await wishes.replay(runtime)

    assert files(runtime) == []
    assert (folder / "0-x.broken").exists()


async def test_while_the_database_is_away_one_may_still_refuse(
    hanako: Customer, settings: Settings, clock: ManualClock, runtime: Runtime
) -> None:
    """Another server of the same data folder, whose database does not answer."""
    links = await hanako.links(language="en")
    away = replace(settings, database_url="postgresql://nobody@127.0.0.1:9/none")
    app = create_app(away, clock)
    database = runtime_of(app).database
    assert isinstance(database, PostgresDatabase)
    database.connect_wait_s = 0.2
    async with started(app), Visitor(app, headers={"Accept-Language": "en"}) as browser:
        page, unsubscribing = await asyncio.gather(
            browser.get(path_of(links.preferences)), browser.get(path_of(links.unsubscribe))
        )
        refused = await browser.post(path_of(links.preferences), data={"action": "refuse"})
        one_click = await browser.post(path_of(links.unsubscribe_one_click), data=ONE_CLICK)
        asked = await browser.post(path_of(links.preferences), data={"action": "access"})

    assert page.status_code == 503
    assert "Refuse everything optional" in page.text
    assert unsubscribing.status_code == 200
    assert (refused.status_code, one_click.status_code) == (200, 200)
    assert "Your choices are noted" in refused.text
    assert asked.status_code == 503
    await wishes.replay(runtime)  # or the other server did it already
    assert files(runtime) == []
    assert await hanako.holds("marketing", "email") == (False, "refused")
    assert await hanako.holds("third_party") == (False, "refused")


async def test_whoever_is_gone_is_not_made_anew(hanako: Customer, visitor: Visitor, owner_db: Db, dan: Person) -> None:
    async with hanako.staff.unit() as ctx:
        links = privacy.make_links(ctx, 999_999)

    assert (await visitor.post(path_of(links.unsubscribe_one_click), data=ONE_CLICK)).status_code == 200
    assert (await visitor.get(path_of(links.preferences))).status_code == 404
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)
