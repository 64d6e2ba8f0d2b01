"""The tracking API's part of the OpenAPI document; ``tracking`` runs on bare ASGI, which describes nothing."""

from typing import Any

from kizuna.domains.collect.contracts import (
    BODY_BYTES_MAX,
    ID_CHARS_MAX,
    ITEM_BYTES_MAX,
    ITEMS_PER_BODY_MAX,
    MESSAGE_ID_CHARS_MAX,
    NAME_CHARS_MAX,
)
from kizuna.web.problems import TITLES

Schema = dict[str, Any]

ID: Schema = {"type": ["string", "number", "null"], "maxLength": ID_CHARS_MAX}
OBJECT: Schema = {"type": ["object", "null"]}
TIME: Schema = {"type": ["string", "number", "null"], "description": "RFC 3339, or milliseconds since 1970."}

COMMON: Schema = {
    "userId": ID | {"description": "Your id of the person."},
    "anonymousId": ID | {"description": "An id of the browser or app, until the person is known."},
    "messageId": {
        "type": ["string", "number", "null"],
        "maxLength": MESSAGE_ID_CHARS_MAX,
        "description": "Sent twice, counted once.",
    },
    "timestamp": TIME | {"description": "When it happened; corrected by the sender's clock when sentAt is given."},
    "sentAt": TIME,
    "context": OBJECT | {"description": "Where it happened: page, campaign, device, locale, traits, externalIds."},
    "writeKey": {"description": "Instead of the Authorization header."},
}

ALSO: dict[str, Schema] = {
    "track": {
        "event": {"type": ["string", "number"], "maxLength": NAME_CHARS_MAX, "description": "What happened."},
        "properties": OBJECT,
    },
    "identify": {"traits": OBJECT | {"description": "What is known of the person; email, phone and lineId are ids."}},
    "page": {"name": ID, "category": ID, "properties": OBJECT},
    "screen": {"name": ID, "category": ID, "properties": OBJECT},
    "group": {"groupId": ID, "traits": OBJECT},
    "alias": {"previousId": ID | {"description": "The id the person had before; userId is the new one."}},
}

SUMMARIES = {
    "track": "Say what somebody did",
    "identify": "Say who somebody is",
    "page": "Say which page somebody saw",
    "screen": "Say which screen of an app somebody saw",
    "group": "Say which group, such as a company, somebody belongs to",
    "alias": "Say that two ids are of one person",
}

EXAMPLES: dict[str, Schema] = {
    "track": {
        "userId": "member-1017",
        "event": "Order Completed",
        "properties": {
            "order_id": "A-2041",
            "revenue": 3240,
            "currency": "JPY",
            "products": [{"product_id": "sencha-100", "name": "Sencha 100 g", "price": 1080, "quantity": 3}],
        },
        "context": {"page": {"url": "https://shop.example.com/thanks"}},
        "messageId": "ajs-5f7a2c",
        "timestamp": "2026-04-01T09:30:00+09:00",
    },
    "identify": {
        "userId": "member-1017",
        "anonymousId": "7f0c9f3e-2d3b-4f6e-9a6f-1c2b3d4e5f60",
        "traits": {"email": "hanako@example.com", "lastName": "山田", "firstName": "花子"},
    },
    "page": {"anonymousId": "7f0c9f3e-2d3b-4f6e-9a6f-1c2b3d4e5f60", "name": "Teas", "properties": {"path": "/teas"}},
    "screen": {"userId": "member-1017", "name": "Coupons"},
    "group": {"userId": "member-1017", "groupId": "club-gold", "traits": {"name": "Gold"}},
    "alias": {"previousId": "7f0c9f3e-2d3b-4f6e-9a6f-1c2b3d4e5f60", "userId": "member-1017"},
}

OK_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "success": {"const": True},
        "refused": {"type": "integer", "description": "How many were left out; absent when none were."},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "index, code and message of each."},
    },
    "required": ["success"],
}

SECURITY: list[dict[str, list[str]]] = [{"write_key": []}, {}]  # or writeKey in the body
FINAL = "Clients repeat 5xx and 429, with Retry-After; all else is final."


def describe_tracking() -> Schema:
    """Path items of everything below /v1."""
    calls = {f"/v1/{kind}": {"post": _call(kind)} for kind in ALSO}
    batches = {f"/v1/{name}": {"post": _batch(name)} for name in ("batch", "import")}
    return (
        calls
        | batches
        | {"/v1/projects/{write_key}/settings": {"get": SETTINGS}, "/v1/pixel/{call}": {"get": PIXEL}}
        | {"/v1/consent/{write_key}": {"get": CONSENT}, "/v1/opt-in": {"post": OPT_IN}}
    )


def _call(kind: str) -> Schema:
    text = f"Also at `/v1/{kind[0]}`, as browsers send it. At most {ITEM_BYTES_MAX // 1024} KB. {FINAL}"
    return _operation(f"collect_send_{kind}", SUMMARIES[kind], text) | {
        "requestBody": _body(_call_schema(kind), EXAMPLES[kind])
    }


