"""What DuckDB and Spark say differently. All text that comes from a condition passes ``text`` here.

A JSON value is DuckDB's ``JSON`` or Spark's ``VARIANT``: SQL's NULL where nothing stands, and JSON's null as a value.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

EACH = None
"""In a path: every element of the list that stands there."""

Path = tuple[str | None, ...]
"""Keys, and ``EACH``."""

Kind = Literal["value", "text", "folded", "number", "truth"]


class Dialect(ABC):
    materialized: str
    """After a name in WITH, so that it is worked out once, and no filter gets into it."""
    huge: str
    """The type of sums."""

    @abstractmethod
    def text(self, value: str) -> str:
        """A literal. The only way for text into a statement."""

    @abstractmethod
    def whole(self, value: int) -> str:
        """A 64-bit literal."""

    def number(self, value: float) -> str:
        return f"CAST('{float(value)!r}' AS DOUBLE)"

    def texts(self, values: Sequence[str]) -> str:
        return ", ".join(self.text(one) for one in values)

    @abstractmethod
    def instant(self, us: int) -> str: ...

    # --- JSON ---------------------------------------------------------------------------------------

    @abstractmethod
    def open(self, column: str, paths: Sequence[Path]) -> str:
        """A JSON column read once for all paths of keys; ``picked`` takes from it."""

    @abstractmethod
    def picked(self, opened: str, path: Path, place: int) -> str:
        """The value at the path that stands at ``place`` of those it was opened for."""

    @abstractmethod
    def parsed(self, column: str) -> str:
        """A JSON text as a value."""

    @abstractmethod
    def elements(self, value: str, path: Path) -> str:
        """The list of what is found from a value on; the path begins with ``EACH``."""

    @abstractmethod
    def step(self, value: str, key: str) -> str:
        """What an object has under a key."""

    @abstractmethod
    def unnest(self, values: str, *, outer: bool = False) -> str:
        """In a SELECT: a row for each value of a list; with ``outer`` one with NULL where there is none."""

    @abstractmethod
    def pairs(self, column: str, first: str) -> str:
        """Of a JSON list of pairs the second values of those whose first is the text."""

    @abstractmethod
    def read(self, value: str, kind: Kind) -> str:
        """A value as text, number or truth; NULL when it is something else. ``value`` is itself, without null."""

    @abstractmethod
    def any_of(self, values: str, kind: Kind, variable: str, predicate: str) -> str:
        """Whether one of a list's values, read as ``kind`` and called ``variable``, holds."""

    @abstractmethod
    def each(self, values: str, variable: str, expression: str) -> str:
        """A list of what an expression makes of the values; NULLs are left out."""

    @abstractmethod
    def total(self, numbers: str) -> str:
        """The sum of a list of whole numbers; NULL of none."""

    @abstractmethod
    def call(self, name: Literal["size", "least", "greatest"], values: str) -> str: ...

    @abstractmethod
    def distinct_in(self, lists: str) -> str:
        """An aggregate: how many different texts stand in the lists of a group."""

    # --- text ---------------------------------------------------------------------------------------

    @abstractmethod
    def matches(self, text: str, pattern: str) -> str:
        """The whole text; the pattern is of what RE2 and Java both know."""

    @abstractmethod
    def group(self, text: str, pattern: str, number: int) -> str:
        """What a group caught; empty where it caught nothing."""

    @abstractmethod
    def contains(self, text: str, part: str) -> str: ...

    @abstractmethod
    def starts_with(self, text: str, part: str) -> str: ...

    @abstractmethod
    def ends_with(self, text: str, part: str) -> str: ...

    @abstractmethod
    def days(self, text: str) -> str:
        """Days since 1970 of ``YYYY-MM-DD``; NULL for days that no calendar has."""

    @abstractmethod
    def to_whole(self, text: str) -> str:
        """NULL for the empty text."""

    @abstractmethod
    def hashed(self, columns: Sequence[str]) -> str:
        """A whole number that tells values apart; another one on each engine."""


