"""Several tabs of one site share a queue: they take turns, and no event is forgotten.

A browser tells one tab of another's storage a moment later. On a network without latency that is late
enough for an event to go twice now and then, under one message id, which the tracking API drops.
"""

import pytest
from playwright.sync_api import BrowserContext

from tests.sdk.conftest import PLAIN_HOST, Publish
from tests.sdk.loopback import Answer, Loopback

LATER = 3_600_000


@pytest.mark.parametrize("host", ["127.0.0.1", PLAIN_HOST])
def test_two_tabs_deliver_every_event(context: BrowserContext, api: Loopback, publish: Publish, host: str) -> None:
    address = publish(host=host)
    tabs = [context.new_page(), context.new_page()]
    for tab in tabs:
        tab.goto(address)
    names = []
    for round_number in range(10):
        for number, tab in enumerate(tabs):
            names.append(f"{number}-{round_number}")
            tab.evaluate(f"analytics.track('{names[-1]}')")
    api.wait_for_events(*names)
    assert sorted(api.names) == sorted(names)
    if host == PLAIN_HOST:  # tabs that cannot take turns leave each other's fresh events alone
        api.assert_each_once()


def test_tabs_that_come_online_together_take_turns(context: BrowserContext, api: Loopback, publish: Publish) -> None:
    address = publish(flush_interval_ms=LATER)
    tabs = [context.new_page() for _ in range(3)]
    for tab in tabs:
        tab.goto(address)
    context.set_offline(True)
    for number, tab in enumerate(tabs):
        tab.evaluate(f"for (let n = 0; n < 30; n++) analytics.track('{number}-' + n)")
    assert not api.posts
    with api.hold():
        context.set_offline(False)
        tabs[0].wait_for_function("navigator.locks.query().then(locks => locks.pending.length === 2)")
        api.wait_for(lambda: len(api.posts) == 1, "the first tab's request")
    api.wait_for(lambda: len(api.events) == 90, "all events")
    for tab in tabs:
        tab.evaluate("analytics.flush()")
    assert len(api.events) == 90


def test_a_tab_sends_what_a_closed_one_left(context: BrowserContext, api: Loopback, publish: Publish) -> None:
    address = publish()
    gone, stays = context.new_page(), context.new_page()
    gone.goto(address)
    stays.goto(address)
    context.set_offline(True)
    gone.evaluate("analytics.track('Left behind')")
    gone.close()
    context.set_offline(False)
    stays.evaluate("analytics.track('Here')")
    api.wait_for_events("Left behind", "Here")
    api.assert_each_once()


def test_what_a_dying_page_was_sending_is_sent_when_its_lease_ends(
    context: BrowserContext, api: Loopback, publish: Publish
) -> None:
    address = publish()
    tab = context.new_page()
    tab.clock.install()
    tab.goto(address)
    # As a crash leaves it: the event, and the claim of the page that was sending it.
    tab.evaluate(
        """analytics.on('message', () => {
            const key = Object.keys(localStorage).find(key => key.includes('.e.'))
            const claim = {until: Date.now() + 30000, keys: [key.slice('kizuna.wk_shop.'.length)]}
            localStorage['kizuna.wk_shop.c.crashed'] = JSON.stringify(claim)
        })
        analytics.track('Crashed')"""
    )
    tab.clock.run_for(25_000)
    tab.evaluate("analytics.flush()")
    assert not api.posts
    tab.clock.run_for(10_000)
    api.wait_for_events("Crashed")
    api.assert_each_once()


def test_a_pause_asked_of_one_tab_holds_for_all(context: BrowserContext, api: Loopback, publish: Publish) -> None:
    api.answers.append(Answer(503, {"Retry-After": "300"}))
    address = publish()
    first, second = context.new_page(), context.new_page()
    first.goto(address)
    first.evaluate("analytics.track('A')")
    first.wait_for_function("Object.keys(localStorage).some(key => key.endsWith('.pause'))")
    second.goto(address)
    second.evaluate("analytics.track('B'); analytics.flush()")
    second.evaluate("analytics.flush()")
    assert len(api.posts) == 1
