"""Work that nobody waits for any more is stopped."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from litestar import Request

from kizuna.kernel.errors import Conflict

T = TypeVar("T")


async def while_connected(request: Request[Any, Any, Any], work: Awaitable[T]) -> T:
    """What the work gives. It is cancelled when the client closes the connection: an answer that cost much is not
    computed for nobody."""
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_wait_until_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Conflict("client_left", "Nobody waits for the answer any more.")
        return task.result()
    finally:
        for one in (gone, task):
            one.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await one


async def _wait_until_gone(request: Request[Any, Any, Any]) -> None:
    await request.body()  # of what follows only the end of the connection is left
    while (await request.receive())["type"] != "http.disconnect":
        pass
