"""HTTP of webhooks: where they come in, and the console that shows what they became."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, JSONBody

from kizuna.domains.collect.contracts import BODY_BYTES_MAX, MappingResult, WebhookRequest
from kizuna.domains.collect.endpoints.tracking import intake_of
from kizuna.domains.collect.rules.bodies import BadBody
from kizuna.domains.collect.schemas import MappingTrial
from kizuna.domains.collect.service import webhooks
from kizuna.domains.collect.service.sight import show_request
from kizuna.domains.privacy.api import read_sight
from kizuna.kernel.errors import Invalid, Unavailable
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import Page
from kizuna.web.problems import problem_response


@post(
    "/in/{source_key:str}",
    status_code=200,
    request_max_body_size=BODY_BYTES_MAX,
    tags=["webhooks"],
    takes="application/json",
    problems=[401, 403],
)
async def receive_webhook(request: Request[Any, Any, Any], source_key: FromPath[str]) -> Response[dict[str, Any]]:
    """Take in a webhook. Sign it: `X-Kizuna-Signature: t=<unix time>,v1=<hex HMAC-SHA256 of "t.body">`
    with the source's signing secret. The source's mapping says which events the body means."""
    intake = intake_of(request.scope)
    known = intake.sources.peek(source_key) or await intake.sources.find(source_key)
    if known is None or known.source.kind not in ("webhook", "cloud"):
        return _refuse(404, "webhook_not_found", "No webhook source has this key; copy its address anew.")
    if not known.source.enabled:
        return _refuse(403, "source_disabled", "The source is switched off.")
    try:
        taken = await webhooks.receive(intake, known, request.headers.get("x-kizuna-signature"), await request.body())
    except BadBody as error:
        return _refuse(error.status, error.code, error.message)
    except Unavailable as error:
        return _refuse(503, error.code, error.message, error.retry_after_s or 1)
    return Response({"success": True, "events": len(taken.events), "errors": taken.errors})


def _refuse(status: int, code: str, message: str, retry_after_s: int | None = None) -> Response[Any]:
    return problem_response(status, code, message, retry_after_s=retry_after_s)


@get("/{source_id:int}/requests", guards=[require("collect.read")])
async def list_requests(ctx: InContext, source_id: FromPath[int]) -> Page[WebhookRequest]:
    """The last requests that a source got, what they became, and what was wrong."""
    sight = await read_sight(ctx)
    return Page([show_request(one, sight) for one in await webhooks.list_requests(ctx, source_id)])


@post("/{source_id:int}/try", guards=[require("collect.manage")], status_code=200)
async def try_mapping(ctx: InContext, source_id: FromPath[int], data: JSONBody[MappingTrial]) -> MappingResult:
    """What a mapping would make of a body. Nothing is taken in."""
    body = data.body
    if isinstance(body, str):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Invalid("body_invalid", "The body is not valid JSON.", fields={"body": str(error)}) from error
    return await webhooks.try_mapping(ctx, source_id, body, data.mapping)


console = Router("/api/collect/sources", route_handlers=[list_requests, try_mapping], tags=["collect"])
HANDLERS: list[Any] = [receive_webhook, console]
