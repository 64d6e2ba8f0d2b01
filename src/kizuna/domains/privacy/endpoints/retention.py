"""HTTP of retention rules and disclosures."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post, put
from litestar.params import FromQuery, JSONBody

from kizuna.domains.privacy.contracts import Disclosure, RetentionRule, WouldGo
from kizuna.domains.privacy.schemas import NewDisclosure, RetentionRules, RulesGiven
from kizuna.domains.privacy.service import disclosures, retention
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

TAGS = ["privacy"]
READ = require("privacy.read")
MANAGE = require("privacy.manage")


@get("/api/privacy/retention", tags=TAGS, guards=[READ])
async def read_retention(ctx: InContext) -> RetentionRules:
    """What goes by itself, and when it last did."""
    return RetentionRules(await retention.list_rules(ctx))


@put("/api/privacy/retention", tags=TAGS, guards=[MANAGE])
async def change_retention(ctx: InContext, data: JSONBody[RulesGiven]) -> RetentionRules:
    """Make these the only rules. They are carried out every night."""
    return RetentionRules(await retention.change_rules(ctx, _rules(data)))


@post("/api/privacy/retention/dry-run", tags=TAGS, guards=[MANAGE], status_code=200)
async def try_retention(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[RulesGiven]
) -> Page[WouldGo]:
    """What these rules would remove now, saved or not. Nothing is changed."""
    principal = await authenticate(request)
    # The lake may be far away: no transaction is held while it answers.
    found = await retention.preview(runtime, principal.workspace_id, _rules(data))
    return Page(found, total=len(found))


@get("/api/privacy/disclosures", tags=TAGS, guards=[MANAGE], problems=[404])
async def list_disclosures(
    ctx: InContext,
    profile_id: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[Disclosure]:
    """What went to third parties, newest first; of one profile, if given."""
    rows = await disclosures.list_disclosures(
        ctx, decode_id_cursor(cursor), _parse_id(profile_id), check_limit(limit) + 1
    )
    return Page(rows[:limit], encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None)


@post("/api/privacy/disclosures", tags=TAGS, guards=[MANAGE], problems=[404])
async def record_disclosure(ctx: InContext, data: JSONBody[NewDisclosure]) -> Disclosure:
    """Write down that personal data went to a third party (APPI article 29)."""
    return await disclosures.record_disclosure(
        ctx,
        recipient=data.recipient,
        recipient_address=data.recipient_address,
        items=data.items,
        basis=data.basis,
        purpose=data.purpose,
        reason=data.reason,
        profile_ids=data.profile_ids,
        people=data.people,
        at=data.at,
    )


def _parse_id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError as error:
        raise Invalid("profile_id_invalid", "profile_id must be the id of a profile.") from error


def _rules(data: RulesGiven) -> list[RetentionRule]:
    return [RetentionRule(kind=one.kind, name=one.name, days=one.days, enabled=one.enabled) for one in data.rules]


HANDLERS = (read_retention, change_retention, try_retention, list_disclosures, record_disclosure)
