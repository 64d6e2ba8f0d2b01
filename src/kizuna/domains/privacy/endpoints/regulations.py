"""HTTP of Segment's regulations, and of what is kept out."""

from typing import Any, cast
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.privacy.contracts import Request
from kizuna.domains.privacy.rules.regulations import STATUS_OF
from kizuna.domains.privacy.schemas import (
    DestinationStatus,
    NewRegulation,
    Regulated,
    RegulateId,
    Regulation,
    RegulationData,
    RegulationFound,
    RegulationItem,
    RegulationList,
    RegulationPagination,
    RegulationsFound,
    RegulationStatus,
    StreamStatus,
    SuppressionDay,
    Suppressions,
)
from kizuna.domains.privacy.service import regulations, suppression
from kizuna.kernel.context import Context
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, check_limit, decode_id_cursor, encode_cursor

TAGS = ["privacy"]
MANAGE = require("privacy.manage")


@post("/api/privacy/regulations", tags=TAGS, guards=[MANAGE])
async def create_regulation(ctx: InContext, data: JSONBody[NewRegulation]) -> Regulated:
    """Suppress or delete people, as Segment's Public API does. `regulationType` is `SUPPRESS_ONLY`,
    `DELETE_ONLY`, `SUPPRESS_WITH_DELETE` or `UNSUPPRESS`; `subjectType` the type of the identifiers in
    capitals, such as `USER_ID`, `ANONYMOUS_ID`, `EMAIL` or `PHONE`; `subjectIds` are 1,000 at most."""
    id_ = await regulations.regulate(ctx, data.regulation_type, data.subject_type, data.subject_ids)
    return Regulated(RegulateId(id_))


@get("/api/privacy/regulations/{regulate_id:uuid}", tags=TAGS, guards=[MANAGE])
async def read_regulation(ctx: InContext, regulate_id: FromPath[UUID]) -> RegulationFound:
    """How far a regulation is."""
    return RegulationFound(RegulationData(_regulation(ctx, await regulations.load(ctx, regulate_id))))


@get("/api/privacy/regulations", tags=TAGS, guards=[MANAGE])
async def list_regulations(
    ctx: InContext, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = PAGE_DEFAULT
) -> RegulationsFound:
    """Regulations, newest first, in Segment's form."""
    rows = await regulations.list_regulations(ctx, decode_id_cursor(cursor), check_limit(limit) + 1)
    following = encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None
    items = [_item(row) for row in rows[:limit]]
    return RegulationsFound(RegulationList(items, RegulationPagination(cursor or "", following)))


@get("/api/privacy/suppressions", tags=TAGS, guards=[MANAGE])
async def read_suppressions(ctx: InContext) -> Suppressions:
    """How many identifiers are kept out, and since when. Which they are nobody can tell: only keyed hashes
    are kept."""
    totals, days = await suppression.count(ctx)
    shown = [SuppressionDay(kind, cast(Any, day), number, first, last) for kind, day, number, first, last in days]
    return Suppressions(totals.get("erased", 0), totals.get("suppressed", 0), shown)


def _status(row: Request) -> RegulationStatus:
    return cast(RegulationStatus, STATUS_OF[row.state])


def _regulation(ctx: Context, row: Request) -> Regulation:
    status = _status(row)
    own = DestinationStatus("kizuna", "Kizuna", status, "", row.finished_at)
    return Regulation(
        id=row.public_id,
        workspace_id=ctx.workspace.slug,
        overall_status=status,
        created_at=row.received_at,
        finished_at=row.finished_at,
        stream_status=[StreamStatus("kizuna", [own])],
    )


def _item(row: Request) -> RegulationItem:
    return RegulationItem(
        id=row.public_id,
        subject_type=row.subject_type or "",
        subjects=[],
        status=_status(row),
        regulation_type=row.regulation or "",
        created_at=row.received_at,
        finished_at=row.finished_at,
    )


HANDLERS = (create_regulation, read_regulation, list_regulations, read_suppressions)
