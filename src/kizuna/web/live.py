"""One WebSocket a page for everything live: ``/api/live``.

Each server listens on PostgreSQL once and hands messages to its sockets; it also writes down which
topics its sockets watch, so that nobody publishes to an empty room.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from litestar import WebSocket, websocket
from litestar.exceptions import SerializationException, WebSocketDisconnect

from kizuna.kernel.context import WATCHED_FRESH_S, Actor, Runtime
from kizuna.kernel.errors import Forbidden, Unavailable
from kizuna.kernel.ids import new_id
from kizuna.web.auth import Principal, authenticate, read_credentials
from kizuna.web.client import is_our_origin

logger = logging.getLogger(__name__)

QUEUE_MESSAGES_MAX = 500
TOPICS_PER_SOCKET_MAX = 20
TOPIC_CHARS_MAX = 100
RECHECK_S = 30.0
WATCH_S = 30
RENEW_S = 10.0
RECONNECT_S = 1.0

TOPIC_PERMISSIONS = {
    "jobs": None,
    "tail": "collect.read",
    "flow": "collect.read",
    "profile": "profiles.read",
    "segments": "segments.read",
}

WATCH = """
    INSERT INTO kizuna_live_watches (workspace_id, topic, server_id, until)
    SELECT %(workspace_id)s, topic, %(server_id)s, clock_timestamp() + make_interval(secs => %(seconds)s)
    FROM unnest(%(topics)s::text[]) AS topic ORDER BY topic
    ON CONFLICT (workspace_id, topic, server_id) DO UPDATE SET until = excluded.until
