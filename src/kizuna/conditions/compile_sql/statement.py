"""The parts of a statement put together: who the people are, what holds of each, and who is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from kizuna.conditions.ast import (
    BEHAVIOURS,
    All,
    AnyOf,
    Consents,
    Did,
    Fact,
    HasIdentifier,
    InSegment,
    Leaf,
    Node,
    Not,
    Occurrence,
    Sequence,
    Trait,
    Unfollowed,
    leaves,
)
from kizuna.conditions.compile_sql.behaviours import answer_behaviours
from kizuna.conditions.compile_sql.dialects import EACH, Dialect
from kizuna.conditions.compile_sql.events import Question
from kizuna.conditions.compile_sql.values import Document, Source, ZonedDateSql, test_sql
from kizuna.conditions.moments import At

_HASH_FACTOR, _HASH_RANGE = 2_654_435_761, 1 << 32
_KEY_RANGE = 1 << 31


def write_statement(node: Node, at: At, sql: Dialect, sample: tuple[int, int] | None) -> str:
    question = Question(sql, at, None if sample is None else sampled_sql(*sample))
    distinct = {_key_of(leaf): leaf for leaf in leaves(node)}
    behaviours = answer_behaviours(question, {key: leaf for key, leaf in distinct.items() if isinstance(leaf, _DONE)})
    crowd = Crowd(question)
    holds = dict(behaviours.holds)
    for key, leaf in distinct.items():
        if not isinstance(leaf, BEHAVIOURS):
            holds[key] = crowd.ask(leaf)
    ctes = crowd.write() | {name: f"AS ({text})" for name, text in behaviours.ctes.items()}
    joined = [*behaviours.ctes, *crowd.sets]
    joins = "".join(f" LEFT JOIN {name} ON {name}.profile_key = crowd.profile_key" for name in joined)
    named = ",\n".join(f"{name} {text}" for name, text in ctes.items())
    wanted = _combine(node, lambda leaf: holds[_key_of(leaf)])
    return f"WITH {named}\nSELECT crowd.profile_key FROM crowd{joins}\nWHERE {wanted}"


_DONE = (Did, Occurrence, Sequence, Unfollowed)


def _key_of(leaf: Leaf) -> str:
    return msgspec.json.encode(leaf, order="deterministic").decode()


def sampled_sql(numerator: int, denominator: int) -> str:
    """Who is of a share of people, always the same ones, as a condition on ``profile_key``. Fibonacci hashing: keys
    are counted up, and any run of them is spread evenly."""
    bound = _HASH_RANGE * numerator // denominator
    return f"(profile_key % {_KEY_RANGE}) * {_HASH_FACTOR} % {_HASH_RANGE} < {bound}"


def _combine(node: Node, holds: Callable[[Leaf], str]) -> str:
    match node:
        case All():
            return f"({' AND '.join(_combine(one, holds) for one in node.of)})" if node.of else "true"
        case AnyOf():
            return f"({' OR '.join(_combine(one, holds) for one in node.of)})" if node.of else "false"
        case Not():
            return f"NOT ({_combine(node.of, holds)})"
        case _:
            return holds(node)


@dataclass
class Crowd:
    """What is asked of people themselves: traits, identifiers, facts and what they belong to."""

    question: Question
    columns: list[str] = field(default_factory=list[str])
    sets: dict[str, str] = field(default_factory=dict[str, str])
    facts: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        sql = self.question.sql
        self.traits = Document(sql, "p.traits", "traits_doc")
        self.dates = ZonedDateSql(sql, self.question.at, "own_zone")

    def ask(self, leaf: Leaf) -> str:
        """An expression over the joined relations."""
        match leaf:
            case Trait():
                return self._add(self._trait(leaf))
            case HasIdentifier():
                return self._add(self._identifier(leaf))
            case Fact():
                return self._add(self._fact(leaf))
            case Consents():
                sql = self.question.sql
                chosen = f"purpose = {sql.text(leaf.purpose)} AND channel = {sql.text(leaf.channel)}"
                return self._is_in(f"SELECT DISTINCT profile_key FROM consented WHERE {chosen}")
            case InSegment():
                chosen = f"segment_id = {self.question.sql.whole(leaf.id)}"
                return self._is_in(f"SELECT DISTINCT profile_key FROM members WHERE {chosen}")
            case _:
                raise TypeError(f"{type(leaf).__name__} is not asked of people themselves")

    def write(self) -> dict[str, str]:
        """The named SELECTs, first those that others read."""
        kept = f" WHERE {self.question.kept}" if self.question.kept else ""
        if not self.columns:
            crowd = f"AS (SELECT profile_key FROM people{kept})"
        else:
            crowd = f"{self.question.sql.materialized} ({self._write_asked(kept)})"
        named = {name: f"AS ({text})" for name, text in (self.facts | self.sets).items()}
        return named | {"crowd": crowd}

    def _write_asked(self, kept: str) -> str:
        # In three steps: JSON is read once, then taken apart, then asked. Engines keep to that where no filter
        # is pushed through, so this is materialised.
        zone = self.question.sql.read(self.traits.take(("timezone",)).value, "text") if self.dates.joins else "NULL"
        facts = "".join(f" LEFT JOIN {name} ON {name}.profile_key = p.profile_key" for name in self.facts)
        values = "".join(f", {name}.value AS {name}_value" for name in self.facts)
        people = f"(SELECT * FROM people{kept}) AS p"
        traits = f", {self.traits.item()}" if self.traits.paths else ""
        opened = f"SELECT p.profile_key, p.identifiers{traits}{values} FROM {people}{facts}"
        zoned = f"SELECT *, {zone} AS own_zone FROM ({opened}) AS o" if self.dates.joins else opened
        joins = " ".join(self.dates.joins)
        return f"SELECT profile_key, {', '.join(self.columns)} FROM ({zoned}) AS q {joins}"

    def _add(self, expression: str) -> str:
        name = f"p{len(self.columns)}"
        self.columns.append(f"{expression} AS {name}")
        return f"crowd.{name}"

    def _is_in(self, sql: str) -> str:
        name = f"s{len(self.sets)}"
        self.sets[name] = sql
        return f"{name}.profile_key IS NOT NULL"

    def _trait(self, leaf: Trait) -> str:
        source = self.traits.take((leaf.name,))
        if "." in leaf.name:
            within = self.traits.take(tuple(leaf.name.split(".")))
            source = Source(source.sql, f"coalesce({source.value}, {within.value})")
        return self._test(leaf, source)

    def _identifier(self, leaf: HasIdentifier) -> str:
        values = Source(self.question.sql, self.question.sql.pairs("identifiers", leaf.type), many=True)
        return self._test(leaf, values)

    def _fact(self, leaf: Fact) -> str:
        name = f"f{len(self.facts)}"
        chosen = f"name = {self.question.sql.text(leaf.name)}"
        value = "any_value(value) AS value"
        self.facts[name] = f"SELECT profile_key, {value} FROM facts WHERE {chosen} GROUP BY profile_key"
        return self._test(leaf, Source(self.question.sql, self.question.sql.parsed(f"{name}_value")))

    def _test(self, leaf: Trait | HasIdentifier | Fact, source: Source) -> str:
        def elements() -> Source:
            return Source(source.sql, source.sql.elements(source.value, (EACH,)), many=True)

        return test_sql(leaf.test, source, elements, self.dates)
