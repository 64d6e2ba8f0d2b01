"""How close a field is to the person, by its name: in English, in Japanese, in every way of writing it.

The words are regular expressions of the kind that Python and RE2 read alike, for analysts' SQL is masked
inside the engine by the same words. ``~`` stands for a separator that may be missing: ``first~name`` is
``first_name``, ``firstName`` and ``First Name``. ``CONTAINED`` words count anywhere in a name, ``EXACT``
ones only as a whole part of a path.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from kizuna.domains.privacy.contracts import FIELD_CLASSES, FieldClass
from kizuna.kernel.fields import FieldKind

_SEPARATOR = r"[_\-\s]?"


def _words(text: str) -> list[str]:
    return text.split()


CONTAINED: dict[FieldClass, list[str]] = {
    "sensitive": _words("""
        health medical disease diagnos illness disab(?:led|ility) allerg pregnan religio creed politic ethnic criminal
        conviction sexual labou?r~union union~member biometric genetic password passwd passport my~number credit~card
        card~number bank~account social~security
        健康 医療 病 疾患 診断 服薬 障害 障がい アレルギー 妊娠 宗教 信条 信仰 政治 政党 人種 民族 犯罪 前科 社会的身分
        本籍 性的 労働組合 要配慮 遺伝 マイナンバー 個人番号 パスワード 口座 カード番号
    """),
    "free_text": _words("""
        comment message(?:~text|~body)?$ body$ notes?$ memo$ free~text remarks?$ inquiry enquiry feedback transcript
        review~text answer~text
        本文 備考 メモ コメント メッセージ 自由記述 自由回答 自由記入 問い?合わ?せ内容 要望 ご意見 感想 特記事項
    """),
    "identifier": _words("""
        user~id line~id anonymous~id device~id client~id member~id member~n(?:o|umber)$ customer~id
        customer~n(?:o|umber)$ account~id external~id push~token advertising~id idf[av]$ gaid$ ip~addr user~agent
        user~name login~id finger~print cookie licen[cs]e~number
        会員番号 会員~?id 顧客番号 顧客~?id ユーザー~?id
    """),
    "contact": _words("""
        e~mail mail~address phone mobile~n(?:o|umber) first~name last~name family~name given~name middle~name full~name
        maiden~name nick~name display~name sur~name customer~name member~name recipient~name contact~name buyer~name
        sender~name kana$ furigana phonetic address post(?:al)?~code zip~code street birth latitude longitude
        geo~location
        氏名 姓名 名前 苗字 名字 フリガナ ふりがな カナ$ かな$ よみがな 読み仮名 読みがな 住所 番地 郵便番号 電話 携帯
        ファックス メール 生年月日 誕生日 緯度 経度 連絡先
    """),
}
EXACT: dict[FieldClass, list[str]] = {
    "sensitive": ["race", "cvv", "cvc", "ssn"],
    "free_text": ["text"],
    "identifier": ["ip", "ua", "uid", "fbp", "fbc"],
    "contact": _words("tel tel~no tel~number mobile fax zip dob lat lng lon sei mei avatar photo 姓 名"),
}
PERSON = _words("""
    user customer member contact recipient person people profile shipping billing buyer sender guest client patron
    traits 顧客 会員 お客様 購入者 受取人
""")
"""Parts of a path below which ``name`` and ``id`` are a person's and not a product's."""
PERSON_ALONE = _words("user customer buyer recipient sender person 顧客 お客様 購入者 受取人")
"""Those that are an id where they hold no object: ``"customer": 7``."""
_OF_A_PERSON: dict[str, FieldClass] = {"name": "contact", "id": "identifier"}

BY_PATH: dict[str, FieldClass] = {
    "context.location": "contact",
    "context.device.id": "identifier",
    "context.device.token": "identifier",
}
"""What names alone do not tell, in the context that client libraries send."""
WELL_KNOWN = ("context.ip", "context.userAgent", *BY_PATH, "context.page.url", "context.page.referrer")
"""Shown among the fields though no catalogue counts the context."""

PATH_CHARS_MAX = 500


def pattern_of(words: Iterable[str]) -> str:
    """Any of the words, as a group."""
    return "(?:" + "|".join(words).replace("~", _SEPARATOR) + ")"


_BY_CLASS: tuple[tuple[FieldClass, re.Pattern[str]], ...] = tuple(
    (one, re.compile(f"{pattern_of(CONTAINED[one])}|^{pattern_of(EXACT[one])}$", re.IGNORECASE)) for one in CONTAINED
)
_PERSON = re.compile(pattern_of(PERSON), re.IGNORECASE)
_PERSON_ALONE = re.compile(pattern_of(PERSON_ALONE), re.IGNORECASE)


@lru_cache(maxsize=16_384)
def class_by_name(kind: FieldKind, name: str) -> FieldClass:
    """The class that a field has while nobody decided otherwise."""
    if kind == "identifier":
        return "contact" if name in ("email", "phone") else "identifier"
    if kind == "property":
        for path, field_class in BY_PATH.items():
            if name == path or name.startswith(path + "."):
                return field_class
    parts = [part.removesuffix("[]") for part in unicodedata.normalize("NFKC", name[:PATH_CHARS_MAX]).split(".")]
    classes: list[FieldClass] = [_class_of_part(part) for part in parts]
    found = max(classes, key=FIELD_CLASSES.index)
    return found if found != "open" else _class_beside_people(kind, parts)


def _class_beside_people(kind: FieldKind, parts: Sequence[str]) -> FieldClass:
    """What words do not tell: ``name`` is a person's below a person, and alone among traits."""
    last = parts[-1].strip().lower()
    of_person = any(_PERSON.fullmatch(parent) for parent in parts[:-1]) or (kind == "trait" and len(parts) == 1)
    if of_person and last in _OF_A_PERSON:
        return _OF_A_PERSON[last]
    return "identifier" if kind == "property" and _PERSON_ALONE.fullmatch(last) else "open"


def _class_of_part(part: str) -> FieldClass:
    for field_class, pattern in _BY_CLASS:
        if pattern.search(part):
            return field_class
    return "open"


Decisions = Mapping[tuple[FieldKind, str], FieldClass]


def decision_about(overrides: Decisions, kind: FieldKind, name: str) -> FieldClass | None:
    """What somebody decided about a field, or else about the nearest that it is part of."""
    path = name if overrides else ""
    while path:
        for known in (path, path.removesuffix("[]")):
            if (decided := overrides.get((kind, known))) is not None:
                return decided
        path = path.rpartition(".")[0]
    return None


def class_of(overrides: Decisions, kind: FieldKind, name: str) -> FieldClass:
    """The class of a field: a decision counts before its name."""
    return decision_about(overrides, kind, name) or class_by_name(kind, name)
