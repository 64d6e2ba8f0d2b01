"""The app's forms are drawn from the schemas of metrics: everything in them has a name in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kizuna.domains.analytics.service.metrics import describe_metrics

WORDS = Path(__file__).parents[3] / "web" / "src" / "features" / "analytics" / "param-words.ts"
# Conditions and events are edited by the builder, which has words of its own.
BUILDER = {"EventMatch", "All", "AnyOf", "Not", "Did"}


def read_words(part: str) -> list[set[str]]:
    """The names in a part of the dictionary, language by language."""
    bodies = re.findall(rf"^    {part}: \{{\n(.*?)^    \}},", WORDS.read_text(), re.S | re.M)
    return [set(re.findall(r"^      (\w+):", body, re.M)) for body in bodies]


def walk(schema: dict[str, Any], parts: dict[str, Any], field: str = "") -> Iterator[tuple[str, str | None]]:
    """Fields and choices: (field, None) and (field, choice)."""
    name = schema.get("$ref", "").rpartition("/")[2]
    inside = {name, *(one.get("$ref", "").rpartition("/")[2] for one in schema.get("anyOf", ()))}
    if inside & BUILDER:
        return
    if name:
        schema = {**parts[name], **schema}
    for choice in schema.get("enum", ()):
        yield field, choice
    for inner in schema.get("anyOf", ()):
        yield from walk(inner, parts, field)
    if "items" in schema:
        yield from walk(schema["items"], parts, field)
    for key, inner in schema.get("properties", {}).items():
        yield key, None
        yield from walk(inner, parts, key)


def test_everything_that_a_metric_takes_has_a_name_in_both_languages() -> None:
    labels, choices = read_words("labels"), read_words("choices")
    assert len(labels) == len(choices) == 2
    missing = set[str]()
    for one in describe_metrics():
        for field, choice in walk(one.params, one.params.get("$defs", {})):
            known, names = (
                (labels, {field, f"{one.metric.key}_{field}"})
                if choice is None
                else (choices, {choice, f"{field}_{choice}"})
            )
            if any(names.isdisjoint(language) for language in known):
                missing.add(f"{one.metric.key}.{field}{'' if choice is None else f'={choice}'}")
    assert not missing
