"""Page views of applications, sessions, campaigns and referrers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab

from tests.sdk.conftest import Publish
from tests.sdk.loopback import Loopback, Page

MORNING = datetime(2026, 4, 1, 9, tzinfo=UTC)


def read_pages(api: Loopback) -> list[tuple[str, str]]:
    pages = [event["properties"] for event in api.events if event["type"] == "page"]
    return [(page["path"] + page["search"], page["title"]) for page in pages]


def track_at(tab: Tab, api: Loopback, name: str) -> dict[str, Any]:
    """Tracks, moves the clock far enough to send, and returns the session the event came with."""
    tab.evaluate(f"analytics.track('{name}')")
    tab.clock.run_for(1000)
    api.wait_for_events(name)
    event = next(event for event in api.events if event.get("event") == name)
    return event["context"]["session"]


def test_an_application_without_loads_has_page_views(tab: Tab, api: Loopback, publish: Publish) -> None:
    address = publish("/", page_views="spa")
    tab.goto(address)
    tab.evaluate("history.pushState({}, '', '/tea'); document.title = 'Tea'")
    api.wait_for(lambda: len(read_pages(api)) == 2, "the second page")
    tab.evaluate("history.pushState({}, '', '/tea?kind=green')")
    api.wait_for(lambda: len(read_pages(api)) == 3, "the third page")
    tab.evaluate("history.replaceState({}, '', '/tea?kind=black'); history.pushState({}, '', '#top')")
    tab.evaluate("history.replaceState({}, '', '/cart'); document.title = 'Cart'")
    api.wait_for(lambda: len(read_pages(api)) == 4, "the fourth page")
    assert read_pages(api) == [("/", "Shop"), ("/tea", "Tea"), ("/tea?kind=green", "Tea"), ("/cart", "Cart")]
    assert [event["context"]["page"]["referrer"] for event in api.events][:3] == ["", address, address + "tea"]


def test_back_and_forward_are_page_views(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish("/", page_views="spa"))
    tab.evaluate("history.pushState({}, '', '/tea')")
    api.wait_for(lambda: len(read_pages(api)) == 2, "the second page")
    tab.go_back()
    api.wait_for(lambda: len(read_pages(api)) == 3, "the way back")
    assert [path for path, _ in read_pages(api)] == ["/", "/tea", "/"]


def test_page_views_are_the_callers_unless_asked_for(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.goto(publish())
    tab.evaluate("history.pushState({}, '', '/tea'); analytics.page('Tea'); analytics.track('Last')")
    api.wait_for_events("Last")
    assert api.names == ["page", "Last"]
    assert api.events[0]["name"] == "Tea"


def test_silence_ends_a_session(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.clock.install(time=MORNING)
    tab.goto(publish())
    first = track_at(tab, api, "A")
    tab.clock.fast_forward("29:00")
    still = track_at(tab, api, "B")
    tab.clock.fast_forward("30:01")
    second = track_at(tab, api, "C")
    assert first == {"id": first["id"], "number": 1, "isNew": True}
    assert still == {"id": first["id"], "number": 1, "isNew": False}
    assert second == {"id": second["id"], "number": 2, "isNew": True}
    assert second["id"] != first["id"]


def test_a_day_ends_a_session_however_busy(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.clock.install(time=MORNING)
    tab.goto(publish())
    first = track_at(tab, api, "A")
    for hour in range(48):
        tab.clock.fast_forward("29:55")
        assert track_at(tab, api, f"H{hour}")["id"] == first["id"]
    tab.clock.fast_forward("10:00")
    assert track_at(tab, api, "Z") | {"id": ""} == {"id": "", "number": 2, "isNew": True}


def test_tabs_share_a_session(context: BrowserContext, api: Loopback, publish: Publish) -> None:
    address = publish()
    for name in ("A", "B"):
        tab = context.new_page()
        tab.goto(address)
        tab.evaluate(f"analytics.track('{name}')")
        api.wait_for_events(name)
    first, second = (event["context"]["session"] for event in api.events)
    assert second == first | {"isNew": False}


def test_a_campaign_lasts_through_its_session(tab: Tab, api: Loopback, publish: Publish) -> None:
    tab.clock.install(time=MORNING)
    address = publish()
    tab.goto(address + "?utm_source=line&utm_medium=push&utm_campaign=%E6%98%A5&utm_id=7")
    track_at(tab, api, "Landed")
    tab.goto(address)
    track_at(tab, api, "Went on")
    tab.clock.fast_forward("31:00")
    track_at(tab, api, "Came back")
    landed, went_on, came_back = (event["context"] for event in api.events)
    assert landed["campaign"] == {"source": "line", "medium": "push", "name": "春", "id": "7"}
    assert went_on["campaign"] == landed["campaign"]
    assert "campaign" not in came_back


def test_the_first_and_the_last_referrer_are_kept(tab: Tab, api: Loopback, shop: Loopback, publish: Publish) -> None:
    # Another port of the same host is the same site to a referrer, so the others need names.
    publish("/", body="<a href='/'>again</a>")
    sites = ["search.shop.example", "news.shop.example"]
    for path in ("/search", "/news"):
        shop.pages[path] = Page(
            f"<meta name=referrer content=unsafe-url><a href='{shop.url('/')}'>shop</a>",
        )
    for site, path in zip(sites, ("/search", "/news"), strict=True):
        tab.goto(shop.url(path, site))
        tab.click("a")
        tab.wait_for_url(shop.url("/"))
        tab.evaluate(f"analytics.track('From {site}')")
        api.wait_for_events(f"From {site}")
    with tab.expect_navigation():
        tab.click("a")
    tab.evaluate("analytics.track('Inside')")
    api.wait_for_events("Inside")
    search, news, inside = (event["context"]["referrer"] for event in api.events)
    assert search == {"url": shop.url("/search", sites[0]), "firstUrl": shop.url("/search", sites[0])}
    assert news == {"url": shop.url("/news", sites[1]), "firstUrl": shop.url("/search", sites[0])}
    assert inside == news


@pytest.mark.parametrize("host", ["www.shop.example", "cart.shop.example"])
def test_subdomains_share_the_anonymous_id(tab: Tab, api: Loopback, publish: Publish, host: str) -> None:
    tab.goto(publish("/", host="shop.example".join(["a.", ""]), cookie_domain=".shop.example"))
    first = tab.evaluate("analytics.user().anonymousId()")
    tab.goto(publish("/", host=host, cookie_domain=".shop.example"))
    assert tab.evaluate("analytics.user().anonymousId()") == first
    (cookie,) = tab.context.cookies()
    assert (cookie["domain"], cookie["sameSite"]) == (".shop.example", "Lax")
    tab.evaluate("analytics.reset()")
    assert tab.evaluate("analytics.user().anonymousId()") != first
