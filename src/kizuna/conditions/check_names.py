"""Whether what a condition names is known, and of the type that it is tested for; with the nearest name there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from kizuna.conditions.ast import (
    Anniversary,
    Between,
    Consents,
    Contains,
    Dated,
    Did,
    EndsWith,
    EventMatch,
    Exists,
    Fact,
    Filter,
    Has,
    HasIdentifier,
    In,
    InSegment,
    Is,
    Leaf,
    Occurrence,
    StartsWith,
    Test,
    Trait,
)
from kizuna.conditions.check_parts import place_matches
from kizuna.conditions.fold import fold
from kizuna.conditions.problems import Names, Problem, tell

COMPARED_MAX = 5_000
"""Names that are looked through for one that is near."""

_TYPES = {
    "string": ("text", "文字列"),
    "number": ("a number", "数"),
    "boolean": ("true or false", "真偽"),
    "array": ("a list", "リスト"),
    "object": ("an object", "オブジェクト"),
}


def check_leaf_names(leaf: Leaf, place: str, names: Names) -> Iterator[Problem]:
    match leaf:
        case Trait():
            yield from _check_trait(leaf, place, names)
        case Fact():
            if leaf.name not in names.facts:
                yield tell("fact_unknown", f"{place}.name", find_near(leaf.name, names.facts), name=leaf.name)
            else:
                yield from _check_type(leaf.test, names.facts[leaf.name], leaf.name, f"{place}.test")
        case HasIdentifier():
            if leaf.type not in names.identifier_types:
                near = find_near(leaf.type, names.identifier_types)
                yield tell("identifier_unknown", f"{place}.type", near, name=leaf.type)
        case Consents():
            yield from _check_consent(leaf, place, names)
        case InSegment():
            yield from _check_segment(leaf, place, names)
        case _:
            yield from _check_behaviour(leaf, place, names)


def find_near(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant: the same but for case and width, or nearly the same."""
    folded = {fold(one): one for one in islice(known, COMPARED_MAX)}
    wanted = fold(name)
    if wanted in folded:
        return folded[wanted]
    close = get_close_matches(wanted, folded, n=1, cutoff=0.72)
    return folded[close[0]] if close else None


def _check_trait(leaf: Trait, place: str, names: Names) -> Iterator[Problem]:
    outer = leaf.name.partition(".")[0]
    if leaf.name in names.traits:
        yield from _check_type(leaf.test, names.traits[leaf.name], leaf.name, f"{place}.test")
    elif outer == leaf.name or outer not in names.traits:
        yield tell("trait_unknown", f"{place}.name", find_near(leaf.name, names.traits), name=leaf.name)


def _check_consent(leaf: Consents, place: str, names: Names) -> Iterator[Problem]:
    channels = names.purposes.get(leaf.purpose)
    if channels is None:
        near = find_near(leaf.purpose, names.purposes)
        yield tell("purpose_unknown", f"{place}.purpose", near, name=leaf.purpose)
    elif leaf.channel not in (channels or {""}):
        near = find_near(leaf.channel, channels)
        yield tell("channel_unknown", f"{place}.channel", near, name=leaf.channel)


def _check_segment(leaf: InSegment, place: str, names: Names) -> Iterator[Problem]:
    if leaf.id not in names.segments:
        yield tell("segment_unknown", f"{place}.id", name=leaf.id)
    elif _leads_back(leaf.id, names):
        yield tell("segment_circle", f"{place}.id", name=names.segments[leaf.id])


def _leads_back(start: int, names: Names) -> bool:
    """Whether a segment asks about the one that is being changed, itself or through others; or about itself."""
    goals = {start, names.own_segment}
    waiting, seen = [start], set[int]()
    if start == names.own_segment:
        return True
    while waiting:
        for one in names.segment_refs.get(waiting.pop(), ()):
            if one in goals:
                return True
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return False


# --- events ---------------------------------------------------------------------------------------


def _check_behaviour(leaf: Leaf, place: str, names: Names) -> Iterator[Problem]:
    for below, match in place_matches(leaf):
        yield from _check_match(match, f"{place}.{below}", names)
    if isinstance(leaf, Occurrence):
        yield from _check_filters(leaf.having, leaf.event, f"{place}.having", names)
    if isinstance(leaf, Did) and leaf.measure.property is not None:
        test = Exists() if leaf.measure.of == "distinct" else Between()
        at = f"{place}.measure.property"
        yield from _check_property(leaf.measure.property, test, leaf.event, (at, at), names)


def _check_match(match: EventMatch, place: str, names: Names) -> Iterator[Problem]:
    if match.name is not None and match.name not in names.events:
        yield tell("event_unknown", f"{place}.name", find_near(match.name, names.events), name=match.name)
    for index, one in enumerate(match.touchpoints):
        if one not in names.touchpoints:
            near = find_near(one, names.touchpoints)
            yield tell("touchpoint_unknown", f"{place}.touchpoints[{index}]", near, name=one)
    yield from _check_filters(match.where, match, f"{place}.where", names)


def _check_filters(filters: Sequence[Filter], match: EventMatch, place: str, names: Names) -> Iterator[Problem]:
    for index, one in enumerate(filters):
        places = f"{place}[{index}].property", f"{place}[{index}].test"
        yield from _check_property(one.property, one.test, match, places, names)


def _check_property(
    path: str, test: Test, match: EventMatch, places: tuple[str, str], names: Names
) -> Iterator[Problem]:
    """``places``: of the path, and of what is asked there. What is said of an unknown event is not looked up."""
    known = _properties_of(match, names)
    if known is None:
        return
    if path not in known and path.removesuffix("[]") not in known:
        yield tell("property_unknown", places[0], find_near(path, known), name=path)
    elif path in known:
        yield from _check_type(test, known[path], path, places[1])


def _properties_of(match: EventMatch, names: Names) -> Mapping[str, str] | None:
    if match.name is not None:
        return names.events.get(match.name)
    return {path: kind for properties in names.events.values() for path, kind in properties.items()}


def _check_type(test: Test, known: str, name: str, place: str) -> Iterator[Problem]:
    asked = _asked_types(test)
    if known in _TYPES and asked and known not in asked:
        (wanted, wanted_ja), (is_, is_ja) = _TYPES[asked[0]], _TYPES[known]
        yield tell("type_unfit", place, name=name, known=is_, known_ja=is_ja, asked=wanted, asked_ja=wanted_ja)


def _asked_types(test: Test) -> list[str]:
    """The types of what can pass; of none in particular, none."""
    match test:
        case Exists():
            return []
        case Is():
            return [_type_of(test.value)]
        case In():
            return [_type_of(one) for one in test.values]
        case Between():
            return ["number"]
        case Has():
            return ["array"]
        case Contains() | StartsWith() | EndsWith() | Dated() | Anniversary():
            return ["string"]


def _type_of(value: bool | float | str) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
