"""Which scores a workspace has, and with what params: shown, changed, run on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from kizuna.domains.analytics.contracts import Query
from kizuna.domains.analytics.repository import scores as repository
from kizuna.domains.analytics.repository.scores import AsOf, ScoreRow, ScoreSettings
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.domains.analytics.service.scores import DAYS_MAX, SCORES, Score, find_score
from kizuna.domains.analytics.service.scores_run import CLEAR_TASK, RUN_KIND, RUN_TASK
from kizuna.domains.analytics.service.sight import FIELD_HIDDEN, refuse_hidden
from kizuna.domains.profiles import api as profiles
from kizuna.domains.workspace.api import record_audit, start_job
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid
from kizuna.kernel.jobs import defer

MODULE_NAME = "analytics"


@dataclass(frozen=True, slots=True)
class ShownScore:
    """A score as the one who acts may see it. ``params`` are None where they do not see what those read; ``hidden``
    says why. ``row`` is None for one that nobody ever decided about."""

    score: Score
    row: ScoreRow | None
    params: dict[str, Any] | None
    hidden: str | None
    days: int | None


@dataclass(frozen=True, slots=True)
class WantedScore:
    """What somebody wants of a score."""

    enabled: bool
    params: dict[str, Any]
    days: int | None
    as_of: AsOf


async def list_scores(ctx: Context) -> list[ShownScore]:
    rows = await repository.list_all(ctx)
    return [await _show(ctx, score, rows.get(score.key)) for score in SCORES.values()]


async def read_score(ctx: Context, key: str) -> ShownScore:
    """Raises ``NotFound``."""
    return await _show(ctx, find_score(key), await repository.find(ctx, key))


async def change_score(ctx: Context, key: str, wanted: WantedScore) -> ShownScore:
    """Turned on, everybody's value is worked out now and every night; turned off, all values go.

    Raises ``NotFound``, ``Invalid`` with the place of what is wrong, ``Conflict`` where somebody else writes a trait of
    that name.
    """
    score = find_score(key)
    params, days = await read_settings(ctx, score, wanted)
    before = await repository.find(ctx, key)
    if wanted.enabled and (before is None or not before.enabled):
        await _check_name(ctx, score, before)
    settings = ScoreSettings(wanted.enabled, msgspec.to_builtins(params), days, wanted.as_of)
    row = await repository.put(ctx, key, settings)
    if row.enabled:
        await _start(ctx, score)
    elif before is not None and before.enabled:
        await defer(ctx, CLEAR_TASK, {"key": key})
    await _record(ctx, score, before, row)
    return await read_score(ctx, key)


async def run_score(ctx: Context, key: str) -> ShownScore:
    """Works everybody's value out anew, beside the schedule. Raises ``NotFound``, ``Conflict`` for one that is off."""
    score = find_score(key)
    row = await repository.find(ctx, key)
    if row is None or not row.enabled:
        raise Conflict("score_off", f"“{score.title['en']}” is turned off; turn it on first.")
    await _start(ctx, score)
    return await read_score(ctx, key)


async def read_settings(ctx: Context, score: Score, wanted: WantedScore) -> tuple[msgspec.Struct, int | None]:
    """Params and days that can be asked with. Raises ``Invalid`` with the place of what is wrong."""
    params = read_params(score, wanted.params)
    if score.check is not None:
        score.check(params)
    await refuse_hidden(ctx, Query(score.metric), find_metric(score.metric), params)
    days = wanted.days if wanted.days is not None else score.days
    if score.days is None and wanted.days is not None:
        raise Invalid("days_not_used", "This score does not take days.", fields={"days": "Leave it out."})
    if days is not None and not 1 <= days <= DAYS_MAX:
        said = f"Choose 1 to {DAYS_MAX} days."
        raise Invalid("days_out_of_range", said, fields={"days": said})
    return params, days


def read_params(score: Score, given: dict[str, Any]) -> msgspec.Struct:
    """Raises ``Invalid`` with the place of what is wrong."""
    try:
        return msgspec.convert(given, score.params)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        path = ".".join(part for part in ("params", place.rstrip("`").strip(".")) if part)
        raise Invalid("params_unreadable", f"{said}.", fields={path: said}) from error


async def _check_name(ctx: Context, score: Score, before: ScoreRow | None) -> None:
    """Values of a trait that is called the same, and that no run of this score wrote, are somebody else's."""
    brought = not await profiles.may_compute(ctx, score.key, MODULE_NAME)
    if brought or ((before is None or before.ran_at is None) and await profiles.count_computed(ctx, score.key)):
        raise Conflict(
            "trait_name_brought",
            f"There is a trait “{score.key}” already that events, members or a computed trait bring; rename it first.",
        )


async def _start(ctx: Context, score: Score) -> None:
    title = f"Score “{score.title['en']}”"
    job_id = await start_job(ctx, RUN_KIND, title, RUN_TASK, {"key": score.key}, permission="reports.manage")
    await repository.set_job(ctx, score.key, job_id)


async def _record(ctx: Context, score: Score, before: ScoreRow | None, row: ScoreRow) -> None:
    """Without params: the audit log is read by many, and filters may hold what not all of them see."""
    told = [
        {} if one is None else {"enabled": one.enabled, "days": one.days, "as_of": one.as_of} for one in (before, row)
    ]
    summary = f"Changed the score “{score.title['en']}”"
    await record_audit(ctx, "score.changed", "score", score.key, summary, before=told[0], after=told[1])


async def _show(ctx: Context, score: Score, row: ScoreRow | None) -> ShownScore:
    given = {} if row is None else row.params
    days = score.days if row is None or row.days is None else row.days
    try:
        params = read_params(score, given)
        await refuse_hidden(ctx, Query(score.metric), find_metric(score.metric), params)
    except Invalid as error:
        if error.code == FIELD_HIDDEN:
            return ShownScore(score, row, None, error.message, days)
        # Kept by an older version that took other params: what everybody begins with stands in its place.
        params = score.params()
    return ShownScore(score, row, msgspec.to_builtins(params), None, days)
