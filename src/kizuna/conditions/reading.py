"""A condition from JSON that somebody wrote, with what does not fit in words."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kizuna.conditions.ast import DEPTH_MAX, Condition
from kizuna.conditions.problems import Problem, tell

_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_NO_CHOICE = re.compile(r"Invalid (?:enum )?value '?(.*?)'?")
_EXPECTED = re.compile(r"Expected `([^`]+)`(?: (.+?))?(?:, got `(\w+)`)?")
_LENGTH = re.compile(r"of length (>=|<=) (\d+)")
_BOUND = re.compile(r"(>=|<=) (-?[\d.]+)")

_TYPES = {
    "str": ("text", "文字列"), "int": ("a whole number", "整数"), "float": ("a number", "数"),
    "bool": ("true or false", "真偽"), "array": ("a list", "リスト"), "object": ("an object", "オブジェクト"),
    "null": ("null", "null"),
}  # fmt: skip


class ConditionError(ValueError):
    """What was given is no condition. ``problem`` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.place}: {problem.message.en}")
        self.problem = problem


def read_checked(raw: bytes | str | dict[str, Any]) -> Condition:
    """A condition from JSON, or from what was read of it. Raises ``ConditionError``. Of a shape that fits, ``check``
    has more to say."""
    try:
        if isinstance(raw, bytes | str):
            return msgspec.json.decode(raw, type=Condition)
        return msgspec.convert(raw, Condition)
    except msgspec.ValidationError as error:
        raise ConditionError(_tell_shape(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConditionError(tell("not_json", "$", detail=str(error))) from error
    except RecursionError as error:
        raise ConditionError(tell("too_deep", "$.where", max=DEPTH_MAX)) from error


def _tell_shape(said: str) -> Problem:
    message, _, at = said.partition(" - at `")
    place = at.removesuffix("`") or "$"
    if (found := _MISSING.fullmatch(message)) is not None:
        return tell("field_missing", place, name=found[1])
    if (found := _UNKNOWN.fullmatch(message)) is not None:
        return tell("field_unknown", place, name=found[1])
    if (found := _NO_CHOICE.fullmatch(message)) is not None:
        return tell("value_unknown", place, value=found[1])
    if (found := _EXPECTED.fullmatch(message)) is not None:
        wanted, limit, given = found[1], found[2] or "", found[3]
        en, ja = _join(wanted, 0, " or "), _join(wanted, 1, "か")
        en, ja = _add_limit(limit, en, ja)
        if given is not None:
            en, ja = (
                f"{en} belongs here, and not {_join(given, 0, ' or ')}",
                f"{ja}を書く所で、{_join(given, 1, 'か')}は書けません",
            )
        else:
            en, ja = f"{en} belongs here", f"{ja}を書く所です"
        return tell("shape", place, detail=en, detail_ja=ja)
    return tell("shape", place, detail=message.replace("`", "“"), detail_ja=message.replace("`", "“"))


def _join(types: str, language: int, joint: str) -> str:
    return joint.join(_TYPES.get(one, (one, one))[language] for one in types.split(" | "))


def _add_limit(limit: str, en: str, ja: str) -> tuple[str, str]:
    if (found := _LENGTH.fullmatch(limit)) is not None:
        most = found[1] == "<="
        return (
            f"{en} of length {found[2]} or {'less' if most else 'more'}",
            f"長さ{found[2]}{'以下' if most else '以上'}の{ja}",
        )
    if (found := _BOUND.fullmatch(limit)) is not None:
        most = found[1] == "<="
        return (
            f"{en} of {'at most' if most else 'at least'} {found[2]}",
            f"{found[2]}{'以下' if most else '以上'}の{ja}",
        )
    if limit.startswith("matching regex"):
        return f"{en} of another form", f"決まった形の{ja}"
    return en, ja
