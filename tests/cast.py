"""The cast: Ada owns the workspace, Ben analyses, Cleo answers customers; Dan is of another workspace.

Each is an HTTP client that is signed in: ``await ada.get("/api/me")``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar

from kizuna.domains.workspace import api as workspaces
from kizuna.domains.workspace.contracts import (
    Client,
    CreatedWorkspace,
    MemberId,
    NewMember,
    NewWorkspace,
    OpenedSession,
    Role,
)
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.web.auth import CSRF_HEADER, SESSION_COOKIE

PASSWORD = "correct horse battery"
BASE_URL = "http://localhost:8100"


class Visitor(httpx.AsyncClient):
    """An HTTP client of the application that nobody has signed in."""

    def __init__(self, app: Litestar, **options: Any) -> None:
        super().__init__(transport=httpx.ASGITransport(app), base_url=BASE_URL, **options)


class Person(Visitor):
    """A member with a session. ``unit()`` opens a unit of work as this member."""

    def __init__(self, app: Litestar, runtime: Runtime, name: str, role: Role, session: OpenedSession) -> None:
        super().__init__(app, cookies={SESSION_COOKIE: session.token}, headers={CSRF_HEADER: session.csrf_token})
        self.name = name
        self.role = role
        self.workspace_id = session.workspace_id
        self.member_id = session.member_id
        self.runtime = runtime

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.com"

    @property
    def actor(self) -> Actor:
        permissions = self.runtime.registry.permissions_of_role(self.role)
        return Actor("member", str(self.member_id), self.name, permissions)

    def unit(self) -> AbstractAsyncContextManager[Context]:
        return self.runtime.unit(self.workspace_id, self.actor)


async def make_workspace(runtime: Runtime, name: str, owner: str) -> CreatedWorkspace:
    return await workspaces.create_workspace(
        runtime,
        NewWorkspace(
            workspace_name=name,
            owner_name=owner,
            email=f"{owner.lower()}@example.com",
            password=PASSWORD,
            time_zone="Asia/Tokyo",
            currency="JPY",
            week_start="monday",
            language="en",
            country="JP",
        ),
    )


async def sign_in(
    app: Litestar, runtime: Runtime, workspace_id: int, name: str, role: Role, member_id: MemberId | None = None
) -> Person:
    """A signed-in person; joins the workspace first when no ``member_id`` is given."""
    if member_id is None:
        async with runtime.unit(workspace_id) as ctx:
            new = NewMember(name, f"{name.lower()}@example.com", PASSWORD, role, "en")
            member_id = await workspaces.add_member(ctx, new)
    session = await workspaces.open_session(runtime, workspace_id, member_id, Client("127.0.0.1", "tests"))
    return Person(app, runtime, name, role, session)


@asynccontextmanager
async def started(app: Litestar) -> AsyncIterator[None]:
    """Runs the application's lifespan in one task: fixtures end in another task than they began in."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await stop.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
    try:
        yield
    finally:
        stop.set()
        await task
