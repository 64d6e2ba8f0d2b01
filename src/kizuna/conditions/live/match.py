"""Which events are a feed's, and what is kept of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from kizuna.conditions.ast import Measure
from kizuna.conditions.evaluate import compile_match, measured
from kizuna.conditions.live.feeds import Feed
from kizuna.conditions.moments import At


class Matcher:
    """A feed as a function: (name, touchpoint, properties, time) → the extras of its entries, mostly none or one."""

    def __init__(self, feed: Feed, zone: str) -> None:
        self.feed = feed
        self.names = feed.names
        self._at = At(0, zone)
        self._matches = [compile_match(match) for match in feed.matches]
        self._measure = None if feed.values == "none" else Measure(_OF[feed.values], feed.path)
        self.takes_all = (
            len(feed.matches) == 1
            and not (feed.matches[0].where or feed.matches[0].touchpoints)
            and feed.values == "none"
            and feed.since_us is None
            and feed.until_us is None
        )
        """Every event of the name is an entry with the mask 1."""

    def __call__(self, name: str, touchpoint: str, properties: Mapping[str, Any], time_us: int) -> list[int]:
        feed = self.feed
        if (feed.since_us is not None and time_us < feed.since_us) or (
            feed.until_us is not None and time_us >= feed.until_us
        ):
            return []
        mask = 0
        for place, meant in enumerate(self._matches):
            mask |= meant(name, touchpoint, properties, self._at) << place
        if not mask:
            return []
        if self._measure is None:
            return [mask]
        values = measured(self._measure, properties)
        return [_hash(value) for value in values] if feed.values == "distinct" else values


_OF: Any = {"number": "sum", "distinct": "distinct"}


def _hash(value: tuple[str, Any]) -> int:
    """63 bits of a value that is counted once."""
    kind, content = value
    if kind == "number":
        content += 0.0  # -0.0 is 0.0
    text = f"{kind}:{content!r}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest()[:8], "little") >> 1


def split_idents(ident: int, extras: list[int]) -> list[tuple[int, int]]:
    """(ident, extra) of the entries of one event: its values one by one, each with an ident of its own."""
    if len(extras) == 1:
        return [(ident, extras[0])]
    return [((ident + 2_654_435_761 * place) & 0xFFFF_FFFF, extra) for place, extra in enumerate(extras)]
