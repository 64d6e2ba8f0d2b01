"""What is left of a value for those who may not see it: enough to tell rows apart, too little to write to."""

import re
import unicodedata
from typing import Any, cast

from kizuna.domains.privacy.contracts import FieldClass

HIDDEN = "•••"
_LONGER = "••••"

_EMAIL = re.compile(r"([^\s@]+)@([^\s@]+\.[^\s@]+)")
_PHONE_NAME = re.compile(r"phone|tel|mobile|fax|電話|携帯|ファックス", re.IGNORECASE)
_PERSON_NAME = re.compile(
    r"(?:^|[_\-\s]|first|last|family|given|middle|full|nick|sur|display|customer|member|recipient)names?$"
    r"|kana$|furigana|phonetic|^sei$|^mei$|氏名|姓名|名前|苗字|名字|フリガナ|ふりがな|カナ$|かな$|^姓$|^名$",
    re.IGNORECASE,
)
_WITHOUT_END = re.compile(r"ip|ip[_\-\s]?addr.*|user[_\-\s]?agent.*|ua|cookie.*", re.IGNORECASE)
_CJK = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]")
_PHONE_KEPT = 2
_ID_KEPT = 4

_ADDRESS_IN_TEXT = re.compile(r"[^\s@\"'\\/?&=#:,;<>()\[\]]+(?:@|%40)[^\s@\"'\\/?&=#:,;<>()\[\]]+\.[^\W\d_]{2,}")
_PHONE_IN_TEXT = re.compile(
    r"(?<![\w.])(?:\+[1-9][0-9() \-]{7,18}[0-9]|0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}|0[1-9][0-9]{8,9})(?![\w.])"
)
_QUERY_VALUE = re.compile(r"([?&#;])([^=&#\s?;]+)=([^&#\s\"]+)")
_QUERY_KEPT = re.compile(r"utm_\w+|page|sort|lang|locale|currency", re.IGNORECASE)


def mask_value(value: Any, field_class: FieldClass, name: str) -> Any:
    """A value of a field of this class and name, masked. What is empty stays so; shapes are kept."""
    if value is None or value == "" or value == [] or value == {}:
        return value
    if isinstance(value, list):
        return [mask_value(one, field_class, name) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {mask_key(key): mask_value(one, field_class, name) for key, one in members}
    if not isinstance(value, str) or field_class in ("sensitive", "free_text"):
        return HIDDEN
    masked = _mask_text(value.strip(), field_class, name.rpartition(".")[2].removesuffix("[]"))
    return HIDDEN if value.strip() in masked else masked


def mask_key(key: str) -> str:
    """Keys of objects are names of fields, but some senders put addresses there."""
    return scrub_text(key)


def _mask_text(text: str, field_class: FieldClass, name: str) -> str:
    address = _EMAIL.fullmatch(text)
    if address:
        return f"{address[1][0]}{HIDDEN}@{address[2]}"
    if field_class == "identifier":
        kept = min(_ID_KEPT, len(text) // 2)
        return HIDDEN if _WITHOUT_END.fullmatch(name) or not kept else _LONGER + text[-kept:]
    if _PHONE_NAME.search(name):
        digits = [char for char in text if char.isdigit()]
        return _LONGER + "".join(digits[-_PHONE_KEPT:]) if len(digits) > 2 * _PHONE_KEPT else HIDDEN
    return mask_name(text) if _PERSON_NAME.search(name) else HIDDEN


def mask_name(name: str) -> str:
    """``田◯`` or ``Y••••``."""
    text = name.strip()
    if not text:
        return name
    first, rest = text[0], "◯" if _CJK.match(text[0]) else _LONGER
    return rest if len(text) == 1 or unicodedata.category(first)[0] not in "LN" else first + rest


def scrub_text(text: str) -> str:
    """An open text without the e-mail addresses and phone numbers in it, and without what stands in the
    query of a URL: forms and mail programs put everything there."""
    if "=" in text:
        text = _QUERY_VALUE.sub(_mask_query, text)
    if "@" in text or "%40" in text:
        text = _ADDRESS_IN_TEXT.sub(HIDDEN, text)
    return _PHONE_IN_TEXT.sub(HIDDEN, text)


def _mask_query(found: re.Match[str]) -> str:
    mark, name, _ = found.groups()
    return found[0] if _QUERY_KEPT.fullmatch(name) else f"{mark}{name}={HIDDEN}"
