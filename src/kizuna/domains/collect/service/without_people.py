"""Events without some people: theirs go, and those of others no longer name them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from kizuna.domains.collect.service.columns import Columns
from kizuna.kernel.person import Person


def leave_out_people(columns: Columns, people: Sequence[Person]) -> Columns | None:
    """The events that are left, with the counts of the whole; None when nobody of ``people`` is in them.

    An event is of whom its first key is. Others may name somebody too, as a device that was passed on does.
    """
    gone = np.array(sorted({key for person in people for key in person.keys}), np.int64)
    if not np.isin(columns.keys, gone).any():
        return None
    kept = np.flatnonzero(~np.isin(columns.first_keys(), gone)).tolist()
    rest = columns.pick(kept)
    rest.chunk.counts = columns.chunk.counts
    named = {pair for person in people for pair in person.identifiers}
    return _unname(rest, set(gone.tolist()), named) if np.isin(rest.keys, gone).any() else rest


def find_people(columns: Columns, keys: Collection[int]) -> list[int]:
    """Places of the events that are of somebody, or name them."""
    wanted = np.isin(columns.keys, np.array(sorted(keys), np.int64))
    owners = np.repeat(np.arange(columns.count), columns.key_counts.astype(np.int64))
    return np.unique(owners[wanted]).tolist()


def _unname(columns: Columns, gone: set[int], named: set[tuple[str, str]]) -> Columns:
    chunk = columns.chunk
    keys: list[int] = columns.keys.tolist()
    ends: list[int] = columns.key_ends.tolist()
    starts = [0, *ends[:-1]]
    lists = [[key for key in keys[start:end] if key not in gone] for start, end in zip(starts, ends, strict=True)]
    return Columns(
        msgspec.structs.replace(
            chunk,
            key_counts=bytes(map(len, lists)),
            keys=np.array([key for some in lists for key in some], np.int64).tobytes(),
            user_ids=[None if ("user_id", one) in named else one for one in chunk.user_ids],
            anonymous_ids=[None if ("anonymous_id", one) in named else one for one in chunk.anonymous_ids],
            identifiers=[_without(text, named) for text in chunk.identifiers],
        )
    )


def _without(text: str, named: set[tuple[str, str]]) -> str:
    pairs = msgspec.json.decode(text, type=list[tuple[str, str]])
    return msgspec.json.encode([pair for pair in pairs if pair not in named]).decode()
