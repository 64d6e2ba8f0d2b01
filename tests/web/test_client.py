"""Where a request comes from."""

from dataclasses import replace

import pytest
from litestar import Litestar
from tests.cast import PASSWORD, Person, Visitor, started

from kizuna.kernel.settings import Settings


async def seen_ip(app: Litestar, person: Person, forwarded: str | None) -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    async with Visitor(app) as visitor:
        body = {"email": person.email, "password": PASSWORD}
        assert (await visitor.post("/api/session", json=body, headers=headers)).status_code == 201
    async with person.unit() as ctx:
        query = "SELECT ip FROM workspace_sessions WHERE user_agent LIKE 'python-httpx%%' ORDER BY ctid DESC LIMIT 1"
        row = await (await ctx.db.execute(query)).fetchone()
    assert row
    return row[0]


async def test_without_a_proxy_the_header_is_anybodys_invention(app: Litestar, ada: Person) -> None:
    assert await seen_ip(app, ada, "203.0.113.9") == "127.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "ip"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (3, "203.0.113.9", "203.0.113.9"),
        (1, None, "127.0.0.1"),
    ],
)
async def test_only_what_our_proxies_wrote_counts(
    settings: Settings, ada: Person, proxies: int, forwarded: str | None, ip: str
) -> None:
    from kizuna.app.asgi import create_app

    app = create_app(replace(settings, trusted_proxies=proxies), ada.runtime.clock)
    async with started(app):
        assert await seen_ip(app, ada, forwarded) == ip
