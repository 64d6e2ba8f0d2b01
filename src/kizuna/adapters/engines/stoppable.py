"""Waiting for a thread that can be told to stop. Imports nothing heavy."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from kizuna.kernel.errors import Limit

T = TypeVar("T")

_ASK_AGAIN_S = 0.05


async def run_stoppable(
    work: Future[T], stop: Callable[[], None], limit_s: float, *, patience_s: float | None = None
) -> T:
    """What the work gives. It is over when this ends, whether by time, by cancellation or by itself; or, where it
    waits for another machine, it is left alone ``patience_s`` after it was told to stop."""
    done = asyncio.wrap_future(work)
    try:
        return await asyncio.wait_for(asyncio.shield(done), limit_s)
    except TimeoutError as error:
        if done.done():  # its own
            raise
        await _end(work, done, stop, patience_s)
        raise Limit(
            "sql_timeout", "The query took longer than allowed. Ask for a shorter time or fewer columns."
        ) from error
    except asyncio.CancelledError:
        await _end(work, done, stop, patience_s)
        raise


async def _end(work: Future[T], done: asyncio.Future[T], stop: Callable[[], None], patience_s: float | None) -> None:
    if work.cancel():  # it had not begun
        return
    until = math.inf if patience_s is None else time.monotonic() + patience_s
    while not done.done():
        # What is between two steps does not hear the first call.
        stop()
        await asyncio.wait([done], timeout=_ASK_AGAIN_S)
        if time.monotonic() > until and not done.done():
            done.add_done_callback(lambda left: left.cancelled() or left.exception())
            return
    done.exception()
