"""Whether a condition can be saved: what the language says of it, and what who writes it may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from kizuna.conditions.ast import (
    All,
    AnyOf,
    Condition,
    Did,
    EventMatch,
    InSegment,
    Leaf,
    Node,
    Not,
    Occurrence,
    Unfollowed,
    leaves,
)
from kizuna.conditions.ast import Sequence as Steps
from kizuna.conditions.check import check
from kizuna.conditions.problems import Problem, Words
from kizuna.conditions.reading import ConditionError, read_checked
from kizuna.domains.privacy.api import HIDDEN, Sight, read_sight
from kizuna.domains.segments.service.names import read_names
from kizuna.domains.segments.service.sight import find_hidden
from kizuna.domains.workspace.api import read_language
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid

PROBLEMS_SHOWN_MAX = 100
ANY_EVENT = ""
TOO_LARGE = frozenset({"too_deep", "too_many_leaves"})
"""Such conditions are looked into no further."""

_MASKED = (
    Words("A value here is masked, so nobody would meet it.", "マスクされた値が入っているため、誰も当てはまりません。"),
    Words("Write the value in full.", "値を省略せずに書いてください。"),
)
_HIDDEN = (
    Words(
        "Your role does not see “{name}”, so a condition cannot test its values.",
        "「{name}」の値を見る権限がないため、条件で調べることはできません。",
    ),
    Words(
        "Ask whether there is a value, or leave this part out.", "値の有無だけを調べるか、この条件を外してください。"
    ),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """``condition`` is None where the JSON is none."""

    condition: Condition | None
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def errors(self) -> list[Problem]:
        return [one for one in self.problems if one.severity == "error"]


@dataclass(frozen=True, slots=True)
class Definable:
    """A condition that can be saved, and what it reads."""

    condition: Condition
    as_json: dict[str, Any]
    uses: list[int]
    events: list[str]


async def check_condition(ctx: Context, given: Any, *, own_id: int | None = None, written: bool = True) -> Checked:
    """Everything that is wrong with a condition, or odd. ``own_id`` is of the segment it is for. Unless the one
    who acts has ``written`` it, it may hold what they do not see. What they write may not, though it be what
    stands there: else they could try until it is."""
    read = read_shape(given)
    if read.condition is None:
        return read
    problems = check(read.condition, await read_names(ctx, own_id))
    if not any(one.code in TOO_LARGE for one in problems):
        placed = list(place_leaves(read.condition.where))
        problems += _check_sight(placed, await read_sight(ctx)) if written else ()
    return Checked(read.condition, problems[:PROBLEMS_SHOWN_MAX])


def read_shape(given: Any) -> Checked:
    """Whether JSON is a condition at all."""
    try:
        return Checked(read_checked(given))
    except ConditionError as error:
        return Checked(None, [error.problem])


async def read_definition(ctx: Context, given: Any, *, own_id: int | None = None, written: bool = True) -> Definable:
    """A condition to save. Raises ``Invalid`` with what is wrong by place."""
    checked = await check_condition(ctx, given, own_id=own_id, written=written)
    if checked.errors or checked.condition is None:
        raise await refuse(ctx, checked.errors)
    condition = checked.condition
    as_json = cast("dict[str, Any]", msgspec.to_builtins(condition))
    return Definable(condition, as_json, list_uses(condition), list_events(condition))


async def refuse(ctx: Context, errors: Sequence[Problem]) -> Invalid:
    """What is wrong by place, in the language of who asks."""
    language = await read_language(ctx)
    fields = {one.place: f"{getattr(one.message, language)} {getattr(one.remedy, language)}" for one in errors}
    first = errors[0].message.en
    return Invalid("condition_invalid", f"The condition cannot be used yet: {first}", fields=fields)


def place_leaves(node: Node, place: str = "$.where") -> Iterator[tuple[str, Leaf]]:
    """Every leaf with its place."""
    match node:
        case All() | AnyOf():
            for number, one in enumerate(node.of):
                yield from place_leaves(one, f"{place}.of[{number}]")
        case Not():
            yield from place_leaves(node.of, f"{place}.of")
        case _:
            yield place, node


def list_uses(condition: Condition) -> list[int]:
    """Ids of the segments that a condition reads."""
    return sorted({leaf.id for leaf in leaves(condition.where) if isinstance(leaf, InSegment)})


def list_events(condition: Condition) -> list[str]:
    """Names of the events that a condition reads; ``""`` for any event."""
    return sorted({one.name or ANY_EVENT for leaf in leaves(condition.where) for one in _matches(leaf)})


def _matches(leaf: Leaf) -> Sequence[EventMatch]:
    match leaf:
        case Did() | Occurrence():
            return [leaf.event]
        case Steps():
            return leaf.steps
        case Unfollowed():
            return [leaf.first, leaf.then]
        case _:
            return []


def _check_sight(placed: Sequence[tuple[str, Leaf]], sight: Sight) -> Iterator[Problem]:
    for place, leaf in placed:
        if HIDDEN in msgspec.json.encode(leaf).decode():
            yield Problem(place, "value_masked", "error", *_MASKED)
        for below, name in find_hidden(leaf, sight):
            message = Words(*(text.format(name=name) for text in (_HIDDEN[0].en, _HIDDEN[0].ja)))
            yield Problem(f"{place}{below}", "field_hidden", "error", message, _HIDDEN[1])
