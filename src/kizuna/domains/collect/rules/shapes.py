"""What properties look like: paths, types, examples. Feeds the event catalogue."""

import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

DEPTH_MAX = 4
PATHS_PER_EVENT_MAX = 100
PATH_CHARS_MAX = 200
ARRAY_ITEMS_MAX = 3
"""Items of a list that are looked at: they are nearly always alike."""
EXAMPLE_CHARS_MAX = 80

_TYPES: dict[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    dict: "object",
    list: "array",
}

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-‐-―ー]{7,}[0-9]")


class Seen(msgspec.Struct, gc=False):
    """What was seen at one path."""

    types: dict[str, int]
    example: Any = None


def add_shape(paths: dict[str, Seen], properties: dict[str, Any]) -> None:
    """Counts the paths and types of one event's properties. ``a.b`` is b in a, ``a[].b`` b in items of a."""
    for count, (path, value) in enumerate(walk_paths(properties)):
        if count >= PATHS_PER_EVENT_MAX:
            return
        kind = _TYPES.get(type(value), "string")
        seen = paths.get(path)
        if seen is None:
            paths[path] = Seen({kind: 1}, None if kind in ("object", "array") else value)
            continue
        seen.types[kind] = seen.types.get(kind, 0) + 1
        if seen.example is None and kind not in ("object", "array"):
            seen.example = value


def walk_paths(properties: dict[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Every (path, value), outer before inner; of a list each inner path once."""
    for name, value in properties.items():
        path = prefix + name
        if len(path) > PATH_CHARS_MAX:
            continue
        yield path, value
        kind = cast("type[Any]", type(value))
        if depth >= DEPTH_MAX:
            continue
        if kind is dict:
            yield from walk_paths(value, path + ".", depth + 1)
        elif kind is list:
            known: set[str] = set()
            for item in cast("list[Any]", value)[:ARRAY_ITEMS_MAX]:
                if type(item) is dict:
                    for inner, found in walk_paths(cast("dict[str, Any]", item), path + "[].", depth + 1):
                        if inner not in known:
                            known.add(inner)
                            yield inner, found


def show_example(value: object) -> str:
    """A value for people to recognise a property by. What may name a person is masked."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return mask_personal(text)[:EXAMPLE_CHARS_MAX]


def mask_personal(text: str) -> str:
    """``t•••@•••.jp`` for an e-mail address, ``••••5678`` for a phone number, others as they are."""
    stripped = text.strip()
    if _EMAIL.fullmatch(stripped):
        return f"{stripped[0]}•••@•••.{stripped.rpartition('.')[2]}"
    if _PHONE.fullmatch(stripped) and sum(c.isdigit() for c in stripped) >= 9:
        return "••••" + stripped[-4:]
    return text


def usual_type(types: dict[str, int]) -> str:
    """The type a property mostly has; null only when there is nothing else."""
    known = {kind: count for kind, count in types.items() if kind != "null"}
    return max(sorted(known), key=known.__getitem__) if known else "null"


def unexpected_types(types: dict[str, int]) -> list[str]:
    """Types besides the usual one. Null is none of them: optional values are usual."""
    usual = usual_type(types)
    return sorted(kind for kind in types if kind not in (usual, "null"))