def _call_schema(kind: str) -> Schema:
    needed = {"track": ["event"], "alias": ["previousId"]}.get(kind, [])
    return {"type": "object", "properties": ALSO[kind] | COMMON, "required": needed}


def _batch(name: str) -> Schema:
    text = (
        f"Up to {ITEMS_PER_BODY_MAX:,} calls, each with its `type`, {BODY_BYTES_MAX:,} bytes after gunzip. What is "
        f"wrong with one call refuses that call only; the answer lists the refused ones. {FINAL}"
    )
    item = {
        "type": "object",
        "properties": {"type": {"enum": list(ALSO)}} | COMMON | {"event": {}, "properties": {}, "traits": {}},
        "required": ["type"],
    }
    schema = {
        "type": "object",
        "properties": {"batch": {"type": "array", "items": item}, "sentAt": TIME, "context": {}, "writeKey": {}},
        "required": ["batch"],
    }
    example = {"batch": [{"type": kind} | EXAMPLES[kind] for kind in ("identify", "track")]}
    summary = "Send many calls at once" if name == "batch" else "Send old calls at once"
    return _operation(f"collect_send_{name}", summary, text) | {"requestBody": _body(schema, example)}


def _body(schema: Schema, example: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _operation(operation_id: str, summary: str, text: str) -> Schema:
    return {
        "operationId": operation_id,
        "tags": ["tracking"],
        "summary": summary,
        "description": text,
        "security": SECURITY,
        "responses": {"200": _success("Taken: on disk", "application/json", OK_SCHEMA)}
        | {str(status): _problem(status) for status in (400, 401, 403, 413, 415, 503)},
    }


def _success(text: str, media: str, schema: Schema) -> Schema:
    return {"description": text, "content": {media: {"schema": schema}}}


def _problem(status: int) -> Schema:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": TITLES[status], "content": {"application/problem+json": {"schema": schema}}}


def _text_parameter(name: str, place: str, text: str, **schema: Any) -> Schema:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "description": text, "schema": {"type": "string"} | schema} | required


SETTINGS: Schema = {
    "operationId": "collect_read_sdk_settings",
    "tags": ["tracking"],
    "summary": "What browser SDKs ask before they start",
    "description": "The write key is public; so is this.",
    "security": [],
    "parameters": [_text_parameter("write_key", "path", "The write key of a source.", minLength=1)],
    "responses": {"200": _success("Settings", "application/json", {"type": "object"})}
    | {str(status): _problem(status) for status in (401, 403, 404, 503)},
}

PIXEL: Schema = {
    "operationId": "collect_send_by_picture",
    "tags": ["tracking"],
    "summary": "Send a call by the address of a picture",
    "description": "For mails and pages without scripts. The picture comes whatever happens; what was wrong stands "
    "with the refusals.",
    "security": [],
    "parameters": [
        _text_parameter("call", "path", "The kind of call.", enum=list(ALSO)),
        _text_parameter("data", "query", "The call as JSON, with its writeKey, in base64."),
    ],
    "responses": {"200": _success("A transparent pixel", "image/gif", {"type": "string", "format": "binary"})}
    | {str(status): _problem(status) for status in (404, 503)},
}

CONSENT: Schema = {
    "operationId": "collect_read_consent_texts",
    "tags": ["tracking"],
    "summary": "What a consent banner shows",
    "description": "Texts, purposes without channels, labels and the brand's colour. Any site may read it; caches "
    "keep it for five minutes. `version` rises with every new wording.",
    "security": [],
    "parameters": [
        _text_parameter("write_key", "path", "The write key of a source.", minLength=1),
        _text_parameter("language", "query", "Without it, as the browser asks.", enum=["ja", "en"]),
    ],
    "responses": {"200": _success("Texts", "application/json", {"type": "object"})}
    | {str(status): _problem(status) for status in (404, 503)},
}

OPT_IN: Schema = {
    "operationId": "collect_ask_opt_in",
    "tags": ["tracking"],
    "summary": "Ask the owner of an address to confirm a consent",
    "description": "For sign-up forms. A letter asks; the consent counts when its link is confirmed within 48 hours. "
    "The answer is the same whether the address is known or not.",
    "security": SECURITY,
    "requestBody": _body(
        {
            "type": "object",
            "properties": {
                "email": {"type": "string"},
                "purpose": {"type": "string", "default": "marketing"},
                "channels": {"type": ["array", "null"], "items": {"type": "string"}},
                "language": {"type": ["string", "null"], "enum": ["ja", "en", None]},
                "writeKey": {"type": ["string", "null"], "description": "Instead of the Authorization header."},
            },
            "required": ["email"],
        },
        {"email": "hanako@example.com", "purpose": "marketing", "language": "ja"},
    ),
    "responses": {"200": _success("A letter is on its way, if it may be", "application/json", OK_SCHEMA)}
    | {str(status): _problem(status) for status in (400, 401, 403, 413, 429, 503)},
}
