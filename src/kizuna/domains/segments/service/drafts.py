"""A condition while somebody writes it."""

from dataclasses import dataclass
from typing import Any

from kizuna.conditions.problems import Severity
from kizuna.domains.segments.service.check import check_condition
from kizuna.domains.segments.service.plan import live_reasons
from kizuna.domains.segments.service.words import describe_both
from kizuna.domains.workspace.api import read_language
from kizuna.kernel.context import Context


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """A problem in the language of who asks."""

    place: str
    code: str
    severity: Severity
    message: str
    remedy: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """``sentence`` by language; None where the condition cannot be read."""

    problems: list[DraftProblem]
    sentence: dict[str, str] | None
    live_reasons: list[str]


async def check_draft(ctx: Context, given: Any, segment_id: int | None = None) -> Draft:
    """``segment_id`` is of the segment that the condition is for, if there is one already."""
    checked = await check_condition(ctx, given, own_id=segment_id)
    language = await read_language(ctx)
    problems = [
        DraftProblem(
            one.place,
            one.code,
            one.severity,
            getattr(one.message, language),
            getattr(one.remedy, language),
            one.suggestion,
        )
        for one in checked.problems
    ]
    if checked.condition is None:
        return Draft(problems, None, [])
    return Draft(problems, await describe_both(ctx, checked.condition), live_reasons(checked.condition))
