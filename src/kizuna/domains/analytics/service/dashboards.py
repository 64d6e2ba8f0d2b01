"""Dashboards: those that people make, and those that every workspace has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType, structs

from kizuna.conditions.moments import to_us
from kizuna.domains.analytics.contracts import Interval, QueryBody, Range, Shape, Text, WrittenText
from kizuna.domains.analytics.repository import dashboards as repository
from kizuna.domains.analytics.repository import reports
from kizuna.domains.analytics.repository.dashboards import DashboardContent, DashboardRow
from kizuna.domains.analytics.repository.reports import ReportRow
from kizuna.domains.analytics.repository.searching import Search
from kizuna.domains.analytics.rules.ready import READY, ReadyDashboard, ReadyTile, choose_range
from kizuna.domains.analytics.rules.tiles import TileBody, ViewOptions
from kizuna.domains.analytics.rules.words import text
from kizuna.domains.analytics.service.answers import read_query
from kizuna.domains.analytics.service.bounds import BoundsMemory
from kizuna.domains.analytics.service.ends import end_all
from kizuna.domains.analytics.service.metrics import list_metrics
from kizuna.domains.analytics.service.reports import (
    check_query,
    check_view,
    clean_name,
    copy_name,
    is_own,
    list_segments,
    show_query,
)
from kizuna.domains.collect.api import list_events
from kizuna.domains.workspace.api import read_language, record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, Limit, NotFound

DASHBOARDS_MAX = 1_000
EVENTS_MAX = 2_000

REPORT_GONE = text("The report was removed.", "このレポートは削除されました。")
METRIC_GONE = text("There is no such metric here.", "この指標はこの環境にはありません。")


@dataclass(frozen=True, slots=True)
class Tile:
    """``query`` is what is to be asked, with the dashboard's range and interval; where it is None and there is no
    ``text``, ``missing`` says why."""

    report_id: int | None = None
    report_name: str | None = None
    own_query: QueryBody | None = None
    query: QueryBody | None = None
    text: Text | None = None
    title: Text | None = None
    missing: Text | None = None
    shape: Shape | None = None
    width: int = 6
    height: int = 4
    view: ViewOptions = field(default_factory=ViewOptions)


@dataclass(frozen=True, slots=True)
class Head:
    """A dashboard as lists show it."""

    ref: str
    ready: bool
    title: Text
    description: Text
    tiles: int
    pinned: bool
    own: bool = False
    created_by: str | None = None
    updated_by: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DashboardView:
    head: Head
    tiles: list[Tile]
    range: Range | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of a dashboard; what is not given stays as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    tiles: list[TileBody] | UnsetType = UNSET
    range: Range | UnsetType | None = UNSET
    interval: Interval | UnsetType | None = UNSET


async def list_dashboards(ctx: Context, search: Search) -> list[Head]:
    """Those that people made, newest first."""
    pinned = set(await repository.list_pins(ctx, "dashboard"))
    return [_head(ctx, row, pinned) for row in await repository.list_page(ctx, search)]


async def list_ready(ctx: Context, search: str | None) -> list[Head]:
    """Those that every workspace has, in their order."""
    pinned = set(await repository.list_pins(ctx, "dashboard"))
    wanted = (search or "").casefold()
    return [
        _ready_head(one, pinned)
        for one in READY.values()
        if any(wanted in words.casefold() for words in (*one.title.values(), *one.description.values()))
    ]


async def count_dashboards(ctx: Context, search: Search) -> int:
    return await repository.count(ctx, search)


async def read_dashboard(ctx: Context, ref: str) -> DashboardView:
    """By number, or by the key of a ready one. Raises ``NotFound``."""
    if (ready := READY.get(ref)) is not None:
        return await _view_ready(ctx, ready)
    return await _view(ctx, await load_dashboard(ctx, ref))


async def load_dashboard(ctx: Context, ref: str) -> DashboardRow:
    """One that somebody made. Raises ``NotFound``."""
    row = await repository.find(ctx, int(ref)) if ref.isdecimal() and len(ref) < 10 else None
    if row is None:
        raise NotFound("dashboard_not_found", "There is no such dashboard, or it was removed.")
    return row


async def add_dashboard(ctx: Context, wanted: Wanted) -> DashboardView:
    """Raises ``Invalid`` for tiles that show nothing or ask no question, ``Limit`` for one too many."""
    if await repository.count(ctx, Search()) >= DASHBOARDS_MAX:
        raise Limit("dashboards_many", f"A workspace has {DASHBOARDS_MAX:,} dashboards at the most; remove one first.")
    row = await repository.insert(ctx, await _define(ctx, None, wanted))
    await record_audit(ctx, "dashboard.created", "dashboard", row.id, f"Made the dashboard “{row.name}”")
    return await _view(ctx, row)


async def change_dashboard(ctx: Context, ref: str, wanted: Wanted) -> DashboardView:
    """Raises what ``add_dashboard`` raises, and ``NotFound``; ``Invalid`` for a ready one."""
    before = await _load_own(ctx, ref)
    row = await repository.update(ctx, before.id, await _define(ctx, before, wanted))
    assert row is not None
    names = ("name", "description", "tiles", "range", "interval")
    changed = [name for name in names if getattr(before, name) != getattr(row, name)]
    if changed:
        await record_audit(
            ctx,
            "dashboard.changed",
            "dashboard",
            row.id,
            f"Changed the dashboard “{row.name}”",
            before={"name": before.name, "tiles": len(before.tiles)},
            after={"name": row.name, "tiles": len(row.tiles), "changed": changed},
        )
    return await _view(ctx, row)


async def duplicate_dashboard(ctx: Context, ref: str, name: str | None) -> DashboardView:
    """A copy that can be changed; of a ready one in the language of the one who acts. Raises ``NotFound``."""
    if (ready := READY.get(ref)) is None:
        row = await load_dashboard(ctx, ref)
        tiles = msgspec.convert(row.tiles, list[TileBody])
        range_ = msgspec.convert(row.range, Range | None)
        interval = msgspec.convert(row.interval, Interval | None)
        return await add_dashboard(ctx, Wanted(name or copy_name(row.name), row.description, tiles, range_, interval))
    language = await read_language(ctx)
    known = list_metrics()
    range_, interval = await _choose_range(ctx)
    tiles = [_as_body(one, range_, interval) for one in ready.tiles if one.query["metric"] in known]
    return await add_dashboard(ctx, Wanted(name or ready.title[language], ready.description[language], tiles))


async def delete_dashboard(ctx: Context, ref: str) -> None:
    """Its links and mailings end with it. Raises ``NotFound``; ``Invalid`` for a ready one."""
    row = await _load_own(ctx, ref)
    await end_all(ctx, "dashboard", ref)
    await repository.delete(ctx, row.id)
    await record_audit(ctx, "dashboard.removed", "dashboard", row.id, f"Removed the dashboard “{row.name}”")


async def pin_dashboard(ctx: Context, ref: str, pinned: bool) -> None:
    """Puts a dashboard on top of the lists of the one who acts, or takes it down. Raises ``NotFound``."""
    if ref not in READY:
        await load_dashboard(ctx, ref)
    await (repository.pin if pinned else repository.unpin)(ctx, "dashboard", ref)


async def _load_own(ctx: Context, ref: str) -> DashboardRow:
    if ref in READY:
        raise Invalid("dashboard_ready", "This dashboard is the same everywhere; copy it to change it.")
    return await load_dashboard(ctx, ref)


# --- what is kept -----------------------------------------------------------------------------------


async def _define(ctx: Context, before: DashboardRow | None, wanted: Wanted) -> DashboardContent:
    made = DashboardContent("", "", [], None, None, [], [])
    if before is not None:
        kept = (before.name, before.description, before.tiles, before.range, before.interval)
        made = DashboardContent(*kept, before.reports, before.segments)
    if wanted.name is not UNSET:
        made = replace(made, name=clean_name(wanted.name))
    if wanted.description is not UNSET:
        made = replace(made, description=wanted.description.strip())
    if wanted.tiles is not UNSET:
        known = [] if before is None else before.tiles
        tiles, segments = await _check_tiles(ctx, wanted.tiles, known)
        shown = sorted({one.report_id for one in wanted.tiles if one.report_id is not None})
        made = replace(made, tiles=tiles, reports=shown, segments=segments)
    if wanted.range is not UNSET:
        made = replace(made, range=None if wanted.range is None else msgspec.to_builtins(wanted.range))
    if wanted.interval is not UNSET:
        made = replace(made, interval=wanted.interval)
    return made


async def _check_tiles(
    ctx: Context, tiles: Sequence[TileBody], known: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[int]]:
    """The tiles' JSON, and the segments that they read. A question that stands there already is not asked about again:
    whoever moves a tile need not see what it reads."""
    there = await reports.find_many(ctx, [one.report_id for one in tiles if one.report_id is not None])
    kept = [one.get("query") for one in known]
    checked: list[dict[str, Any]] = []
    segments: set[int] = set()
    for number, one in enumerate(tiles):
        place = f"tiles.{number}"
        if [one.report_id, one.query, one.text].count(None) != 2:
            raise _wrong(place, "A tile shows a report, a question or a text: one of them.")
        if one.report_id is not None and one.report_id not in there:
            raise _wrong(f"{place}.report_id", "There is no such report, or it was removed.")
        as_json = msgspec.to_builtins(one)
        if one.query is not None:
            if as_json["query"] not in kept:
                await _check_tile_query(ctx, one.query, place)
            segments |= set(list_segments(read_query(as_json["query"])))
        check_view(one.view)
        checked.append(as_json)
    return checked, sorted(segments)


async def _check_tile_query(ctx: Context, query: QueryBody, place: str) -> None:
    try:
        await check_query(ctx, query)
    except Invalid as error:
        fields = {f"{place}.query.{at}": words for at, words in error.fields.items()}
        raise Invalid(error.code, error.message, fields=fields) from error


def _wrong(place: str, sentence: str) -> Invalid:
    return Invalid("tile_invalid", sentence, fields={place: sentence})


def _as_body(tile: ReadyTile, range_: Range, interval: Interval) -> TileBody:
    return TileBody(
        query=_ready_query(tile, range_, interval),
        title=WrittenText(tile.title["en"], tile.title["ja"]),
        width=tile.width,
        height=tile.height,
        view=ViewOptions(tile.chart, [], dict(tile.options)),
    )


# --- what is shown ----------------------------------------------------------------------------------


def _head(ctx: Context, row: DashboardRow, pinned: set[str]) -> Head:
    return Head(
        ref=str(row.id),
        ready=False,
        title=text(row.name, row.name),
        description=text(row.description, row.description),
        tiles=len(row.tiles),
        pinned=str(row.id) in pinned,
        own=is_own(ctx, row),
        created_by=row.created_by,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )


def _ready_head(one: ReadyDashboard, pinned: set[str]) -> Head:
    return Head(one.key, True, one.title, one.description, len(one.tiles), one.key in pinned)


async def _view(ctx: Context, row: DashboardRow) -> DashboardView:
    range_ = msgspec.convert(row.range, Range | None)
    interval = msgspec.convert(row.interval, Interval | None)
    bodies = msgspec.convert(row.tiles, list[TileBody])
    there = await reports.find_many(ctx, row.reports)
    tiles = [await _show_tile(ctx, one, there, range_, interval) for one in bodies]
    pinned = set(await repository.list_pins(ctx, "dashboard"))
    return DashboardView(_head(ctx, row, pinned), tiles, range_, interval)


async def _show_tile(
    ctx: Context, body: TileBody, there: Mapping[int, ReportRow], range_: Range | None, interval: Interval | None
) -> Tile:
    title = None if body.title is None else text(body.title.en, body.title.ja)
    tile = Tile(report_id=body.report_id, title=title, width=body.width, height=body.height, view=body.view)
    if body.text is not None:
        return replace(tile, text=text(body.text, body.text))
    if body.report_id is not None:
        report = there.get(body.report_id)
        if report is None:
            return replace(tile, missing=REPORT_GONE)
        tile = replace(tile, report_name=report.name, view=_view_of(body, report))
        given = report.query
    else:
        given = msgspec.to_builtins(body.query)
    query, hidden = await show_query(ctx, given)
    if query is None:
        return replace(tile, missing=text(hidden or "", "この内容を見る権限がありません。"))
    if body.query is not None:
        tile = replace(tile, own_query=query)
    return _with_question(tile, query, range_, interval)


def _view_of(body: TileBody, report: ReportRow) -> ViewOptions:
    """The tile's own way to look at a report, or the report's."""
    return msgspec.convert(report.view, ViewOptions) if body.view == ViewOptions() else body.view


def _with_question(tile: Tile, query: QueryBody, range_: Range | None, interval: Interval | None) -> Tile:
    metric = list_metrics().get(query.metric)
    if metric is None:
        return replace(tile, missing=METRIC_GONE)
    if range_ is not None:
        query = structs.replace(query, range=range_)
    if interval is not None:
        query = structs.replace(query, interval=interval)
    return replace(tile, query=query, shape=metric.shape, title=tile.title)


async def _view_ready(ctx: Context, ready: ReadyDashboard) -> DashboardView:
    known = {event.name for event in await list_events(ctx, EVENTS_MAX, 0)}
    range_, interval = await _choose_range(ctx)
    shown = [_show_ready(one, known, range_, interval) for one in ready.tiles]
    tiles = sorted(shown, key=lambda one: one.missing is not None)  # what can be seen comes first
    pinned = set(await repository.list_pins(ctx, "dashboard"))
    return DashboardView(_ready_head(ready, pinned), tiles, range_, interval)


async def _choose_range(ctx: Context) -> tuple[Range, Interval]:
    # Remembered for as long as the lake is the same: nearly always nothing is read.
    memory = ctx.runtime.remembered(BoundsMemory)
    bounds = await memory.read(ctx.workspace.id, to_us(ctx.clock.now()))
    return choose_range(bounds.first_us, bounds.last_us)


def _show_ready(one: ReadyTile, known: set[str], range_: Range, interval: Interval) -> Tile:
    view = ViewOptions(one.chart, [], dict(one.options))
    tile = Tile(title=one.title, width=one.width, height=one.height, view=view)
    absent = [name for name in one.events if name not in known]
    if absent:
        en = f"This needs the event “{absent[0]}”, which nobody has sent yet."
        return replace(tile, missing=text(en, f"行動「{absent[0]}」がまだ届いていないため、表示できません。"))
    query = _ready_query(one, range_, interval)
    return _with_question(replace(tile, own_query=query), query, None, None)


def _ready_query(one: ReadyTile, range_: Range, interval: Interval) -> QueryBody:
    usual = {"range": msgspec.to_builtins(range_), "interval": interval}
    return msgspec.convert(usual | dict(one.query), QueryBody)
