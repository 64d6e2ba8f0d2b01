"""A real Chromium in front of a real `kizuna up`, set up once through the wizard."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, StorageState, expect

from tests.chromium import open_chromium
from tests.installation import Installation, wait_for

DIST = Path(__file__).parents[2] / "web" / "dist"
WAIT_MS = 15_000
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

OWNER = {"email": "ada@example.com", "password": "calm river stone lamp"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(DIST, "index.html").exists():
        pytest.skip("The admin app is not built: run `make web`.")
    expect.set_options(timeout=WAIT_MS)
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where Kizuna runs; still without a workspace."""
    installation = Installation(tmp_path_factory.mktemp("browser") / "data")
    try:
        installation.start()
        yield f"http://localhost:{installation.port}"
    finally:
        installation.kill()


class Visitor:
    """One browser profile: a person with cookies of their own, and the API as their pages see it."""

    def __init__(self, browser: Browser, address: str, state: StorageState | None = None, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(
            **{
                "base_url": address,
                "viewport": DESK,
                "locale": "ja-JP",
                "timezone_id": "Asia/Tokyo",
                "storage_state": state,
                "reduced_motion": "reduce",
                "accept_downloads": True,
            }
            | options
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        token = self.context.request.get("/api/me").json()["csrf_token"]
        answer: APIResponse = self.context.request.fetch(
            path, method=method, data=body, headers={"X-CSRF-Token": token}
        )
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json() if answer.body() else None

    def close(self) -> None:
        self.context.close()
        assert not self.faults


@pytest.fixture(scope="package")
def owner_state(browser: Browser, address: str) -> StorageState:
    """Ada, signed in: she set the workspace up through the wizard."""
    visitor = Visitor(browser, address)
    page = visitor.page
    page.goto("/")
    expect(page.get_by_role("heading", name="Kizunaを始める")).to_be_visible()
    page.get_by_label("名前").fill("青山フラワー")
    page.get_by_role("button", name="次へ").click()
    page.get_by_label("お名前").fill("山田 絵多")
    page.get_by_label("メールアドレス").fill(OWNER["email"])
    page.get_by_label("パスワード", exact=True).fill(OWNER["password"])
    page.get_by_role("button", name="次へ").click()
    expect(page.get_by_role("combobox", name="タイムゾーン")).to_have_value("Asia/Tokyo")
    page.get_by_role("button", name="始める").click()
    expect(page.get_by_role("heading", name="山田 絵多さん、こんにちは")).to_be_visible()
    state = visitor.context.storage_state()
    visitor.close()
    return state


@pytest.fixture
def ada(browser: Browser, address: str, owner_state: StorageState) -> Iterator[Visitor]:
    visitor = Visitor(browser, address, owner_state)
    yield visitor
    visitor.close()


@pytest.fixture
def page(ada: Visitor) -> Page:
    return ada.page


Send = Callable[..., None]


@pytest.fixture(scope="package")
def write_key(browser: Browser, address: str, owner_state: StorageState) -> str:
    visitor = Visitor(browser, address, owner_state)
    made = visitor.call("POST", "/api/collect/sources", {"name": "店のサーバー", "kind": "server", "touchpoint": "web"})
    visitor.close()
    return made["write_key"]


@pytest.fixture(scope="package")
def send(browser: Browser, address: str, write_key: str) -> Iterator[Send]:
    """Sends events as a shop's server does: dicts of the tracking API, in one batch."""
    outside = browser.new_context(base_url=address)

    def send_events(*events: dict[str, Any]) -> None:
        batch = [{"messageId": str(uuid.uuid4()), "type": "track"} | event for event in events]
        answer = outside.request.post(
            "/v1/batch",
            data=json.dumps({"writeKey": write_key, "batch": batch}),
            headers={"Content-Type": "text/plain"},
        )
        assert answer.ok, answer.text()

    yield send_events
    outside.close()


HANAKO = {
    "userId": "m-1001",
    "traits": {"name": "佐藤 花子", "name_kana": "サトウ ハナコ", "email": "hanako@example.jp"},
}
TARO = {"userId": "m-1002", "traits": {"name": "鈴木 太郎", "name_kana": "スズキ タロウ", "email": "taro@example.jp"}}


@pytest.fixture(scope="package")
def people(browser: Browser, address: str, owner_state: StorageState, send: Send) -> dict[str, str]:
    """Hanako and Taro with a little history; the ids of their profiles."""
    send({"type": "identify"} | HANAKO, {"type": "identify"} | TARO)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    send(
        {"event": "Product Viewed", "userId": "m-1001", "timestamp": yesterday, "properties": {"name": "チューリップ"}},
        {"event": "Cart Viewed", "userId": "m-1001"},
        {"event": "Order Completed", "userId": "m-1001", "properties": {"order_id": "o-1", "total": 4200}},
        {"event": "Product Viewed", "userId": "m-1002", "properties": {"name": "薔薇"}},
    )
    visitor = Visitor(browser, address, owner_state)
    wait_for(lambda: {"m-1001", "m-1002"} <= {one["user_id"] for one in visitor.call("GET", "/api/profiles")["items"]})
    found = visitor.call("GET", "/api/profiles")["items"]
    visitor.close()
    return {item["user_id"]: str(item["id"]) for item in found if item["user_id"]}
