"""One question answered: read → check → prepare → compute → answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from kizuna.conditions.ast import Condition
from kizuna.conditions.compile_sql import sampled_sql
from kizuna.conditions.moments import At, find_zone, to_us
from kizuna.domains.analytics.contracts import AllTime, Answer, BySegment, Query, Span, UntilLast
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import SEGMENT_MEMBERS
from kizuna.domains.analytics.queries.rows import Crowd
from kizuna.domains.analytics.rules.anomalies import mark_answer
from kizuna.domains.analytics.rules.periods import Periods, last_moment, make_periods, widen
from kizuna.domains.analytics.service.behind import BehindMemory
from kizuna.domains.analytics.service.bounds import BoundsMemory
from kizuna.domains.analytics.service.cache import Flights, Keys, find_kept, keep, make_keys
from kizuna.domains.analytics.service.caveats import note_breakdown, note_scope, note_unknown
from kizuna.domains.analytics.service.comparison import compare
from kizuna.domains.analytics.service.left_out import read_left_out
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.domains.analytics.service.named import name_labels
from kizuna.domains.analytics.service.places import Places
from kizuna.domains.analytics.service.sight import refuse_hidden
from kizuna.domains.segments.api import prepare_question, read_members
from kizuna.kernel.context import Actor, Context, Runtime, Workspace
from kizuna.kernel.errors import Invalid, Limit

if TYPE_CHECKING:
    from kizuna.kernel.lake import ArrowTable

SAMPLE_OF = 10_000

KEPT, DROPPED = "kept_people", "dropped_people"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was read: nothing about it is in doubt."""

    metric: Metric
    query: Query
    params: Any
    at: At
    workspace: Workspace


async def answer(
    runtime: Runtime,
    workspace_id: int,
    actor: Actor,
    given: Any,
    *,
    max_age_s: float = 0,
    timeout_s: float | None = None,
    watch: Callable[[Ask], None] | None = None,
) -> Answer:
    """The answer to a query (JSON-ready, or a ``Query``): one that is kept, or computed now.

    ``max_age_s`` accepts one that is so old although events came since. ``watch`` is given what is computed with, whose
    ``statements`` grow. Raises ``Invalid`` with the place for what is no question, ``Limit`` for one that takes longer
    than ``timeout_s`` (an analyst's time without it), or where too many are asked at once. What is only unknown, as an
    event's name that nobody sent, gives an empty answer with a sentence.
    """
    started = time.perf_counter()
    asked = await read_question(runtime, workspace_id, actor, given)
    limit_s = timeout_s or float(runtime.settings.query_timeout_s)
    ask = await prepare(runtime, asked)
    ask.timeout_s = limit_s
    if watch is not None:
        watch(ask)
    keys = await make_keys(runtime, ask, asked.params)
    found = await find_kept(runtime, workspace_id, keys, max_age_s)
    shared = True
    if found is None:

        async def compute() -> Answer:
            return await _compute_and_keep(runtime, asked, ask, keys, limit_s)

        flights = runtime.remembered(Flights)
        found, shared = await flights.join((workspace_id, keys.key, limit_s), compute)
    if shared:
        found = structs.replace(found, cached=True, elapsed_ms=_elapsed_ms(started))
    return await name_labels(runtime, workspace_id, actor, asked.query.breakdown, found)


async def _compute_and_keep(runtime: Runtime, asked: Asked, ask: Ask, keys: Keys, limit_s: float) -> Answer:
    async with runtime.remembered(Places).take(asked.workspace.id):
        started = time.perf_counter()
        async with _within(limit_s):
            found = await _compute(runtime, asked, ask, started)
    await keep(runtime, asked.workspace.id, keys, found)
    return found


async def _compute(runtime: Runtime, asked: Asked, ask: Ask, started: float) -> Answer:
    found = await asked.metric.compute(ask, asked.params)
    compared, compared_periods = await compare(runtime, asked.metric, asked.params, ask)
    await note_unknown(runtime, asked.workspace.id, asked.metric, asked.params, ask)
    note_breakdown(ask, found)
    note_scope(ask, asked.metric)
    written = _write(asked, ask, found, compared, compared_periods, started)
    return structs.replace(written, marks=mark_answer(written)) if asked.metric.periods else written


