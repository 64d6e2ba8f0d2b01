"""The elements of one list among an event's properties, each a row: ``products[].price``."""

from __future__ import annotations

from dataclasses import dataclass, field

from kizuna.conditions.compile_sql.dialects import DIALECTS, DUCKDB, EACH, Path
from kizuna.conditions.compile_sql.values import Document
from kizuna.kernel.engine import Dialect
from kizuna.kernel.errors import Invalid


@dataclass
class Elements:
    """``head`` is where the list stands, once anything of it was asked for. With ``outer`` an event without elements
    has a row, too.

    DuckDB reads the whole list once, into columns of the keys that are asked for: taking each element's text apart
    again takes three times as long. Elements that are values themselves (``tags[]``) are taken as they are.
    """

    dialect: Dialect
    head: Path | None = None
    outer: bool = False
    _keys: list[str] = field(default_factory=list[str])
    _are_values: bool = False

    def take(self, path: Path) -> str:
        """An expression: what stands at a path with one ``EACH``. Raises ``Invalid`` for those of another list."""
        cut = path.index(EACH)
        head, rest = path[:cut], path[cut + 1 :]
        if EACH in rest or self.head not in (None, head) or (self.head is not None and self._are_values is bool(rest)):
            raise Invalid(
                "several_lists",
                f"{_shown(path)} asks for the elements of another list than the rest of the question, and only one "
                "can be taken apart.",
                fields={"params": "Use properties of the same list."},
            )
        self.head, self._are_values = head, not rest
        value = "item"
        if rest and self._as_columns:
            value = f"item.{self._column(str(rest[0]))}"
            rest = rest[1:]
        for key in rest:
            value = DIALECTS[self.dialect].step(value, str(key))
        return value

    @property
    def keys(self) -> tuple[str, ...] | None:
        """What is asked of objects that are read as structs; None where they are not."""
        return tuple(self._keys) if self._as_columns and not self._are_values else None

    def things(self, column: str) -> str:
        """The list of structs in a JSON column."""
        return DUCKDB.objects(column, [str(key) for key in self.head or ()], self._keys)

    def write(self, seen: str, column: str) -> str:
        """``seen``, a SELECT with a JSON column, or with ``things`` where these are structs, with a row for each
        element, ``item``."""
        sql = DIALECTS[self.dialect]
        assert self.head is not None
        if self.keys is not None:
            listed = "things"
        else:
            document = Document(sql, column, "opened")
            listed = sql.elements(document.take(self.head).value, (EACH,))
            seen = f"SELECT *, {document.item()} FROM ({seen}) AS closed"
        return f"SELECT *, {sql.unnest(listed, outer=self.outer)} AS item FROM ({seen}) AS whole"

    @property
    def _as_columns(self) -> bool:
        return self.dialect == "duckdb"

    def _column(self, key: str) -> str:
        """The place of a key among the columns: names of columns know no capitals, keys do."""
        if key not in self._keys:
            self._keys.append(key)
        if len({one.casefold() for one in self._keys}) < len(self._keys):
            raise Invalid(
                "several_spellings",
                f"“{key}” differs from another property of the list only in capitals; use one of them.",
                fields={"params": "Use one spelling."},
            )
        return '"' + key.replace('"', '""') + '"'


def is_of_elements(path: str | None) -> bool:
    """Whether a property's path leads through a list: an event may have several of it."""
    return path is not None and "[]" in path


def _shown(path: Path) -> str:
    return ".".join("[]" if key is None else key for key in path).replace(".[]", "[]")
