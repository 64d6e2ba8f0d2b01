"""A condition in words: one sentence in English or Japanese, as its author would have said it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Literal

from msgspec import structs

from kizuna.conditions.ast import All, AnyOf, Condition, Has, In, Is, Leaf, Node, Not, Scalar, Test, Trait
from kizuna.conditions.describe import english, japanese
from kizuna.conditions.figure import Figure
from kizuna.conditions.problems import Names

Language = Literal["en", "ja"]

_LANGUAGES: dict[str, ModuleType] = {"en": english, "ja": japanese}


def describe(condition: Condition | Node, language: Language = "en", names: Names | None = None) -> str:
    """``names`` gives segments and values of traits their names; without it they have numbers and keys."""
    node = condition.where if isinstance(condition, Condition) else condition
    return _describe_node(node, _LANGUAGES[language], names or Names())


def describe_leaf(leaf: Leaf, language: Language = "en", names: Names | None = None) -> str:
    return _describe_leaf(leaf, _LANGUAGES[language], names or Names(), holds=True)


def describe_figure(figure: Figure, language: Language = "en") -> str:
    """What a computed trait says, without a verb: "the number of “Order Completed” in the last 30 days"."""
    return _LANGUAGES[language].describe_figure(figure)


def _describe_node(node: Node, words: ModuleType, names: Names, *, inner: bool = False) -> str:
    """``inner``: within another group, so that a group of several parts needs brackets."""
    match node:
        case All() | AnyOf():
            if not node.of:
                return words.EVERYBODY if isinstance(node, All) else words.NOBODY
            if len(node.of) == 1:
                return _describe_node(node.of[0], words, names, inner=inner)
            joint = words.AND if isinstance(node, All) else words.OR
            text = joint.join(_describe_node(one, words, names, inner=True) for one in node.of)
            return words.bracket(text) if inner else text
        case Not():
            return _describe_not(node, words, names, inner=inner)
        case _:
            return _describe_leaf(node, words, names, holds=True)


def _describe_not(node: Not, words: ModuleType, names: Names, *, inner: bool) -> str:
    of = node.of
    while isinstance(of, All | AnyOf) and len(of.of) == 1:
        of = of.of[0]
    if isinstance(of, Not):
        return _describe_node(of.of, words, names, inner=inner)
    if isinstance(of, All | AnyOf) and not of.of:
        return words.NOBODY if isinstance(of, All) else words.EVERYBODY
    if isinstance(of, All | AnyOf):
        return words.negate_group(_describe_node(of, words, names))
    return _describe_leaf(of, words, names, holds=False)


def _describe_leaf(leaf: Leaf, words: ModuleType, names: Names, *, holds: bool) -> str:
    if isinstance(leaf, Trait) and (known := names.trait_words.get(leaf.name)):
        leaf = structs.replace(leaf, test=_name_values(leaf.test, known, words.LANGUAGE))
    return words.describe_leaf(leaf, names, holds=holds)


def _name_values(test: Test, known: Mapping[str, Mapping[str, str]], language: str) -> Test:
    """The same test of what the values are called."""

    def name(value: Scalar) -> Scalar:
        return known[value][language] if isinstance(value, str) and value in known else value

    match test:
        case Is():
            return structs.replace(test, value=name(test.value))
        case In() | Has():
            return structs.replace(test, values=[name(value) for value in test.values])
        case _:
            return test
