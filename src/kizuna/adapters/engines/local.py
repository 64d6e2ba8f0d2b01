"""The engine in the process: DuckDB over the lake, kernels in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from kizuna.adapters.engines.statements import join_relations
from kizuna.kernel.engine import Kernel, Statement
from kizuna.kernel.lake import Lake, TableName

TABLES: tuple[TableName, ...] = ("events", "profiles", "aliases")


class LocalEngine:
    """Implements ``kizuna.kernel.engine.Engine``."""

    name: Literal["duckdb"] = "duckdb"

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    async def version(self, workspace_id: int) -> Sequence[int]:
        states = [await self._lake.table_state(workspace_id, table) for table in TABLES]
        return [-1 if state is None else state.version for state in states]

    async def select(self, workspace_id: int, statement: Statement, *, timeout_s: float | None = None) -> Any:
        sql = join_relations(statement.text, statement.relations)
        return await self._lake.select(workspace_id, sql, tables=statement.tables, timeout_s=timeout_s)

    async def reduce(
        self, workspace_id: int, statement: Statement, kernel: Kernel, *, timeout_s: float | None = None
    ) -> Any:
        rows = await self.select(workspace_id, statement, timeout_s=timeout_s)
        return await asyncio.to_thread(kernel, rows)

    async def close(self) -> None:
        """The lake is closed by whoever opened it."""
