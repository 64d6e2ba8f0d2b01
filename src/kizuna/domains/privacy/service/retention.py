"""Retention: what is too old goes by itself, in small pieces, every night."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kizuna.domains.privacy.contracts import RetentionRule, Subjects, WouldGo
from kizuna.domains.privacy.repository import retention as repository
from kizuna.domains.privacy.rules.retention import RULES_MAX, check_rules, cut_off
from kizuna.domains.privacy.service import erasure
from kizuna.domains.workspace.api import JobProgress, list_workspace_ids, record_audit, start_job, track_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Invalid

TASK = "privacy:retention"
KIND = "privacy.retention"
PERMISSION = "privacy.manage"
TRAITS_PER_BATCH = 2_000
PROFILES_PER_BATCH = 1_000
BATCHES_MAX = 50
"""Of a rule in a night; what is left goes in the next."""


async def list_rules(ctx: Context) -> list[RetentionRule]:
    return await repository.list_rules(ctx)


async def change_rules(ctx: Context, rules: Sequence[RetentionRule]) -> list[RetentionRule]:
    """Makes these the workspace's rules. Raises ``Invalid`` with what is wrong."""
    _check(rules)
    before = await repository.list_rules(ctx)
    await repository.write_rules(ctx, rules)
    await record_audit(
        ctx,
        "retention.changed",
        "retention",
        None,
        "Changed the rules of retention",
        before={"rules": [_short(one) for one in before]},
        after={"rules": [_short(one) for one in rules]},
    )
    return await repository.list_rules(ctx)


def _check(rules: Sequence[RetentionRule]) -> None:
    if len(rules) > RULES_MAX:
        raise Invalid("retention_invalid", f"There are {RULES_MAX} rules at most.")
    wrong = check_rules(rules)
    if wrong:
        raise Invalid("retention_invalid", "Some rules cannot be kept; mend them.", fields=wrong)


def _short(rule: RetentionRule) -> dict[str, Any]:
    return {"kind": rule.kind, "name": rule.name, "days": rule.days, "enabled": rule.enabled}


async def preview(runtime: Runtime, workspace_id: int, rules: Sequence[RetentionRule]) -> list[WouldGo]:
    """What the rules would remove now, enabled or not. Nothing is changed. Raises ``Invalid``."""
    _check(rules)
    return [await _preview_rule(runtime, workspace_id, rule) for rule in rules]


async def _preview_rule(runtime: Runtime, workspace_id: int, rule: RetentionRule) -> WouldGo:
    before = cut_off(rule, runtime.clock.now())
    if rule.kind == "event":
        number, oldest = await _count_events(runtime, workspace_id, rule.name, before)
    else:
        finder = runtime.registry.person_finder
        async with runtime.unit(workspace_id) as ctx:
            if rule.kind == "trait":
                number, oldest = await finder.count_trait(ctx, rule.name, before)
            else:
                number, oldest = await finder.count_inactive(ctx, before)
    return WouldGo(kind=rule.kind, name=rule.name, days=rule.days, before=before, number=number, oldest=oldest)


async def _count_events(
    runtime: Runtime, workspace_id: int, name: str, before: datetime
) -> tuple[int, datetime | None]:
    from sqlglot import exp, select  # 60 ms that only this needs

    old = exp.column("time") < exp.cast(exp.Literal.string(before.isoformat()), "timestamptz")
    query = select("count(*)", "min(time)").from_("events").where(exp.column("name").eq(name)).where(old)
    sql = query.sql(dialect="duckdb")
    number, oldest = (await runtime.lake.run_sql(workspace_id, sql)).rows[0]
    return int(number), msgspec.convert(oldest, datetime | None, strict=False)


async def start_retention(runtime: Runtime) -> None:
    """One job for each workspace that has rules which are switched on."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            if any(rule.enabled for rule in await repository.list_rules(ctx)):
                await start_job(ctx, KIND, "Retention", TASK, {}, permission=PERMISSION)


async def run_retention(runtime: Runtime, workspace_id: int, job_id: int) -> None:
    """Each rule that is switched on, in batches; goes on behind the last rule that was done."""
    async with track_job(runtime, workspace_id, job_id) as job:
        async with runtime.unit(workspace_id) as ctx:
            rules = [rule for rule in await repository.list_rules(ctx) if rule.enabled]
        removed: dict[str, int] = job.cursor or {}
        for place, rule in enumerate(rules):
            name = f"{rule.kind}:{rule.name}"
            if name not in removed:
                removed[name] = await _apply(runtime, workspace_id, rule, job)
                async with runtime.unit(workspace_id) as ctx:
                    await repository.note_run(ctx, rule, removed[name])
                    await job.save(removed, ctx)
            await job.report(place + 1, len(rules), name)
            if job.stop_requested:
                return
        job.finish({"removed": removed})


async def _apply(runtime: Runtime, workspace_id: int, rule: RetentionRule, job: JobProgress) -> int:
    before = cut_off(rule, runtime.clock.now())
    if rule.kind == "event":
        done = await runtime.lake.erase_events(workspace_id, names=[rule.name], before=before)
        return done.events
    total = 0
    for _ in range(BATCHES_MAX):
        batch = _forget_trait if rule.kind == "trait" else _erase_inactive
        number = await batch(runtime, workspace_id, rule.name, before)
        total += number
        await job.report(job.done, message=f"{rule.kind}: {total:,}")
        if not number or job.stop_requested:
            break
    return total


async def _forget_trait(runtime: Runtime, workspace_id: int, name: str, before: datetime) -> int:
    async with runtime.unit(workspace_id) as ctx:
        return await runtime.registry.person_finder.forget_trait(ctx, name, before, TRAITS_PER_BATCH)


async def _erase_inactive(runtime: Runtime, workspace_id: int, _: str, before: datetime) -> int:
    """As a deletion: who comes back is a new customer."""
    finder = runtime.registry.person_finder
    async with runtime.unit(workspace_id) as ctx:
        ids = await finder.find_inactive(ctx, before, PROFILES_PER_BATCH)
        people = [one for one in await finder.by_profiles(ctx, ids) if one is not None]
    keys = sorted({key for one in people for key in one.keys})
    if keys:
        await erasure.erase_now(runtime, workspace_id, Subjects(keys=keys), "deletion")
    return len(people)
