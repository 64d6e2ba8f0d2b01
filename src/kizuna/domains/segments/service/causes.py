"""Why somebody came or went, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from kizuna.conditions.ast import Leaf
from kizuna.conditions.describe import Language, describe_leaf
from kizuna.conditions.moments import from_us
from kizuna.conditions.problems import Names
from kizuna.domains.segments.contracts import Cause, CauseKind
from kizuna.domains.segments.repository import segments
from kizuna.domains.workspace.api import read_language
from kizuna.kernel.context import Context

SENTENCES: Mapping[str, Mapping[CauseKind, str]] = {
    "en": {
        "event": "By what they did on {at}: {leaf}",
        "expiry": "Time passed ({at}): {leaf}",
        "trait": "Something about them changed: {leaf}",
        "identity": "Profiles were joined or taken apart",
        "segment": "They came into another segment, or left it",
        "consent": "They answered what their data may be used for",
        "definition": "The condition was saved",
        "upload": "The list was uploaded",
        "schedule": "The segment was worked out anew",
        "audit": "The nightly comparison found it",
    },
    "ja": {
        "event": "{at}の行動：{leaf}",
        "expiry": "時間の経過（{at}）：{leaf}",
        "trait": "顧客の情報の変化：{leaf}",
        "identity": "顧客の統合または分割",
        "segment": "ほかのセグメントへの出入り",
        "consent": "同意についての回答",
        "definition": "条件の保存",
        "upload": "一覧の取り込み",
        "schedule": "定期計算",
        "audit": "夜間の照合",
    },
}
_TIMES = {"en": "{0:%Y-%m-%d %H:%M}", "ja": "{0.year}年{0.month}月{0.day}日{0:%H:%M}"}


async def say_causes(ctx: Context, causes: Sequence[tuple[Mapping[str, Any], int]]) -> list[str]:
    """A sentence for each (cause of a move, place of a person in it), in the language of who asks."""
    spoken = await read_language(ctx)
    named = dict(await segments.list_names(ctx, 2_000))
    names = Names(segments=named, trait_words=ctx.runtime.registry.trait_words)
    zone = ZoneInfo(ctx.workspace.time_zone)
    return [say_cause(msgspec.convert(cause, Cause), place, spoken, names, zone) for cause, place in causes]


def say_cause(cause: Cause, place: int, language: Language, names: Names, zone: ZoneInfo) -> str:
    kind, leaf, at_us = (_pick(values, place) for values in (cause.kinds, cause.leaves, cause.ats))
    spec = cause.specs[leaf] if leaf is not None and 0 <= leaf < len(cause.specs) else None
    sentence = SENTENCES[language][kind or "audit"]
    if spec is None:
        return sentence.replace(": {leaf}", "").replace("：{leaf}", "").format(at=_say_time(at_us, language, zone))
    words = describe_leaf(msgspec.convert(spec, Leaf), language, names)
    return sentence.format(at=_say_time(at_us, language, zone), leaf=words)


def _pick(values: Sequence[Any], place: int) -> Any:
    """One entry stands for all."""
    return None if not values else values[0] if len(values) == 1 else values[place]


def _say_time(at_us: int | None, language: Language, zone: ZoneInfo) -> str:
    at: datetime = from_us(at_us or 0).astimezone(zone)
    return _TIMES[language].format(at)
