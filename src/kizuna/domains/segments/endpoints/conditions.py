"""HTTP of conditions while they are written: checked, estimated, tried, and what there is to make them of."""

from typing import Any, Literal

from litestar import Request, Router, get, post
from litestar.params import FromQuery, JSONBody

from kizuna.domains.segments.schemas import (
    CheckedCondition,
    ConditionCatalogue,
    ConditionPreview,
    ConditionProblem,
    ConditionRequest,
    DraftRequest,
    Estimate,
    KnownEvent,
    KnownFact,
    KnownIdentifierType,
    KnownProperty,
    KnownPurpose,
    KnownTrait,
    KnownValue,
    KnownValues,
    LivePossibility,
    NamedSegment,
    PreviewPerson,
    SegmentTemplate,
    Sentence,
    SharedSegment,
    TemplateText,
)
from kizuna.domains.segments.service import catalogue, drafts, estimate, preview, templates, values
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import Page

READ = require("segments.read")


@post("/check", guards=[READ], status_code=200)
async def check_condition(ctx: InContext, data: JSONBody[DraftRequest]) -> CheckedCondition:
    """What is wrong with a condition, what it says in words, and whether it can be followed live. A condition that
    cannot be read is a problem like any other."""
    found = await drafts.check_draft(ctx, data.condition, data.segment_id)
    return CheckedCondition(
        problems=[
            ConditionProblem(one.place, one.code, one.severity, one.message, one.remedy, one.suggestion)
            for one in found.problems
        ],
        sentence=None if found.sentence is None else Sentence(**found.sentence),
        live=LivePossibility(not found.live_reasons and found.sentence is not None, found.live_reasons),
    )


@post("/estimate", guards=[READ], status_code=200, problems=[429])
async def estimate_condition(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[ConditionRequest]
) -> Estimate:
    """About how many people meet a condition now, from a sample that grows for a third of a second."""
    principal = await authenticate(request)
    found = await estimate.estimate_condition(runtime, principal.workspace_id, principal.actor, data.condition)
    return Estimate(
        size=found.size,
        low=found.low,
        high=found.high,
        sampled=found.sampled,
        people=found.people,
        exact=found.exact,
        took_ms=found.took_ms,
    )


@post("/preview", guards=[READ], status_code=200, problems=[429])
async def preview_condition(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[ConditionRequest]
) -> ConditionPreview:
    """Exactly how many people meet a condition now, ten of them, and which segments they are in already."""
    principal = await authenticate(request)
    found = await preview.preview_condition(runtime, principal.workspace_id, principal.actor, data.condition)
    return ConditionPreview(
        size=found.size,
        people=found.people,
        sample=[
            PreviewPerson(one.id, one.name, one.email, one.identified, one.last_seen, one.masked, one.traits)
            for one in found.sample
        ],
        overlap=[SharedSegment(one.row.id, one.row.name, one.row.size, one.both) for one in found.overlap],
    )


@get("/templates", guards=[READ])
async def list_templates(ctx: InContext) -> Page[SegmentTemplate]:
    """Segments that many workspaces want, to begin with."""
    items = [
        SegmentTemplate(
            key=one.template.key,
            name=TemplateText(**one.template.name),
            description=TemplateText(**one.template.description),
            condition=one.template.condition,
            needs=list(one.template.needs),
            missing=one.missing,
            usable=not one.missing,
        )
        for one in await templates.list_templates(ctx)
    ]
    return Page(items, total=len(items))


@get("/catalogue", guards=[READ])
async def read_catalogue(ctx: InContext) -> ConditionCatalogue:
    """What conditions can ask for in this workspace: events and their properties, traits, identifiers, purposes,
    other segments, and facts that other parts of Kizuna know."""
    found = await catalogue.read_catalogue(ctx)
    sight = found.sight
    return ConditionCatalogue(
        events=[
            KnownEvent(
                event.name,
                event.volume,
                [KnownProperty(path, kind, sight.hides("property", path)) for path, kind in event.properties],
            )
            for event in found.events
        ],
        traits=[KnownTrait(one.name, one.type, sight.hides("trait", one.name)) for one in found.traits],
        identifier_types=[KnownIdentifierType(one, sight.hides("identifier", one)) for one in found.identifier_types],
        purposes=[KnownPurpose(one.key, TemplateText(**one.title), list(one.channels)) for one in found.purposes],
        segments=[NamedSegment(*one) for one in found.segments],
        facts=[
            KnownFact(fact.name, TemplateText(en=fact.title["en"], ja=fact.title["ja"]), fact.type)
            for fact in found.facts
        ],
        touchpoints=list(found.touchpoints),
        truncated=found.truncated,
    )


@get("/catalogue/values", guards=[READ], problems=[429])
async def list_values(
    request: Request[Any, Any, Any],
    runtime: InRuntime,
    kind: FromQuery[Literal["trait", "property"]],
    name: FromQuery[str],
    event: FromQuery[str | None] = None,
    search: FromQuery[str | None] = None,
) -> KnownValues:
    """The most frequent values of a trait, or of a property of an event, in a sample that is at most a minute old.
    `hidden` when the role does not see them."""
    principal = await authenticate(request)
    wanted = values.ValuesQuery(kind, name, event, search or "")
    found = await values.list_values(runtime, principal.workspace_id, principal.actor, wanted)
    return KnownValues([KnownValue(*one) for one in found.values], found.sampled, found.hidden)


router = Router(
    "/api/segments",
    route_handlers=[
        check_condition,
        estimate_condition,
        preview_condition,
        list_templates,
        read_catalogue,
        list_values,
    ],
    tags=["segments"],
)
