"""The preference centre over HTTP."""

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.cast import Person, Visitor
from tests.domains.privacy.centre.conftest import Customer, link_in, path_of, send_mail
from tests.mailbox import Mailbox

from kizuna.domains.privacy import api as privacy
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

Db = psycopg.Connection[Any]


async def open_page(hanako: Customer, browser: Visitor) -> tuple[str, str]:
    path = path_of((await hanako.links()).preferences)
    answer = await browser.get(path)
    assert answer.status_code == 200
    return path, answer.text


def shown_on(page: str) -> list[str]:
    return re.findall(r'name="shown" value="([^"]+)"', page)


def ticked_on(page: str) -> set[str]:
    return set(re.findall(r'name="allow" value="([^"]+)"[^>]* checked', page))


async def test_the_page_asks_everything_but_what_is_fixed(hanako: Customer, browser: Visitor) -> None:
    _, page = await open_page(hanako, browser)

    assert "marketing:email" in shown_on(page)
    assert "analytics:" in shown_on(page)
    assert not [one for one in shown_on(page) if one.startswith("service")]
    assert "Always on" in page
    assert ticked_on(page) == {"analytics:", "personalisation:"}  # Japan's law: by notice until refused


async def test_the_page_is_kept_nowhere_and_runs_nothing(hanako: Customer, browser: Visitor) -> None:
    path, page = await open_page(hanako, browser)
    answer = await browser.get(path)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "<script" not in page
    assert "style=" not in page
    assert all(url.startswith("/p/") for url in re.findall(r'(?:href|src)="([^"#]+)"', page))
    for sheet in re.findall(r'rel="stylesheet" href="([^"]+)"', page):
        answer = await browser.get(sheet)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/css")
        assert "url(" not in answer.text


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [("", "ja,en;q=0.5", "ja"), ("", "fr, en;q=0.4", "en"), ("?language=ja", "en", "ja"), ("?language=xx", "", "en")],
)
async def test_the_page_speaks_the_visitors_language(
    hanako: Customer, visitor: Visitor, query: str, header: str, language: str
) -> None:
    path = path_of((await hanako.links()).preferences)

    page = (await visitor.get(path + query, headers={"Accept-Language": header})).text

    assert f'<html lang="{language}">' in page
    assert ("プライバシー設定" in page) == (language == "ja")
    assert f'hreflang="{"en" if language == "ja" else "ja"}"' in page


async def test_what_is_saved_counts_and_is_proved(hanako: Customer, browser: Visitor, owner_db: Db) -> None:
    path, page = await open_page(hanako, browser)
    body = {"action": "save", "shown": shown_on(page), "allow": ["marketing:email", "personalisation:"]}

    saved = await browser.post(path, data=body, headers={"User-Agent": "Test Browser"})

    assert saved.status_code == 200
    assert re.search(r"News and offers – E-mail: <strong>now allowed", saved.text)
    assert re.search(r"how our site and apps are used: <strong>now refused", saved.text)
    assert "SMS: <strong>" not in saved.text  # it was off before
    assert "Allowed since 1 April 2026" in saved.text
    assert await hanako.holds("marketing", "email") == (True, "granted")
    assert await hanako.holds("marketing", "sms") == (False, "refused")
    assert await hanako.holds("analytics") == (False, "refused")
    row = owner_db.execute(
        """SELECT key, knowing, source, text_version, language, proof FROM privacy_answers
           WHERE purpose = 'marketing' AND channel = 'email'"""
    ).fetchone()
    assert row is not None
    assert row[:5] == (hanako.key, True, "preference_centre", 1, "en")
    assert row[5]["user_agent"] == "Test Browser"
    assert row[5]["page"] == "/p/preferences"
    assert "ip" not in row[5]
    assert path.rpartition("/")[2] not in str(row[5])  # the proof opens nothing


async def test_saving_again_writes_nothing_new(hanako: Customer, browser: Visitor, owner_db: Db) -> None:
    path, page = await open_page(hanako, browser)
    body = {"action": "save", "shown": shown_on(page), "allow": ["marketing:email"]}
    await browser.post(path, data=body)
    before = owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone()

    again = await browser.post(path, data=body)

    assert "Nothing has changed" in again.text
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == before


