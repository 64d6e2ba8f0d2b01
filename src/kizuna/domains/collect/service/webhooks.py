"""Webhooks in: a signed JSON body becomes events by the source's mapping."""

import json
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import MappingResult, Refused, WebhookRequest
from kizuna.domains.collect.repository import sources, webhooks
from kizuna.domains.collect.rules.bodies import BadBody, BadItem, Body
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.rules.webhooks import check_mapping, check_signature, encode_event, map_body
from kizuna.domains.collect.service.intake import Intake
from kizuna.domains.collect.service.known_sources import KnownSource
from kizuna.domains.collect.service.sources import read_source
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, Unavailable

REQUESTS_KEPT = 50
BODY_CHARS_KEPT = 20_000
EVENTS_KEPT = 5


async def receive(intake: Intake, known: KnownSource, signature: str | None, body: bytes) -> MappingResult:
    """Checks, maps and takes in the body of a webhook. The last requests are kept for the console.

    Raises ``BadBody`` (401, 400) or ``Unavailable``; then nothing was taken.
    """
    source = known.source
    if not source.signing_secret:
        # Not 401: the sender is right, and would give up.
        raise Unavailable("secret_unavailable", "The source's signing secret cannot be opened; try again later.")
    problem = check_signature(signature or "", body, source.signing_secret, intake.runtime.clock.now().timestamp())
    if problem is not None:
        # Not kept: anybody could fill the console, and push out what belongs there.
        raise BadBody("signature_invalid", problem, 401)
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        await _keep(intake, known, body, 400, MappingResult([], ["The body is not valid JSON."]))
        raise BadBody("bad_json", "The body is not valid JSON.") from error
    mapping = await _read_mapping(intake, known)
    result = map_body(value, mapping)
    refused = await take_events(intake, known, result)
    outcome = MappingResult(
        result.events, [*result.errors, *(f"event {one.index + 1}: {one.message}" for one in refused)]
    )
    status = 200 if result.events and len(refused) < len(result.events) else 400
    await _keep(intake, known, body, status, outcome)
    if status == 400:
        raise BadBody("nothing_taken", (outcome.errors or ["No event was found in the body."])[0])
    return outcome


async def take_events(intake: Intake, known: KnownSource, result: MappingResult) -> list[Refused]:
    if not result.events:
        return []
    items: list[Any] = [_encode(event) for event in result.events]
    arrival = Arrival(source=known.source, received_us=round(intake.runtime.clock.now().timestamp() * 1_000_000))
    return await intake.take(known, Body(items=items, nul=True), arrival)


def _encode(event: dict[str, Any]) -> bytes | BadItem:
    try:
        return encode_event(event)
    except (UnicodeEncodeError, TypeError, ValueError):
        return BadItem(
            "lone_surrogate", "A text holds half of a surrogate pair, which is no character.", ascii(event)[:300]
        )


async def _read_mapping(intake: Intake, known: KnownSource) -> dict[str, str]:
    async with intake.runtime.database.transaction("app", known.source.workspace_id) as db:
        rows = await sources.list_sources(db, intake.runtime.clock.now(), known.source.id)
    mapping = rows[0].settings.get("mapping") if rows else None
    try:
        return check_mapping(mapping or {})
    except Invalid:
        return {}


async def _keep(intake: Intake, known: KnownSource, body: bytes, status: int, result: MappingResult) -> None:
    source = known.source
    async with intake.runtime.database.transaction("app", source.workspace_id) as db:
        await webhooks.keep_request(
            db,
            {
                "workspace_id": source.workspace_id,
                "at": intake.runtime.clock.now(),
                "source_id": source.id,
                "body": body.decode("utf-8", "replace").replace("\x00", "�")[:BODY_CHARS_KEPT],
                "status": status,
                "events": _storable(result.events[:EVENTS_KEPT]),
                "errors": [error.replace("\x00", "�") for error in result.errors[:20]],
            },
            REQUESTS_KEPT,
        )


def _storable(events: list[dict[str, Any]]) -> list[Any]:
    """PostgreSQL's jsonb takes no NUL characters and no lone surrogates."""
    text = json.dumps(events, ensure_ascii=False)
    clean = text.encode("utf-8", "replace").decode().replace("\\u0000", "�")
    return json.loads(clean) if len(clean) <= BODY_CHARS_KEPT * 2 else []


async def list_requests(ctx: Context, source_id: int) -> list[WebhookRequest]:
    """The last requests of a source, newest first. Raises ``NotFound``."""
    await read_source(ctx, source_id)
    return await webhooks.list_requests(ctx.db, source_id, REQUESTS_KEPT)


async def try_mapping(ctx: Context, source_id: int, body: Any, mapping: dict[str, Any] | None) -> MappingResult:
    """What a mapping would make of a body; nothing is taken in. Raises ``NotFound``, ``Invalid``.

    Without ``mapping`` the source's own.
    """
    source = await read_source(ctx, source_id)
    checked = check_mapping(source.settings.get("mapping") or {} if mapping is None else mapping)
    return map_body(body, checked)