class DuckDb(Dialect):
    materialized = "AS MATERIALIZED"
    huge = "HUGEINT"

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def whole(self, value: int) -> str:
        return str(value)

    def instant(self, us: int) -> str:
        return f"make_timestamptz({us})"

    def open(self, column: str, paths: Sequence[Path]) -> str:
        return f"json_extract({column}, [{self.texts([self._path(_until_unspeakable(path)) for path in paths])}])"

    def objects(self, column: str, head: Sequence[str], keys: Sequence[str]) -> str:
        """A list of objects in a JSON column as a list of structs of JSON values: the column is read once."""
        shape: object = [dict.fromkeys(keys, "JSON")]
        for key in reversed(head):
            shape = {key: shape}
        within = "".join('."' + key.replace('"', '""') + '"' for key in head)
        return f"json_transform({column}, {self.text(json.dumps(shape, ensure_ascii=False))}){within}"

    def picked(self, opened: str, path: Path, place: int) -> str:
        found = f"{opened}[{place + 1}]"
        for key in path[len(_until_unspeakable(path)) :]:
            found = self.step(found, key)
        return found

    def parsed(self, column: str) -> str:
        return f"json_extract({column}, '$')"

    def elements(self, value: str, path: Path) -> str:
        plain = _until_unspeakable(path)
        found = f"json_extract({value}, {self.text(self._path(plain))})"
        for key in path[len(plain) :]:
            inner = self.step("e", key)
            made = f"list_transform({found}, lambda e: {inner})"
            found = f"flatten({made})" if key is None else f"list_filter({made}, lambda e: e IS NOT NULL)"
        return found

    def unnest(self, values: str, *, outer: bool = False) -> str:
        return f"unnest(CASE WHEN len({values}) > 0 THEN {values} ELSE [NULL] END)" if outer else f"unnest({values})"

    def pairs(self, column: str, first: str) -> str:
        pairs = f"""list_filter(from_json({column}, '[["VARCHAR"]]'), lambda e: e[1] = {self.text(first)})"""
        return f"list_transform({pairs}, lambda e: to_json(e[2]))"

    def read(self, value: str, kind: Kind) -> str:
        raw = f"CAST({value} AS VARCHAR)"
        if kind == "value":
            return f"nullif({raw}, 'null')"
        if kind == "number":  # text has its quotes still, so that "1" is none
            return f"TRY_CAST({raw} AS DOUBLE)"
        if kind == "truth":
            return f"CASE {raw} WHEN 'true' THEN true WHEN 'false' THEN false END"
        plain = f"json_extract_string({value}, '$')"
        if kind == "folded":  # as many bytes as characters: ASCII, which needs no Python
            plain = f"CASE WHEN strlen({raw}) = length({raw}) THEN lower({plain}) ELSE kizuna_fold({plain}) END"
        return f"CASE WHEN starts_with({raw}, '\"') THEN {plain} END"

    def any_of(self, values: str, kind: Kind, variable: str, predicate: str) -> str:
        read = f"list_transform({values}, lambda e: {self.read('e', kind)})"
        return f"coalesce(len(list_filter({read}, lambda {variable}: coalesce({predicate}, false))) > 0, false)"

    def each(self, values: str, variable: str, expression: str) -> str:
        made = f"list_transform({values}, lambda {variable}: {expression})"
        return f"list_filter({made}, lambda e: e IS NOT NULL)"

    def total(self, numbers: str) -> str:
        return f"list_sum({numbers})"

    def call(self, name: Literal["size", "least", "greatest"], values: str) -> str:
        names = {"size": "len", "least": "list_min", "greatest": "list_max"}
        return f"{names[name]}({values})"

    def distinct_in(self, lists: str) -> str:
        return f"coalesce(len(list_distinct(flatten(list({lists})))), 0)"

    def matches(self, text: str, pattern: str) -> str:
        return f"regexp_full_match({text}, {self.text(pattern)})"

    def group(self, text: str, pattern: str, number: int) -> str:
        return f"regexp_extract({text}, {self.text(f'^{pattern}$')}, {number})"

    def contains(self, text: str, part: str) -> str:
        return f"contains({text}, {self.text(part)})"

    def starts_with(self, text: str, part: str) -> str:
        return f"starts_with({text}, {self.text(part)})"

    def ends_with(self, text: str, part: str) -> str:
        return f"ends_with({text}, {self.text(part)})"

    def days(self, text: str) -> str:
        return f"datediff('day', DATE '1970-01-01', TRY_CAST({text} AS DATE))"

    def to_whole(self, text: str) -> str:
        return f"TRY_CAST({text} AS BIGINT)"

    def hashed(self, columns: Sequence[str]) -> str:
        return f"CAST(hash({', '.join(columns)}) >> 1 AS BIGINT)"  # it is unsigned

    def _path(self, path: Path) -> str:
        return "$" + "".join("[*]" if key is None else f'."{_escape(key)}"' for key in path)

    def step(self, value: str, key: str | None) -> str:
        path = f"/{key}" if key in _UNSPEAKABLE else self._path((key,))
        return f"json_extract({value}, {self.text(path)})"


