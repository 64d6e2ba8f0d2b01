"""What ``context.consent.categoryPreferences`` says, as Segment's and Kizuna's SDKs send it.

Categories are named by whoever set up the banner. A key that is a purpose here means that purpose, and
``purpose.channel`` one channel of it; the usual names of consent tools mean what they usually mean. Others
stay in the event and mean nothing here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from kizuna.domains.privacy.contracts import ANALYTICS, MARKETING, NO_CHANNEL, PERSONALISATION, THIRD_PARTY, Purpose

_USUAL = {
    "analytics": ANALYTICS,
    "performance": ANALYTICS,
    "statistics": ANALYTICS,
    "measurement": ANALYTICS,
    "personalization": PERSONALISATION,
    "personalisation": PERSONALISATION,
    "preferences": PERSONALISATION,
    "marketing": MARKETING,
    "advertising": MARKETING,
    "targeting": MARKETING,
    "datasharing": THIRD_PARTY,
    "data_sharing": THIRD_PARTY,
    "third_party": THIRD_PARTY,
}
BANNER_CHANNEL = "ads"
"""What a banner's category for marketing speaks of: advertising, and never mail that it does not name."""

UPDATED = frozenset({"Consent Preference Updated", "Segment Consent Preference Updated"})
"""Events by which SDKs tell that a person has just answered."""


class _Consent(msgspec.Struct, gc=False):
    categoryPreferences: dict[str, Any] | None = None


class _Context(msgspec.Struct, gc=False):
    consent: _Consent | None = None


_decode_consent = msgspec.json.Decoder(_Consent).decode
_decode_context = msgspec.json.Decoder(_Context).decode


def read_preferences(consent: bytes) -> dict[str, bool]:
    """Category → answer, of the JSON of a ``context.consent``; empty for what has another form."""
    try:
        return _only_booleans(_decode_consent(consent))
    except msgspec.DecodeError:
        return {}


def read_context_preferences(context: bytes) -> dict[str, bool]:
    """The same, of the JSON of a whole context."""
    try:
        return _only_booleans(_decode_context(context).consent)
    except msgspec.DecodeError:
        return {}


def _only_booleans(consent: _Consent | None) -> dict[str, bool]:
    given: Mapping[str, Any] = (consent.categoryPreferences or {}) if consent is not None else {}
    return {category: answer for category, answer in given.items() if isinstance(answer, bool)}


def says_analytics(preferences: Mapping[str, bool]) -> bool | None:
    """What the preferences say to analytics; None when they do not mention it, and no rather than yes when
    they contradict themselves."""
    said = [answer for category, answer in preferences.items() if _USUAL.get(category.lower()) == ANALYTICS]
    return all(said) if said else None


def match_answers(preferences: Mapping[str, bool], purposes: Iterable[Purpose]) -> Iterator[tuple[str, str, bool]]:
    """(purpose, channel, granted) of what the workspace asks about."""
    known = {purpose.key: purpose for purpose in purposes if not purpose.archived}
    for category, granted in preferences.items():
        name, _, channel = category.lower().partition(".")
        purpose = known.get(name) or known.get(_USUAL.get(name, ""))
        if purpose is None:
            continue
        if not purpose.channels and not channel:
            yield purpose.key, NO_CHANNEL, granted
        elif (channel or BANNER_CHANNEL) in purpose.channels:
            yield purpose.key, channel or BANNER_CHANNEL, granted
