"""Gives everybody the value of a new or changed computed trait.

A live one: its feed is filled with history, as a segment's build does; then everybody whom the feed knows, and
who had a value, is looked at some hundred at a time, and the keeper gets its turn in between. From the moment the
feed is filled on, the keeper writes what changes.
"""

from __future__ import annotations

from typing import Any

from kizuna.domains.collect import api as collect
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.contracts import TRAITS_MAX
from kizuna.domains.segments.repository import live, plan
from kizuna.domains.segments.repository import traits as repository
from kizuna.domains.segments.repository.traits import TraitRow
from kizuna.domains.segments.rules.packing import unpack_states
from kizuna.domains.segments.service.build import fill_feed
from kizuna.domains.segments.service.history import read_history
from kizuna.domains.segments.service.keeper import Touched, keep_up, settle
from kizuna.domains.segments.service.memory import hold_sets
from kizuna.domains.segments.service.plan import PlannedFigure, read_plan
from kizuna.domains.segments.service.traits_run import BROKEN, run_trait
from kizuna.domains.workspace.api import list_workspace_ids, track_job
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import KizunaError, Unavailable

BUILD_TASK, BUILD_KIND = "segments:build_trait", "segments.build_trait"
CLEAR_TASK = "segments:clear_trait"
WRITTEN_AT_ONCE = 500
CLEARED_AT_ONCE = 2_000


async def run_build(runtime: Runtime, workspace_id: int, job_id: int, trait_id: int) -> None:
    """A build that people see as a job. What goes wrong stands at the trait, too."""
    async with track_job(runtime, workspace_id, job_id) as job:
        people = await build_trait(runtime, workspace_id, trait_id, job.report)
        job.finish(None if people is None else {"people": people})


async def build_trait(runtime: Runtime, workspace_id: int, trait_id: int, report: Any = None) -> int | None:
    """How many people have a value now; None when there is no such trait any more, or a newer definition. May be
    run again at any time."""
    async with runtime.unit(workspace_id) as ctx:
        row = await repository.find(ctx, trait_id)
    if row is None:
        return None
    if row.every is not None:
        return await run_trait(runtime, workspace_id, trait_id)
    try:
        return await _build_live(runtime, workspace_id, row, report)
    except Unavailable:
        raise
    except Exception as error:
        text = error.message if isinstance(error, KizunaError) else BROKEN
        async with runtime.unit(workspace_id) as ctx:
            await repository.end_run(ctx, row, "failed", error=text)
        raise


async def _build_live(runtime: Runtime, workspace_id: int, row: TraitRow, report: Any) -> int | None:
    if not await _fill(runtime, workspace_id, row):
        return None
    async with runtime.unit(workspace_id) as ctx:
        watched = await read_plan(ctx)
        figure = _find_present(watched.find_figure(row.id), row)
        if figure is None:
            return None
        states = await live.read_feed_states(ctx, figure.feed_id)
        known = unpack_states([(chunk, payload) for chunk, _, payload in states]).keys.tolist()
        keys = sorted({*known, *await profiles.find_computed(ctx, row.name)})
    for start in range(0, len(keys), WRITTEN_AT_ONCE):
        async with hold_sets(runtime, workspace_id) as held:
            assert held is not None
            ctx, sets = held
            watched = await read_plan(ctx)
            if _find_present(watched.find_figure(row.id), row) is None:
                return None
            whole = set(keys[start : start + WRITTEN_AT_ONCE])
            await settle(ctx, watched, sets, Touched(whole=whole), watched.at(ctx))
        async with hold_sets(runtime, workspace_id) as held:
            assert held is not None
            await keep_up(*held)
        if report is not None:
            await report(start, len(keys))
    async with runtime.unit(workspace_id) as ctx:
        people = await profiles.count_computed(ctx, row.name)
        await repository.end_run(ctx, row, "ready", ran_at=ctx.clock.now(), people=people)
    return people


def _find_present(figure: PlannedFigure | None, row: TraitRow) -> PlannedFigure | None:
    return figure if figure is not None and figure.version == row.version else None


async def _fill(runtime: Runtime, workspace_id: int, row: TraitRow) -> bool:
    """Sees to it that the feed has its history, and that the keeper measures the figure from here on."""
    async with runtime.unit(workspace_id) as ctx:
        watched = await read_plan(ctx)
        at = watched.at(ctx)
    figure = _find_present(watched.find_figure(row.id), row)
    if figure is None:
        return False
    feed, history = watched.feeds[figure.feed_id], None
    if not feed.ready:
        if not await collect.wait_until_loaded(runtime, workspace_id):
            raise Unavailable("lake_behind", "Events wait to be loaded into the lake; try again in a minute.")
        history = await read_history(runtime, workspace_id, feed, at)
    async with hold_sets(runtime, workspace_id) as held:
        assert held is not None
        ctx, sets = held
        now = await read_plan(ctx)
        if _find_present(now.find_figure(row.id), row) is None:
            return False
        # First the row of the trait, then those of feeds: as those who save definitions lock them.
        await plan.mark_figure_ready(ctx, row.id)
        if history is not None:
            await fill_feed(ctx, now, sets, now.feeds[feed.id], history, now.at(ctx))
            if now.feeds[feed.id].keep == feed.keep:  # else somebody needs more than was read
                await plan.mark_ready(ctx, [feed.id], [])
        await plan.raise_version(ctx)
    return True


async def clear_trait(runtime: Runtime, workspace_id: int, name: str) -> None:
    """Takes the values of a deleted trait from everybody, unless there is a new one of its name meanwhile."""
    async with hold_sets(runtime, workspace_id):
        pass  # a batch of the keeper that still knew the trait is over; the next one does not know it
    cleared = 1
    while cleared:
        async with runtime.unit(workspace_id) as ctx:
            if await repository.exists(ctx, name):
                return
            cleared = await profiles.clear_computed(ctx, name, CLEARED_AT_ONCE)


async def count_everywhere(runtime: Runtime) -> None:
    """How many have a value of a live trait changes by itself."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            rows = await repository.list_page(ctx, None, None, TRAITS_MAX)
            for row in rows:
                if row.every is None and row.state == "ready":
                    people = await profiles.count_computed(ctx, row.name)
                    await repository.end_run(ctx, row, "ready", people=people)
