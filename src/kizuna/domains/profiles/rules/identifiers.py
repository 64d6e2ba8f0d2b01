"""Identifiers: normalisation, blocked values, priorities and limits.

Two spellings of one identifier must become one node, and a placeholder must never become one:
a single shared ``"null"`` would join all customers of a careless integration.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from kizuna.domains.profiles.contracts import Identifier

USER_ID = "user_id"
EMAIL = "email"
PHONE = "phone"
LINE_ID = "line_id"
DEVICE_ID = "device_id"
ANONYMOUS_ID = "anonymous_id"

IDENTIFIED_TYPES = frozenset({USER_ID, EMAIL, PHONE, LINE_ID})
"""A profile with one of these is a known customer."""

_WEAK_TYPES = frozenset({DEVICE_ID, ANONYMOUS_ID, "ga_client_id", "push_token", "idfa", "idfv", "gaid"})
_WEAK_SUFFIXES = (".id", ".idfa", ".idfv", ".push_token")

_RANKS = {USER_ID: 0, EMAIL: 1, PHONE: 2, LINE_ID: 3, DEVICE_ID: 6, ANONYMOUS_ID: 7}
_RANK_EXTERNAL = 4
_RANK_EXTERNAL_WEAK = 5

LIMIT_DEFAULT = 5
LIMITS = {USER_ID: 1}
"""Most identifiers of a type that automatic links give one profile."""

IDENTIFIERS_PER_PROFILE_MAX = 1_000
IDENTIFIERS_PER_EVENT_MAX = 20
VALUE_CHARS_MAX = 255

_BLOCKED_ANY_CASE = frozenset(
    {
        "",
        "anonymous",
        "guest",
        "distinctid",
        "distinct_id",
        "id",
        "not_authenticated",
        "email",
        "undefined",
        "true",
        "false",
    }
)
_BLOCKED_EXACT = frozenset({"[object Object]", "NaN", "None", "none", "null", "0", "-1"})
_BLOCKED_CHARS_MAX = 17
_BLOCKED_FIRST = frozenset("0-\"'`")
_BLOCKED_LOCAL_PARTS = frozenset({"null", "undefined", "none", "nan", "anonymous"})
_QUOTES = "\"'`"
_TYPE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_JAPANESE_MOBILE = re.compile(r"0[6-9]0[1-9][0-9]{7}")
_PHONE_PUNCTUATION = str.maketrans("", "", " -().\u2010\u2011\u2012\u2013\u2014\u2212\u30fc")


def is_weak(type_: str) -> bool:
    """True for identifiers of a device rather than a person: two people may share one."""
    return type_ in _WEAK_TYPES or type_.endswith(_WEAK_SUFFIXES)


def rank_type(type_: str) -> tuple[int, str]:
    """Sort key by priority: user id, e-mail, phone, LINE, external ids by name, device, anonymous."""
    rank = _RANKS.get(type_)
    if rank is None:
        rank = _RANK_EXTERNAL_WEAK if is_weak(type_) else _RANK_EXTERNAL
    return rank, type_


def limit_of(type_: str) -> int:
    return LIMITS.get(type_, LIMIT_DEFAULT)


def is_blocked(value: str) -> bool:
    """True for placeholders that integrations send in place of an id."""
    if len(value) > _BLOCKED_CHARS_MAX and value[0] not in _BLOCKED_FIRST:
        return False  # nearly every id there is: UUIDs and the like
    bare = value
    while len(bare) >= 2 and bare[0] in _QUOTES and bare[-1] == bare[0]:
        bare = bare[1:-1].strip()
    if bare in _BLOCKED_EXACT or bare.lower() in _BLOCKED_ANY_CASE:
        return True
    return not bare.strip("0-")  # Segment's ^[0-]*$, such as an all-zero UUID


def normalise_type(type_: str) -> str | None:
    """The type in lower case, or None when it is not 1–64 of ``a-z 0-9 _ . : -``."""
    lowered = type_.strip().lower()
    return lowered if _TYPE.fullmatch(lowered) else None


def normalise_value(type_: str, value: str, country: str) -> str | None:
    """One spelling for each identifier, or None for what cannot identify anybody.

    ``country`` (ISO 3166, e.g. ``JP``) is where a phone number without a country code belongs.
    """
    value = value.strip() if value.isascii() else _fold_width(value)
    if not value or len(value) > VALUE_CHARS_MAX or not value.isprintable():
        return None
    if type_ == EMAIL:
        return _normalise_email(value)
    if type_ == PHONE:
        return _normalise_phone(value, country)
    return None if is_blocked(value) else value


def accept_identifiers(found: Iterable[tuple[str, object]], country: str) -> tuple[Identifier, ...]:
    """Normalised identifiers of one event, without doubles and placeholders, highest priority first.

    Takes (type, value) as they came; numbers become text. Of more than ``IDENTIFIERS_PER_EVENT_MAX``
    those with the highest priority stay.
    """
    accepted: set[tuple[int, str, str]] = set()
    for raw_type, raw in found:
        text = raw if isinstance(raw, str) else _number_text(raw)
        if text is None:
            continue
        type_ = raw_type
        rank = _RANKS.get(type_)
        if rank is None:
            type_ = normalise_type(raw_type)
            if type_ is None:
                continue
            rank = rank_type(type_)[0]
        value = normalise_value(type_, text, country)
        if value is not None:
            accepted.add((rank, type_, value))
    ordered = sorted(accepted)[:IDENTIFIERS_PER_EVENT_MAX]
    return tuple([Identifier(type_, value) for _, type_, value in ordered])


def _number_text(raw: object) -> str | None:
    """Ids sent as JSON numbers; a float such as 12.0 comes from a spreadsheet and means 12."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return str(int(raw))
    return None


def _fold_width(value: str) -> str:
    """NFKC, without invisible characters that copying from mails and chats leaves behind."""
    folded = unicodedata.normalize("NFKC", value)
    if not folded.isprintable():
        folded = "".join(" " if c.isspace() else c for c in folded if unicodedata.category(c) != "Cf")
    return folded.strip()


def _normalise_email(value: str) -> str | None:
    """Lower case. Checks the shape only: old Japanese carriers issued addresses that no RFC allows
    (``a..b.@docomo.ne.jp``), and they belong to real customers."""
    value = value.lower().removeprefix("mailto:")
    local, at, domain = value.rpartition("@")
    if not at or not local or "." not in domain.strip(".") or " " in value or "@" in local:
        return None
    if domain.startswith((".", "-")) or domain.endswith((".", "-")) or ".." in domain:
        return None
    return None if local in _BLOCKED_LOCAL_PARTS else value


def _normalise_phone(value: str, country: str) -> str | None:
    """E.164. The usual spellings take no library: loading ``phonenumbers`` costs 140 ms and a parse 75 µs."""
    plain = value.translate(_PHONE_PUNCTUATION)
    if country == "JP" and _JAPANESE_MOBILE.fullmatch(plain):
        plain = "+81" + plain[1:]
    elif not _E164.fullmatch(plain) or plain.startswith(("+810", "+390")):
        plain = _parse_phone(value, country) or ""
    digits = plain[1:]
    # Nobody has a number of one repeated digit, but many forms are filled in that way.
    return plain if len(digits) >= 7 and len(set(digits[3:])) > 1 else None


@lru_cache(maxsize=16_384)
def _parse_phone(value: str, country: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
