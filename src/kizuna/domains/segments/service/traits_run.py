"""Computed traits by the hour or day: worked out over the whole lake, one statement each."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from kizuna.conditions.compile_sql.figures import figure_sql
from kizuna.conditions.figure import NUMBER_KINDS, Figure, average_of, value_of
from kizuna.conditions.moments import At, to_us
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.repository import traits as repository
from kizuna.domains.segments.repository.traits import TraitRow
from kizuna.domains.segments.service.scheduled import period_starts
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import KizunaError, Unavailable
from kizuna.kernel.jobs import defer

logger = logging.getLogger(__name__)

DUE_TASK = "segments:run_trait"
BROKEN = "Something broke on our side; build the trait again."
WRITTEN_AT_ONCE = 2_000
ROWS_AT_ONCE = 20_000


async def run_due(runtime: Runtime, workspace_id: int, trait_id: int) -> None:
    """A run of the schedule. What goes wrong stands at the trait; the next hour tries again."""
    try:
        await run_trait(runtime, workspace_id, trait_id)
    except KizunaError as error:
        logger.warning("trait not worked out", extra={"trait_id": trait_id, "error": error.message})


async def run_trait(runtime: Runtime, workspace_id: int, trait_id: int) -> int | None:
    """Works a scheduled trait out; how many people have a value, None where it is no such trait any more."""
    async with runtime.unit(workspace_id) as ctx:
        row = await repository.find(ctx, trait_id)
        started, at = ctx.clock.now(), read_moment(ctx)
    if row is None or row.every is None:
        return None
    try:
        values = await ask_figure(runtime, workspace_id, msgspec.convert(row.figure, Figure), at)
        if not await _write(runtime, workspace_id, row, values):
            return None
    except Unavailable:
        raise  # it is tried again, and the values stand until then
    except Exception as error:
        text = error.message if isinstance(error, KizunaError) else BROKEN
        async with runtime.unit(workspace_id) as ctx:
            await repository.end_run(ctx, row, "failed", error=text, ran_at=started)
        raise
    async with runtime.unit(workspace_id) as ctx:
        await repository.end_run(ctx, row, "ready", ran_at=started, people=len(values))
    return len(values)


def read_moment(ctx: Context) -> At:
    return At(to_us(ctx.clock.now()), ctx.workspace.time_zone, ctx.workspace.week_start)


async def ask_figure(runtime: Runtime, workspace_id: int, figure: Figure, at: At) -> dict[int, Any]:
    """The value of everybody who has one, by profile key. Raises ``Limit`` when it takes too long."""
    return {key: value_of(figure, amount, at) for key, amount in await ask_amounts(runtime, workspace_id, figure, at)}


async def ask_amounts(runtime: Runtime, workspace_id: int, figure: Figure, at: At) -> list[tuple[int, Any]]:
    """(profile key, amount as ``value_of`` takes it)"""
    table = await runtime.lake.select(workspace_id, figure_sql(figure, at))
    found: list[tuple[int, Any]] = []
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        keys, amounts, counts = (batch.column(name).to_pylist() for name in ("profile_key", "amount", "n"))
        if figure.kind in NUMBER_KINDS:
            amounts = [int(amount) for amount in amounts]
        if figure.kind == "average":
            amounts = [average_of(total, count) for total, count in zip(amounts, counts, strict=True)]
        found += zip(keys, amounts, strict=True)
    return found


async def _write(runtime: Runtime, workspace_id: int, row: TraitRow, values: Mapping[int, Any]) -> bool:
    """False when the definition changed meanwhile: who is newer writes its own."""
    async with runtime.unit(workspace_id) as ctx:
        had = await profiles.find_computed(ctx, row.name)
    for some in _chunks(sorted({*values, *had})):
        async with runtime.unit(workspace_id) as ctx:
            now = await repository.hold(ctx, row.id)
            if now is None or now.version != row.version:
                return False
            await profiles.write_computed(ctx, {key: {row.name: values.get(key)} for key in some})
    return True


def _chunks(keys: list[int]) -> Iterator[Iterable[int]]:
    for start in range(0, len(keys), WRITTEN_AT_ONCE):
        yield keys[start : start + WRITTEN_AT_ONCE]


async def queue_due(runtime: Runtime) -> None:
    """Queues what is due in every workspace; what waits or runs still is not queued twice."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            hour, day = period_starts(ctx)
            for trait_id in await repository.list_due(ctx, hour=hour, day=day):
                lock = f"segments-trait:{workspace_id}:{trait_id}"
                await defer(ctx, DUE_TASK, {"trait_id": trait_id}, lock=lock, queueing_lock=lock)
