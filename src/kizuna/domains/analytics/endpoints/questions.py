"""HTTP of questions: what can be asked, answers, and who is behind them."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import JSONBody

from kizuna.domains.analytics.contracts import Answer, QueryBody
from kizuna.domains.analytics.schemas import (
    AnsweredPerson,
    MadeSegment,
    MetricItem,
    PeopleRequest,
    PeopleSegment,
    Question,
)
from kizuna.domains.analytics.service import answers, export, metrics, people
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InRuntime
from kizuna.web.leaving import while_connected
from kizuna.web.paging import Page, decode_id_cursor, encode_cursor

READ = require("reports.read")
SEE_PEOPLE = require("profiles.read")
MAKE_SEGMENTS = require("segments.manage")


@get("/metrics", guards=[READ], sync_to_thread=False)
def list_metrics() -> Page[MetricItem]:
    """Every metric: what it means, what it takes, and what can be done with its answer."""
    items = [
        MetricItem(
            key=one.metric.key,
            group=one.metric.group,
            shape=one.metric.shape,
            title=one.metric.title,
            definition=one.metric.definition,
            params=one.params,
            by_period=one.metric.periods,
            breaks_down=one.metric.breaks_down,
            compares=one.metric.compares,
            opens_people=one.metric.people is not None,
            engines=list(one.engines),
        )
        for one in metrics.describe_metrics()
    ]
    return Page(items, total=len(items))


@post("/query", guards=[READ], status_code=200, problems=[429])
async def answer_query(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[Question]) -> Answer:
    """Answer one question. What nobody ever sent gives an empty answer with a sentence among its caveats."""
    principal = await authenticate(request)
    work = answers.answer(
        runtime, principal.workspace_id, principal.actor, as_given(data.query), max_age_s=data.max_age_s
    )
    return await while_connected(request, work)


@post("/query.csv", guards=[READ], status_code=200, media_type="text/csv", problems=[429], gives="text/csv")
async def export_query(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[Question]) -> Response[str]:
    """The answer as a CSV file: numbers as they are, titles in the language of who asks. It goes into the audit log."""
    principal = await authenticate(request)
    work = export.export_csv(runtime, principal.workspace_id, principal.actor, as_given(data.query), data.max_age_s)
    name, text = await while_connected(request, work)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv", headers=headers)


@post("/people", guards=[READ, SEE_PEOPLE], status_code=200, problems=[429])
async def list_people(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[PeopleRequest]
) -> Page[AnsweredPerson]:
    """Who is behind a number of an answer, as the list of customers shows them."""
    principal = await authenticate(request)
    after = decode_id_cursor(data.cursor)
    work = people.list_people(
        runtime, principal.workspace_id, principal.actor, as_given(data.query), data.cell, after, data.limit
    )
    page = await while_connected(request, work)
    items = [
        AnsweredPerson(one.id, one.name, one.email, one.identified, one.last_seen, one.masked) for one in page.shown
    ]
    return Page(items, None if page.more is None else encode_cursor([page.more]), page.total)


@post("/people/segment", guards=[MAKE_SEGMENTS, READ], problems=[409, 429])
async def make_people_segment(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[PeopleSegment]
) -> MadeSegment:
    """Keep who is behind a number of an answer as a segment: a list of those of now."""
    principal = await authenticate(request)
    made = await people.make_segment(
        runtime,
        principal.workspace_id,
        principal.actor,
        as_given(data.query),
        data.cell,
        data.name,
        data.description,
    )
    return MadeSegment(made.id, made.name, made.size)


def as_given(query: QueryBody) -> dict[str, Any]:
    """The question as JSON, which the service reads with the place of what is wrong."""
    return msgspec.to_builtins(query)


router = Router(
    "/api/analytics",
    route_handlers=[list_metrics, answer_query, export_query, list_people, make_people_segment],
    tags=["analytics"],
)
