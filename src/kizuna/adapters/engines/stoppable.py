"""Waiting for a thread that can be told to stop. Imports nothing heavy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from kizuna.kernel.errors import Limit

T = TypeVar("T")

_ASK_AGAIN_S = 0.05


async def run_stoppable(work: Future[T], stop: Callable[[], None], limit_s: float) -> T:
    """What the work gives. It is over when this ends, whether by time, by cancellation or by itself."""
    done = asyncio.wrap_future(work)
    try:
        return await asyncio.wait_for(asyncio.shield(done), limit_s)
    except TimeoutError as error:
        if done.done():  # its own
            raise
        await _end(work, done, stop)
        raise Limit(
            "sql_timeout", "The query took longer than allowed. Ask for a shorter time or fewer columns."
        ) from error
    except asyncio.CancelledError:
        await _end(work, done, stop)
        raise


async def _end(work: Future[T], done: asyncio.Future[T], stop: Callable[[], None]) -> None:
    if work.cancel():  # it had not begun
        return
    while not done.done():
        # What is between two steps does not hear the first call.
        stop()
        await asyncio.wait([done], timeout=_ASK_AGAIN_S)
    done.exception()
