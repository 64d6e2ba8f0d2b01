"""What the labels of a breakdown are called, wherever an answer is read: on a screen, in a mail, in a file."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from kizuna.domains.analytics.contracts import Answer, Breakdown, BySegment, ByTouchpoint, ByTrait, Text
from kizuna.domains.analytics.rules.words import LABEL, TOUCHPOINTS, text
from kizuna.domains.segments.api import read_names
from kizuna.kernel.context import Runtime


async def name_labels(runtime: Runtime, workspace_id: int, by: Breakdown | None, answer: Answer) -> Answer:
    """With words for labels that are keys. They are no part of what is kept: names of segments change."""
    words = await _words_of(runtime, workspace_id, by)
    if not words:
        return answer
    columns = [
        structs.replace(column, words={**words, **column.words}) if column.key == LABEL.key else column
        for column in answer.columns
    ]
    return structs.replace(answer, columns=columns)


async def _words_of(runtime: Runtime, workspace_id: int, by: Breakdown | None) -> Mapping[str, Text]:
    match by:
        case ByTouchpoint():
            return TOUCHPOINTS
        case BySegment():
            async with runtime.unit(workspace_id) as ctx:
                names = await read_names(ctx, by.segments)
            return {str(one): text(name, name) for one, name in names.items()}
        case ByTrait():
            return runtime.registry.trait_words.get(by.trait, {})
        case _:
            return {}
