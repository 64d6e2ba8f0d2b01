"""Events leave the page once, in batches, whatever the network and the page do."""

import msgspec
import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab

from tests.sdk.conftest import PLAIN_HOST, WRITE_KEY, Publish
from tests.sdk.loopback import Answer, Loopback, Page

LATER = 3_600_000


def test_one_script_tag_is_enough(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish("/tea", title="煎茶", page_views="load"))
    tab.evaluate("analytics.track('Product Viewed', {product_id: 'T-1', name: '宇治'})")
    api.wait_for_events("page", "Product Viewed")
    page, viewed = api.events
    assert page["properties"]["title"] == "煎茶"
    assert page["context"]["page"]["path"] == "/tea"
    assert viewed["properties"] == {"product_id": "T-1", "name": "宇治"}
    assert viewed["anonymousId"] == page["anonymousId"]
    assert viewed["context"]["session"] == page["context"]["session"] | {"isNew": False}
    assert {batch["writeKey"] for batch in api.batches} == {WRITE_KEY}
    assert all(batch["sentAt"] >= event["timestamp"] for batch in api.batches for event in batch["batch"])


def test_the_browser_need_not_ask_first(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish())
    tab.evaluate("analytics.track('A')")
    api.wait_for_events("A")
    (post,) = api.posts
    assert post.path == "/v1/batch"
    assert post.headers["Content-Type"] == "text/plain"
    assert "Cookie" not in post.headers
    assert not [request for request in api.requests if request.method == "OPTIONS"]


def test_calls_before_the_script_are_made_good(tab: Tab, api: Loopback, shop: Loopback) -> None:
    shop.pages["/"] = Page(
        f"""<!doctype html><script src="{api.url("/sdk/snippet.js")}"></script><script>
        var early = analytics; var before = Date.now()
        analytics.load({{writeKey: '{WRITE_KEY}', host: '{api.url()}', flushIntervalMs: 50}})
        analytics.identify('ada', {{plan: 'pro'}})
        analytics.track('Early', function (message) {{ answered = message.event }})
        analytics.ready(function () {{ isReady = analytics.user().id() }})
        </script>"""
    )
    tab.goto(shop.url("/"))
    tab.wait_for_function("window.isReady === 'ada' && window.answered === 'Early'")
    tab.evaluate("early.track('Through the stub')")
    api.wait_for_events("identify", "Early", "Through the stub")
    assert api.names == ["identify", "Early", "Through the stub"]
    assert {event["userId"] for event in api.events} == {"ada"}
    assert tab.evaluate("new Date(before).toISOString()") <= api.events[1]["timestamp"]


def test_events_travel_together(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish(flush_at=10, flush_interval_ms=LATER))
    tab.evaluate("for (let n = 0; n < 10; n++) analytics.track('E' + n)")
    api.wait_for_events("E9")
    assert len(api.batches) == 1
    assert api.names == [f"E{n}" for n in range(10)]


@pytest.mark.parametrize("status", [408, 429, 460, 500, 503])
def test_a_busy_server_is_asked_again(tab: Tab, api: Loopback, publish: Publish, status: int) -> None:
    api.answers.append(Answer(status))
    tab.clock.install()
    tab.goto(publish())
    tab.evaluate("analytics.track('A')")
    tab.clock.run_for(60)
    api.wait_for(lambda: len(api.posts) == 1, "the first attempt")
    tab.wait_for_function(f"localStorage['kizuna.{WRITE_KEY}.pause']")
    tab.clock.run_for(2000)
    api.wait_for_events("A")
    api.assert_each_once()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 501])
def test_a_refusal_is_final(tab: Tab, api: Loopback, publish: Publish, status: int) -> None:
    api.answers.append(Answer(status))
    tab.goto(publish())
    dropped = tab.evaluate(
        "new Promise(resolve => { analytics.on('drop', resolve); analytics.track('A') })",
    )
    assert dropped == {"events": 1, "reason": "refused"}
    tab.evaluate("analytics.track('B')")
    api.wait_for_events("B")
    assert api.names == ["B"]


def test_retry_after_is_honoured_even_by_a_new_page(tab: Tab, api: Loopback, publish: Publish) -> None:
    api.answers.append(Answer(429, {"Retry-After": "30"}))
    tab.clock.install()
    address = publish()
    tab.goto(address)
    tab.evaluate("analytics.track('A')")
    tab.clock.run_for(60)
    tab.wait_for_function(f"localStorage['kizuna.{WRITE_KEY}.pause']")
    tab.goto(address)
    tab.clock.run_for(25_000)
    tab.evaluate("analytics.flush()")
    assert len(api.posts) == 1
    tab.clock.run_for(10_000)
    api.wait_for_events("A")
    api.assert_each_once()


