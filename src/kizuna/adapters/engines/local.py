"""The engine in the process: DuckDB over the lake, kernels in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from kizuna.adapters.engines.statements import join_relations, lake_version
from kizuna.kernel.engine import FrequentSets, Kernel, Statement
from kizuna.kernel.lake import Lake


class LocalEngine:
    """Implements ``kizuna.kernel.engine.Engine``."""

    name: Literal["duckdb"] = "duckdb"

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    async def version(self, workspace_id: int) -> Sequence[int]:
        return await lake_version(self._lake, workspace_id)

    async def select(self, workspace_id: int, statement: Statement, *, timeout_s: float | None = None) -> Any:
        from kizuna.adapters.engines.plain import plain_result

        return plain_result(await self._select(workspace_id, statement, timeout_s))

    async def reduce(
        self, workspace_id: int, statement: Statement, kernel: Kernel, *, timeout_s: float | None = None
    ) -> Any:
        from kizuna.adapters.engines.plain import plain_input

        rows = await self._select(workspace_id, statement, timeout_s)
        return await asyncio.to_thread(lambda: kernel(plain_input(rows)))

    async def itemsets(
        self,
        workspace_id: int,
        statement: Statement,
        least: Callable[[int], int],
        longest: int,
        *,
        timeout_s: float | None = None,
    ) -> FrequentSets:
        from kizuna.adapters.engines.itemsets import PAIRS_MAX, find_sets
        from kizuna.adapters.engines.plain import plain_result

        few = replace(statement, text=f"SELECT * FROM ({statement.text}) AS pairs LIMIT {PAIRS_MAX + 1}")  # noqa: S608
        rows = plain_result(await self._select(workspace_id, few, timeout_s))
        return await asyncio.to_thread(find_sets, rows, least, longest)

    async def check(self) -> str:
        import duckdb

        return duckdb.__version__

    async def close(self) -> None:
        """The lake is closed by whoever opened it."""

    async def _select(self, workspace_id: int, statement: Statement, timeout_s: float | None) -> Any:
        sql = join_relations(statement.text, statement.relations)
        return await self._lake.select(
            workspace_id, sql, tables=statement.tables, opened=statement.opened, timeout_s=timeout_s
        )
