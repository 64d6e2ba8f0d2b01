"""One question to one engine: what a metric is given to compute its answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kizuna.conditions.ast import EventMatch
from kizuna.conditions.moments import At
from kizuna.domains.analytics.contracts import Caveat, Query
from kizuna.domains.analytics.queries.breakdown import Told, tell
from kizuna.domains.analytics.queries.rows import Crowd, Rows
from kizuna.domains.analytics.rules.periods import Periods
from kizuna.kernel.engine import Engine, FrequentSets, Kernel, Statement
from kizuna.kernel.lake import ArrowTable, Opened


@dataclass(slots=True)
class Ask:
    """One question to one engine, and what was noted on the way to its answer.

    ``relations`` and ``tables`` are what ``crowd`` and breakdowns read: they go along with every statement.
    """

    engine: Engine
    workspace_id: int
    query: Query
    at: At
    periods: Periods
    currency: str
    crowd: Crowd = field(default_factory=Crowd)
    relations: Mapping[str, str] = field(default_factory=dict[str, str])
    tables: Mapping[str, ArrowTable] = field(default_factory=dict[str, ArrowTable])
    timeout_s: float | None = None
    statements: list[str] = field(default_factory=list[str])
    kernels: list[str] = field(default_factory=list[str])
    caveats: list[Caveat] = field(default_factory=list[Caveat])
    _opened: dict[str, Opened] = field(default_factory=dict[str, Opened])

    def rows(self, matches: Sequence[EventMatch], since_us: int | None = None, until_us: int | None = None) -> Rows:
        """The events that any of ``matches`` means, in the range that is asked about or in another, of who is
        looked at. Events later than now have not happened yet."""
        since_us = self.periods.since_us if since_us is None else since_us
        until_us = min(self.periods.until_us if until_us is None else until_us, self.at.now_us + 1)
        late = self.query.leave_out.late
        until_us = max(until_us, since_us)
        return Rows(
            self.engine.name, self.at, matches, since_us, until_us, self.crowd, no_late=late, opened=self._opened
        )

    def tell(self, rows: Rows) -> Told:
        """The rows with the query's breakdown as a text column ``label``, as a relation ``told``."""
        return tell(self.engine.name, rows, self.query.breakdown)

    async def select(
        self, text: str, relations: Mapping[str, str] | None = None, tables: Mapping[str, ArrowTable] | None = None
    ) -> ArrowTable:
        """What a SELECT in DuckDB's dialect gives. It reads ``relations``, in the engine's own."""
        return await self.engine.select(
            self.workspace_id, self._state(text, relations, tables), timeout_s=self.timeout_s
        )

    async def reduce(
        self,
        kernel: Kernel,
        text: str,
        relations: Mapping[str, str] | None = None,
        tables: Mapping[str, ArrowTable] | None = None,
    ) -> ArrowTable:
        """What a kernel gives for the rows of a SELECT: see ``Engine.reduce``."""
        self.kernels.append(_name_of(kernel))
        statement = self._state(text, relations, tables)
        return await self.engine.reduce(self.workspace_id, statement, kernel, timeout_s=self.timeout_s)

    async def itemsets(
        self, least: Callable[[int], int], longest: int, text: str, relations: Mapping[str, str] | None = None
    ) -> FrequentSets:
        """What stands together in baskets: see ``Engine.itemsets``."""
        statement = self._state(text, relations, None)
        found = await self.engine.itemsets(self.workspace_id, statement, least, longest, timeout_s=self.timeout_s)
        self.kernels.append(found.method)
        return found

    def note(self, code: str, en: str, ja: str, *, warning: bool = False) -> None:
        """Something that whoever reads the answer must know; the same is noted once."""
        caveat = Caveat(code, {"en": en, "ja": ja}, "warning" if warning else "note")
        if caveat not in self.caveats:
            self.caveats.append(caveat)

    def _state(
        self, text: str, relations: Mapping[str, str] | None, tables: Mapping[str, ArrowTable] | None
    ) -> Statement:
        read = {**self.relations, **(relations or {})}
        opened = self._opened_in((text, *read.values()))
        shown = {**{name: one.text for name, one in opened.items()}, **read}
        self.statements.append("\n".join([*(f"-- {name}:\n{sql}" for name, sql in shown.items()), text]))
        return Statement(text, read, {**self.tables, **(tables or {})}, opened)

    def _opened_in(self, texts: Sequence[str]) -> dict[str, Opened]:
        """What was opened for rows that these texts read."""
        return {name: one for name, one in self._opened.items() if any(name in text for text in texts)}


def _name_of(kernel: Kernel) -> str:
    inner: Any = kernel.func if isinstance(kernel, partial) else kernel
    return f"{inner.__module__}.{inner.__qualname__}"
