"""Bodies that people write: JSON with ``{{ placeholders }}`` in its strings.

A placeholder that is a whole string becomes a value of its type, one inside a string becomes text. The result is
encoded afterwards, so nothing that a customer is called can change the shape of the body. There is no code.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
DEPTH_MAX = 20
_PLAIN = frozenset({"id", "change", "at", "segment.id", "segment.name", "count"})
_GROUPS = ("identifiers", "traits")
PEOPLE = "people"
PROFILE_ID = "profile.id"


class TemplateError(Exception):
    """``message`` says what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse_template(text: str, *, each: bool) -> Any:
    """The template as JSON. ``each``: it is of one person, and not of many. Raises ``TemplateError``."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TemplateError("The body must be JSON, with placeholders inside of strings.") from error
    for name in _names_in(tree, 0):
        _check_name(name, each)
    return tree


def _names_in(tree: Any, depth: int) -> Iterator[str]:
    if depth > DEPTH_MAX:
        raise TemplateError(f"The body is nested deeper than {DEPTH_MAX}.")
    if isinstance(tree, str):
        yield from PLACEHOLDER.findall(tree)
    elif isinstance(tree, list):
        for one in cast("list[Any]", tree):
            yield from _names_in(one, depth + 1)
    elif isinstance(tree, dict):
        for key, one in cast("dict[str, Any]", tree).items():
            if PLACEHOLDER.search(key):
                raise TemplateError("Placeholders stand in values, not in names.")
            yield from _names_in(one, depth + 1)


def _check_name(name: str, each: bool) -> None:
    group, _, rest = name.partition(".")
    of_person = name == PROFILE_ID or (group in _GROUPS and bool(rest))
    if of_person and not each:
        raise TemplateError(f"{{{{ {name} }}}} is of one person; send one request per person, or use {{{{ people }}}}.")
    if name == PEOPLE and each:
        raise TemplateError("{{ people }} is of many; send one request per batch, or name what you need of one.")
    if not (of_person or name == PEOPLE or name in _PLAIN):
        raise TemplateError(
            f"There is no {{{{ {name[:60]} }}}}. There are: {', '.join(sorted(_PLAIN))}, profile.id, "
            "identifiers.<type>, traits.<name>, and people for batches."
        )


def list_chosen(tree: Any, group: str) -> list[str]:
    """What a template names of ``identifiers`` or ``traits``."""
    names = (name.partition(".") for name in _names_in(tree, 0))
    return list(dict.fromkeys(rest for first, _, rest in names if first == group))


def fill_template(tree: Any, values: Mapping[str, Any]) -> Any:
    """The body as data; of unknown values ``null``, and inside of text nothing."""
    return _fill(tree, values.get)


def _fill(tree: Any, find: Callable[[str], Any]) -> Any:
    if isinstance(tree, str):
        whole = PLACEHOLDER.fullmatch(tree.strip())
        if whole is not None:
            return find(whole[1])
        return PLACEHOLDER.sub(lambda match: _text(find(match[1])), tree)
    if isinstance(tree, list):
        return [_fill(one, find) for one in cast("list[Any]", tree)]
    if isinstance(tree, dict):
        return {key: _fill(one, find) for key, one in cast("dict[str, Any]", tree).items()}
    return tree


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def first(values: Sequence[str]) -> str | None:
    return values[0] if values else None
