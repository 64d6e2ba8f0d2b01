"""What the labels of a breakdown are called, wherever an answer is read: on a screen, in a mail, in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from kizuna.domains.analytics.contracts import Answer, Breakdown, BySegment, ByTouchpoint, ByTrait, Text
from kizuna.domains.analytics.rules.words import LABEL, TOUCHPOINTS, text
from kizuna.domains.segments.api import read_names
from kizuna.kernel.context import Actor, Runtime


async def name_labels(
    runtime: Runtime, workspace_id: int, actor: Actor | None, by: Breakdown | None, answer: Answer
) -> Answer:
    """With words for labels that are keys, as they are now: names of segments change. They are told to whoever may
    read segments, and where there is no ``actor``: then somebody shared the answer with others."""
    words = await _words_of(runtime, workspace_id, actor, by)
    if not words:
        return answer
    columns = [
        structs.replace(column, words={**column.words, **words}) if column.key == LABEL.key else column
        for column in answer.columns
    ]
    return structs.replace(answer, columns=columns)


async def _words_of(
    runtime: Runtime, workspace_id: int, actor: Actor | None, by: Breakdown | None
) -> Mapping[str, Text]:
    match by:
        case ByTouchpoint():
            return TOUCHPOINTS
        case BySegment():
            may_read = actor is None or actor.kind == "system" or "segments.read" in actor.permissions
            return await _segment_names(runtime, workspace_id, by.segments if may_read else ())
        case ByTrait():
            return runtime.registry.trait_words.get(by.trait, {})
        case _:
            return {}


async def _segment_names(runtime: Runtime, workspace_id: int, segments: Sequence[int]) -> Mapping[str, Text]:
    if not segments:
        return {}
    async with runtime.unit(workspace_id) as ctx:
        names = await read_names(ctx, segments)
    told = {one: names.get(one, f"#{one}") for one in segments}
    return {str(one): text(name, name) for one, name in told.items()}
