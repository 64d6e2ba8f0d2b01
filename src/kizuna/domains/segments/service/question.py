"""A condition asked of everybody in the lake, with what stands elsewhere: consent, other segments, facts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pyroaring import BitMap

from kizuna.conditions.ast import All, Condition
from kizuna.conditions.compile_sql import Compiled, Needs, compile_sql
from kizuna.conditions.moments import At, to_us
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.rules.packing import to_bitmap
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.consented import read_consented
from kizuna.domains.segments.service.facts import read_facts
from kizuna.kernel.context import Context, Runtime

if TYPE_CHECKING:
    from kizuna.kernel.lake import ArrowTable

Sample = tuple[int, int]
"""Numerator and denominator: which share of people is looked at."""

EVERYBODY = All([])

COUNTED = "SELECT (SELECT count(*) FROM ({wanted})) AS size, (SELECT count(*) FROM ({everybody})) AS people"


@dataclass(frozen=True, slots=True)
class Question:
    """A condition with everything that is needed to ask it, read once for as many samples as are asked."""

    condition: Condition
    at: At
    tables: dict[str, ArrowTable] = field(default_factory=dict[str, Any])

    def compile(self, sample: Sample | None = None, dialect: Literal["duckdb", "spark"] = "duckdb") -> Compiled:
        return compile_sql(self.condition.where, self.at, dialect, sample=sample)


async def ask(runtime: Runtime, workspace_id: int, condition: Condition) -> BitMap:
    """The profile keys of everybody who meets a condition now. Raises ``Limit`` when it takes too long."""
    question = await prepare(runtime, workspace_id, condition)
    compiled = question.compile()
    found = await runtime.lake.select(workspace_id, compiled.sql, tables=question.tables)
    return to_bitmap(found.column("profile_key").to_numpy())


async def count(runtime: Runtime, workspace_id: int, question: Question, sample: Sample | None) -> tuple[int, int]:
    """How many meet the condition, and of how many that were looked at."""
    wanted = question.compile(sample).sql
    everybody = compile_sql(EVERYBODY, question.at, sample=sample).sql
    # Both are compiled from checked conditions; no text of a caller is in them.
    sql = COUNTED.format(wanted=wanted, everybody=everybody)
    found = await runtime.lake.select(workspace_id, sql, tables=question.tables)
    [row] = found.to_pylist()
    return row["size"], row["people"]


async def prepare(runtime: Runtime, workspace_id: int, condition: Condition) -> Question:
    """Reads what the condition needs beside the lake."""
    async with runtime.unit(workspace_id) as ctx:
        at = At(to_us(ctx.clock.now()), ctx.workspace.time_zone, ctx.workspace.week_start)
        needs = compile_sql(condition.where, at).needs
        tables: dict[str, Any] = {}
        universe = BitMap()
        if needs.consents or needs.facts:
            universe = to_bitmap(await profiles.read_universe(ctx))
        if needs.consents:
            tables["consented"] = await _consents(ctx, needs, universe)
        if needs.segments:
            tables["members"] = await _members(ctx, needs)
    if needs.facts:
        rows = await read_facts(runtime, workspace_id, sorted(needs.facts), list(universe))
        tables["facts"] = _table(
            name=[name for name, _, _ in rows],
            profile_key=[key for _, key, _ in rows],
            value=[json.dumps(value, ensure_ascii=False) for _, _, value in rows],
        )
    return Question(condition, at, tables)


async def _consents(ctx: Context, needs: Needs, universe: BitMap) -> ArrowTable:
    found = [(*use, await read_consented(ctx, *use, universe)) for use in sorted(needs.consents)]
    return _table(
        purpose=_repeat((purpose, len(keys)) for purpose, _, keys in found),
        channel=_repeat((channel, len(keys)) for _, channel, keys in found),
        profile_key=_joined(keys for _, _, keys in found),
    )


async def _members(ctx: Context, needs: Needs) -> ArrowTable:
    found = await sets.read_many(ctx, sorted(needs.segments))
    return _table(
        segment_id=_repeat((segment_id, len(keys)) for segment_id, keys in found.items()),
        profile_key=_joined(found.values()),
    )


def _repeat(values: Iterable[tuple[Any, int]]) -> Any:
    import numpy as np  # loaded here: most conditions need none of this, and the web process does without

    pairs = list(values)
    return np.repeat(np.array([value for value, _ in pairs]), [number for _, number in pairs])


def _joined(sets_: Iterable[BitMap]) -> Any:
    import numpy as np

    found = [np.asarray(keys.to_array(), np.int64) for keys in sets_]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _table(**columns: Any) -> ArrowTable:
    import pyarrow as pa

    kinds = {"profile_key": pa.int64(), "segment_id": pa.int64()}
    return pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
