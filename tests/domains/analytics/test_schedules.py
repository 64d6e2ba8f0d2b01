"""Reports and dashboards by mail."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from litestar import Litestar
from tests.cast import Person, sign_in
from tests.domains.analytics.test_api import orders
from tests.domains.analytics.test_reports import make
from tests.domains.segments.shop import Shop
from tests.mailbox import Mailbox, mail_server, text_of

from kizuna.domains.analytics.rules.mailing_times import next_mailing
from kizuna.domains.analytics.service.mailing import queue_due, send_mailing
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

SCHEDULES = "/api/analytics/schedules"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as server:
        yield server


@pytest.fixture
def box(mailbox: tuple[Mailbox, str]) -> Mailbox:
    box, _ = mailbox
    box.messages.clear()
    box.answers.clear()
    box.recipients.clear()
    return box


@pytest.fixture
def settings(settings: Settings, mailbox: tuple[Mailbox, str]) -> Settings:
    return replace(settings, smtp_url=mailbox[1])


async def mail(shop: Shop, report: dict[str, Any], *people: Person, **more: Any) -> dict[str, Any]:
    members = [one.member_id for one in people]
    body = {"kind": "report", "ref": str(report["id"]), "every": "day", "hour": 9, "members": members, **more}
    made = await shop.owner.post(SCHEDULES, json=body)
    assert made.status_code == 201, made.text
    return made.json()


async def deliver(shop: Shop) -> None:
    await queue_due(shop.runtime)
    await shop.run_jobs()


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return part.get_content()


async def test_a_report_is_mailed_at_its_hour(shop: Shop, ben: Person, clock: ManualClock, box: Mailbox) -> None:
    await shop.send(shop.did("ryo", "Product Viewed", days_ago=100))  # the time before is known
    report = await make(shop.owner, "Orders & more", query=orders(compare="previous_period"))
    made = await mail(shop, report, ben)
    assert made["next_at"] == "2026-04-02T00:00:00Z"  # nine in Tokyo
    await deliver(shop)
    assert box.messages == []
    clock.advance(timedelta(hours=15))
    await deliver(shop)
    [message] = box.messages
    assert (message["Subject"], message["To"]) == ("Aoyama Tea: Orders & more", "Ben <ben@example.com>")
    assert "Order Completed: events: 3 (before: 0)" in text_of(message)
    assert "2026-03 | A | 3" in text_of(message)
    assert f"http://localhost:8100/insight/reports/{report['id']}" in text_of(message)
    assert "Orders &amp; more" in html_of(message)
    await deliver(shop)
    assert len(box.messages) == 1
    [kept] = (await shop.owner.get(SCHEDULES)).json()["items"]
    assert (kept["next_at"], kept["error"]) == ("2026-04-03T00:00:00Z", None)
    assert kept["sent_at"].startswith("2026-04-02T00:00:00")


async def test_each_gets_what_they_may_see_in_their_language(
    app: Litestar, runtime: Runtime, shop: Shop, ben: Person, clock: ManualClock, box: Mailbox
) -> None:
    async with await sign_in(app, runtime, shop.owner.workspace_id, "Emi", "admin") as emi:
        await emi.patch("/api/me", json={"language": "ja"})
        report = await make(shop.owner, "By mail", query=orders(breakdown={"by": "trait", "trait": "email"}))
        await mail(shop, report, ben, emi)
        clock.advance(timedelta(hours=15))
        await deliver(shop)
    letters = {one["To"].split()[0]: one for one in box.messages}
    assert "hanako@example.jp" not in text_of(letters["Ben"]) + html_of(letters["Ben"])
    assert "Your role does not see “email”" in text_of(letters["Ben"])
    assert "2026年3月 | A | hanako@example.jp | 2" in text_of(letters["Emi"])
    assert "Kizunaで開く" in html_of(letters["Emi"])


async def test_a_try_after_a_fault_mails_nobody_twice(
    shop: Shop, ben: Person, cleo: Person, clock: ManualClock, box: Mailbox
) -> None:
    made = await mail(shop, await make(shop.owner), ben, cleo)
    clock.advance(timedelta(hours=15))
    await queue_due(shop.runtime)
    box.answers += ["250 OK", "451 try later"]
    box.recipients.clear()
    await shop.run_jobs()
    box.answers.clear()
    shown = (await shop.owner.get(SCHEDULES)).json()["items"][0]
    assert shown["error"] is None or "later" in shown["error"]
    await send_mailing(shop.runtime, shop.owner.workspace_id, made["id"], "2026-04-02T00:00:00+00:00")
    assert sorted(one["To"] for one in box.messages) == ["Ben <ben@example.com>", "Cleo <cleo@example.com>"]


async def test_who_left_gets_no_mail(shop: Shop, ben: Person, cleo: Person, clock: ManualClock, box: Mailbox) -> None:
    await mail(shop, await make(shop.owner), ben, cleo)
    await shop.owner.patch(f"/api/workspace/members/{ben.member_id}", json={"disabled": True})
    clock.advance(timedelta(hours=15))
    await deliver(shop)
    assert [one["To"] for one in box.messages] == ["Cleo <cleo@example.com>"]


async def test_what_ends_a_mailing(shop: Shop, ben: Person, clock: ManualClock, box: Mailbox) -> None:
    report = await make(shop.owner)
    made = await mail(shop, report, ben)
    paused = (await shop.owner.patch(f"{SCHEDULES}/{made['id']}", json={"enabled": False})).json()
    assert paused["next_at"] is None
    weekly = {"enabled": True, "every": "week", "weekday": 4}
    again = (await shop.owner.patch(f"{SCHEDULES}/{made['id']}", json=weekly)).json()
    assert again["next_at"] == "2026-04-03T00:00:00Z"
    await shop.owner.delete(f"/api/analytics/reports/{report['id']}")
    assert (await shop.owner.get(SCHEDULES)).json()["items"] == []
    clock.advance(timedelta(days=3))
    await deliver(shop)
    assert box.messages == []


async def test_only_members_that_there_are_get_mail(shop: Shop, dan: Person, ben: Person, cleo: Person) -> None:
    report = await make(shop.owner)
    body = {"kind": "report", "ref": str(report["id"]), "every": "day", "hour": 9, "members": [dan.member_id + 1_000]}
    answer = await ben.post(SCHEDULES, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "member_unknown")
    assert (await cleo.post(SCHEDULES, json=body | {"members": [ben.member_id]})).status_code == 403
    missing = await ben.post(SCHEDULES, json=body | {"ref": "99", "members": [ben.member_id]})
    assert missing.json()["code"] == "report_not_found"


@tries(max_examples=80, deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from(["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from(["day", "week", "month"]),
    st.integers(0, 23),
    st.integers(0, 6),
    st.integers(1, 31),
)
def test_mailings_follow_the_clock_on_the_wall(
    after: datetime, zone: str, every: str, hour: int, weekday: int, monthday: int
) -> None:
    now = after.replace(tzinfo=UTC)
    at = next_mailing(now, zone, every, hour, weekday, monthday)
    assert now < at <= now + timedelta(days={"day": 2, "week": 8, "month": 32}[every])
    here = at.astimezone(ZoneInfo(zone))
    # An hour that the clocks leave out is told an hour, or half of one, later.
    assert here.hour == hour or (here - timedelta(hours=1)).hour == hour
    if every == "week":
        assert here.weekday() == weekday
    if every == "month":
        assert here.day == monthday or (here + timedelta(days=1)).month != here.month
