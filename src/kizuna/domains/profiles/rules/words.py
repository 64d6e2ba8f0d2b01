"""The words by which free text may tell of a person: what stands in traits that name or describe somebody."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from kizuna.domains.profiles.rules.names import compose_kana, compose_name, fold_kana

_PERSONAL = re.compile(r"name|kana|phonetic|birth|address|street|postal|zip|phone|mobile|tel|mail|line", re.IGNORECASE)
_SHARED = re.compile(r"country|city|town|state|region|prefecture|locale|company|brand", re.IGNORECASE)
"""What many people have in common would be taken out of texts about all of them."""
CHARS_MIN = 4
WIDE_CHARS_MIN = 2
WORDS_MAX = 100


def list_words(traits: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """At most so many of them, longest first, that a search for them stays short."""
    found = set(_texts_in(traits, False))
    name = compose_name(traits, language)
    kana = compose_kana(traits, name)
    found |= {text for text in (name, kana) if text}
    found |= {folded for text in list(found) if (folded := fold_kana(text))}
    found |= {squeezed for text in list(found) if (squeezed := "".join(text.split()))}
    return tuple(sorted((text for text in found if _is_telling(text)), key=lambda one: (-len(one), one)))[:WORDS_MAX]


def _texts_in(value: Any, personal: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        named = cast(Mapping[str, Any], value)
        for name, one in named.items():
            if not _SHARED.search(name):
                yield from _texts_in(one, personal or _PERSONAL.search(name) is not None)
    elif isinstance(value, list):
        for one in cast(list[Any], value):
            yield from _texts_in(one, personal)
    elif personal and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield " ".join(str(value).split())


def _is_telling(text: str) -> bool:
    return len(text) >= (WIDE_CHARS_MIN if all(ord(char) >= 0x3005 for char in text) else CHARS_MIN)
