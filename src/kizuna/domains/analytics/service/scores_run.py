"""Works scores out over the whole lake, and writes them to profiles: every night, and when somebody asks."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.contracts import AllTime, LastRange, Query, Range, UntilLast
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.repository import scores as repository
from kizuna.domains.analytics.repository.scores import AsOf, ScoreRow
from kizuna.domains.analytics.service.answers import Asked, prepare
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.domains.analytics.service.scores import SCORES, Computed, Score
from kizuna.domains.profiles import api as profiles
from kizuna.domains.workspace.api import list_workspace_ids, track_job
from kizuna.kernel.context import SYSTEM, Actor, Context, Runtime
from kizuna.kernel.errors import KizunaError, Unavailable
from kizuna.kernel.jobs import defer

logger = logging.getLogger(__name__)

RUN_KIND, RUN_TASK = "analytics.score", "analytics:run_score"
DUE_TASK, CLEAR_TASK = "analytics:run_due_scores", "analytics:clear_score"
BROKEN = "Something broke on our side; run it again."
WRITTEN_AT_ONCE, CLEARED_AT_ONCE = 2_000, 2_000
NIGHT_HOUR = 2
"""Of the workspace's zone: the day before is over, and what came late has mostly come."""
STATEMENT_TIMEOUT_S = 1_800.0

Report = Callable[[int, int], Awaitable[bool]]
"""Shows progress; says whether to stop."""


@dataclass(frozen=True, slots=True)
class Settings:
    """With what a score is worked out."""

    params: msgspec.Struct
    days: int | None
    as_of: AsOf


# --- one score ----------------------------------------------------------------------------------------


async def compute_score(
    runtime: Runtime, workspace_id: int, score: Score, settings: Settings, actor: Actor = SYSTEM, timeout_s: float = 0
) -> Computed:
    """Everybody's value, with the caveats of the computation in ``quality``. Raises ``Limit``, ``Unavailable``."""
    ask = await prepare_ask(runtime, workspace_id, score, settings, actor)
    ask.timeout_s = timeout_s or STATEMENT_TIMEOUT_S
    computed = await score.compute(ask, settings.params)
    caveats = [msgspec.to_builtins(caveat) for caveat in ask.caveats]
    return Computed(computed.keys, computed.values, {**computed.quality, "caveats": caveats}, computed.params)


async def prepare_ask(
    runtime: Runtime, workspace_id: int, score: Score, settings: Settings, actor: Actor = SYSTEM
) -> Ask:
    async with runtime.unit(workspace_id, actor) as ctx:
        at = At(to_us(ctx.clock.now()), ctx.workspace.time_zone, ctx.workspace.week_start)
        workspace = ctx.workspace
    # Periods are not asked for, but years of them are not too many.
    query = Query(score.metric, range=_range(settings), interval="year")
    return await prepare(runtime, Asked(find_metric(score.metric), query, settings.params, at, workspace))


def _range(settings: Settings) -> Range:
    if settings.as_of == "last_event":
        return UntilLast(settings.days, "day")
    return AllTime() if settings.days is None else LastRange(settings.days, "day", current=True)


async def run_score(runtime: Runtime, workspace_id: int, row: ScoreRow, report: Report | None = None) -> int | None:
    """How many people have a value now; None where it was stopped, or something else was decided meanwhile. What goes
    wrong stands at the score, and its values stay."""
    score = SCORES[row.key]
    async with runtime.unit(workspace_id) as ctx:
        started = ctx.clock.now()
    try:
        settings = Settings(msgspec.convert(row.params, score.params), row.days, row.as_of)
        computed = await compute_score(runtime, workspace_id, score, settings)
        if not await _write(runtime, workspace_id, row, computed, report):
            return None
    except Unavailable:
        raise  # it is tried again, and the values stand until then
    except Exception as error:
        said = error.message if isinstance(error, KizunaError) else BROKEN
        async with runtime.unit(workspace_id) as ctx:
            await repository.fail_run(ctx, row, started, said)
        raise
    params = row.params if computed.params is None else msgspec.to_builtins(computed.params)
    async with runtime.unit(workspace_id) as ctx:
        await repository.end_run(ctx, row, started, len(computed.keys), computed.quality, params)
    return len(computed.keys)


async def _write(runtime: Runtime, workspace_id: int, row: ScoreRow, computed: Computed, report: Report | None) -> bool:
    """False when it was stopped, or something else was decided meanwhile: then a newer run writes its own."""
    values: dict[int, Any] = dict(zip(computed.keys, computed.values, strict=True))
    async with runtime.unit(workspace_id) as ctx:
        had = await profiles.find_computed(ctx, row.key)
    keys = sorted({*values, *had})
    for start in range(0, len(keys), WRITTEN_AT_ONCE):
        async with runtime.unit(workspace_id) as ctx:
            now = await repository.hold(ctx, row.key)
            if now is None or not now.enabled or now.version != row.version:
                return False
            some = keys[start : start + WRITTEN_AT_ONCE]
            await profiles.write_computed(ctx, {key: {row.key: values.get(key)} for key in some})
        if report is not None and await report(min(start + WRITTEN_AT_ONCE, len(keys)), len(keys)):
            return False
    return True


# --- jobs -----------------------------------------------------------------------------------------------


async def run_tracked(runtime: Runtime, workspace_id: int, job_id: int, key: str) -> None:
    """A run that people see as a job."""
    async with track_job(runtime, workspace_id, job_id) as job:

        async def report(done: int, total: int) -> bool:
            await job.report(done, total)
            return job.stop_requested

        async with runtime.unit(workspace_id) as ctx:
            row = await repository.find(ctx, key)
        if row is None or not row.enabled or key not in SCORES:
            job.finish(message="It was turned off.")
            return
        people = await run_score(runtime, workspace_id, row, report)
        if people is not None:
            job.finish({"people": people})
        elif not job.stop_requested:
            job.finish(message="Something else was decided meanwhile.")


async def run_due(runtime: Runtime, workspace_id: int) -> None:
    """The run of the night: one score after the other. What goes wrong with one does not stop the others."""
    async with runtime.unit(workspace_id) as ctx:
        rows = await repository.list_due(ctx, night_start(ctx))
    for row in rows:
        score = SCORES.get(row.key)
        if score is None:
            continue  # a newer version's, or one that is no more
        try:
            await run_score(runtime, workspace_id, row)
        except KizunaError as error:
            logger.warning("score not worked out", extra={"score": score.title["en"], "error": error.message})


async def queue_due(runtime: Runtime) -> None:
    """Queues what is due in every workspace; what waits or runs still is not queued twice."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            if await repository.list_due(ctx, night_start(ctx)):
                lock = f"analytics-scores:{workspace_id}"
                await defer(ctx, DUE_TASK, {}, lock=lock, queueing_lock=lock)


def night_start(ctx: Context) -> datetime:
    """When the present day's runs began to be due in the workspace's zone."""
    local = ctx.clock.now().astimezone(ZoneInfo(ctx.workspace.time_zone))
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


async def clear_score(runtime: Runtime, workspace_id: int, key: str) -> None:
    """Takes the values of a score that was turned off from all profiles."""
    while True:
        async with runtime.unit(workspace_id) as ctx:
            row = await repository.hold(ctx, key)
            if row is not None and row.enabled:
                return  # turned on again
            if not await profiles.clear_computed(ctx, key, CLEARED_AT_ONCE):
                return
