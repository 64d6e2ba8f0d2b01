"""Conditions in words."""

from collections.abc import Mapping
from typing import Any

import msgspec

from kizuna.conditions.ast import Condition
from kizuna.conditions.describe import describe
from kizuna.conditions.problems import Names
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.service.check import list_uses
from kizuna.domains.workspace.api import read_language
from kizuna.kernel.context import Context


async def describe_conditions(ctx: Context, conditions: Mapping[int, dict[str, Any]]) -> dict[int, str]:
    """A sentence for each, in the language of who asks."""
    if not conditions:
        return {}
    language = await read_language(ctx)
    read = {number: msgspec.convert(one, Condition) for number, one in conditions.items()}
    names = await _read_words(ctx, *read.values())
    return {number: describe(one, language, names) for number, one in read.items()}


async def describe_both(ctx: Context, condition: Condition) -> dict[str, str]:
    """By language."""
    names = await _read_words(ctx, condition)
    return {"en": describe(condition, "en", names), "ja": describe(condition, "ja", names)}


async def _read_words(ctx: Context, *conditions: Condition) -> Names:
    """Archived segments, too, keep their names."""
    ids = {segment_id for one in conditions for segment_id in list_uses(one)}
    segments = await repository.read_names(ctx, sorted(ids))
    return Names(segments=segments, trait_words=ctx.runtime.registry.trait_words)
