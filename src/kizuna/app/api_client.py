"""A small client of Kizuna's own HTTP API, for the demo: what it does, any script can do."""

import base64
import http.client
import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kizuna.kernel.errors import Conflict, Unavailable

TIMEOUT_S = 120
READ_BYTES = 1_048_576
TRIES_MAX = 20
CSRF_HEADER = "X-CSRF-Token"

OnBytes = Callable[[int], None]


class ApiError(Conflict):
    """An answer that is not success; ``status`` and ``code`` are the server's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


class ApiClient:
    """Signed in by cookie. Answers of 429 and 503 are asked again after the time they name."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._csrf_token = ""
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(_LocalCookies()))
        # No proxy: the server is this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def wait_until_ready(self, timeout_s: float) -> None:
        """Raises ``Unavailable`` when the server does not answer in time."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                self.get("/readyz")
            except (OSError, ApiError):
                time.sleep(0.2)
            else:
                return
        raise Unavailable(
            "server_not_ready", f"The server at {self.url} did not answer within {timeout_s:.0f} seconds."
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def put(self, path: str, body: Any) -> Any:
        return self._ask("PUT", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def sign_in(self, email: str, password: str) -> None:
        self.post("/api/session", {"email": email, "password": password})
        self.learn_token()

    def learn_token(self) -> None:
        """After a sign-in: reads the token that changing requests must repeat."""
        self._csrf_token = self.get("/api/me")["csrf_token"]

    def send_batch(self, write_key: str, items: list[dict[str, Any]]) -> None:
        """Events to the tracking API, as Segment's clients send them."""
        key = base64.b64encode(f"{write_key}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {key}"}
        self._ask("POST", "/v1/batch", json.dumps({"batch": items}).encode(), headers)

    def upload(self, path: Path, on_bytes: OnBytes) -> Any:
        """Sends a file as the bare body; ``on_bytes`` is told how much has gone."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(path.stat().st_size),
        }
        target = "/api/collect/uploads?" + urllib.parse.urlencode({"filename": path.name})
        return self._ask_once("POST", target, _read(path, on_bytes), headers)

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        for _ in range(TRIES_MAX):
            try:
                return self._ask_once(method, path, body, headers or {})
            except ApiError as error:
                if error.status not in (429, 503) or path == "/readyz":
                    raise
                time.sleep(error.retry_after_s or 1)
        raise Unavailable("server_busy", "The server stayed busy; start the demo again, it goes on where it was.")

    def _ask_once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(  # noqa: S310  # our own server
            self.url + path, data=body, method=method, headers=headers | {CSRF_HEADER: self._csrf_token}
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise _read_problem(error) from error
        except http.client.HTTPException as error:
            raise OSError(f"the connection broke: {error!r}") from error
        return json.loads(text) if text else None


class _LocalCookies(http.cookiejar.DefaultCookiePolicy):
    """Secure cookies too: behind a proxy with TLS the server marks them so, and we come from within."""

    def return_ok_secure(self, cookie: http.cookiejar.Cookie, request: Any) -> bool:
        return True


def _read(path: Path, on_bytes: OnBytes) -> Iterator[bytes]:
    sent = 0
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            yield data
            sent += len(data)
            on_bytes(sent)


def _read_problem(error: urllib.error.HTTPError) -> ApiError:
    with error:
        text = error.read()
    try:
        problem = json.loads(text)
    except ValueError:
        problem = {}
    problem = problem if isinstance(problem, dict) else {}
    message = problem.get("detail") or problem.get("title") or f"The server answered {error.code}."
    made = ApiError(error.code, str(problem.get("code", "http_error")), str(message))
    retry = error.headers.get("Retry-After", "")
    made.retry_after_s = int(retry) if retry.isdigit() else None
    return made