def _elapsed_ms(started: float) -> int:
    return int((time.perf_counter() - started) * 1000)


async def list_people(runtime: Runtime, workspace_id: int, actor: Actor, given: Any, cell: Cell) -> list[int]:
    """Profile keys of who is behind a cell of an answer, ascending. Raises ``Invalid`` where nobody can be named."""
    asked = await read_question(runtime, workspace_id, actor, given)
    if asked.metric.people is None:
        raise Invalid("nobody_behind", "Nobody in particular is behind this figure.")
    ask = await prepare(runtime, asked)
    ask.timeout_s = limit_s = float(runtime.settings.query_timeout_s)
    memory = runtime.remembered(BehindMemory)
    told = msgspec.json.encode(dict(cell), order="sorted")
    key = (await make_keys(runtime, ask, asked.params)).key + told
    known = memory.find(key)
    if known is None:
        import numpy as np  # loaded here: the web process does without until somebody asks

        async with runtime.remembered(Places).take(workspace_id), _within(limit_s):
            keys = await asked.metric.people(ask, asked.params, cell)
        known = np.unique(np.asarray(keys, np.int64))
        memory.keep(key, known)
    return known.tolist()


@asynccontextmanager
async def _within(limit_s: float) -> AsyncGenerator[None]:
    """Raises ``Limit`` where it takes longer."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError as error:
        raise Limit(
            "question_timeout",
            "The question took longer than allowed. Ask for a shorter range or a share of people, or run it in the "
            "background.",
        ) from error


async def read_question(runtime: Runtime, workspace_id: int, actor: Actor, given: Any) -> Asked:
    """Raises ``Invalid`` with the place of what is wrong."""
    async with runtime.unit(workspace_id, actor) as ctx:
        return await check_question(ctx, given)


async def check_question(ctx: Context, given: Any) -> Asked:
    """The same in a unit of work: for what keeps questions."""
    query = given if isinstance(given, Query) else read_query(given)
    metric = find_metric(query.metric)
    params = _read_params(metric, query)
    if metric.check is not None:
        metric.check(params)
    if query.breakdown is not None and not metric.breaks_down:
        raise Invalid("no_breakdown", "This metric cannot be broken down.", fields={"breakdown": "Leave it out."})
    await refuse_hidden(ctx, query, metric, params)
    return Asked(metric, query, params, _at(ctx, query), ctx.workspace)


def read_query(given: Any) -> Query:
    try:
        return msgspec.convert(given, Query)
    except msgspec.ValidationError as error:
        raise _misread(error, "") from error


def _read_params(metric: Metric, query: Query) -> Any:
    try:
        return msgspec.convert(query.params, metric.params)
    except msgspec.ValidationError as error:
        raise _misread(error, "params") from error


def _misread(error: msgspec.ValidationError, within: str) -> Invalid:
    said, _, place = str(error).partition(" - at `$")
    path = ".".join(part for part in (within, place.rstrip("`").strip(".")) if part)
    return Invalid("query_unreadable", f"{said}.", fields={path or "query": said})


def _at(ctx: Context, query: Query) -> At:
    zone = query.zone or ctx.workspace.time_zone
    if find_zone(zone) is None:
        raise Invalid(
            "zone_unknown",
            f"There is no time zone {zone}; use a name as Asia/Tokyo.",
            fields={"zone": "Use a name as Asia/Tokyo."},
        )
    return At(to_us(ctx.clock.now()), zone, query.week_start or ctx.workspace.week_start)


async def prepare(runtime: Runtime, asked: Asked, periods: Periods | None = None) -> Ask:
    """Reads who is looked at, and what the breakdown needs."""
    workspace_id, query = asked.workspace.id, asked.query
    at, found = await _find_periods(runtime, asked)
    relations, tables, crowd = await _read_crowd(runtime, asked, at)
    ask = Ask(
        runtime.engine,
        workspace_id,
        query,
        at,
        periods or found,
        asked.workspace.currency,
        crowd,
        relations,
        tables,
    )
    return ask


async def _find_periods(runtime: Runtime, asked: Asked) -> tuple[At, Periods]:
    """The moment that stands for now, and the periods of the range."""
    at, given, first_us = asked.at, asked.query.range, None
    if isinstance(given, AllTime | UntilLast):
        bounds = await runtime.remembered(BoundsMemory).read(asked.workspace.id, at.now_us)
        first_us = bounds.first_us
        if isinstance(given, UntilLast) and bounds.last_us is not None:
            at = last_moment(bounds.last_us, at)
    periods = make_periods(given, asked.query.interval, at, first_us)
    return at, widen(periods) if asked.metric.whole_periods else periods


async def _read_crowd(runtime: Runtime, asked: Asked, at: At) -> tuple[dict[str, str], dict[str, ArrowTable], Crowd]:
    workspace_id, query, dialect = asked.workspace.id, asked.query, runtime.engine.name
    relations: dict[str, str] = {}
    tables: dict[str, ArrowTable] = {}
    if query.people is not None:
        question = await prepare_question(runtime, workspace_id, Condition(query.people))
        relations[KEPT] = replace(question, at=at).compile(None, dialect).sql
        tables |= question.tables
    left_out = await read_left_out(runtime, workspace_id, query.leave_out)
    if left_out is not None:
        tables[DROPPED] = left_out
    if isinstance(query.breakdown, BySegment):
        tables[SEGMENT_MEMBERS] = await _read_segments(runtime, workspace_id, query.breakdown.segments)
    share = sampled_sql(max(1, round(query.sample * SAMPLE_OF)), SAMPLE_OF) if query.sample < 1 else None
    crowd = Crowd(KEPT if KEPT in relations else None, DROPPED if DROPPED in tables else None, share)
    return relations, tables, crowd


async def _read_segments(runtime: Runtime, workspace_id: int, segment_ids: list[int]) -> ArrowTable:
    import numpy as np
    import pyarrow as pa

    async with runtime.unit(workspace_id) as ctx:
        members = [(one, np.asarray((await read_members(ctx, one)).to_array(), np.int64)) for one in segment_ids]
    return pa.table(
        {
            "segment_id": np.concatenate([np.full(len(keys), one, np.int64) for one, keys in members]),
            "profile_key": np.concatenate([keys for _, keys in members]),
        }
    )


def _write(
    asked: Asked, ask: Ask, found: Found, compared: Found | None, compared_periods: Periods | None, started: float
) -> Answer:
    metric, periods = asked.metric, ask.periods
    figures = found.figures
    if compared is not None:
        before = {figure.key: figure.value for figure in compared.figures}
        figures = [structs.replace(figure, previous=before.get(figure.key)) for figure in figures]
    return Answer(
        metric=metric.key,
        shape=metric.shape,
        title=metric.title,
        definition=metric.definition,
        columns=found.columns,
        rows=found.rows,
        span=_span(periods),
        zone=asked.at.zone,
        week_start=asked.at.week_start,
        interval=asked.query.interval,
        currency=ask.currency,
        figures=figures,
        caveats=ask.caveats,
        compared=None if compared is None else compared.rows,
        compared_span=None if compared_periods is None else _span(compared_periods),
        incomplete_since=periods.incomplete_since if metric.periods else None,
        engine=ask.engine.name,
        statements=ask.statements,
        kernels=ask.kernels,
        computed_at=_instant(asked.at.now_us),
        elapsed_ms=_elapsed_ms(started),
    )


def _span(periods: Periods) -> Span:
    return Span(_instant(periods.since_us), _instant(periods.until_us))


def _instant(time_us: int) -> str:
    from kizuna.conditions.moments import from_us

    return from_us(time_us).isoformat().replace("+00:00", "Z")
