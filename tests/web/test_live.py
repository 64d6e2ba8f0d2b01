"""The live socket: who may listen, and to what."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from litestar import Litestar
from tests.cast import Person

from kizuna.web import live
from kizuna.web.auth import SESSION_COOKIE

Message = dict[str, Any]


class Socket:
    """The browser's side of a WebSocket, spoken to the application directly."""

    def __init__(self, app: Litestar, headers: dict[str, str]) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.to_app.put_nowait({"type": "websocket.connect"})
        scope: Any = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/api/live",
            "raw_path": b"/api/live",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 8100),
            "subprotocols": [],
            "state": {},
            "extensions": {},
        }
        self.task = asyncio.create_task(app(scope, self.to_app.get, self.from_app.put))  # type: ignore[arg-type]

    def send(self, text: str) -> None:
        self.to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def subscribe(self, topic: str) -> None:
        self.send(json.dumps({"subscribe": topic}))
        assert await self.receive() == {"subscribed": topic}

    async def next(self) -> Message:
        async with asyncio.timeout(10):
            return await self.from_app.get()

    async def receive(self) -> Any:
        message = await self.next()
        assert message["type"] == "websocket.send", message
        return json.loads(message.get("text") or message["bytes"])


@asynccontextmanager
async def connect(app: Litestar, person: Person | None, **headers: str) -> AsyncIterator[Socket]:
    cookie = {"cookie": f"{SESSION_COOKIE}={person.cookies[SESSION_COOKIE]}"} if person else {}
    socket = Socket(app, {"host": "localhost:8100", **cookie, **headers})
    yield socket
    socket.to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await asyncio.gather(socket.task, return_exceptions=True)


async def publish(person: Person, topic: str, data: object) -> None:
    async with person.unit() as ctx:
        await ctx.live.publish(ctx.db, ctx.workspace.id, topic, data)


async def test_messages_reach_their_workspace_only(app: Litestar, ada: Person, ben: Person, dan: Person) -> None:
    async with connect(app, ben) as bens, connect(app, dan) as dans:
        for socket in (bens, dans):
            assert (await socket.next())["type"] == "websocket.accept"
            await socket.subscribe("jobs")
        await publish(ada, "jobs", {"id": 1})
        await publish(dan, "jobs", {"id": 2})
        assert await bens.receive() == {"topic": "jobs", "data": {"id": 1}}
        assert await dans.receive() == {"topic": "jobs", "data": {"id": 2}}


async def test_a_topic_asks_for_its_permission(app: Litestar, cleo: Person, ben: Person) -> None:
    async with connect(app, cleo) as socket:
        await socket.next()
        for topic in ("tail", "no-such-topic", "profile:\x00", "profile:" + "x" * 200):
            socket.send(json.dumps({"subscribe": topic}))  # an agent may not read the tail
        await socket.subscribe("profile:1")


@pytest.mark.parametrize("headers", [{}, {"cookie": f"{SESSION_COOKIE}=kzs_guess"}])
async def test_nobody_listens(app: Litestar, headers: dict[str, str]) -> None:
    async with connect(app, None, **headers) as socket:
        assert (await socket.next())["type"] == "websocket.close"


async def test_another_site_cannot_listen_with_our_cookie(app: Litestar, ada: Person) -> None:
    async with connect(app, ada, origin="https://evil.example") as socket:
        assert (await socket.next())["code"] == 4403
    async with connect(app, ada, origin="http://localhost:8100") as socket:
        assert (await socket.next())["type"] == "websocket.accept"


@pytest.mark.parametrize("text", ["{", "[]", '"jobs"', '{"subscribe": 1}', '{"subscribe": null}'])
async def test_nonsense_does_no_harm(app: Litestar, ada: Person, text: str) -> None:
    async with connect(app, ada) as socket:
        await socket.next()
        socket.send(text)
    assert socket.task.exception() is None


async def test_a_socket_does_not_outlive_its_session(
    app: Litestar, ada: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", 0.05)
    async with connect(app, ben) as socket:
        assert (await socket.next())["type"] == "websocket.accept"
        await ada.patch(f"/api/workspace/members/{ben.member_id}", json={"disabled": True})
        assert (await socket.next())["code"] == 4401
