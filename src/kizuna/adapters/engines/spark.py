"""The engine on a cluster: Spark, by Spark Connect. The same Delta files, the same SQL, the same kernels.

Nothing of Spark is imported before the first question.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.statements import lake_version
from kizuna.adapters.engines.stoppable import run_stoppable
from kizuna.kernel.engine import FrequentSets, Kernel, Statement
from kizuna.kernel.errors import Unavailable

if TYPE_CHECKING:
    from kizuna.adapters.engines.spark_calls import Call, Work
    from kizuna.adapters.engines.spark_session import SparkSession
    from kizuna.adapters.lake.delta import DeltaLake

RUNNING_MAX = 8
TRIES = 3
PATIENCE_S = 10.0


class SparkEngine:
    """Implements ``kizuna.kernel.engine.Engine``. ``url`` is Spark Connect's: ``sc://host:port/;token=…``."""

    name: Literal["spark"] = "spark"

    def __init__(self, url: str, lake: DeltaLake, *, timeout_s: float) -> None:
        self._url, self.lake, self._timeout_s = url, lake, timeout_s
        self._threads = ThreadPoolExecutor(RUNNING_MAX, thread_name_prefix="spark")
        self._stoppers = ThreadPoolExecutor(RUNNING_MAX, thread_name_prefix="spark-stop")
        self.session: SparkSession | None = None
        self._lock = threading.Lock()

    async def version(self, workspace_id: int) -> Sequence[int]:
        return await lake_version(self.lake, workspace_id)

    async def select(self, workspace_id: int, statement: Statement, *, timeout_s: float | None = None) -> Any:
        from kizuna.adapters.engines.spark_calls import take_rows

        return await self._answer(workspace_id, statement, take_rows, timeout_s)

    async def reduce(
        self, workspace_id: int, statement: Statement, kernel: Kernel, *, timeout_s: float | None = None
    ) -> Any:
        from kizuna.adapters.engines.spark_calls import reduce_rows

        return await self._answer(workspace_id, statement, partial(reduce_rows, kernel), timeout_s)

    async def itemsets(
        self,
        workspace_id: int,
        statement: Statement,
        least: Callable[[int], int],
        longest: int,
        *,
        timeout_s: float | None = None,
    ) -> FrequentSets:
        from kizuna.adapters.engines.spark_itemsets import find_sets

        return await self._answer(workspace_id, statement, partial(find_sets, least, longest), timeout_s)

    async def check(self) -> str:
        """Asks something that reaches the workers; gives Spark's version. Raises ``Unavailable``."""
        from kizuna.adapters.engines.spark_calls import take_rows

        small = Statement("SELECT kizuna_fold('Ａ') AS folded, version() AS version")
        found = await self._answer(None, small, take_rows, None)
        return str(found.column("version")[0]).split()[0]

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    async def _answer(self, workspace_id: int | None, statement: Statement, todo: Work, timeout_s: float | None) -> Any:
        """Asks again where Spark was restarted meanwhile, and where files went for a newer version."""
        from kizuna.adapters.engines.spark_calls import Call
        from kizuna.adapters.engines.spark_errors import FilesGoneError, SessionLostError, unreachable
        from kizuna.adapters.engines.spark_session import place_of

        before: LakeView | None = None
        until = time.monotonic() + (timeout_s or self._timeout_s)
        for tries_left in reversed(range(TRIES)):
            view = _NOTHING if workspace_id is None else await self.lake.view(workspace_id)
            call = Call(statement, todo, self._stoppers)
            try:
                work = self._threads.submit(self._run, call, view)
                return await run_stoppable(work, call.stop, until - time.monotonic(), patience_s=PATIENCE_S)
            except SessionLostError as error:
                if not tries_left:
                    raise unreachable(place_of(self._url)) from error
            except FilesGoneError as error:
                if not tries_left or view == before:
                    raise _unseen() from error
            before = view
        raise AssertionError

    def _run(self, call: Call, view: LakeView) -> Any:
        from kizuna.adapters.engines.spark_errors import SessionLostError

        session = self._take_session()
        try:
            return call.run(session, view)
        except SessionLostError:
            self._forget(session)
            raise

    def _take_session(self) -> SparkSession:
        from kizuna.adapters.engines.spark_errors import explained
        from kizuna.adapters.engines.spark_session import SparkSession, place_of

        # The lock is held while one is opened: others would open more.
        with self._lock:
            if self.session is None:
                with explained(place_of(self._url)):
                    self.session = SparkSession(self._url)
            return self.session

    def _forget(self, session: SparkSession) -> None:
        with self._lock:
            if self.session is not session:
                return
            self.session = None
        self._stoppers.submit(session.close, lost=True)

    def _close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._stoppers.shutdown()
        session, self.session = self.session, None
        if session is not None:
            session.close()


_NOTHING = LakeView(0, "", True, {}, {})


def _unseen() -> Unavailable:
    return Unavailable(
        "lake_unavailable",
        "Spark does not find the lake's files. Its workers must see the lake under the same address as Kizuna does.",
        retry_after_s=5,
    )
