"""What an event says of whom it names, without people who are to be forgotten."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

Names = tuple[str | None, str | None, str | None]
"""User id and anonymous id as they came, and JSON of [[type, value], …], normalised."""


def unname(names: Names, gone: Collection[tuple[str, str]]) -> Names:
    """The same without the identifiers ``gone``, which are normalised; None for what has nothing left.

    An id as it came may be spelt otherwise than when normalised. So it goes, too, when one of its type was
    taken out, unless it is another that stays.
    """
    user_id, anonymous_id, identifiers = names
    pairs = _read_pairs(identifiers)
    left = [pair for pair in pairs if pair not in gone]
    taken = {type_ for type_, _ in set(pairs).difference(left)}

    def keep(type_: str, value: str | None) -> str | None:
        if value is None or (type_, value) in gone:
            return None
        return None if type_ in taken and (type_, value) not in left else value

    text = msgspec.json.encode(left).decode() if left else None
    return keep("user_id", user_id), keep("anonymous_id", anonymous_id), text


def _read_pairs(identifiers: str | None) -> list[tuple[str, str]]:
    """Of text that is no list of pairs nobody knows whom it names: nothing of it stays."""
    try:
        return msgspec.json.decode(identifiers or "[]", type=list[tuple[str, str]])
    except msgspec.DecodeError:
        return []
