"""Without a yes nothing is stored and nothing leaves; a no, and a privacy signal, are kept."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab

from tests.sdk.conftest import WRITE_KEY, Publish
from tests.sdk.loopback import Loopback

MINUTES_10 = 600_000
ANSWERED = "Consent Preference Updated"


def find_traces(tab: Tab) -> dict[str, Any]:
    """All that a page can keep in a browser, where there is something."""
    kept = tab.evaluate(
        """async () => ({
            local: {...localStorage},
            session: {...sessionStorage},
            databases: await indexedDB.databases(),
            caches: await caches.keys(),
        })"""
    )
    kept["cookies"] = tab.context.cookies()
    return {place: found for place, found in kept.items() if found}


def test_nothing_is_stored_or_sent_before_the_answer(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.clock.install()
    tab.goto(publish("/?utm_source=line", consent="required", page_views="spa", flush_at=1, cookie_domain="127.0.0.1"))
    tab.evaluate("analytics.identify('ada', {email: 'ada@example.com'}); analytics.track('A'); analytics.flush()")
    tab.clock.run_for(MINUTES_10)
    tab.evaluate("dispatchEvent(new Event('online')); dispatchEvent(new Event('pagehide'))")
    tab.clock.run_for(MINUTES_10)
    tab.reload()
    tab.evaluate("fetch('/marker')")
    assert find_traces(tab) == {}
    assert {request.path for request in api.requests} == {"/sdk/kizuna.js"}


def test_a_yes_releases_what_was_held(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish("/?utm_source=line", consent="required", page_views="load"))
    tab.evaluate("analytics.identify('ada'); analytics.track('Held')")
    tab.evaluate("analytics.consent({analytics: true, marketing: false}); analytics.track('After')")
    api.wait_for_events("page", "identify", "Held", ANSWERED, "After")
    assert api.names == ["page", "identify", "Held", ANSWERED, "After"]
    assert api.events[3]["properties"] == {"how": "api"}
    for event in api.events:
        assert event["context"]["consent"] == {"categoryPreferences": {"analytics": True, "marketing": False}}
        assert event["context"]["campaign"] == {"source": "line"}
    assert len({event["anonymousId"] for event in api.events}) == 1
    assert len({event["context"]["session"]["id"] for event in api.events}) == 1


def test_a_yes_is_remembered(tab: Tab, api: Loopback, publish: Publish) -> None:
    address = publish(consent="required")
    tab.goto(address)
    tab.evaluate("analytics.consent({analytics: true})")
    tab.goto(address)
    tab.evaluate("analytics.track('Next page')")
    api.wait_for_events("Next page")
    assert api.names == [ANSWERED, "Next page"]
    assert api.events[1]["context"]["consent"] == {"categoryPreferences": {"analytics": True}}


def test_a_no_leaves_no_trace(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.clock.install()
    tab.goto(publish(consent="required"))
    tab.evaluate("analytics.track('Held'); analytics.consent({analytics: false}); analytics.track('After')")
    tab.clock.run_for(MINUTES_10)
    assert find_traces(tab) == {}
    assert not api.posts


def test_taking_the_yes_back_clears_everything(tab: Tab, api: Loopback, publish: Publish) -> None:
    address = publish(consent="required", cookie_domain="127.0.0.1")
    tab.goto(address)
    tab.evaluate("localStorage.setItem('cart', '3'); analytics.consent({analytics: true}); analytics.identify('ada')")
    api.wait_for_events("identify")
    assert find_traces(tab)["cookies"]
    tab.evaluate("analytics.track('Waiting'); analytics.consent({analytics: false}); analytics.track('After')")
    left = {"local": {"cart": "3", f"kizuna.{WRITE_KEY}.consent": '{"analytics":false}'}}
    assert find_traces(tab) == left
    tab.goto(address)
    tab.evaluate("analytics.track('After'); analytics.flush()")
    assert find_traces(tab) == left
    # The no itself is told, once, so that the server stops as well.
    assert api.names == [ANSWERED, "identify", ANSWERED]
    assert api.events[2]["userId"] == "ada"
    assert api.events[2]["context"] == {"consent": {"categoryPreferences": {"analytics": False}}}


def test_the_no_of_a_known_user_is_told_once(tab: Tab, api: Loopback, publish: Publish) -> None:
    address = publish(consent="required", page_views="load")
    for _ in range(3):
        tab.goto(address)
        tab.evaluate("analytics.identify('ada'); analytics.consent({analytics: false})")
    api.wait_for_events(ANSWERED)
    tab.evaluate("fetch('/marker')")
    (no,) = api.events
    assert (no["userId"], "anonymousId" in no) == ("ada", False)
    assert find_traces(tab) == {"local": {f"kizuna.{WRITE_KEY}.consent": '{"analytics":false}'}}


def test_where_silence_is_a_yes_a_no_is_remembered(tab: Tab, api: Loopback, publish: Publish) -> None:
    address = publish()
    tab.goto(address)
    tab.evaluate("analytics.track('Before')")
    api.wait_for_events("Before")
    tab.evaluate("analytics.consent({analytics: false})")
    tab.clock.install()
    tab.goto(address)
    tab.evaluate("analytics.track('After'); analytics.flush()")
    tab.clock.run_for(MINUTES_10)
    assert find_traces(tab) == {"local": {f"kizuna.{WRITE_KEY}.consent": '{"analytics":false}'}}
    assert api.names == ["Before", ANSWERED]


def test_an_answer_holds_in_every_tab(context: BrowserContext, api: Loopback, publish: Publish) -> None:
    address = publish(consent="required")
    here, there = context.new_page(), context.new_page()
    here.goto(address)
    there.goto(address)
    there.evaluate("analytics.track('Held there')")
    here.evaluate("analytics.consent({analytics: true})")
    api.wait_for_events("Held there", ANSWERED)
    there.evaluate("analytics.consent({analytics: false})")
    here.wait_for_function("analytics.consent().analytics === false")
    here.evaluate("analytics.track('After')")
    assert find_traces(here) == {"local": {f"kizuna.{WRITE_KEY}.consent": '{"analytics":false}'}}
    api.wait_for(lambda: api.names.count(ANSWERED) > 1, "the no")
    assert api.names.count(ANSWERED) == 2, "each answer is told by the tab in which it was given"


@pytest.mark.parametrize(
    "signal",
    [
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})",
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
    ],
    ids=["global privacy control", "do not track"],
)
def test_a_privacy_signal_stands_above_a_yes(
    context: BrowserContext, tab: Tab, api: Loopback, publish: Publish, signal: str
) -> None:
    address = publish(respect_dnt="true")
    tab.goto(address)
    tab.evaluate("analytics.track('Before')")
    api.wait_for_events("Before")
    context.add_init_script(signal)
    tab.clock.install()
    tab.goto(address)
    tab.evaluate("analytics.consent({analytics: true}); analytics.track('After'); analytics.flush()")
    tab.clock.run_for(MINUTES_10)
    assert find_traces(tab) == {}
    assert api.names == ["Before"]
