"""Any HTTP API: a request per person or per batch, with a body of one's own."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

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
from kizuna.domains.segments.rules.body_template import (
    TemplateError,
    fill_template,
    first,
    list_chosen,
    parse_template,
)
from kizuna.kernel.outbound import URL_CHARS_MAX, OutboundRequest

BODY_EXAMPLE = '{"segment": "{{ segment.name }}", "change": "{{ change }}", "people": "{{ people }}"}'
HEADERS_MAX = 20
_HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x20-\x7e]{0,2000})")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type", "te", "upgrade"})
_STATUSES = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


class HttpSettings(Struct, forbid_unknown_fields=True, kw_only=True):
    url: Annotated[str, Meta(min_length=1, max_length=URL_CHARS_MAX)]
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    send: Literal["batch", "person"] = "batch"
    body: Annotated[str, Meta(max_length=20_000, extra_json_schema={"format": "textarea"})] = BODY_EXAMPLE
    identifiers: Annotated[list[IdentifierType], Meta(max_length=CHOSEN_MAX)] = msgspec.field(
        default_factory=lambda: ["user_id"]
    )
    traits: Annotated[list[TraitName], Meta(max_length=CHOSEN_MAX)] = []
    headers: Annotated[list[Annotated[str, Meta(max_length=2_200)]], Meta(max_length=HEADERS_MAX)] = []
    secret_header: Annotated[
        str, Meta(max_length=2_200, extra_json_schema={"format": "password", "writeOnly": True})
    ] = ""
    success: Annotated[list[Annotated[str, Meta(max_length=7)]], Meta(min_length=1, max_length=20)] = msgspec.field(
        default_factory=lambda: ["200-299"]
    )
    people_per_request: Annotated[int, Meta(ge=1, le=1_000)] = 100
    rate_per_s: Annotated[int, Meta(ge=1, le=200)] = 10


class Http(SendingKind):
    def url(self, settings: HttpSettings) -> str:
        return settings.url

    def people_per_request(self, settings: HttpSettings) -> int:
        return 1 if settings.send == "person" else settings.people_per_request

    def rate_per_s(self, settings: HttpSettings) -> float:
        return settings.rate_per_s

    def identifiers(self, settings: HttpSettings) -> Sequence[str]:
        """Those that the body of one person names, or that are chosen for batches."""
        return list_chosen(_parse(settings), "identifiers") if settings.send == "person" else settings.identifiers

    def traits(self, settings: HttpSettings) -> Sequence[str]:
        return list_chosen(_parse(settings), "traits") if settings.send == "person" else settings.traits

    def check(self, settings: HttpSettings) -> Mapping[str, str]:
        wrong: dict[str, str] = {}
        try:
            _parse(settings)
        except TemplateError as error:
            wrong["body"] = error.message
        if not all(_is_header(one) for one in settings.headers):
            wrong["headers"] = "Write each as Name: value; Host, Content-Type and Content-Length are ours to write."
        if settings.secret_header and not _is_header(settings.secret_header):
            wrong |= {"secret_header": "Write it as Authorization: Bearer …"}
        if not all(_STATUSES.fullmatch(one) for one in settings.success):
            wrong["success"] = "Write statuses as 200, or as a range: 200-299."
        return wrong

    def make_request(
        self, settings: HttpSettings, secrets: Secrets, message: Message, now: datetime
    ) -> OutboundRequest:
        values = _values_of_each(message) if settings.send == "person" else _values_of_many(message)
        body = msgspec.json.encode(fill_template(_parse(settings), values))
        given = dict(_split(one) for one in settings.headers)
        secret = secrets.fields.get("secret_header")
        headers = {
            **given,
            **(dict([_split(secret)]) if secret else {}),
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            ID_HEADER: str(message.id),
            "Idempotency-Key": str(message.id),
        }
        return OutboundRequest(settings.method, settings.url, headers, body)

    def accepts(self, settings: HttpSettings, status: int) -> bool:
        for one in settings.success:
            low, _, high = one.partition("-")
            if int(low) <= status <= int(high or low):
                return True
        return False


def _parse(settings: HttpSettings) -> Any:
    return parse_template(settings.body, each=settings.send == "person")


def _is_header(text: str) -> bool:
    match = _HEADER.fullmatch(text)
    return match is not None and match[1].lower() not in _OURS and not match[1].lower().startswith("kizuna-")


def _split(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name, value.strip()


def _values(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "change": message.change,
        "at": message.at,
        "segment.id": message.segment_id,
        "segment.name": message.segment_name,
        "count": len(message.people),
    }


def _values_of_many(message: Message) -> dict[str, Any]:
    return _values(message) | {"people": tell_people(message.people)}


def _values_of_each(message: Message) -> dict[str, Any]:
    """Of the one person, or of nobody when the way is tried."""
    values = _values(message)
    for person in message.people[:1]:
        values["profile.id"] = person.profile_id
        values |= {f"identifiers.{type_}": first(found) for type_, found in person.identifiers.items()}
        values |= {f"traits.{name}": value for name, value in person.traits.items()}
    return values


PLUGIN = Http(
    key="http",
    settings=HttpSettings,
    secret_fields=("secret_header",),
    texts={
        "en": KindText(
            "HTTP request",
            "Calls any HTTP API for each person or each batch, with a body of your own.",
            {
                "url": ("Address", "Of the API, by https."),
                "method": ("Method", "What the API asks for."),
                "send": ("Send", "One request per batch, or one per person."),
                "body": (
                    "Body",
                    "JSON. For batches {{ people }}; per person {{ profile.id }}, {{ identifiers.email }}, "
                    "{{ traits.city }}; for both {{ change }}, {{ segment.name }}, {{ at }} and {{ id }}.",
                ),
                "identifiers": ("Identifiers", "Types that stand in {{ people }}; per person the body names them."),
                "traits": ("Traits", "Names that stand in {{ people }}; per person the body names them."),
                "headers": ("Headers", "Each as Name: value."),
                "secret_header": (
                    "Secret header",
                    "Such as Authorization: Bearer …; sealed, and not shown again.",
                ),
                "success": ("Success", "Statuses that say that it was taken, such as 200-299 or 404."),
                "people_per_request": ("People per request", "Of batches; 1,000 at most."),
                "rate_per_s": ("Requests per second", "As many as the API takes."),
            },
        ),
        "ja": KindText(
            "HTTPリクエスト",
            "任意のHTTP APIを、1人ずつ、またはまとめて呼び出します。本文は自由に書けます。",
            {
                "url": ("URL", "APIのhttpsのURL。"),
                "method": ("メソッド", "APIの指定に合わせます。"),
                "send": ("送り方", "まとめて送る（batch）か、1人ずつ送る（person）か。"),
                "body": (
                    "本文",
                    "JSON。まとめて送るときは {{ people }}、1人ずつのときは {{ profile.id }}、"
                    "{{ identifiers.email }}、{{ traits.city }}。共通で {{ change }}、{{ segment.name }}、"
                    "{{ at }}、{{ id }}。",
                ),
                "identifiers": ("識別子", "{{ people }} に入る種類。1人ずつのときは本文に書いたもの。"),
                "traits": ("属性", "{{ people }} に入る属性。1人ずつのときは本文に書いたもの。"),
                "headers": ("ヘッダー", "「名前: 値」の形で。"),
                "secret_header": ("秘密のヘッダー", "Authorization: Bearer … など。暗号化して保存し、再表示しません。"),
                "success": ("成功とみなす応答", "200-299や404などのステータス。"),
                "people_per_request": ("1回に送る人数", "まとめて送るとき。最大1,000人。"),
                "rate_per_s": ("1秒あたりの回数", "APIの上限に合わせます。"),
            },
        ),
    },
)
