"""The SDK inside other people's pages: strict policies, blocked storage, modules, plug-ins."""

import pytest
from playwright.sync_api import Page as Tab

from tests.sdk.conftest import PLAIN_HOST, WRITE_KEY, Publish
from tests.sdk.loopback import Loopback, Page


def test_a_strict_content_security_policy_has_nothing_to_object_to(tab: Tab, api: Loopback, shop: Loopback) -> None:
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {api.url()}; "
        "require-trusted-types-for 'script'"
    )
    tag = f'<script src="/sdk/kizuna.js" data-write-key="{WRITE_KEY}" data-host="{api.url()}" data-page-views="spa"'
    shop.pages["/"] = Page(
        f'<!doctype html><title>Strict</title>{tag} data-flush-interval-ms="50"></script>',
        {"Content-Security-Policy": policy},
    )
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(shop.url("/"))
    tab.evaluate("analytics.identify('ada'); history.pushState({}, '', '/tea')")
    api.wait_for(lambda: api.names.count("page") == 2, "both pages")
    assert [text for text in complaints if "favicon" not in text] == []


def test_blocked_storage_costs_no_event(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    tab.goto(publish())
    tab.evaluate("analytics.track('A'); analytics.track('B')")
    api.wait_for_events("A", "B")
    assert len({event["anonymousId"] for event in api.events}) == 1
    api.assert_each_once()


def test_a_full_quota_costs_no_event(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish())
    tab.evaluate(
        """for (let size = 1 << 22; size >= 1; size >>= 1)
            try { while (true) localStorage['fill' + Math.random()] = 'x'.repeat(size) } catch {}
        for (let n = 0; n < 5; n++) analytics.track('E' + n)"""
    )
    api.wait_for_events("E0", "E1", "E2", "E3", "E4")
    api.assert_each_once()


def test_a_sandboxed_frame_works_from_memory(tab: Tab, api: Loopback, shop: Loopback, publish: Publish) -> None:
    publish("/inside", body="<script>analytics.track('Inside the frame')</script>")
    shop.pages["/"] = Page("<!doctype html><iframe sandbox='allow-scripts' src='/inside'></iframe>")
    tab.goto(shop.url("/"))
    api.wait_for_events("Inside the frame")
    api.assert_each_once()


def test_plain_http_has_no_web_locks_and_works(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish(host=PLAIN_HOST))
    assert tab.evaluate("[isSecureContext, typeof navigator.locks]") == [False, "undefined"]
    tab.evaluate("analytics.track('A')")
    api.wait_for_events("A")


def test_a_second_tag_changes_nothing(tab: Tab, api: Loopback, shop: Loopback, publish: Publish) -> None:
    tab.goto(publish(page_views="load"))
    running = tab.evaluate_handle("analytics")
    tab.add_script_tag(url=api.url("/sdk/kizuna.js"))
    assert tab.evaluate("running => running === analytics", running)
    api.wait_for_events("page")
    api.assert_each_once()


def test_another_global_name(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish(**{"global": "kizuna"}))
    tab.evaluate("kizuna.track('A')")
    api.wait_for_events("A")
    assert tab.evaluate("typeof window.analytics") == "undefined"


def test_the_npm_module(tab: Tab, api: Loopback, shop: Loopback) -> None:
    shop.pages["/"] = Page("<!doctype html><title>Module</title>")
    tab.goto(shop.url("/"))
    tab.evaluate(
        """async ([url, host, writeKey]) => {
            const { load } = await import(url)
            const analytics = load({ host, writeKey, pageViews: 'load', flushIntervalMs: 50 })
            analytics.use(running => running.on('session', ({ number }) => running.track('Session', { number })))
            analytics.identify('ada', { plan: 'pro' }, { signature: 'ab12' })
        }""",
        [shop.url("/sdk/index.js"), api.url(), WRITE_KEY],
    )
    api.wait_for_events("page", "identify")
    assert api.events[1]["context"]["user_signature"] == "ab12"
    assert api.events[1]["context"]["library"]["name"] == "@kizuna/browser"


@pytest.mark.parametrize("call", ["analytics.track()", "analytics.page(Symbol('x'))", "analytics.use(null)"])
def test_misuse_does_not_stop_the_page(tab: Tab, api: Loopback, publish: Publish, call: str) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(publish())
    tab.evaluate(f"{call}; analytics.track('Still here')")
    api.wait_for_events("Still here")
    assert errors == []
