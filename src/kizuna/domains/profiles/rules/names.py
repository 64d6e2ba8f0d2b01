"""Names: composed in the order of their language, and folded so that they are found and sorted."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_FAMILY_FIRST = frozenset({"ja", "zh", "ko", "hu", "vi"})
_UNSPACED = frozenset({"zh", "ko"})
NAME_CHARS_MAX = 200

_NAME = ("name", "full_name", "fullName", "display_name", "displayName")
_FAMILY = ("last_name", "lastName", "family_name", "familyName")
_GIVEN = ("first_name", "firstName", "given_name", "givenName")
_KANA = ("name_kana", "nameKana", "kana", "full_name_kana", "fullNameKana", "phonetic_name")
_FAMILY_KANA = ("last_name_kana", "lastNameKana", "family_name_kana", "familyNameKana")
_GIVEN_KANA = ("first_name_kana", "firstNameKana", "given_name_kana", "givenNameKana")
_LOCALE = ("locale", "language")

NAME_TRAITS = (*_NAME, *_FAMILY, *_GIVEN)
"""Of what a name is composed."""
KANA_TRAITS = (*_KANA, *_FAMILY_KANA, *_GIVEN_KANA, *NAME_TRAITS)

CJK_CHARS = r"\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of scripts written without spaces between words, for a regular expression's brackets."""

_CJK = re.compile(f"[{CJK_CHARS}]")

# Hiragana U+3041–3096 and the iteration marks U+309D–309E stand 0x60 below their katakana.
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}

# Variants that people write of one surname. A search for either finds both.
_KANJI_VARIANTS = str.maketrans(
    "髙﨑碕嵜邊邉齋齊斎濵濱澤廣國櫻瀨德眞槇嶋嶌冨", "高崎崎崎辺辺斉斉斉浜浜沢広国桜瀬徳真槙島島富"
)

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−-~〜", "ー"))


def compose_name(traits: Mapping[str, Any], language: str) -> str | None:
    """The display name: the ``name`` trait, else its parts, family name first where that is usual.

    The order follows the customer's own ``locale`` trait, else ``language`` of the workspace; names in
    Chinese or Japanese characters come family name first everywhere.
    """
    whole = _text(traits, _NAME)
    if whole is not None:
        return whole
    family, given = _text(traits, _FAMILY), _text(traits, _GIVEN)
    if family is None or given is None:
        return family or given
    locale = (_text(traits, _LOCALE) or language)[:2].lower()
    east_asian = _is_east_asian(family + given)
    if locale in _FAMILY_FIRST or east_asian:
        joint = "" if east_asian and locale in _UNSPACED else " "
        return f"{family}{joint}{given}"
    return f"{given} {family}"


def split_name(traits: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Given and family name, where a profile has them apart."""
    return _text(traits, _GIVEN), _text(traits, _FAMILY)


def compose_kana(traits: Mapping[str, Any], name: str | None) -> str | None:
    """The reading in full-width katakana: a kana trait, or the name where that is kana itself."""
    whole = _text(traits, _KANA)
    if whole is None:
        parts = [part for part in (_text(traits, _FAMILY_KANA), _text(traits, _GIVEN_KANA)) if part]
        whole = " ".join(parts) or (name if name and is_kana(name) else None)
    return fold_kana(whole) if whole else None


def fold_kana(text: str) -> str:
    """Hiragana and half-width katakana as full-width katakana; the dashes people type for ー as ー."""
    folded = " ".join(unicodedata.normalize("NFKC", text).translate(_TO_KATAKANA).split())
    return folded.translate(_DASHES) if is_kana(folded) else folded


def fold_text(text: str) -> str:
    """The form in which text is compared: width, case, kana and variants of kanji make no difference."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).lower().translate(_TO_KATAKANA)
    return _fold_dashes(folded).translate(_KANJI_VARIANTS)


def sort_name(name: str | None, kana: str | None) -> str | None:
    """What a list by name sorts by: the reading, for kanji have no order that people know."""
    shown = kana or name
    return fold_text(shown).replace(" ", "")[:NAME_CHARS_MAX] if shown else None


def is_kana(text: str) -> bool:
    """True for text of kana, prolonged sound marks, middle dots and spaces only."""
    letters = 0
    for char in text:
        code = ord(char)
        if 0x3041 <= code <= 0x30FA or 0xFF66 <= code <= 0xFF9F:
            letters += 1
        elif char not in " ー‐‑‒–—―−-~〜・、　\u30fd\u30fe":
            return False
    return letters > 0


def _fold_dashes(folded: str) -> str:
    """Dashes after kana are prolonged sounds; elsewhere (``090-…``, ``a-b``) they are dashes."""
    out: list[str] = []
    for char in folded:
        follows_kana = bool(out) and 0x30A1 <= ord(out[-1]) <= 0x30FC
        out.append("ー" if follows_kana and ord(char) in _DASHES else char)
    return "".join(out)


def _is_east_asian(text: str) -> bool:
    return _CJK.search(text) is not None


def _text(traits: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = traits.get(name)
        if isinstance(value, str):
            stripped = " ".join(value.split())[:NAME_CHARS_MAX]
            if stripped:
                return stripped
    return None
