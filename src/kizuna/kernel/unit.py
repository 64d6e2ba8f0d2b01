"""Opens units of work."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from kizuna.kernel.context import Actor, Context, Runtime


@asynccontextmanager
async def open_unit(
    runtime: Runtime, workspace_id: int, actor: Actor, request_id: str
) -> AsyncGenerator[Context, None]:
    async with runtime.database.transaction("app", workspace_id) as db:
        workspace = await runtime.load_workspace(db, workspace_id)
        yield Context(workspace=workspace, actor=actor, db=db, runtime=runtime, request_id=request_id)
