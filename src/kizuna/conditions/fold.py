"""How text is compared: so that ＡＢＣ, ABC and abc are one word, the same in Python, SQL and the browser."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65_536)
def _lower(char: str) -> str:
    return "σ" if char in "Σς" else char.lower()[0]


def fold(text: str) -> str:
    """NFKC, then each character's lower case: only its first code point where it has several, for that is what
    single-character mappings give; σ for every form of sigma."""
    if text.isascii():
        return text.lower()
    return "".join(map(_lower, unicodedata.normalize("NFKC", text)))
