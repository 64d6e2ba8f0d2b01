"""The port to what computes over the lake: DuckDB in the process, or a Spark cluster.

Both read the same Delta files, run the same SQL and the same kernels, and give the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from kizuna.kernel.lake import ArrowTable, Opened

Dialect = Literal["duckdb", "spark"]

Kernel = Callable[[ArrowTable], ArrowTable]
"""A pure function that can be sent to another machine: a function of ``kizuna.measures``, or a
``functools.partial`` of one. It is given all rows of some people and gives a table of a fixed schema."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT. ``text`` is written once, in DuckDB's dialect, and translated for other engines; it reads
    ``relations`` by name: SELECTs that are in the engine's own dialect already, each may read those before it.
    """

    text: str
    relations: Mapping[str, str] = field(default_factory=dict[str, str])
    tables: Mapping[str, ArrowTable] = field(default_factory=dict[str, ArrowTable])
    """Small tables that are given along, by name."""
    opened: Mapping[str, Opened] = field(default_factory=dict[str, Opened])
    """By name, what relations read; of engines whose dialect is DuckDB's."""


@dataclass(frozen=True, slots=True)
class FrequentSets:
    """Things that stand together in baskets, and of what they were found.

    ``sets`` has a row for each set, in no stated order: ``items``, a list of texts in no stated order, and ``count``,
    the number of baskets that hold all of them. ``pairs`` are the different things of each basket, added up; ``items``
    the different things of all. ``method`` is the name of what counted.
    """

    sets: ArrowTable
    baskets: int
    people: int
    items: int
    pairs: int
    method: str


class Engine(Protocol):
    """Every method may raise ``Limit`` when it takes more time or memory than allowed, ``Invalid`` when the SQL
    fails, ``Unavailable`` when the engine cannot be reached. A caller that is cancelled stops it."""

    @property
    def name(self) -> Literal["duckdb", "spark"]: ...

    async def version(self, workspace_id: int) -> Sequence[int]:
        """Versions of the lake's tables now: what was computed over equal ones is equal."""
        ...

    async def select(self, workspace_id: int, statement: Statement, *, timeout_s: float | None = None) -> ArrowTable:
        """Reads the relations ``people`` and ``happenings`` as ``Lake.select`` has them."""
        ...

    async def reduce(
        self, workspace_id: int, statement: Statement, kernel: Kernel, *, timeout_s: float | None = None
    ) -> ArrowTable:
        """Gives the statement's rows to ``kernel``, and everything that it gave, put together.

        The rows need a column ``profile_key``, a whole number: all rows of one value reach one call. In which
        order rows come, how many calls there are and in which order their results stand, is not said.
        """
        ...

    async def itemsets(
        self,
        workspace_id: int,
        statement: Statement,
        least: Callable[[int], int],
        longest: int,
        *,
        timeout_s: float | None = None,
    ) -> FrequentSets:
        """Every set of at most ``longest`` things that stands in at least ``least(baskets)`` baskets, of so many.

        The rows need the columns ``profile_key``, and ``basket`` and ``item``, which are texts and never NULL. Baskets
        of one name but different people are different ones; a row that is given twice counts once. Where ``least``
        gives more than there are baskets, nothing is looked for.

        Raises ``OverflowError`` where there are too many sets, ``Invalid`` where there are too many rows.
        """
        ...

    async def check(self) -> str:
        """Asks something small; gives the engine's version. Raises ``Unavailable`` with the reason."""
        ...

    async def close(self) -> None: ...