async def test_everything_optional_is_refused_by_one_button(hanako: Customer, browser: Visitor) -> None:
    path, _ = await open_page(hanako, browser)

    page = (await browser.post(path, data={"action": "refuse"})).text

    assert ticked_on(page) == set()
    assert await hanako.holds("analytics") == (False, "refused")
    assert await hanako.holds("third_party") == (False, "refused")
    assert await hanako.holds("service") == (True, "essential")


async def test_a_click_here_overrules_what_an_older_device_refused(
    hanako: Customer, browser: Visitor, clock: ManualClock
) -> None:
    other = next(key for key in hanako.person.keys if key != hanako.key)
    refusal = privacy.Answer(
        key=other, purpose="analytics", channel="", granted=False, knowing=False, at=clock.now(), source="event"
    )
    async with hanako.staff.unit() as ctx:
        await privacy.record_answers(ctx, [refusal], [hanako.person.keys])
    clock.advance(timedelta(minutes=1))
    path, page = await open_page(hanako, browser)
    assert "analytics:" not in ticked_on(page)

    await browser.post(path, data={"action": "save", "shown": shown_on(page), "allow": ["analytics:"]})

    assert await hanako.holds("analytics") == (True, "granted")


async def test_unknown_purposes_in_the_form_are_passed_over(hanako: Customer, browser: Visitor, owner_db: Db) -> None:
    path, _ = await open_page(hanako, browser)
    body = {"action": "save", "shown": ["nonsense:", "service:", "marketing:pigeon", "x\x00:"], "allow": ["nonsense:"]}

    answer = await browser.post(path, data=body)

    assert answer.status_code == 200
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)


async def test_a_preview_keeps_nothing(ada: Person, browser: Visitor, owner_db: Db) -> None:
    path = path_of((await ada.post("/api/privacy/preview")).json()["url"])
    page = (await browser.get(path)).text
    assert "preview" in page

    await browser.post(path, data={"action": "save", "shown": shown_on(page), "allow": ["marketing:email"]})
    await browser.post(path, data={"action": "erasure"})

    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)
    assert owner_db.execute("SELECT count(*) FROM privacy_requests").fetchone() == (0,)


@pytest.mark.parametrize("kind", ["access", "restriction"])
async def test_a_request_is_received_once(hanako: Customer, browser: Visitor, owner_db: Db, kind: str) -> None:
    path, _ = await open_page(hanako, browser)

    first = await browser.post(path, data={"action": kind})
    second = await browser.post(path, data={"action": kind})

    assert "We have received your request" in first.text
    assert "We have your request already" in second.text
    rows = owner_db.execute("SELECT kind, via, keys, subjects FROM privacy_requests").fetchall()
    assert [(row[0], row[1]) for row in rows] == [(kind, "preference_centre")]
    assert set(rows[0][2]) == set(hanako.person.keys)
    assert b"hanako" not in rows[0][3]


async def test_erasure_waits_for_a_click_in_the_mailbox(
    hanako: Customer, browser: Visitor, runtime: Runtime, owner_db: Db, box: Mailbox
) -> None:
    path, _ = await open_page(hanako, browser)

    page = (await browser.post(path, data={"action": "erasure"})).text

    assert "We have sent a link" in page
    assert owner_db.execute("SELECT count(*) FROM privacy_requests").fetchone() == (0,)
    await send_mail(runtime)
    assert box.recipients == ["hanako@example.jp"]
    confirmation = link_in(box)
    assert "cannot be undone" in (await browser.get(confirmation)).text
    assert owner_db.execute("SELECT count(*) FROM privacy_requests").fetchone() == (0,)  # a scanner reads too
    done = await browser.post(confirmation)
    assert done.status_code == 200
    assert owner_db.execute("SELECT kind, state FROM privacy_requests").fetchall() == [("erasure", "received")]
    assert (await browser.post(confirmation)).status_code == 410
    assert owner_db.execute("SELECT count(*) FROM privacy_requests").fetchone() == (1,)


