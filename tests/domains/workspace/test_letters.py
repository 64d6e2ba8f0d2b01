"""Invitations and password links by mail."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.cast import Person, Visitor
from tests.mailbox import Mailbox, mail_server, text_of

from kizuna.app.worker import run_jobs_once
from kizuna.domains.workspace import api
from kizuna.domains.workspace.rules.sign_in import RESET_LIFE
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

NEW_PASSWORD = "a brand new sentence"


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


def link_in(text: str) -> str:
    (url,) = re.findall(r"http://localhost:8100/\S+", text)
    return url


async def test_an_invitation_arrives_and_lets_in(ada: Person, runtime: Runtime, box: Mailbox, visitor: Visitor) -> None:
    made = (await ada.post("/api/workspace/invitations", json={"email": "hana@example.com", "role": "analyst"})).json()
    assert made["mailed"] is True
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    (message,) = box.messages
    assert box.recipients == ["hana@example.com"]
    assert message["Subject"] == "Your invitation to Aoyama Tea"
    assert message["Auto-Submitted"] == "auto-generated"
    text = text_of(message)
    assert "Ada invites you" in text
    assert "analyst" in text
    assert link_in(text) == made["url"]
    path = f"/api/invitations/{made['url'].rsplit('/', 1)[1]}/accept"
    assert (await visitor.post(path, json={"name": "Hana", "password": NEW_PASSWORD})).status_code == 201


async def test_letters_speak_the_reader_s_language(ada: Person, ben: Person, runtime: Runtime, box: Mailbox) -> None:
    await ben.patch("/api/me", json={"language": "ja"})
    await ada.patch("/api/workspace", json={"language": "ja"})
    await ada.post("/api/workspace/invitations", json={"email": "hana@example.com", "role": "agent"})
    await ada.post(f"/api/workspace/members/{ben.member_id}/reset-link")
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    texts = {message["To"]: (message["Subject"], text_of(message)) for message in box.messages}
    assert texts["hana@example.com"][0] == "【Kizuna】Aoyama Teaへの招待"
    assert "役割：応対担当" in texts["hana@example.com"][1]
    assert texts[ben.email][0] == "【Kizuna】パスワードの再設定"
    assert texts[ben.email][1].startswith("Benさん")


async def test_who_forgot_the_password_is_mailed_a_link_once_an_hour(
    ada: Person, ben: Person, visitor: Visitor, runtime: Runtime, box: Mailbox, clock: ManualClock
) -> None:
    for email in (ben.email, ben.email, "nobody@example.com"):
        answer = await visitor.post("/api/password-resets", json={"email": email})
        assert (answer.status_code, answer.json()) == (202, {"by_mail": True})
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    assert box.recipients == [ben.email]
    url = link_in(text_of(box.messages[0]))
    path = f"/api/password-resets/{url.rsplit('/', 1)[1]}"
    assert (await visitor.post(path, json={"password": NEW_PASSWORD})).status_code == 204
    answer = await visitor.post("/api/session", json={"email": ben.email, "password": NEW_PASSWORD})
    assert answer.status_code == 201
    clock.advance(timedelta(hours=1, seconds=1))
    await visitor.post("/api/password-resets", json={"email": ben.email})
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    assert box.recipients == [ben.email, ben.email]


async def test_a_link_waits_sealed_and_is_not_sent_when_it_is_over(
    ada: Person, ben: Person, runtime: Runtime, box: Mailbox, clock: ManualClock, owner_db: psycopg.Connection[Any]
) -> None:
    url = (await ada.post(f"/api/workspace/members/{ben.member_id}/reset-link")).json()["url"]
    queued = owner_db.execute("SELECT args::text FROM procrastinate_jobs").fetchall()
    assert any("sealed" in args for (args,) in queued)
    assert not any(url.rsplit("/", 1)[1] in args for (args,) in queued)
    made = (await ada.post("/api/workspace/invitations", json={"email": "hana@example.com", "role": "viewer"})).json()
    await ada.delete(f"/api/workspace/invitations/{made['id']}")
    clock.advance(RESET_LIFE + timedelta(seconds=1))
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    assert box.messages == []


async def test_who_may_not_use_a_password_gets_no_link_by_asking(
    ada: Person, ben: Person, visitor: Visitor, runtime: Runtime, box: Mailbox, owner_db: psycopg.Connection[Any]
) -> None:
    owner_db.execute(
        """
        INSERT INTO workspace_oidc (workspace_id, name, issuer, client_id, client_secret_sealed, email_domains,
            password_allowed)
        VALUES (%s, 'Example ID', 'https://id.example.com', 'kizuna', '', '{example.com}', false)
        """,
        (ada.workspace_id,),
    )
    for email in (ben.email, ada.email):
        await visitor.post("/api/password-resets", json={"email": email})
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    assert box.recipients == [ada.email]  # owners always may


async def test_the_command_line_mails_nothing(ada: Person, runtime: Runtime, box: Mailbox) -> None:
    assert len(await api.make_reset_links(runtime, ada.email)) == 1
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    assert box.messages == []


async def test_an_address_that_is_refused_for_good_is_not_tried_again(
    ada: Person, runtime: Runtime, box: Mailbox
) -> None:
    box.answers = ["550 no such mailbox"]
    await ada.post("/api/workspace/invitations", json={"email": "typo@example.com", "role": "viewer"})
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    await run_jobs_once(runtime, runtime.settings.database_url or "")
    assert box.messages == []
