"""A server on loopback that is the shop's web site and, at another port, answers as our tracking API does."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

DIST = Path(__file__).parents[2] / "sdk" / "dist"
SCRIPTS = {f"/sdk/{name}": name for name in ("kizuna.js", "banner.js", "snippet.js", "index.js")}


@dataclass(frozen=True)
class Answer:
    """What the tracking API answers; status 0 cuts the connection without a word."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    keeps: bool | None = None

    @property
    def stores(self) -> bool:
        """Whether the events count as arrived; ``keeps`` tells of answers lost on their way back."""
        return self.status == 200 if self.keeps is None else self.keeps


@dataclass(frozen=True)
class Page:
    html: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Loopback:
    """Serves pages and scripts, takes batches, and tells what came.

    ``events`` holds each message once, as the tracking API does; ``batches`` all that was sent.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[Request] = []
        self.events: list[dict[str, Any]] = []
        self.batches: list[dict[str, Any]] = []
        self.answers: list[Answer] = []
        self.always: Answer | None = None
        self.consent_texts: dict[str, Any] = {}
        """Language → what the banner says; without one the answer is 404."""
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def url(self, path: str = "", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def wait_for(self, holds: Callable[[], bool], what: str, timeout_s: float = 15) -> None:
        with self._changed:
            if not self._changed.wait_for(holds, timeout_s):
                raise AssertionError(f"Not within {timeout_s} s: {what}. Events: {self.names}")

    def wait_for_events(self, *names: str) -> None:
        """Returns when each of these has arrived at least once."""
        self.wait_for(lambda: set(names) <= set(self.names), f"events {names}")

    def wait_for_request(self, path: str) -> None:
        self.wait_for(lambda: any(request.path == path for request in self.requests), f"request {path}")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Batches that come meanwhile are recorded at once and answered afterwards."""
        self._may_answer.clear()
        try:
            yield
        finally:
            self._may_answer.set()

    @property
    def names(self) -> list[str]:
        return [event.get("event", event["type"]) for event in self.events]

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    def assert_each_once(self) -> None:
        times = Counter(event["messageId"] for batch in self.batches for event in batch["batch"])
        assert set(times.values()) <= {1}, f"sent more than once: {self.names}"

    def take(self, request: Request) -> Answer:
        """Records a request under the lock and says how to answer it."""
        with self._changed:
            self.requests.append(request)
            answer = Answer(status=204)
            if request.method == "POST":
                answer = self.always or (self.answers.pop(0) if self.answers else Answer())
                if answer.stores:
                    batch = json.loads(request.body.decode("utf-8"))
                    self.batches.append(batch)
                    known = {event["messageId"] for event in self.events}
                    self.events.extend(event for event in batch["batch"] if event["messageId"] not in known)
            self._changed.notify_all()
            return answer

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                loopback.take(Request("GET", self.path, dict(self.headers), b""))
                if path in SCRIPTS:
                    script = (DIST / SCRIPTS[path]).read_bytes()
                    self._reply(200, {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}, script)
                elif path.startswith("/v1/consent/"):
                    language = parse_qs(urlsplit(self.path).query)["language"][0]
                    texts = loopback.consent_texts.get(language)
                    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
                    headers["Cache-Control"] = "public, max-age=300" if texts else "no-store"
                    self._reply(200 if texts else 404, headers, json.dumps(texts).encode())
                elif page := loopback.pages.get(path):
                    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
                    self._reply(200, headers | page.headers, page.html.encode())
                else:
                    self._reply(404, {"Access-Control-Allow-Origin": "*"}, b"")

            def do_OPTIONS(self) -> None:
                loopback.take(Request("OPTIONS", self.path, dict(self.headers), b""))
                self._reply(204, {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}, b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = loopback.take(Request("POST", self.path, dict(self.headers), body))
                loopback._may_answer.wait(15)
                if answer.status == 0:
                    self.close_connection = True
                    return
                cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
                self._reply(answer.status, cors | answer.headers, b'{"success":true}')

            def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests read ``requests`` instead."""

        return Handler
