"""Names of the nodes of paths: addresses without what tells visits apart, and alike ones under one name.

Patterns are RE2's: they have no backtracking, and take time in proportion to the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

find: Any = pc.match_substring_regex  # pyright: ignore[reportAttributeAccessIssue]  # made when it is imported
replace: Any = pc.replace_substring_regex  # pyright: ignore[reportAttributeAccessIssue]
choose: Any = pc.if_else  # pyright: ignore[reportAttributeAccessIssue]


def clean_names(
    names: Sequence[str], *, tidy: bool, cleanings: Sequence[tuple[str, str]], wildcards: Sequence[str]
) -> list[str]:
    """Each name as its node is called. ``tidy`` cuts query and fragment and slashes at the end; then comes each
    cleaning, pattern and replacement (``\\1`` is what the first group found); then the first wildcard (``/shop/*``)
    that fits the whole name takes its place.

    Raises ``ValueError`` for a pattern that RE2 does not read.
    """
    found: Any = pa.array(names, pa.string())
    if tidy:
        found = replace(found, pattern=r"(?s)[?#].*$", replacement="")
        found = replace(found, pattern=r"(.)/+$", replacement=r"\1")
    for pattern, replacement in cleanings:
        found = replace(found, pattern=pattern, replacement=replacement)
    # The last one first, so that the first one stands.
    cleaned = found
    for wildcard in reversed(wildcards):
        pattern = "(?s)^" + ".*".join(map(_quote, wildcard.split("*"))) + "$"
        found = choose(find(cleaned, pattern=pattern), wildcard, found)
    return found.to_pylist()


def _quote(text: str) -> str:
    """As it stands, whatever its characters mean to RE2."""
    return "".join(f"\\x{{{ord(one):x}}}" for one in text)
