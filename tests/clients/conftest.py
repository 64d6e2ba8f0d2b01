"""A whole Kizuna that serves, for clients that we did not write."""

import http.server
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from benchmarks.load.running import Kizuna, Owner
from playwright.sync_api import Browser

from tests.chromium import open_chromium
from tests.sdk.conftest import HOSTS

HERE = Path(__file__).parent
UMD = HERE / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"
ARRIVE_S = 30


class Served:
    """A running Kizuna, and what came in."""

    def __init__(self, kizuna: Kizuna, owner: Owner) -> None:
        self.kizuna, self.owner = kizuna, owner

    @property
    def url(self) -> str:
        return self.kizuna.url

    def wait_for(self, source_id: int, count: int) -> list[dict[str, Any]]:
        """The events of a source, oldest first, once there are ``count`` of them in the live tail."""
        deadline = time.monotonic() + ARRIVE_S
        pause = threading.Event()
        while True:
            tail = self.owner.client.get("/api/collect/tail", params={"limit": 200}).json()["items"]
            found = [event for event in tail if event["source_id"] == source_id]
            if len(found) >= count:
                return sorted(found, key=lambda event: event["received_at"])
            assert time.monotonic() < deadline, f"{len(found)} of {count} events came: {found}"
            pause.wait(0.1)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Kizuna() as kizuna, kizuna.set_up() as owner:
        yield Served(kizuna, owner)


@pytest.fixture
def add_source(served: Served) -> Callable[..., dict[str, Any]]:
    return served.owner.add_source


def need_node() -> str:
    """The path of node, with the clients installed; skips where there are none."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("No Node.js here: install it to test Segment's JavaScript clients.")
    if not UMD.is_dir():
        pytest.skip("Segment's clients are not installed: run `npm ci --prefix tests/clients`.")
    return node


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need_node()
    with open_chromium([HOSTS]) as browser:
        yield browser


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/shop"):
            page = b"<!doctype html><title>Shop</title><script src='/index.js'></script>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def shop_url() -> Iterator[str]:
    """A shop's page on another origin, with analytics.js of the npm package."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(UMD)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()
