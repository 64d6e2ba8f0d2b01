"""Headers that every answer carries."""

from dataclasses import replace

import pytest
from tests.cast import Person, Visitor, started

from kizuna.kernel.settings import Settings
from kizuna.web.security import API_POLICY, SecurityHeaders

ANSWERS = (
    ("GET", "/api/me"),
    ("GET", "/api/nothing"),
    ("GET", "/api/openapi.json"),
    ("POST", "/api/session"),
    ("OPTIONS", "/api/session"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("POST", "/v1/track"),
    ("OPTIONS", "/v1/track"),
    ("GET", "/analytics.js/v1/k/settings"),
    ("POST", "/in/nothing"),
    ("GET", "/sdk/nothing.js"),
    ("GET", "/assets/nothing.js"),
)


@pytest.mark.parametrize(("method", "path"), ANSWERS)
async def test_every_answer_says_what_browsers_may_not_do_with_it(visitor: Visitor, method: str, path: str) -> None:
    headers = (await visitor.request(method, path)).headers
    assert headers["content-security-policy"] == API_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers
    assert headers["x-request-id"]


async def test_https_stays_https(settings: Settings, ada: Person) -> None:
    from kizuna.app.asgi import create_app

    app = create_app(replace(settings, public_url="https://kizuna.example.com"), ada.runtime.clock)
    async with started(app), Visitor(app) as visitor:
        answer = await visitor.get("/healthz")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_other_sites_may_still_track(visitor: Visitor) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await visitor.options("/v1/track", headers=asked)
    assert answer.headers["access-control-allow-origin"] in ("*", "https://shop.example")


def test_what_an_answer_says_itself_stays() -> None:
    security = SecurityHeaders("https://kizuna.example.com")
    for _ in range(2):
        done = security.complete([(b"Content-Security-Policy", b"default-src 'self'"), (b"vary", b"origin")])
        names = [name.lower() for name, _ in done]
        assert len(names) == len(set(names)) == 7
        assert done[0] == (b"Content-Security-Policy", b"default-src 'self'")
