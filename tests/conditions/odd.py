"""Keys and texts that mean something in SQL, in paths of JSON or in patterns, and people who have them."""

from collections.abc import Iterator

from kizuna.conditions.ast import (
    Contains,
    Did,
    EventMatch,
    Filter,
    Has,
    Is,
    Measure,
    Node,
    Trait,
)
from kizuna.conditions.evaluate import Event, Person

KEYS = [*("\"'\\*$? 0eva"), "[0]", "東 京", "a'\"b\\c", "x*y", "%_", "\n\t\x01", "/~1", "{}", ""]
TEXTS = ["it's", *'"\\%_\x01\n1', "\\u0041", "${x}", "{}", "--", "𠮷野家", "é", "e\u0301", "null", "true"]


def odd_people() -> dict[int, Person]:
    keys = {number: Person({key: 1, "o": {key: "x"}}, events=_events(key)) for number, key in enumerate(KEYS)}
    texts = {100 + number: Person({"t": text, "l": [text]}) for number, text in enumerate(TEXTS)}
    return keys | texts


def _events(key: str) -> list[Event]:
    properties = {key: [{"n": 1, key: "y"}, {key: 2.5}], "o": {key: {key: True}}}
    return [Event("e0", key or "empty", 1_000_000, "web", properties)]


def odd_nodes() -> Iterator[Node]:
    for key in KEYS:
        yield Trait(f"o.{key}", Is("X"))
        yield Did(EventMatch(key or "empty"))
        yield Did(EventMatch(None, [Filter(f"{key}[].{key}", Is(2.5))]))
        yield Did(EventMatch(None), Measure("sum", f"{key}[].{key}"), value=2.5)
    for text in TEXTS:
        yield Trait("t", Is(text))
        yield Trait("t", Contains(text))
        yield Trait("l", Has([text]))