class Spark(Dialect):
    materialized = "AS"
    huge = "DECIMAL(38, 0)"

    def text(self, value: str) -> str:
        # The dollar as a number: Spark puts settings and the environment in the place of ${…}, in literals too.
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"

    def whole(self, value: int) -> str:
        return f"{value}L"

    def instant(self, us: int) -> str:
        return f"timestamp_micros({us}L)"

    def open(self, column: str, paths: Sequence[Path]) -> str:
        return f"from_json({column}, 'MAP<STRING, VARIANT>')"

    def picked(self, opened: str, path: Path, place: int) -> str:
        found = f"try_element_at({opened}, {self.text(str(path[0]))})"
        for key in path[1:]:
            found = self.step(found, str(key))
        return found

    def parsed(self, column: str) -> str:
        return f"try_parse_json({column})"

    def elements(self, value: str, path: Path) -> str:
        found = f"try_variant_get({value}, '$', 'ARRAY<VARIANT>')"
        for key in path[1:]:
            if key is None:
                lists = f"transform({found}, e -> try_variant_get(e, '$', 'ARRAY<VARIANT>'))"
                found = f"flatten(filter({lists}, e -> e IS NOT NULL))"
            else:
                found = f"filter(transform({found}, e -> {self.step('e', key)}), e -> e IS NOT NULL)"
        return found

    def unnest(self, values: str, *, outer: bool = False) -> str:
        return f"explode_outer({values})" if outer else f"explode({values})"

    def pairs(self, column: str, first: str) -> str:
        kind = "variant_get(e[0], '$', 'STRING')"
        pairs = f"filter(from_json({column}, 'ARRAY<ARRAY<VARIANT>>'), e -> {kind} = {self.text(first)})"
        return f"transform({pairs}, e -> e[1])"

    def read(self, value: str, kind: Kind) -> str:
        if kind == "value":
            return f"CASE WHEN NOT is_variant_null({value}) THEN {value} END"
        known = f"schema_of_variant({value})"
        if kind == "number":
            number = f"{known} IN ('BIGINT', 'DOUBLE') OR startswith({known}, 'DECIMAL')"
            return f"CASE WHEN {number} THEN try_variant_get({value}, '$', 'DOUBLE') END"
        if kind == "truth":
            return f"CASE WHEN {known} = 'BOOLEAN' THEN try_variant_get({value}, '$', 'BOOLEAN') END"
        plain = f"CASE WHEN {known} = 'STRING' THEN try_variant_get({value}, '$', 'STRING') END"
        return f"kizuna_fold({plain})" if kind == "folded" else plain

    def any_of(self, values: str, kind: Kind, variable: str, predicate: str) -> str:
        # Python runs in no lambda: it is given the whole list.
        read = f"transform({values}, e -> {self.read('e', 'text' if kind == 'folded' else kind)})"
        read = f"kizuna_folds({read})" if kind == "folded" else read
        return f"coalesce(exists({read}, {variable} -> coalesce({predicate}, false)), false)"

    def each(self, values: str, variable: str, expression: str) -> str:
        return f"filter(transform({values}, {variable} -> {expression}), e -> e IS NOT NULL)"

    def total(self, numbers: str) -> str:
        zero = "CAST(0 AS DECIMAL(38, 0))"
        added = f"aggregate({numbers}, {zero}, (a, e) -> CAST(a + e AS DECIMAL(38, 0)))"
        return f"CASE WHEN size({numbers}) > 0 THEN {added} END"

    def call(self, name: Literal["size", "least", "greatest"], values: str) -> str:
        names = {"size": "size", "least": "array_min", "greatest": "array_max"}
        return f"{names[name]}({values})"

    def distinct_in(self, lists: str) -> str:
        return f"size(array_distinct(flatten(collect_list({lists}))))"

    def matches(self, text: str, pattern: str) -> str:
        return f"regexp({text}, {self.text(self._whole(pattern))})"

    def group(self, text: str, pattern: str, number: int) -> str:
        return f"regexp_extract({text}, {self.text(self._whole(pattern))}, {number})"

    def contains(self, text: str, part: str) -> str:
        return f"contains({text}, {self.text(part)})"

    def starts_with(self, text: str, part: str) -> str:
        return f"startswith({text}, {self.text(part)})"

    def ends_with(self, text: str, part: str) -> str:
        return f"endswith({text}, {self.text(part)})"

    def days(self, text: str) -> str:
        return f"CAST(unix_date(TRY_CAST({text} AS DATE)) AS BIGINT)"

    def to_whole(self, text: str) -> str:
        return f"TRY_CAST({text} AS BIGINT)"

    def hashed(self, columns: Sequence[str]) -> str:
        return f"xxhash64({', '.join(columns)})"

    def step(self, value: str, key: str) -> str:
        return f"try_element_at(try_variant_get({value}, '$', 'MAP<STRING, VARIANT>'), {self.text(key)})"

    def _whole(self, pattern: str) -> str:
        # Java's $ forgives a line's end.
        return f"\\A{pattern}\\z"


_UNSPEAKABLE = ("", "*")
"""Keys that DuckDB's paths have no way to write: even within quotes they are none, or all. JSON pointers do."""


def _until_unspeakable(path: Path) -> Path:
    return path[: next((at for at, key in enumerate(path) if key in _UNSPEAKABLE), len(path))]


def _escape(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')


DUCKDB = DuckDb()
DIALECTS: dict[str, Dialect] = {"duckdb": DUCKDB, "spark": Spark()}
