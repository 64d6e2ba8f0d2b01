"""The parent's side of the processes that run analysts' SQL."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from kizuna.adapters.engines.messages import HEADER, Answer
from kizuna.kernel.errors import Conflict, Invalid, KizunaError, Limit, Unavailable
from kizuna.kernel.lake import QueryResult

PROCESSES_MAX = 2
IDLE_S = 60.0
WAIT_FOR_PROCESS_S = 15.0
START_S = 60.0
# The encoded result is at most a few times RESULT_BYTES_MAX of the child.
ANSWER_BYTES_MAX = 256 << 20


@dataclass
class Child:
    """One process, and whether it is to end."""

    process: Process
    cancelled: bool = False
    killed: bool = False

    async def exchange(self, body: bytes) -> bytes:
        assert self.process.stdin is not None
        self.process.stdin.write(HEADER.pack(len(body)) + body)
        await self.process.stdin.drain()
        return await self.read()

    async def read(self) -> bytes:
        assert self.process.stdout is not None
        size: int = HEADER.unpack(await self.process.stdout.readexactly(HEADER.size))[0]
        if size > ANSWER_BYTES_MAX:
            raise Limit("sql_result_size", "The result is too large; ask for fewer columns or rows.")
        return await self.process.stdout.readexactly(size)

    def kill(self) -> None:
        # Once only: a second signal would look whether the process is gone, and take its exit code
        # away from the event loop.
        if not self.killed:
            self.killed = True
            with suppress(ProcessLookupError):
                self.process.kill()

    async def end(self) -> None:
        self.kill()
        await self.process.wait()


@dataclass
class SqlProcesses:
    """At most ``PROCESSES_MAX`` children; made when asked, ended when idle for a minute."""

    memory_mb: int
    timeout_s: float
    threads: int = 1
    _idle: list[tuple[float, Child]] = field(default_factory=list[tuple[float, Child]])
    _running: dict[tuple[int, str], Child] = field(default_factory=dict[tuple[int, str], Child])
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PROCESSES_MAX))
    _sweeper: asyncio.TimerHandle | None = None

    async def ask(self, workspace_id: int, query_id: str, body: bytes, timeout_s: float | None) -> QueryResult:
        """Sends an encoded ``Ask``; raises what the child says, or what became of it."""
        name = (workspace_id, query_id)
        if name in self._running:
            raise Conflict("sql_query_id_taken", "A query with this id is running already.")
        await self._take_place()
        child: Child | None = None
        try:
            child = self._running[name] = await self._take_child()
            limit_s = min(self.timeout_s, timeout_s or self.timeout_s)
            answer = _decode(await asyncio.wait_for(child.exchange(body), limit_s))
        except BaseException as error:
            # Whatever happened, this child is in the middle of something: it goes.
            if child is not None:
                await child.end()
            raise _explain(error, child) from error
        else:
            await self._rest(child, answer)
        finally:
            self._running.pop(name, None)
            self._places.release()
        return _result(answer)

    def cancel(self, workspace_id: int, query_id: str) -> bool:
        child = self._running.get((workspace_id, query_id))
        if child is None:
            return False
        child.cancelled = True
        child.kill()
        return True

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for child in self._running.values():
            child.cancelled = True
            child.kill()
        idle, self._idle = self._idle, []
        for _, child in idle:
            await child.end()

    async def _take_place(self) -> None:
        try:
            await asyncio.wait_for(self._places.acquire(), WAIT_FOR_PROCESS_S)
        except TimeoutError as error:
            raise Limit(
                "sql_busy", "Other queries are running; try again when they are done.", retry_after_s=5
            ) from error

    async def _take_child(self) -> Child:
        while self._idle:
            child = self._idle.pop()[1]
            if child.process.returncode is None:
                return child
        arguments = ("-m", "kizuna.adapters.engines.child", str(self.memory_mb), str(self.threads))
        # Arrow's own allocators reserve far more memory than they use, and the limit would count it.
        env = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
        child = Child(
            await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=PIPE, stdout=PIPE, env=env)
        )
        # Not part of the query's time: on a busy machine importing alone takes seconds.
        try:
            await asyncio.wait_for(child.read(), START_S)
        except BaseException:
            await child.end()
            raise
        return child

    async def _rest(self, child: Child, answer: Answer) -> None:
        if answer.failure is not None and answer.failure.kind == "limit":
            # It met its memory's end, and would not give it back.
            await child.end()
            return
        self._idle.append((time.monotonic(), child))
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(IDLE_S, self._sweep)

    def _sweep(self) -> None:
        """Idle children cost about 150 MB each."""
        self._sweeper = None
        now = time.monotonic()
        for _, child in [entry for entry in self._idle if now - entry[0] >= IDLE_S]:
            child.kill()
        self._idle = [entry for entry in self._idle if now - entry[0] < IDLE_S]
        if self._idle:
            self._sweeper = asyncio.get_running_loop().call_later(IDLE_S, self._sweep)


def _explain(error: BaseException, child: Child | None) -> BaseException:
    if child is not None and child.cancelled:
        return Conflict("sql_cancelled", "The query was cancelled.")
    if child is None and isinstance(error, TimeoutError | OSError | EOFError):
        return Unavailable("sql_unavailable", "No process for the query could be started.", retry_after_s=5)
    if isinstance(error, TimeoutError):
        return Limit("sql_timeout", "The query took longer than allowed. Ask for a shorter time or fewer columns.")
    if isinstance(error, asyncio.IncompleteReadError | BrokenPipeError | ConnectionResetError):
        return Limit("sql_memory", "The query needed more memory than allowed and was stopped. Ask for less.")
    return error


def _decode(body: bytes) -> Answer:
    return msgspec.msgpack.decode(body, type=Answer)


def _result(answer: Answer) -> QueryResult:
    if answer.failure is not None:
        kinds: dict[str, type[KizunaError]] = {"invalid": Invalid, "limit": Limit}
        raise kinds.get(answer.failure.kind, Unavailable)(answer.failure.code, answer.failure.message)
    assert answer.result is not None
    return answer.result
