"""Events without some people: theirs go, and those of others no longer name them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from kizuna.domains.collect.service.columns import Columns
from kizuna.kernel.person import Person
from kizuna.kernel.unname import unname


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


def leave_out_keys(columns: Columns, gone: Collection[int]) -> Columns:
    """The same where only nodes are known, without counts: an event's identifiers are in the order of its keys."""
    if not gone or not columns.count:
        return columns
    nodes = np.fromiter(gone, np.int64, len(gone))
    if not np.isin(columns.keys, nodes).any():
        return columns
    rest = columns.pick(np.flatnonzero(~np.isin(columns.first_keys(), nodes)).tolist())
    named = np.isin(rest.keys, nodes)
    if not named.any():
        return rest
    pairs = [pair for text in rest.chunk.identifiers for pair in msgspec.json.decode(text, type=list[tuple[str, str]])]
    return _unname(rest, set(gone), {pairs[place] for place in np.flatnonzero(named).tolist()})


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
    named_by = zip(chunk.user_ids, chunk.anonymous_ids, chunk.identifiers, strict=True)
    left = [unname(names, named) for names in named_by]
    return Columns(
        msgspec.structs.replace(
            chunk,
            key_counts=bytes(map(len, lists)),
            keys=np.array([key for some in lists for key in some], np.int64).tobytes(),
            user_ids=[user_id for user_id, _, _ in left],
            anonymous_ids=[anonymous_id for _, anonymous_id, _ in left],
            identifiers=[text or "[]" for _, _, text in left],
        )
    )
