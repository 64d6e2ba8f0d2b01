"""Signed webhooks: batches of people as JSON, for a server of one's own."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from kizuna.domains.segments.destinations.base import (
    CHOSEN_MAX,
    ID_HEADER,
    USER_AGENT,
    IdentifierType,
    KindText,
    Message,
    Secrets,
    SendingKind,
    TraitName,
    tell_people,
)
from kizuna.domains.segments.rules.signature import SIGNATURE_HEADER, sign
from kizuna.kernel.outbound import URL_CHARS_MAX, OutboundRequest


class WebhookSettings(Struct, forbid_unknown_fields=True, kw_only=True):
    url: Annotated[str, Meta(min_length=1, max_length=URL_CHARS_MAX)]
    identifiers: Annotated[list[IdentifierType], Meta(max_length=CHOSEN_MAX)] = msgspec.field(
        default_factory=lambda: ["user_id"]
    )
    traits: Annotated[list[TraitName], Meta(max_length=CHOSEN_MAX)] = []
    people_per_request: Annotated[int, Meta(ge=1, le=1_000)] = 500


class Webhook(SendingKind):
    def url(self, settings: WebhookSettings) -> str:
        return settings.url

    def people_per_request(self, settings: WebhookSettings) -> int:
        return settings.people_per_request

    def make_request(
        self, settings: WebhookSettings, secrets: Secrets, message: Message, now: datetime
    ) -> OutboundRequest:
        body = msgspec.json.encode(tell_message(message))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            ID_HEADER: str(message.id),
            SIGNATURE_HEADER: sign(secrets.signing, body, now),
        }
        return OutboundRequest("POST", settings.url, headers, body)


def tell_message(message: Message) -> dict[str, Any]:
    """The body: what a receiver reads."""
    told: dict[str, Any] = {
        "id": message.id,
        "at": message.at,
        "segment": {"id": message.segment_id, "name": message.segment_name},
        "change": message.change,
        "people": tell_people(message.people),
    }
    return told if message.sync is None else told | {"sync": dict(message.sync)}


PLUGIN = Webhook(
    key="webhook",
    settings=WebhookSettings,
    signed=True,
    texts={
        "en": KindText(
            "Webhook",
            "Tells a server of yours who entered and who left, as signed JSON.",
            {
                "url": ("Address", "Where your server listens, by https."),
                "identifiers": ("Identifiers", "Types that are sent, such as user_id, email or phone."),
                "traits": ("Traits", "Names of traits that are sent with those who enter."),
                "people_per_request": ("People per request", "1,000 at most."),
            },
        ),
        "ja": KindText(
            "Webhook",
            "誰がセグメントに入り、誰が出たかを、署名付きのJSONで自社のサーバーへ知らせます。",
            {
                "url": ("送信先URL", "受信サーバーのhttpsのURL。"),
                "identifiers": ("識別子", "送る識別子の種類（user_id、email、phoneなど）。"),
                "traits": ("属性", "入った顧客について送る属性の名前。"),
                "people_per_request": ("1回に送る人数", "最大1,000人。"),
            },
        ),
    },
)