@pytest.mark.parametrize(("host", "after_ms"), [("127.0.0.1", 1000), (PLAIN_HOST, 11_000)])
def test_what_the_network_refused_is_sent_after_a_reload(
    tab: Tab, api: Loopback, publish: Publish, host: str, after_ms: int
) -> None:
    api.always = Answer(0)
    tab.goto(publish(host=host))
    tab.evaluate("analytics.track('A'); analytics.track('B')")
    tab.wait_for_function(f"localStorage['kizuna.{WRITE_KEY}.failing']")
    tab.evaluate("analytics.track('C')")
    api.always = None
    tab.clock.install()
    tab.reload()
    tab.clock.run_for(after_ms)
    api.wait_for_events("A", "B", "C")
    tab.evaluate("analytics.track('D')")
    tab.clock.run_for(100)
    api.wait_for_events("D")
    api.assert_each_once()


def test_an_offline_visit_is_delivered_by_the_next_one(
    context: BrowserContext, tab: Tab, api: Loopback, publish: Publish
) -> None:
    address = publish()
    tab.goto(address)
    context.set_offline(True)
    tab.evaluate("analytics.track('Offline'); analytics.flush()")
    tab.goto("about:blank")
    tab.close()
    assert not api.posts
    context.set_offline(False)
    back = context.new_page()
    back.goto(address)
    api.wait_for_events("Offline")
    back.evaluate("analytics.track('Online')")
    api.wait_for_events("Online")
    assert api.names == ["Offline", "Online"]


def test_coming_online_sends_at_once(context: BrowserContext, tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish(flush_interval_ms=LATER))
    context.set_offline(True)
    tab.evaluate("analytics.track('Offline'); analytics.flush()")
    assert not api.posts
    context.set_offline(False)
    api.wait_for_events("Offline")


def test_a_lost_answer_repeats_the_same_message_ids(tab: Tab, api: Loopback, publish: Publish) -> None:
    api.answers.append(Answer(0, keeps=True))
    tab.goto(publish())
    tab.evaluate("analytics.track('A')")
    api.wait_for(lambda: len(api.batches) == 2, "the second attempt")
    first, second = (batch["batch"] for batch in api.batches)
    assert first == second


@pytest.mark.parametrize("host", ["127.0.0.1", PLAIN_HOST])
def test_leaving_the_page_sends_what_waits(tab: Tab, api: Loopback, publish: Publish, host: str) -> None:
    target = publish("/next", host=host)
    tab.goto(publish(flush_interval_ms=LATER, body='<a href="/next">next</a>', host=host))
    tab.evaluate(
        """document.querySelector('a').addEventListener('click', () => {
            analytics.track('Clicked'); analytics.track('Left')
        })"""
    )
    tab.click("a")
    api.wait_for_events("Clicked", "Left")
    tab.wait_for_url(target)
    tab.evaluate("analytics.track('Arrived')")
    api.wait_for_events("Arrived")
    assert api.names == ["Clicked", "Left", "Arrived"]


def test_a_request_under_way_is_not_sent_again_by_the_next_page(tab: Tab, api: Loopback, publish: Publish) -> None:
    target = publish("/next")
    tab.goto(publish(flush_at=1, flush_interval_ms=LATER))
    tab.evaluate(f"analytics.track('Clicked'); location.href = '{target}'")
    tab.wait_for_url(target)
    tab.evaluate("analytics.track('Arrived')")
    api.wait_for_events("Clicked", "Arrived")
    api.assert_each_once()


def test_hiding_the_page_sends_what_waits(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish(flush_interval_ms=LATER))
    tab.evaluate(
        """analytics.track('A')
        Object.defineProperty(document, 'visibilityState', {value: 'hidden'})
        document.dispatchEvent(new Event('visibilitychange'))"""
    )
    api.wait_for_events("A")


def test_strict_decoders_take_every_text(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish())
    tab.evaluate(r"analytics.track('A', {half: '\ud83d', whole: '😀', path: 'C:\\ud83d', 'key\udc00': 1, big: 9n})")
    api.wait_for_events("A")
    (post,) = api.posts
    (event,) = msgspec.json.decode(post.body)["batch"]
    assert event["properties"] == {"half": "�", "whole": "😀", "path": "C:\\ud83d", "key�": 1, "big": "9"}
