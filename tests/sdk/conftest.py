"""A real Chromium, a shop's web site and a tracking API on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Page as Tab

from tests.chromium import open_chromium
from tests.sdk.loopback import DIST, Loopback, Page

WRITE_KEY = "wk_shop"
# A name that is not localhost makes plain http an insecure context: no Web Locks, as on old sites.
PLAIN_HOST = "shop.test"
HOSTS = f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1, MAP *.shop.example 127.0.0.1"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(DIST, "kizuna.js").exists():
        pytest.skip("The SDK is not built: run `make sdk`.")
    with open_chromium([HOSTS]) as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext) -> Tab:
    return context.new_page()


@pytest.fixture
def api() -> Iterator[Loopback]:
    with Loopback() as api:
        yield api


@pytest.fixture
def shop() -> Iterator[Loopback]:
    with Loopback() as shop:
        yield shop


Publish = Callable[..., str]


@pytest.fixture
def publish(shop: Loopback, api: Loopback) -> Publish:
    """Puts a page with the script tag on the shop's site and returns its address."""

    def publish_page(
        path: str = "/", title: str = "Shop", body: str = "", host: str = "127.0.0.1", **data: object
    ) -> str:
        settings = {"write_key": WRITE_KEY, "flush_interval_ms": 50} | data
        attributes = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in settings.items())
        tag = f'<script src="{api.url("/sdk/kizuna.js")}" {attributes}></script>'
        shop.pages[path.split("?")[0]] = Page(f"<!doctype html><title>{title}</title>{tag}{body}")
        return shop.url(path, host)

    return publish_page
