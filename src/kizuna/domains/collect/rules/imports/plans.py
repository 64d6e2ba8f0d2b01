"""What an import does with each column: the mapping, turned round and with its choices made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kizuna.domains.collect.contracts import FUTURE_S_MAX, OLDEST_TIME_S
from kizuna.domains.collect.rules.imports.arrow import Strings, Table, pa, pc
from kizuna.domains.collect.rules.imports.columns import Times, read_ids, read_texts
from kizuna.domains.collect.rules.imports.fields import IDENTIFIER_FIELDS, ImportKind
from kizuna.domains.collect.rules.imports.numbers import is_shortened
from kizuna.domains.collect.rules.imports.reasons import RefusedRow

SECOND_US = 1_000_000


@dataclass(frozen=True)
class Plan:
    """``columns`` is the mapping turned round, ``{field: column}``; ``types`` are the file's column types."""

    kind: ImportKind
    source_id: int
    columns: Mapping[str, str]
    types: Mapping[str, str]
    zone: ZoneInfo
    currency: str
    now_us: int
    day_first: bool = False
    event_name: str | None = None
    accepts: Callable[[str, str], bool] = lambda type_, value: True
    """Whether an identifier (type, value) can name anybody; placeholders such as ``guest`` cannot."""

    @property
    def identifier_fields(self) -> list[str]:
        return [name for name in self.columns if name in IDENTIFIER_FIELDS or name.startswith("id.")]

    def open_fields(self, prefix: str) -> list[tuple[str, str]]:
        """(name, column) of the columns mapped to ``prefix<name>``."""
        return [(name[len(prefix) :], column) for name, column in self.columns.items() if name.startswith(prefix)]


@dataclass(frozen=True)
class Block:
    """Some rows of the file as columns. ``refused`` are rows that could not even be cut into cells."""

    rows: np.ndarray[Any, np.dtype[np.int64]]
    columns: Table
    refused: tuple[RefusedRow, ...] = ()
    last_row: int = 0

    def column(self, name: str) -> Any:
        return self.columns.column(name)

    def keep(self, mask: np.ndarray[Any, Any]) -> Block:
        return Block(self.rows[mask], self.columns.filter(pa.array(mask)), (), self.last_row)


@dataclass(frozen=True)
class EventColumns:
    """Events ready for the intake, one place each in every column."""

    rows: np.ndarray[Any, np.dtype[np.int64]]
    type: str
    names: list[str]
    message_ids: list[str]
    times_us: np.ndarray[Any, np.dtype[np.int64]]
    identifiers: dict[str, list[str | None]]
    properties: list[str]
    session_ids: list[str | None] | None = None

    def __len__(self) -> int:
        return len(self.names)


@dataclass
class Refusals:
    """Collects refusals of a block; a row is refused once, for the first reason found."""

    rows: np.ndarray[Any, np.dtype[np.int64]]
    bad: np.ndarray[Any, np.dtype[np.bool_]] = field(init=False)
    found: list[RefusedRow] = field(default_factory=list[RefusedRow])

    def __post_init__(self) -> None:
        self.bad = np.zeros(len(self.rows), dtype=np.bool_)

    def add(self, mask: np.ndarray[Any, Any], code: str, column: str = "", values: Any = None) -> None:
        places = np.flatnonzero(mask & ~self.bad)
        if not len(places):
            return
        shown = [""] * len(places) if values is None else read_texts(values.take(pa.array(places))).to_pylist()
        self.found += [
            RefusedRow(int(self.rows[place]), code, column, value or "")
            for place, value in zip(places, shown, strict=True)
        ]
        self.bad[places] = True


def read_identifiers(block: Block, plan: Plan, refusals: Refusals) -> dict[str, Strings]:
    """Texts of each identifier column, by type. Ids that a spreadsheet shortened are refused: they
    would join everybody whose number begins alike."""
    found: dict[str, Strings] = {}
    for name in plan.identifier_fields:
        column = plan.columns[name]
        texts = read_ids(block.column(column))
        refuse_shortened(texts, column, refusals)
        type_ = name.removeprefix("id.")
        found[type_] = _only_accepted(texts, type_, plan)
    return found


def _only_accepted(texts: Strings, type_: str, plan: Plan) -> Strings:
    """Null instead of what names nobody; asked once for each distinct value."""
    encoded = texts.dictionary_encode()
    kept = [value if plan.accepts(type_, value) else None for value in encoded.dictionary.to_pylist()]
    return texts if None not in kept else pa.array(kept, pa.string()).take(encoded.indices)


def refuse_shortened(texts: Strings, column: str, refusals: Refusals) -> None:
    suspects = pc.match_substring_regex(texts, r"^\d(\.\d+)?[eE]\+\d+$")
    if pc.any(suspects).as_py():
        mask = np.array([text is not None and is_shortened(text) for text in texts.to_pylist()], dtype=np.bool_)
        refusals.add(mask, "shortened_id", column, texts)


def refuse_times(times: Times, column: str, values: Any, plan: Plan, refusals: Refusals) -> None:
    """Refuses what is no time, or none at which a customer can have done anything."""
    refusals.add(times.bad, "bad_time", column, values)
    refusals.add(times.filled & (times.us < OLDEST_TIME_S * SECOND_US), "time_too_old", column, values)
    latest_us = plan.now_us + FUTURE_S_MAX * SECOND_US
    refusals.add(times.filled & (times.us > latest_us), "time_in_future", column, values)


def name_message(source_id: int, kind: str, *parts: str) -> str:
    """The message id of what a file says: the same at every import of it, whatever the mapping."""
    text = "\x1f".join((str(source_id), kind, *parts))
    return "imp:" + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def name_rows(source_id: int, kind: str, columns: Table) -> list[str]:
    """Message ids of rows from all of their cells: rows equal in every cell are one and the same."""
    head = f"{source_id}\x1f{kind}\x1f".encode()
    return ["imp:" + hashlib.blake2b(head + content, digest_size=16).hexdigest() for content in _contents(columns)]


def _contents(columns: Table) -> Iterable[bytes]:
    texts = [read_texts(column) for column in columns.columns]
    joined = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace", null_replacement="")
    return (text.encode("utf-8", "surrogatepass") for text in joined.to_pylist())
