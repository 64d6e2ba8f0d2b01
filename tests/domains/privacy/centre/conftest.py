"""Hanako, a customer of Ada's workspace, and what the pages and the mailbox show of her."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from litestar import Litestar
from tests.cast import Person, Visitor
from tests.domains.profiles.crowd import Crowd
from tests.mailbox import Mailbox, mail_server, text_of

from kizuna.app.worker import run_jobs_once
from kizuna.domains.privacy import api as privacy
from kizuna.domains.privacy.rules.links import Links
from kizuna.kernel import person as kernel_person
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

ADDRESS = "hanako@example.jp"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as (box, url):
        yield box, url


@pytest.fixture
def box(mailbox: tuple[Mailbox, str]) -> Mailbox:
    return mailbox[0]


@pytest.fixture
def settings(settings: Settings, mailbox: tuple[Mailbox, str]) -> Settings:
    return replace(settings, smtp_url=mailbox[1])


@dataclass
class Customer:
    """Somebody with a profile in ``staff``'s workspace."""

    runtime: Runtime
    staff: Person
    key: int
    person: kernel_person.Person

    async def links(self, **options: Any) -> Links:
        async with self.staff.unit() as ctx:
            return privacy.make_links(ctx, self.key, **options)

    async def holds(self, purpose: str, channel: str = "") -> tuple[bool, str]:
        async with self.staff.unit() as ctx:
            decision = (await privacy.read_state(ctx, self.person.keys))[purpose, channel]
            return decision.allowed, decision.reason


async def make_customer(runtime: Runtime, staff: Person) -> Customer:
    crowd = Crowd(runtime, staff.workspace_id)
    keys = await crowd.keys([("user_id", "m-1001"), ("email", ADDRESS)])
    await crowd.see([("user_id", "m-1001"), ("email", ADDRESS)], traits={"name": "佐藤 花子"})
    async with staff.unit() as ctx:
        (found,) = await runtime.registry.person_finder.by_keys(ctx, keys[:1])
    assert found is not None
    return Customer(runtime, staff, keys[0], found)


@pytest.fixture
async def hanako(runtime: Runtime, ada: Person) -> Customer:
    return await make_customer(runtime, ada)


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Visitor]:
    """What a person who reads English sends."""
    async with Visitor(app, headers={"Accept-Language": "en-GB,en;q=0.9"}) as client:
        yield client


async def send_mail(runtime: Runtime) -> None:
    assert runtime.settings.database_url is not None
    await run_jobs_once(runtime, runtime.settings.database_url)


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost:8100")


def link_in(box: Mailbox, index: int = -1) -> str:
    match = re.search(r"http://localhost:8100(/p/\S+)", text_of(box.messages[index]))
    assert match is not None
    return match[1]
