"""What holds for a customer, and what was withheld."""

from datetime import timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.privacy.contracts import Answer
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.schemas import (
    AnsweredItem,
    AnswerItem,
    ConsentItem,
    ConsentView,
    NewAnswers,
    WithheldItem,
)
from kizuna.domains.privacy.service import consent, people
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

TAGS = ["privacy"]
READ, RECORD = require("privacy.read"), require("privacy.record")
ANSWERS_MAX = 50
NOTE_CHARS_MAX = 1_000
DAYS_MAX = 400


@get("/api/privacy/people/{profile_id:uuid}/consent", tags=TAGS, guards=[READ])
async def read_consent(ctx: InContext, profile_id: FromPath[UUID]) -> ConsentView:
    """What may be done with a customer's data now, by purpose and channel, and why."""
    return await _view(ctx, profile_id)


@post("/api/privacy/people/{profile_id:uuid}/consent", tags=TAGS, guards=[RECORD], status_code=200)
async def record_consent(ctx: InContext, profile_id: FromPath[UUID], data: JSONBody[NewAnswers]) -> ConsentView:
    """Record answers that a customer gave. They are added to the log; nothing in it is ever changed."""
    if not 0 < len(data.answers) <= ANSWERS_MAX:
        raise Invalid("answers_invalid", f"Send 1 to {ANSWERS_MAX} answers at once.")
    if any(not 0 < len(one.note.strip()) <= NOTE_CHARS_MAX for one in data.answers):
        raise Invalid("note_missing", "Say in “note” how the answer was given; it is kept as proof.")
    person = await people.find_person(ctx, profile_id)
    now = ctx.clock.now()
    answers = [
        Answer(
            key=person.keys[0],
            purpose=one.purpose,
            channel=one.channel,
            granted=one.granted,
            knowing=True,
            at=one.at or now,
            source="member" if ctx.actor.kind == "member" else "api",
            language=one.language,
            proof={"note": one.note.strip()},
        )
        for one in data.answers
    ]
    await consent.record_answers(ctx, answers, [person.keys])
    return await _view(ctx, profile_id)


@get("/api/privacy/people/{profile_id:uuid}/answers", tags=TAGS, guards=[READ])
async def list_answers(
    ctx: InContext,
    profile_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[AnswerItem]:
    """The log of a customer's answers, newest first."""
    check_limit(limit)
    person = await people.find_person(ctx, profile_id)
    rows = await consent.read_log(ctx, person.keys, decode_id_cursor(cursor), limit + 1)
    items = [
        AnswerItem(
            id=row.id,
            purpose=row.purpose,
            channel=row.channel,
            granted=row.granted,
            knowing=row.knowing,
            at=row.at,
            recorded_at=row.recorded_at,
            source=row.source,
            text_version=row.text_version,
            language=row.language,
            proof=dict(row.proof),
            recorded_by=row.actor_name,
        )
        for row in rows[:limit]
    ]
    return Page(items, encode_cursor([items[-1].id]) if len(rows) > limit else None)


@get("/api/privacy/withheld", tags=TAGS, guards=[READ])
async def list_withheld(ctx: InContext, days: FromQuery[int] = 30) -> Page[WithheldItem]:
    """What was not stored, not sent and not shown because of consent, by hour, place and reason."""
    if not 1 <= days <= DAYS_MAX:
        raise Invalid("days_invalid", f"Ask for 1 to {DAYS_MAX} days.", fields={"days": f"1 to {DAYS_MAX}"})
    found = await consent.read_withheld(ctx, ctx.clock.now() - timedelta(days=days))
    return Page([WithheldItem(one.hour, one.place, one.reason, one.number) for one in found], total=len(found))


@get("/api/privacy/answered", tags=TAGS, guards=[READ])
async def list_answered(ctx: InContext) -> Page[AnsweredItem]:
    """How many customers agreed and refused, by purpose and channel. Counted by identifier: one who answered
    on two devices before they were known to be one person counts twice."""
    rows = await consent.count_answered(ctx)
    return Page([AnsweredItem(*row) for row in rows], total=len(rows))


async def _view(ctx: Context, profile_id: UUID) -> ConsentView:
    person = await people.find_person(ctx, profile_id)
    state = await consent.read_state(ctx, person.keys)
    items = [
        ConsentItem(
            purpose=purpose,
            channel=channel,
            allowed=decision.allowed,
            reason=decision.reason,
            since=decision.answer.at if decision.answer else None,
            source=decision.answer.source if decision.answer else None,
        )
        for (purpose, channel), decision in state.items()
    ]
    restricted = any(decision.reason == "restricted" for decision in state.values())
    return ConsentView(profile_id, region_of(ctx.workspace.country), restricted, items)


HANDLERS = (read_consent, record_consent, list_answers, list_withheld, list_answered)