"""


@dataclass(eq=False)
class _Listener:
    principal: Principal
    topics: set[str] = field(default_factory=set[str])
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE_MESSAGES_MAX))

    def put(self, text: str) -> None:
        if self.queue.full():
            self.queue.get_nowait()  # a page that cannot keep up sees the newest
        self.queue.put_nowait(text)


class LiveHub:
    """All open sockets of this server process."""

    def __init__(self, runtime: Runtime, listen: Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]) -> None:
        self._runtime = runtime
        self._listen = listen
        self._listeners: set[_Listener] = set()
        self._server_id = new_id()

    async def run(self) -> None:
        """Listens until cancelled; comes back by itself when the database was away."""
        renew = asyncio.create_task(self._renew_watches())
        try:
            while True:
                try:
                    connection = await self._listen()
                    async with connection:
                        await connection.execute("LISTEN kizuna_live")
                        async for notice in connection.notifies():
                            await self._hand_out(notice.payload)
                except psycopg.Error as error:
                    logger.warning("live listener lost the database", extra={"error": str(error)})
                await asyncio.sleep(RECONNECT_S)
        finally:
            renew.cancel()

    async def _hand_out(self, payload: str) -> None:
        message = json.loads(payload)
        workspace_id, topic, data = message["w"], message["t"], message["d"]
        # Of those who hold the same permissions all see the same: their text is made once.
        texts: dict[frozenset[str], str | None] = {}
        for listener in list(self._listeners):
            actor = listener.principal.actor
            if listener.principal.workspace_id != workspace_id or topic not in listener.topics:
                continue
            if actor.permissions not in texts:
                texts[actor.permissions] = await self._write(workspace_id, topic, actor, data)
            text = texts[actor.permissions]
            # While the text was made the socket may have closed, or left the topic.
            if text is not None and listener in self._listeners and topic in listener.topics:
                listener.put(text)

    async def _write(self, workspace_id: int, topic: str, actor: Actor, data: Any) -> str | None:
        """The message as this actor may see it; None when that cannot be found out."""
        view = self._runtime.registry.live_views.get(topic.partition(":")[0])
        try:
            shown = data if view is None else await view(self._runtime, workspace_id, actor, data)
        except Exception:
            logger.exception("a live message was left out", extra={"topic": topic})
            return None
        return json.dumps({"topic": topic, "data": shown}, ensure_ascii=False)

    async def watch(self, workspace_id: int, topics: set[str]) -> None:
        async with self._runtime.database.transaction("app", workspace_id) as db:
            await db.execute(
                WATCH,
                {
                    "workspace_id": workspace_id,
                    "server_id": self._server_id,
                    "topics": sorted(topics),
                    "seconds": WATCH_S,
                },
            )

    async def _renew_watches(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            by_workspace: dict[int, set[str]] = {}
            for listener in self._listeners:
                by_workspace.setdefault(listener.principal.workspace_id, set()).update(listener.topics)
            for workspace_id, topics in by_workspace.items():
                with contextlib.suppress(Exception):
                    await self.watch(workspace_id, topics)

    async def serve(self, socket: WebSocket[Any, Any, Any], principal: Principal) -> None:
        listener = _Listener(principal)
        self._listeners.add(listener)
        tasks = [
            asyncio.create_task(_send_all(socket, listener.queue)),
            asyncio.create_task(_close_when_signed_out(socket)),
        ]
        try:
            while True:
                await self._obey(listener, await socket.receive_json())
        except (WebSocketDisconnect, SerializationException, ValueError):
            pass
        finally:
            self._listeners.discard(listener)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _obey(self, listener: _Listener, command: Any) -> None:
        if not isinstance(command, dict):
            return
        if isinstance(topic := command.get("unsubscribe"), str):
            listener.topics.discard(topic)
        topic = command.get("subscribe")
        if not isinstance(topic, str) or len(listener.topics) >= TOPICS_PER_SOCKET_MAX:
            return
        if len(topic) > TOPIC_CHARS_MAX or not topic.isprintable():
            return
        kind = topic.partition(":")[0]
        needed = TOPIC_PERMISSIONS.get(kind, "")
        if needed is None or needed in listener.principal.actor.permissions:
            listener.topics.add(topic)
            await self.watch(listener.principal.workspace_id, {topic})
            # Said once every publisher knows: what the page fetches after it, and what comes to it, is everything.
            confirm = json.dumps({"subscribed": topic}, ensure_ascii=False)
            asyncio.get_running_loop().call_later(WATCHED_FRESH_S, listener.put, confirm)


async def _send_all(socket: WebSocket[Any, Any, Any], queue: asyncio.Queue[str]) -> None:
    while True:
        await socket.send_data(await queue.get())


async def _close_when_signed_out(socket: WebSocket[Any, Any, Any]) -> None:
    """A page that is left open must not outlive its session, or see what its member may no longer see."""
    state = socket.app.state
    opened = await authenticate(socket)
    while True:
        await asyncio.sleep(RECHECK_S)
        try:
            principal = await state.authenticate(state.runtime, read_credentials(socket))
        except Unavailable:
            continue
        except Forbidden:
            principal = None  # from this network no longer
        if principal is None or principal.actor != opened.actor:
            await socket.close(code=4401, reason="Sign in again.")
            return


def same_origin(socket: WebSocket[Any, Any, Any], public_url: str) -> bool:
    """Browsers send cookies with cross-site WebSockets; only our own pages may open one."""
    origin = socket.headers.get("origin")
    if origin is None:
        return True  # not a browser
    return is_our_origin(origin, socket.headers.get("host", ""), public_url)


@websocket("/api/live")
async def live_socket(socket: WebSocket[Any, Any, Any]) -> None:
    hub: LiveHub = socket.app.state.live_hub
    runtime: Runtime = socket.app.state.runtime
    principal = await authenticate(socket)
    if principal.enrolment_due:
        await socket.close(code=4403, reason="Set up the authenticator app first.")
        return
    if not same_origin(socket, runtime.settings.public_url):
        await socket.close(code=4403, reason="Open this page from its own address.")
        return
    await socket.accept()
    await hub.serve(socket, principal)
