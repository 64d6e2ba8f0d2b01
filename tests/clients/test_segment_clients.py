"""Segment's three official clients, unmodified, told nothing but another host."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import segment.analytics as analytics_python
from playwright.sync_api import Browser

from tests.clients.conftest import HERE, Served, need_node

AddSource = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
def test_python(served: Served, add_source: AddSource, gzip: bool) -> None:
    source = add_source()
    failures: list[Any] = []
    client = analytics_python.Client(
        source["write_key"], host=served.url, gzip=gzip, on_error=lambda error, items: failures.append(error)
    )
    at = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    client.identify("py-1", {"name": "山田 太郎", "email": "taro@example.jp"})
    client.track("py-1", "Order Completed", {"order_id": "o-1", "total": 1200.5}, timestamp=at)
    client.page("py-1", "Shop", "Home", {"path": "/"})
    client.screen("py-1", "App", "Cart")
    client.group("py-1", "g-1", {"name": "ACME"})
    client.alias("py-old", "py-1")
    client.shutdown()
    assert failures == []
    events = served.wait_for(source["id"], 6)
    assert sorted(event["type"] for event in events) == ["alias", "group", "identify", "page", "screen", "track"]
    by_type = {event["type"]: event for event in events}
    assert by_type["identify"]["properties"]["name"] == "山田 太郎"
    assert by_type["track"]["name"] == "Order Completed"
    assert by_type["track"]["properties"] == {"order_id": "o-1", "total": 1200.5}
    assert by_type["page"]["properties"]["path"] == "/"
    assert by_type["group"]["context"]["groupId"] == "g-1"


def test_node(served: Served, add_source: AddSource) -> None:
    source = add_source()
    done = subprocess.run(
        [need_node(), "node-client.mjs", served.url, source["write_key"]],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    events = served.wait_for(source["id"], 6)
    assert sorted(event["type"] for event in events) == ["alias", "group", "identify", "page", "screen", "track"]
    by_type = {event["type"]: event for event in events}
    assert by_type["identify"]["properties"] == {"name": "山田 花子", "email": "hanako@example.jp"}
    assert by_type["track"]["message_id"].startswith("node-next-")
    assert by_type["page"]["properties"]["name"] == "Home"


LOAD = """async ([url, key]) => {
    window.analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await window.analytics;
}"""


@pytest.mark.parametrize("batching", [False, True], ids=["one by one", "batching"])
def test_browser(served: Served, add_source: AddSource, browser: Browser, shop_url: str, batching: bool) -> None:
    source = add_source("browser")
    context = browser.new_context(locale="ja-JP")
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{shop_url}/shop?utm_source=mail")
    if batching:
        strategy = {"strategy": "batching", "config": {"size": 10, "timeout": 500}}
        load = LOAD.replace(
            "cdnURL: url }", 'cdnURL: url }, { integrations: { "Segment.io": { deliveryStrategy: STRATEGY } } }'
        ).replace("STRATEGY", str(strategy).replace("'", '"'))
    else:
        load = LOAD
    tab.evaluate(load, [served.url, source["write_key"]])
    tab.evaluate(
        """async () => {
            const analytics = window.analytics;
            await analytics.page("Shop", "Home");
            await analytics.track("Product Viewed", { product_id: "煎茶" });
            await analytics.identify("web-1", { email: "hanako@example.jp" });
            await analytics.group("g-1", { name: "ACME" });
            await analytics.track("Order Completed", { total: 1200 });
        }"""
    )
    events = served.wait_for(source["id"], 5)
    tracked = {event["name"]: event for event in events}
    assert sorted(tracked) == ["Group Joined", "Order Completed", "Page Viewed", "Product Viewed", "User Identified"]
    assert tracked["Product Viewed"]["properties"] == {"product_id": "煎茶"}
    context_ = tracked["Page Viewed"]["context"]
    assert context_["campaign"]["source"] == "mail"
    assert context_["ip"] == "127.0.0.1"
    assert len({event["profile_id"] for event in events[-2:]}) == 1
    # The settings name the public address, which is the same server by another name.
    own = (served.url, served.url.replace("127.0.0.1", "localhost"), shop_url)
    outside = [url for url in asked if not url.startswith(own)]
    assert outside == []
    context.close()
