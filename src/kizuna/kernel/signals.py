"""Signals: facts that one domain tells others, in the transaction that made them true.

``publish`` defers one job per subscriber on the same connection, so a rollback publishes nothing
and a crash loses nothing. Delivery is at least once: a subscriber must be idempotent.
A signal may carry a batch; what is true of many profiles at once is one signal, not many.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from kizuna.kernel.context import Context
from kizuna.kernel.jobs import defer


class Signal(msgspec.Struct, frozen=True):
    """Base of all signals. ``name`` is the stable text under which it is queued."""

    name: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """``react(ctx, signal)`` runs in its own transaction, as a job named ``signal:<name>:<subscriber>``."""

    name: str
    signal: type[Signal]
    react: Callable[[Context, Any], Awaitable[None]]

    @property
    def job_name(self) -> str:
        return f"signal:{self.signal.name}:{self.name}"


async def publish(ctx: Context, signal: Signal) -> None:
    """Queues ``signal`` for every subscriber of its type, within the present transaction."""
    for subscriber in ctx.runtime.registry.subscribers_of(type(signal)):
        await defer(ctx, subscriber.job_name, {"signal": msgspec.to_builtins(signal)}, queue="signals")
