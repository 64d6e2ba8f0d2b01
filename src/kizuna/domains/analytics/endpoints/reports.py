"""HTTP of reports."""

from typing import Any

import msgspec
from litestar import Router, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.analytics.report_schemas import (
    DuplicateRequest,
    NamedDashboard,
    NewReport,
    ReportChange,
    ReportDetail,
    ReportItem,
)
from kizuna.domains.analytics.service import reports
from kizuna.domains.analytics.service.reports import ReportView, Search, ShownReport
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

READ, MANAGE = require("reports.read"), require("reports.manage")


@get("", guards=[READ])
async def list_reports(
    ctx: InContext,
    search: FromQuery[str | None] = None,
    metric: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[ReportItem]:
    """List reports, the newest first. `search` finds parts of names and descriptions."""
    before = decode_id_cursor(cursor)
    query = Search(search, before, check_limit(limit) + 1)
    shown = await reports.list_reports(ctx, query, metric)
    total = await reports.count_reports(ctx, query, metric) if before is None else None
    next_cursor = encode_cursor([shown[limit - 1].row.id]) if len(shown) > limit else None
    return Page([ReportItem(**_fields(one)) for one in shown[:limit]], next_cursor, total)


@post("", guards=[MANAGE], problems=[429])
async def add_report(ctx: InContext, data: JSONBody[NewReport]) -> ReportDetail:
    """Keep a question as a report."""
    wanted = reports.Wanted(data.name, data.description, data.query, data.view)
    return make_detail(await reports.add_report(ctx, wanted))


@get("/{id:int}", guards=[READ])
async def read_report(ctx: InContext, id: FromPath[int]) -> ReportDetail:
    """One report with its question."""
    return make_detail(await reports.read_report(ctx, id))


@patch("/{id:int}", guards=[MANAGE], problems=[429])
async def change_report(ctx: InContext, id: FromPath[int], data: JSONBody[ReportChange]) -> ReportDetail:
    """Rename a report, or give it another question or another look."""
    given = {name: getattr(data, name) for name in ReportChange.__struct_fields__}
    wanted = reports.Wanted(**{name: value for name, value in given.items() if value is not msgspec.UNSET})
    return make_detail(await reports.change_report(ctx, id, wanted))


@delete("/{id:int}", guards=[MANAGE], problems=[409])
async def remove_report(ctx: InContext, id: FromPath[int]) -> None:
    """Remove a report with its links and mailings. One that a dashboard shows stays."""
    await reports.delete_report(ctx, id)


@post("/{id:int}/duplicate", guards=[MANAGE], problems=[429])
async def duplicate_report(ctx: InContext, id: FromPath[int], data: JSONBody[DuplicateRequest]) -> ReportDetail:
    """Copy a report."""
    return make_detail(await reports.duplicate_report(ctx, id, data.name))


@put("/{id:int}/pin", guards=[READ], status_code=204)
async def pin_report(ctx: InContext, id: FromPath[int]) -> None:
    """Put a report on top of one's own lists."""
    await reports.pin_report(ctx, id, pinned=True)


@delete("/{id:int}/pin", guards=[READ])
async def unpin_report(ctx: InContext, id: FromPath[int]) -> None:
    """Take a report down from the top of one's own lists."""
    await reports.pin_report(ctx, id, pinned=False)


def make_detail(view: ReportView) -> ReportDetail:
    return ReportDetail(
        **_fields(view.shown),
        query=view.query,
        hidden=view.hidden,
        view=view.view,
        dashboards=[NamedDashboard(*one) for one in view.dashboards],
    )


def _fields(shown: ShownReport) -> dict[str, Any]:
    names = ("metric", "metric_title", "shape", "pinned", "own")
    fields: dict[str, Any] = {name: getattr(shown, name) for name in names}
    missing = [name for name in ReportItem.__struct_fields__ if name not in fields]
    return fields | {name: getattr(shown.row, name) for name in missing}


router = Router(
    "/api/analytics/reports",
    route_handlers=[
        list_reports,
        add_report,
        read_report,
        change_report,
        remove_report,
        duplicate_report,
        pin_report,
        unpin_report,
    ],
    tags=["analytics"],
)
