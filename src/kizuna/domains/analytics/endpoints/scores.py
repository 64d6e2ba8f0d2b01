"""HTTP of scores: what of metrics is written to profiles as computed traits."""

from typing import Any
from uuid import UUID

from litestar import Request, Router, get, post, put
from litestar.params import FromPath, JSONBody

from kizuna.domains.analytics.score_schemas import (
    RiskExplained,
    RiskReason,
    ScoreBin,
    ScoreChange,
    ScoredPerson,
    ScoreItem,
    ScorePreview,
    ScoreQuestion,
    ScoreValue,
)
from kizuna.domains.analytics.service import scores_preview, scores_settings
from kizuna.domains.analytics.service.metrics import describe_params
from kizuna.domains.analytics.service.scores_settings import ShownScore, WantedScore
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import Page

READ, MANAGE = require("reports.read"), require("reports.manage")
SEE_PEOPLE = require("profiles.read")


@get("", guards=[READ])
async def list_scores(ctx: InContext) -> Page[ScoreItem]:
    """Every score there is, with its settings, its last run, and how well it foretells."""
    items = [_item(one) for one in await scores_settings.list_scores(ctx)]
    return Page(items, total=len(items))


@get("/{key:str}", guards=[READ])
async def read_score(ctx: InContext, key: FromPath[str]) -> ScoreItem:
    """One score."""
    return _item(await scores_settings.read_score(ctx, key))


@put("/{key:str}", guards=[MANAGE], problems=[409])
async def change_score(ctx: InContext, key: FromPath[str], data: JSONBody[ScoreChange]) -> ScoreItem:
    """Turn a score on or off, or give it other settings. One that is on is worked out now, and every night; its job
    shows how far it is. Turned off, its values go from all profiles."""
    wanted = WantedScore(data.enabled, data.params, data.days, data.as_of)
    return _item(await scores_settings.change_score(ctx, key, wanted))


@post("/{key:str}/run", guards=[MANAGE], status_code=202, problems=[409])
async def run_score(ctx: InContext, key: FromPath[str]) -> ScoreItem:
    """Work a score out anew, beside its schedule."""
    return _item(await scores_settings.run_score(ctx, key))


@post("/{key:str}/preview", guards=[MANAGE], status_code=200, problems=[429])
async def preview_score(
    request: Request[Any, Any, Any], runtime: InRuntime, key: FromPath[str], data: JSONBody[ScoreQuestion]
) -> ScorePreview:
    """What a score would be with other settings: how many have one, how it is spread, how well it foretells, and ten
    customers with theirs."""
    principal = await authenticate(request)
    wanted = WantedScore(False, data.params, data.days, data.as_of)
    found = await scores_preview.preview_score(runtime, principal.workspace_id, principal.actor, key, wanted)
    return ScorePreview(
        found=found.found,
        least=found.least,
        median=found.median,
        most=found.most,
        bins=[ScoreBin(one.low, one.high, one.people) for one in found.bins],
        common=[ScoreValue(*one) for one in found.common],
        quality=found.quality,
        sample=[
            ScoredPerson(
                person.id,
                person.name,
                person.email,
                value,
                [name for name in person.masked if name in ("name", "email")],
            )
            for person, value in found.sample
        ],
    )


@get("/{key:str}/people/{id:uuid}", guards=[READ, SEE_PEOPLE], problems=[409, 429])
async def explain_score(
    request: Request[Any, Any, Any], runtime: InRuntime, key: FromPath[str], id: FromPath[UUID]
) -> RiskExplained:
    """Why a customer's churn risk is what it is: what makes it differ most from the average customer's. Other scores
    give no reasons."""
    principal = await authenticate(request)
    found = await scores_preview.explain_risk(runtime, principal.workspace_id, principal.actor, key, id)
    reasons = [RiskReason(one.feature, one.title, one.said, one.change) for one in found.reasons]
    return RiskExplained(found.risk, found.usual, reasons, found.ran_at)


def _item(shown: ShownScore) -> ScoreItem:
    score, row = shown.score, shown.row
    return ScoreItem(
        key=score.key,
        kind=score.kind,
        title=score.title,
        description=score.description,
        words=dict(score.words),
        params_schema=describe_params(score.params),
        enabled=row is not None and row.enabled,
        params=shown.params,
        hidden=shown.hidden,
        days=shown.days,
        as_of="now" if row is None else row.as_of,
        people=0 if row is None else row.people,
        ran_at=None if row is None else row.ran_at,
        error=None if row is None else row.error,
        quality={} if row is None else row.quality,
        job_id=None if row is None else row.job_id,
        updated_by=None if row is None else row.updated_by,
        updated_at=None if row is None else row.updated_at,
    )


router = Router(
    "/api/analytics/scores",
    route_handlers=[list_scores, read_score, change_score, run_score, preview_score, explain_score],
    tags=["analytics"],
)
