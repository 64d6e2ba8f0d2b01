"""Reports: questions that are kept, with how they are looked at."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from kizuna.conditions.ast import InSegment, Node, leaves
from kizuna.domains.analytics.contracts import BySegment, Query, QueryBody, Shape, Text
from kizuna.domains.analytics.repository import dashboards
from kizuna.domains.analytics.repository import reports as repository
from kizuna.domains.analytics.repository.reports import ReportContent, ReportRow
from kizuna.domains.analytics.repository.searching import Search
from kizuna.domains.analytics.rules.tiles import ViewOptions
from kizuna.domains.analytics.service.answers import check_question
from kizuna.domains.analytics.service.ends import end_all
from kizuna.domains.analytics.service.metrics import list_metrics
from kizuna.domains.analytics.service.sight import FIELD_HIDDEN
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.conditions import SegmentUse
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid, Limit, NotFound

REPORTS_MAX = 5_000
USERS_MAX = 20
VIEW_BYTES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report with what a list says of it."""

    row: ReportRow
    metric: str
    metric_title: Text | None
    shape: Shape | None
    pinned: bool
    own: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """``query`` is None where the one who acts does not see what it reads; ``hidden`` says why."""

    shown: ShownReport
    query: QueryBody | None
    hidden: str | None
    view: ViewOptions
    dashboards: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of a report; what is None stays as it is."""

    name: str | None = None
    description: str | None = None
    query: QueryBody | None = None
    view: ViewOptions | None = None


async def list_reports(ctx: Context, search: Search, metric: str | None) -> list[ShownReport]:
    """Newest first."""
    rows = await repository.list_page(ctx, search, metric)
    pinned = set(await dashboards.list_pins(ctx, "report"))
    return [_show(ctx, row, pinned) for row in rows]


async def count_reports(ctx: Context, search: Search, metric: str | None) -> int:
    return await repository.count(ctx, search, metric)


async def load_report(ctx: Context, report_id: int) -> ReportRow:
    """Raises ``NotFound``."""
    row = await repository.find(ctx, report_id)
    if row is None:
        raise NotFound("report_not_found", "There is no such report, or it was removed.")
    return row


async def read_report(ctx: Context, report_id: int) -> ReportView:
    """Raises ``NotFound``."""
    return await _view(ctx, await load_report(ctx, report_id))


async def add_report(ctx: Context, wanted: Wanted) -> ReportView:
    """Raises ``Invalid`` for what is no question, ``Limit`` for one too many."""
    await _check_room(ctx)
    assert wanted.query is not None
    row = await repository.insert(ctx, await _define(ctx, None, wanted))
    await record_audit(ctx, "report.created", "report", row.id, f"Made the report “{row.name}”")
    return await _view(ctx, row)


async def change_report(ctx: Context, report_id: int, wanted: Wanted) -> ReportView:
    """Raises what ``add_report`` raises, and ``NotFound``."""
    before = await load_report(ctx, report_id)
    row = await repository.update(ctx, report_id, await _define(ctx, before, wanted))
    assert row is not None
    changed = [name for name in ("name", "description", "query", "view") if getattr(before, name) != getattr(row, name)]
    if changed:
        # The question itself is not told: its values may be what not everybody who reads the log may see.
        await record_audit(
            ctx,
            "report.changed",
            "report",
            row.id,
            f"Changed the report “{row.name}”",
            before={"name": before.name},
            after={"name": row.name, "changed": changed},
        )
    return await _view(ctx, row)


async def duplicate_report(ctx: Context, report_id: int, name: str | None) -> ReportView:
    """Raises ``NotFound``, ``Limit``; ``Invalid`` where the one who acts may not ask it."""
    row = await load_report(ctx, report_id)
    view = msgspec.convert(row.view, ViewOptions)
    wanted = Wanted(name or copy_name(row.name), row.description, msgspec.convert(row.query, QueryBody), view)
    return await add_report(ctx, wanted)


async def delete_report(ctx: Context, report_id: int) -> None:
    """Its links and mailings end with it. Raises ``Conflict`` when a dashboard shows it."""
    row = await load_report(ctx, report_id)
    users = await dashboards.with_report(ctx, report_id, USERS_MAX)
    if users:
        named = ", ".join(f"“{name}”" for _, name in users)
        raise Conflict(
            "report_in_use",
            f"“{row.name}” is on {named}; take it off there first.",
            fields={f"dashboard.{id_}": name for id_, name in users},
        )
    await end_all(ctx, "report", str(report_id))
    await repository.delete(ctx, report_id)
    await record_audit(ctx, "report.removed", "report", row.id, f"Removed the report “{row.name}”")


async def pin_report(ctx: Context, report_id: int, pinned: bool) -> None:
    """Puts a report on top of the lists of the one who acts, or takes it down. Raises ``NotFound``."""
    await load_report(ctx, report_id)
    await (dashboards.pin if pinned else dashboards.unpin)(ctx, "report", str(report_id))


async def users_of_segment(ctx: Context, segment_id: int) -> list[SegmentUse]:
    """Reports and dashboards that read a segment, so that it is not taken away under them."""
    return [SegmentUse(*one) for one in await repository.users_of_segment(ctx, segment_id, USERS_MAX)]


async def check_query(ctx: Context, query: QueryBody) -> tuple[dict[str, Any], list[int]]:
    """The JSON of a question to keep, and the segments it reads. Raises ``Invalid`` with the place of what is wrong."""
    asked = await check_question(ctx, msgspec.to_builtins(query))
    return msgspec.to_builtins(query), list_segments(asked.query)


def list_segments(query: Query) -> list[int]:
    """Ids of the segments that a question reads."""
    found = set(query.breakdown.segments) if isinstance(query.breakdown, BySegment) else set[int]()
    for node in _list_conditions(query):
        found |= {leaf.id for leaf in leaves(node) if isinstance(leaf, InSegment)}
    return sorted(found)


def _list_conditions(query: Query) -> list[Node]:
    metric = list_metrics().get(query.metric)
    nodes = [] if query.people is None else [query.people]
    if metric is not None and metric.conditions is not None:
        nodes += metric.conditions(msgspec.convert(query.params, metric.params)).values()
    return nodes


async def show_query(ctx: Context, given: dict[str, Any]) -> tuple[QueryBody | None, str | None]:
    """A kept question as the one who acts may see it: itself, or a sentence why not."""
    try:
        await check_question(ctx, given)
    except Invalid as error:
        if error.code == FIELD_HIDDEN:
            return None, error.message
    return msgspec.convert(given, QueryBody), None


def check_view(view: ViewOptions) -> dict[str, Any]:
    """Raises ``Limit``."""
    if len(msgspec.json.encode(view)) > VIEW_BYTES_MAX:
        raise Limit("view_too_large", "There is too much in how this is looked at; take something out.")
    return msgspec.to_builtins(view)


def copy_name(name: str) -> str:
    return f"{name[:90]} (2)"


def clean_name(name: str) -> str:
    return " ".join(name.split())


def is_own(ctx: Context, row: Any) -> bool:
    return ctx.actor.id is not None and row.created_by_id == ctx.actor.id


async def _define(ctx: Context, before: ReportRow | None, wanted: Wanted) -> ReportContent:
    if wanted.query is not None:
        query, segments = await check_query(ctx, wanted.query)
    else:
        assert before is not None
        query, segments = before.query, before.segments
    made = ReportContent("", "", query, {}, segments)
    if before is not None:
        made = replace(made, name=before.name, description=before.description, view=before.view)
    if wanted.name is not None:
        made = replace(made, name=clean_name(wanted.name))
    if wanted.description is not None:
        made = replace(made, description=wanted.description.strip())
    if wanted.view is not None:
        made = replace(made, view=check_view(wanted.view))
    return made


async def _check_room(ctx: Context) -> None:
    if await repository.count(ctx, Search(), None) >= REPORTS_MAX:
        raise Limit("reports_many", f"A workspace has {REPORTS_MAX:,} reports at the most; remove one first.")


def _show(ctx: Context, row: ReportRow, pinned: set[str]) -> ShownReport:
    key = str(row.query.get("metric", ""))
    metric = list_metrics().get(key)
    title, shape = (None, None) if metric is None else (metric.title, metric.shape)
    return ShownReport(row, key, title, shape, str(row.id) in pinned, is_own(ctx, row))


async def _view(ctx: Context, row: ReportRow) -> ReportView:
    query, hidden = await show_query(ctx, row.query)
    shown = _show(ctx, row, set(await dashboards.list_pins(ctx, "report")))
    users = await dashboards.with_report(ctx, row.id, USERS_MAX)
    return ReportView(shown, query, hidden, msgspec.convert(row.view, ViewOptions), users)
