"""Shapes that go over the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kizuna.domains.privacy.contracts import Basis, Default, Place, Reason


class TermsItem(msgspec.Struct):
    """On what a purpose rests in a region (`APPI`, `GDPR`, `other`), and what holds while nobody has answered."""

    basis: Basis
    default: Default


class TextItem(msgspec.Struct):
    title: str
    body: str


class PurposeItem(msgspec.Struct):
    """What data is used for. `essential`: it rests on a contract or the law here, and nobody is asked."""

    key: str
    channels: list[str]
    terms: dict[str, TermsItem]
    texts: dict[str, TextItem]
    version: int
    archived: bool
    essential: bool


class NewPurpose(msgspec.Struct):
    """`texts` in Japanese (`ja`) and English (`en`); `terms` for each of `APPI`, `GDPR` and `other`."""

    key: str
    terms: dict[str, TermsItem]
    texts: dict[str, TextItem]
    channels: list[str] = []


class PurposeChange(msgspec.Struct):
    """Only what is given changes. New `texts` become a new version; what people agreed to stays as it was."""

    terms: dict[str, TermsItem] | msgspec.UnsetType = msgspec.UNSET
    texts: dict[str, TextItem] | msgspec.UnsetType = msgspec.UNSET
    channels: list[str] | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class TextVersion(msgspec.Struct):
    version: int
    language: str
    title: str
    body: str
    published_at: datetime
    published_by: str


class ConsentItem(msgspec.Struct):
    """What holds for one purpose and channel (empty: the purpose has none), and why."""

    purpose: str
    channel: str
    allowed: bool
    reason: Reason
    since: datetime | None
    source: str | None


class ConsentView(msgspec.Struct):
    """What may be done with a customer's data now."""

    profile_id: UUID
    region: str
    restricted: bool
    items: list[ConsentItem]


class AnswerItem(msgspec.Struct):
    """One answer in the log."""

    id: int
    purpose: str
    channel: str
    granted: bool
    knowing: bool
    at: datetime
    recorded_at: datetime
    source: str
    text_version: int | None
    language: str | None
    proof: dict[str, Any]
    recorded_by: str


class NewAnswer(msgspec.Struct):
    """An answer that a customer gave to staff, or to another system. `at` is now if left out; `note` says how
    it was given (call, form, letter) and is kept as proof."""

    purpose: str
    granted: bool
    note: str
    channel: str = ""
    at: datetime | None = None
    language: str | None = None


class NewAnswers(msgspec.Struct):
    answers: list[NewAnswer]


class WithheldItem(msgspec.Struct):
    """How much was not done within an hour: events not stored, people left out, events not shown."""

    hour: datetime
    place: Place
    reason: str
    number: int


class AnsweredItem(msgspec.Struct):
    """How many identifiers have an answer to a purpose by a channel."""

    purpose: str
    channel: str
    granted: int
    refused: int
