"""JSON schemas of types, as msgspec checks them."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import inspect

TEMPLATE = "#/components/schemas/{name}"


def describe_types(types: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A schema for each of ``types``, and the named ones they refer to. ``Page[Job]`` is named ``JobPage``."""
    schemas, components = msgspec.json.schema_components(types, ref_template=TEMPLATE)
    for struct in _structs_in(types):
        if struct.__name__ in components:
            _mark_times(struct, components[struct.__name__])
    names = {name: _readable(name) for name in components}
    assert len(set(names.values())) == len(names), "two types of the API have the same name"
    renamed = {names[name]: _rename(schema, names) for name, schema in components.items()}
    return [_rename(schema, names) for schema in schemas], dict(sorted(renamed.items()))


def _readable(name: str) -> str:
    """``Page_JobView_`` → ``JobViewPage``"""
    outer, bar, inner = name.partition("_")
    return f"{inner.strip('_')}{outer}" if bar else name


def _rename(schema: Any, names: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_rename(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = {key: _rename(value, names) for key, value in schema.items()}
    reference = renamed.get("$ref")
    if isinstance(reference, str):
        renamed["$ref"] = TEMPLATE.format(name=names[reference.rpartition("/")[2]])
    for key in ("title", "description"):
        text = renamed.get(key)
        if isinstance(text, str):
            renamed[key] = (
                names.get(_plain(text), text) if key == "title" else " ".join(text.split()).replace("``", "`")
            )
    return renamed


def _plain(title: str) -> str:
    return title.replace("[", "_").replace("]", "_")


def _structs_in(types: Sequence[Any]) -> Iterator[type[Any]]:
    """All structs that ``types`` are made of."""
    waiting: list[Any] = list(inspect.multi_type_info(types))
    seen: set[type[Any]] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, inspect.Metadata):
            waiting.append(one.type)
        elif isinstance(one, inspect.UnionType):
            waiting += one.types
        elif isinstance(one, inspect.CollectionType):
            waiting.append(one.item_type)
        elif isinstance(one, inspect.DictType):
            waiting.append(one.value_type)
        elif isinstance(one, inspect.StructType) and one.cls not in seen:
            seen.add(one.cls)
            yield one.cls
            waiting += [field.type for field in one.fields]


def _mark_times(struct: type[Any], schema: dict[str, Any]) -> None:
    """msgspec gives times a format only where a zone is demanded; ours always have one."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        if any(isinstance(kind, inspect.DateTimeType) for kind in kinds):
            described = schema["properties"][field.encode_name]
            for one in described.get("anyOf", [described]):
                if one.get("type") == "string":
                    one["format"] = "date-time"
