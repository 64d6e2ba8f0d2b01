"""Webhooks in: is the signature right, and what events does a body mean.

A mapping says where the fields of an event are found, as JMESPath expressions:

    {"items": "orders[]", "event": "'Order Completed'", "userId": "customer.id",
     "messageId": "id", "timestamp": "created_at", "properties": "{order_id: id, total: total}"}

``items`` chooses the list of things that become one event each; without it the body is one.
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.visitor import Options

from kizuna.domains.collect.contracts import MappingResult
from kizuna.kernel.errors import Invalid

TOLERANCE_S = 300
EXPRESSION_CHARS_MAX = 2_000
EVENTS_PER_REQUEST_MAX = 1_000

FIELDS = (
    "type",
    "event",
    "name",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "messageId",
    "timestamp",
    "properties",
    "traits",
    "context",
)

_OPTIONS = Options(dict_cls=dict)


def check_signature(header: str, body: bytes, secret: str, now_s: float) -> str | None:
    """What is wrong with ``X-Kizuna-Signature: t=<unix>,v1=<hex>``; None when it is right.

    Compared in constant time. The time is part of what is signed, so an old request cannot be sent anew.
    """
    parts: dict[str, list[str]] = {}
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        parts.setdefault(name, []).append(value)
    stamp = parts.get("t", [""])[0]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or "v1" not in parts:
        return "The header X-Kizuna-Signature must be t=<unix time>,v1=<hex HMAC-SHA256 of “t.body”>."
    expected = sign_body(body, secret, stamp)
    matches = [hmac.compare_digest(expected.encode(), given.encode()) for given in parts["v1"][:5]]
    if not any(matches):
        return "The signature does not match; check the signing secret and that the body is signed as it is sent."
    if abs(now_s - int(stamp)) > TOLERANCE_S:
        return f"The signature is more than {TOLERANCE_S // 60} minutes old or ahead; check the sender's clock."
    return None


def sign_body(body: bytes, secret: str, stamp: str) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()


@lru_cache(maxsize=512)
def _compile(expression: str) -> Any:
    return jmespath.compile(expression)


def check_mapping(mapping: Any) -> dict[str, str]:
    """A mapping that can be run. Raises ``Invalid`` with the wrong fields."""
    if not isinstance(mapping, dict):
        raise Invalid("mapping_invalid", "The mapping must be an object of JMESPath expressions.")
    problems: dict[str, str] = {}
    expressions = cast("dict[str, Any]", mapping)
    for field, expression in expressions.items():
        if field != "items" and field not in FIELDS:
            problems[field] = f"is no field of an event; there are items, {', '.join(FIELDS)}"
        elif not isinstance(expression, str) or len(expression) > EXPRESSION_CHARS_MAX:
            problems[field] = f"must be a JMESPath expression of at most {EXPRESSION_CHARS_MAX} characters"
        elif (problem := _find_problem(expression)) is not None:
            problems[field] = problem
    if problems:
        raise Invalid("mapping_invalid", "The mapping has expressions that do not work.", fields=problems)
    return expressions


def _find_problem(expression: str) -> str | None:
    try:
        _compile(expression)
    except (JMESPathError, RecursionError) as error:
        return f"is not JMESPath: {error}"[:300]
    return None


def map_body(body: Any, mapping: dict[str, str]) -> MappingResult:
    """The events that a body means, and what could not be made of it.

    Without a mapping the body is taken as events in Segment's form: one, a list, or ``{"batch": […]}``.
    """
    if not mapping:
        found: Any = cast("dict[str, Any]", body).get("batch", body) if isinstance(body, dict) else body
        return _limit([item for item in _as_list(found) if isinstance(item, dict)], [])
    errors: list[str] = []
    items = _as_list(_search("items", mapping["items"], body, errors) if "items" in mapping else body)
    if not items and not errors:
        errors.append("items: nothing was found in the body")
    events: list[dict[str, Any]] = []
    for item in items[:EVENTS_PER_REQUEST_MAX]:
        values = {field: _search(field, mapping[field], item, errors) for field in FIELDS if field in mapping}
        event = {field: value for field, value in values.items() if value is not None}
        event.setdefault("type", "track" if "event" in mapping else "identify")
        events.append(event)
    return _limit(events, errors, len(items))


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [] if value is None else [value]


def _limit(events: list[dict[str, Any]], errors: list[str], found: int | None = None) -> MappingResult:
    if (found or len(events)) > EVENTS_PER_REQUEST_MAX:
        errors.append(f"items: more than {EVENTS_PER_REQUEST_MAX:,} events in one request")
    return MappingResult(events[:EVENTS_PER_REQUEST_MAX], errors)


def _search(field: str, expression: str, item: Any, errors: list[str]) -> Any:
    try:
        return _compile(expression).search(item, _OPTIONS)
    except (JMESPathError, ValueError, TypeError, RecursionError) as error:
        message = f"{field}: {error}"[:300]
        if message not in errors and len(errors) < 20:
            errors.append(message)
        return None


def encode_event(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(event)