async def test_forged_links_are_told_apart_by_nobody(hanako: Customer, browser: Visitor, owner_db: Db) -> None:
    path, _ = await open_page(hanako, browser)
    head, _, token = path.rpartition("/")
    swapped = token[:-1] + ("A" if token[-1] != "A" else "B")
    unsubscribe = path_of((await hanako.links()).unsubscribe_one_click).rpartition("/")[2]
    for forged in ("x", swapped, token[:20], token + "A", "A" * 300, "%00", "é" * 10, unsubscribe):
        for method in ("GET", "POST"):
            answer = await browser.request(method, f"{head}/{forged}", data={"action": "refuse"})
            assert answer.status_code == 404, forged
            assert "This link does not work" in answer.text
            assert 'name="email"' in answer.text  # the only workspace: the way to a new link
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)


async def test_an_expired_link_leads_to_a_new_one(
    hanako: Customer,
    dan: Person,
    browser: Visitor,
    clock: ManualClock,
    runtime: Runtime,
    box: Mailbox,
    owner_db: Db,
) -> None:
    path, _ = await open_page(hanako, browser)
    clock.advance(timedelta(days=31))

    expired = await browser.post(path, data={"action": "refuse"})

    assert expired.status_code == 410
    assert "has expired" in expired.text
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)
    slug = re.search(r'name="brand" value="([^"]+)"', expired.text)
    assert slug is not None
    for address in ("Hanako@Example.jp", "nobody@example.jp"):
        asked = await browser.post("/p/preferences", data={"brand": slug[1], "email": address})
        assert (asked.status_code, "If we know this address" in asked.text) == (200, True)
    await send_mail(runtime)
    assert box.recipients == ["hanako@example.jp"]
    assert (await browser.get(link_in(box))).status_code == 200


async def test_the_answer_for_known_and_unknown_addresses_is_the_same(hanako: Customer, browser: Visitor) -> None:
    pages = {
        (await browser.post("/p/preferences", data={"email": address})).text
        for address in ("hanako@example.jp", "nobody@example.jp")
    }

    assert len(pages) == 1


async def test_a_mailbox_is_not_filled_by_strangers(
    hanako: Customer, browser: Visitor, runtime: Runtime, box: Mailbox
) -> None:
    answers = [await browser.post("/p/preferences", data={"email": "hanako@example.jp"}) for _ in range(12)]

    assert {one.status_code for one in answers[:10]} == {200}
    assert answers[-1].status_code == 429
    await send_mail(runtime)
    assert len(box.messages) == 4


async def test_with_several_brands_a_forged_link_asks_whose_it_is(
    hanako: Customer, dan: Person, browser: Visitor
) -> None:
    answer = await browser.get("/p/preferences/forged")

    assert answer.status_code == 404
    assert 'name="email"' not in answer.text
    assert "Aoyama" not in answer.text
    assert (await browser.get("/p/preferences")).status_code == 404
    assert "Aoyama Tea" in (await browser.get("/p/preferences?brand=aoyama-tea")).text


async def test_links_of_dans_workspace_reach_nobody_here(
    hanako: Customer, dan: Person, browser: Visitor, owner_db: Db
) -> None:
    async with dan.unit() as ctx:
        links = privacy.make_links(ctx, hanako.key)

    assert (await browser.get(path_of(links.preferences))).status_code == 404
    assert (await browser.post(path_of(links.preferences), data={"action": "refuse"})).status_code == 404
    assert (await browser.post(path_of(links.preferences), data={"action": "access"})).status_code == 404
    assert (await browser.post(path_of(links.unsubscribe_one_click))).status_code == 200
    assert owner_db.execute("SELECT count(*) FROM privacy_answers").fetchone() == (0,)
    assert owner_db.execute("SELECT count(*) FROM privacy_requests").fetchone() == (0,)


async def test_names_of_the_company_cannot_break_the_page(ada: Person, hanako: Customer, browser: Visitor) -> None:
    changed = await ada.patch("/api/privacy/brand", json={"name": '<script>"Tea" & Co', "color": "#ffe000"})
    assert changed.status_code == 200, changed.text

    _, page = await open_page(hanako, browser)

    assert "<script" not in page
    assert "/p/theme/FFE000-8.css" in page
    css = (await browser.get("/p/theme/FFE000-8.css")).text
    assert "--on-brand: #000000" in css
    assert "--brand-text: #FFE000;" not in css.partition("@media")[0]
