"""The lake for async callers: delta-rs and Arrow work in threads, SQL in processes of its own.

Nothing heavy is imported before the first call that needs it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from kizuna.adapters.engines.base import RELATIONS
from kizuna.adapters.engines.messages import Ask, LakeView
from kizuna.adapters.engines.process import SqlProcesses
from kizuna.adapters.engines.stoppable import run_stoppable
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import (
    LOAD_APP,
    Appended,
    Compacted,
    Erased,
    Opened,
    Progress,
    QueryResult,
    Relation,
    SqlMask,
    StopFlag,
    TableName,
    TableState,
    TimelineEvent,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from kizuna.adapters.engines.own import Instances, Query
    from kizuna.adapters.lake.core import LakeCore

T = TypeVar("T")

SQL_ROWS_MAX = 100_000
SELECTS_MAX = 2
SELECT_THREADS_MAX = 4
SWEEP_S = 30.0
_NO_TABLES: Mapping[str, Any] = MappingProxyType({})
TIMELINE_ROWS_MAX = 1_000


class DeltaLake:
    """Implements ``kizuna.kernel.lake.Lake`` over Delta tables.

    ``memory_mb`` bounds what compaction's comparisons hold; ``query_*`` bound analysts' SQL.
    """

    def __init__(
        self,
        url: str,
        *,
        options: dict[str, str] | None = None,
        memory_mb: int = 256,
        query_memory_mb: int = 1024,
        query_timeout_s: float = 60,
    ) -> None:
        self.url = url
        self._options = options
        self._memory_mb = memory_mb
        self._core: LakeCore | None = None
        # Compactions take minutes; neither loads nor timelines may wait for them.
        self._quick = ThreadPoolExecutor(4, thread_name_prefix="lake")
        self._slow = ThreadPoolExecutor(2, thread_name_prefix="lake-slow")
        self._sql = SqlProcesses(query_memory_mb, query_timeout_s)
        self._own = ThreadPoolExecutor(SELECTS_MAX, thread_name_prefix="lake-select")
        self._query_memory_mb, self._query_timeout_s = query_memory_mb, query_timeout_s
        self._instances: Instances | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._closing = threading.Event()

    async def append(
        self,
        workspace_id: int,
        table: TableName,
        rows: pa.Table,
        load_id: int | None = None,
        *,
        app_id: str = LOAD_APP,
    ) -> Appended:
        return await self._run(lambda core: core.append(workspace_id, table, rows, load_id, app_id))

    async def last_load(self, workspace_id: int, table: TableName, *, app_id: str = LOAD_APP) -> int | None:
        return await self._run(lambda core: core.table(workspace_id, table).last_load(app_id))

    async def table_state(self, workspace_id: int, table: TableName) -> TableState | None:
        return await self._run(lambda core: core.table_state(workspace_id, table))

    async def merge_small_files(self, workspace_id: int) -> Compacted:
        def merge(core: LakeCore) -> Compacted:
            from kizuna.adapters.lake.compact import merge_small

            return merge_small(core.table(workspace_id, "events"), core.make_work(stop=self._closing.is_set))

        return await self._run(merge, slow=True)

    async def compact(
        self,
        workspace_id: int,
        month: str | None = None,
        *,
        drop_keys: Sequence[int] = (),
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> Compacted:
        must_stop = self._must_stop(stop)

        def compact(core: LakeCore) -> Compacted:
            from kizuna.adapters.lake.compact import compact_tables

            work = core.make_work(drop_keys=tuple(drop_keys), month=month, progress=progress, stop=must_stop)
            return compact_tables(lambda name: core.table(workspace_id, name), work)

        return await self._run(compact, slow=True)

    async def erase(
        self,
        workspace_id: int,
        keys: Sequence[int],
        *,
        identifiers: Sequence[tuple[str, str]] = (),
        received_before: datetime | None = None,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> Erased:
        told: dict[str, Any] = {"progress": progress, "stop": self._must_stop(stop)}
        return await self._run(
            lambda core: core.erase_keys(workspace_id, keys, received_before, identifiers, **told), slow=True
        )

    async def erase_events(
        self,
        workspace_id: int,
        *,
        names: Sequence[str],
        before: datetime,
        keys: Sequence[int] | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> Erased:
        told: dict[str, Any] = {"progress": progress, "stop": self._must_stop(stop)}
        return await self._run(
            lambda core: core.erase_events(workspace_id, names, before, keys, dry_run, **told), slow=True
        )

    async def read_person(
        self, workspace_id: int, keys: Sequence[int], *, batch_rows: int = 2000
    ) -> AsyncIterator[list[dict[str, Any]]]:
        rows = await self._run(lambda core: core.read_person(workspace_id, keys, batch_rows))
        while batch := await self._run(lambda _: next(rows, None), slow=True):
            yield batch

    async def vacuum(self, workspace_id: int, *, retention_h: int = 24) -> int:
        return await self._run(lambda core: core.vacuum(workspace_id, retention_h), slow=True)

    async def read_timeline(
        self,
        workspace_id: int,
        keys: Sequence[int],
        *,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
        names: Sequence[str] = (),
        touchpoints: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[TimelineEvent]:
        if not 0 <= limit <= TIMELINE_ROWS_MAX:
            raise Invalid("timeline_limit", f"A timeline page has at most {TIMELINE_ROWS_MAX} events.")
        page = {"before": before, "limit": limit, "names": names, "touchpoints": touchpoints}
        return await self._run(lambda core: core.read_timeline(workspace_id, keys, **page, since=since, until=until))

    async def known_message_ids(
        self, workspace_id: int, source_id: int, message_ids: pa.Array, *, months: Sequence[str] = ()
    ) -> pa.Array:
        return await self._run(
            lambda core: core.known_message_ids(workspace_id, source_id, message_ids, months), slow=True
        )

    async def run_sql(
        self,
        workspace_id: int,
        sql: str,
        *,
        limit: int = 1000,
        query_id: str | None = None,
        timeout_s: float | None = None,
        mask: SqlMask | None = None,
    ) -> QueryResult:
        if not 0 < limit <= SQL_ROWS_MAX:
            raise Invalid("sql_limit", f"The limit must be from 1 to {SQL_ROWS_MAX:,}.")
        view = await self._run(lambda core: core.view(workspace_id, mask))
        try:
            body = msgspec.msgpack.encode(Ask(view, sql, limit))
        except UnicodeEncodeError as error:
            raise Invalid("sql_syntax", "The query holds characters that are not Unicode text.") from error
        return await self._sql.ask(workspace_id, query_id or uuid.uuid4().hex, body, timeout_s)

    def cancel_sql(self, workspace_id: int, query_id: str) -> bool:
        return self._sql.cancel(workspace_id, query_id)

    async def select(
        self,
        workspace_id: int,
        sql: str,
        *,
        tables: Mapping[str, pa.Table] = _NO_TABLES,
        opened: Mapping[str, Opened] = _NO_TABLES,
        timeout_s: float | None = None,
    ) -> pa.Table:
        instances, query = await self._run(lambda _: self._prepare_select(sql, tables, opened))

        def ask() -> pa.Table:
            from kizuna.adapters.engines.own import run_again_when_changed

            return run_again_when_changed(lambda: self._open_core().view(workspace_id), instances, query)

        work = self._own.submit(ask)
        try:
            return await run_stoppable(work, query.stop, timeout_s or self._query_timeout_s)
        finally:
            self._sweep_later(instances)

    async def view(self, workspace_id: int) -> LakeView:
        """The files of this moment, for an engine that reads them itself."""
        return await self._run(lambda core: core.view(workspace_id))

    def relations(self) -> tuple[Relation, ...]:
        return RELATIONS

    async def check(self) -> None:
        await self._run(lambda core: core.check())

    def stop_compacting(self) -> None:
        self._closing.set()

    async def close(self) -> None:
        self.stop_compacting()
        await self._sql.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._instances is not None:
            await asyncio.get_running_loop().run_in_executor(self._quick, self._instances.close)
        if self._core is not None:
            self._core.close()
        self._own.shutdown(wait=False, cancel_futures=True)
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)

    def _prepare_select(
        self, sql: str, tables: Mapping[str, pa.Table], opened: Mapping[str, Opened]
    ) -> tuple[Instances, Query]:
        from kizuna.adapters.engines.own import Instances, Query

        if self._instances is None:
            made = Instances(self._query_memory_mb, min(SELECT_THREADS_MAX, os.cpu_count() or 1))
            # As with the core: of two that were made at once the first is kept.
            self._instances = self._instances or made
        return self._instances, Query(sql, tables, opened)

    def _sweep_later(self, instances: Instances) -> None:
        """Idle instances give their memory back, in a thread: closing one may take a while."""
        if self._sweeper is not None or self._closing.is_set():
            return
        loop = asyncio.get_running_loop()

        async def sweep() -> None:
            self._sweeper = None
            if await loop.run_in_executor(self._quick, instances.sweep):
                self._sweep_later(instances)

        def begin() -> None:
            self._sweeping = loop.create_task(sweep())

        self._sweeper = loop.call_later(SWEEP_S, begin)

    def _must_stop(self, stop: StopFlag | None) -> StopFlag:
        return lambda: self._closing.is_set() or (stop is not None and stop())

    async def _run(self, work: Callable[[LakeCore], T], *, slow: bool = False) -> T:
        def run() -> T:
            return work(self._open_core())

        return await asyncio.get_running_loop().run_in_executor(self._slow if slow else self._quick, run)

    def _open_core(self) -> LakeCore:
        if self._core is None:
            from kizuna.adapters.lake.core import LakeCore
            from kizuna.adapters.lake.scratch import sweep_scratch

            sweep_scratch()
            # Two threads may both make one; the first to be stored is kept, the other held nothing.
            core = LakeCore(self.url, self._options, self._memory_mb)
            self._core = self._core or core
        return self._core
