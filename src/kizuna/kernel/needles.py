"""Finding people in free text, and taking them out of it.

Identifiers match as whole words, in any case; telephone numbers however they are spaced. Words of two or
three letters match whole values only, for in a text they would be anybody's.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast
from urllib.parse import unquote_plus

from kizuna.kernel.person import Person

ERASED = "[erased]"
"""Stands where somebody was named."""

CHARS_MIN = 4
WIDE_CHARS_MIN = 2
"""For writing without spaces, where two characters are a name."""
_PHONE_DIGITS_MIN = 9
_GAP = r"[\s().\u2010-\u2015\u2212\u30fc-]*"


class Needles:
    """Everything by which free text may name some people."""

    def __init__(self, words: Iterable[str], phones: Iterable[str] = ()) -> None:
        self._words = {word.lower() for word in words if word}
        self._by_start: dict[str, list[str]] = {}
        for word in self._words:
            length = WIDE_CHARS_MIN if _is_wide(word) else CHARS_MIN
            if len(word) >= length:
                self._by_start.setdefault(word[:length], []).append(word)
        self._lengths = sorted({len(start) for start in self._by_start})
        self._phones = {cut for phone in phones for cut in _cut_phone(phone)}

    def in_text(self, text: str) -> bool:
        """Whether somebody is named, also by what JSON or a form made of the text."""
        return any(self._named_in(form) for form in _forms(text))

    def in_json(self, value: Any) -> bool:
        return self.redact_json(value) != value

    def redact_text(self, text: str) -> str:
        """The text without them."""
        if text.lower() in self._words:
            return ERASED
        folded = text.lower()
        if len(folded) != len(text):  # such as İ: places are not the same, so nothing of it is kept
            return ERASED if self._named_in(text) else text
        kept, at = "", 0
        for start, end in sorted(self._find(folded)):
            if start >= at:
                kept += text[at:start] + ERASED
            at = max(at, end)
        return self._redact_phones(kept + text[at:])

    def redact_json(self, value: Any) -> Any:
        """The same of every text and number within."""
        if isinstance(value, str):
            return self.redact_text(value)
        if isinstance(value, dict):
            fields = cast(dict[str, Any], value)
            return {self.redact_text(name): self.redact_json(one) for name, one in fields.items()}
        if isinstance(value, list):
            return [self.redact_json(one) for one in cast(list[Any], value)]
        if isinstance(value, int | float) and not isinstance(value, bool) and len(str(value)) >= CHARS_MIN:
            return value if self.redact_text(str(value)) == str(value) else ERASED
        return value

    def _named_in(self, text: str) -> bool:
        folded = text.lower()
        return folded in self._words or any(True for _ in self._find(folded)) or self._redact_phones(text) != text

    def _find(self, folded: str) -> Iterator[tuple[int, int]]:
        for length in self._lengths:
            for at in range(len(folded) - length + 1):
                for word in self._by_start.get(folded[at : at + length], ()):
                    if folded.startswith(word, at) and _stands_alone(folded, at, at + len(word)):
                        yield at, at + len(word)

    def _redact_phones(self, text: str) -> str:
        if not self._phones:
            return text
        digits = re.sub(r"\D", "", text)
        for phone in self._phones:
            if phone in digits:
                text = re.sub(r"(?<!\d)\+?" + _GAP.join(phone) + r"(?!\d)", ERASED, text)
        return text


def make_needles(people: Iterable[Person]) -> Needles:
    """Of all identifiers and words of some people."""
    found = list(people)
    words = {value for one in found for _, value in one.identifiers}.union(*(one.words for one in found))
    return Needles(words, [value for one in found for type_, value in one.identifiers if type_ == "phone"])


def _forms(text: str) -> Iterator[str]:
    yield text
    if "\\" in text:
        try:
            yield json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    if "%" in text or "+" in text:
        yield unquote_plus(text)


def _cut_phone(phone: str) -> set[str]:
    """As written abroad and at home; a country code is one to three digits long."""
    digits = re.sub(r"\D", "", phone)
    cuts = {digits, *("0" + digits[length:] for length in (1, 2, 3))}
    return {cut for cut in cuts if len(cut) >= _PHONE_DIGITS_MIN}


def _is_wide(word: str) -> bool:
    return all(ord(char) >= 0x3005 for char in word)


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (_joins(text[start - 1 : start]) and _joins(text[start])) and not (
        _joins(text[end : end + 1]) and _joins(text[end - 1])
    )


def _joins(char: str) -> bool:
    """Whether a character is part of a word written with spaces around it."""
    return char.isalnum() and ord(char) < 0x3005
