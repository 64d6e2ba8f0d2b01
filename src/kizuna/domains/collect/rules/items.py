"""From one raw item to an event, or to the reason why not; ``batches`` reads many at once."""

import hmac
import re
import uuid
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import (
    CALL_NAMES,
    DEPTH_MAX,
    EVENT_TYPES,
    ID_CHARS_MAX,
    ITEM_BYTES_MAX,
    MESSAGE_ID_CHARS_MAX,
    NAME_CHARS_MAX,
    Event,
    Source,
)
from kizuna.domains.collect.rules.bodies import EMPTY, Id, Item
from kizuna.domains.collect.rules.events import Pair
from kizuna.domains.collect.rules.times import correct_time, judge_time, read_time
from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles.contracts import Trust

TYPES = frozenset(EVENT_TYPES)
WITH_TRAITS = frozenset({"identify", "group"})
US_MIN, US_MAX = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Years 1 to 9999, which is what calendars in databases and browsers hold."""


class Context(msgspec.Struct, gc=False):
    """What Kizuna itself reads of a context; senders may put anything there, so all is optional."""

    active: Any = None
    ip: Any = None
    direct: Any = None
    sessionId: Any = None
    session_id: Any = None
    session: msgspec.Raw = EMPTY
    user_signature: Any = None
    device: msgspec.Raw = EMPTY
    traits: msgspec.Raw = EMPTY
    externalIds: msgspec.Raw = EMPTY
    consent: msgspec.Raw = EMPTY


class _Traits(msgspec.Struct, gc=False):
    email: Any = None
    phone: Any = None
    lineId: Any = None
    line_id: Any = None


class _Device(msgspec.Struct, gc=False):
    id: Any = None


class _Session(msgspec.Struct, gc=False):
    """The browser SDK's session: ``{id, number, isNew}``."""

    id: Any = None


class _ExternalId(msgspec.Struct, gc=False):
    type: Any = None
    id: Any = None


class Arrival(msgspec.Struct, gc=False):
    """What all items of one request share."""

    source: Source
    received_us: int
    sent_us: int | None = None
    ip: str | None = None
    """Address of the sender, written into contexts that lack one; for client-side sources only,
    or where the context asks with ``direct``."""
    defaults: dict[str, Any] | None = None


_decode_item = msgspec.json.Decoder(Item).decode
_decode_context = msgspec.json.Decoder(Context).decode
decode_contexts = msgspec.json.Decoder(list[Context]).decode
_decode_traits = msgspec.json.Decoder(_Traits).decode
_decode_device = msgspec.json.Decoder(_Device).decode
_decode_session = msgspec.json.Decoder(_Session).decode
_decode_external = msgspec.json.Decoder(list[_ExternalId]).decode


class ItemRefused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_item(raw: Any, arrival: Arrival, call: str | None = None) -> Event | None:
    """The event in one raw JSON object; None for a call that says nothing (an alias to itself).

    Raises ``ItemRefused``.
    """
    item = raw if type(raw) is Item else _decode_raw(raw)
    kind = call or item.type
    if kind not in TYPES:
        raise ItemRefused("type_unknown", f'"type" must be one of {", ".join(EVENT_TYPES)}.')
    user_id = _read_id(item.userId, "userId")
    anonymous_id = _read_id(item.anonymousId, "anonymousId")
    context = _read_context(item.context)
    others = find_others(kind, item, anonymous_id, context)
    if user_id is None and anonymous_id is None and not others:
        raise ItemRefused("id_missing", "The event needs a userId or an anonymousId.")
    if kind == "alias" and user_id is not None and user_id == _read_id(item.previousId, "previousId"):
        return None  # analytics.js sends these after identify; there is nothing to join
    message_id = _read_message_id(item.messageId)
    original_us = read_time(item.timestamp if item.timestamp is not None else item.originalTimestamp)
    sent_us = read_time(item.sentAt) if item.sentAt is not None else None
    time_us = correct_time(original_us, sent_us if sent_us is not None else arrival.sent_us, arrival.received_us)
    if not US_MIN <= time_us <= US_MAX:
        time_us = arrival.received_us
    properties = read_properties(kind, item)
    written = _write_context(item, context, arrival)
    if len(properties) + len(written) > ITEM_BYTES_MAX:
        raise _too_large()
    source = arrival.source
    return Event(
        source_id=source.id,
        message_id=message_id,
        type=kind,
        name=_read_name(kind, item),
        time_us=time_us,
        received_us=arrival.received_us,
        original_us=original_us if original_us != time_us else None,
        user_id=user_id,
        anonymous_id=anonymous_id,
        session_id=read_session(context),
        others=others,
        properties=properties,
        context=written,
        trust=judge_trust(source, context, user_id),
        states_consent=context.consent is not EMPTY,
        brings=read_consent(source, context),
        active=context.active is not False,
        set_aside=judge_time(time_us, arrival.received_us),
    )


def _decode_raw(raw: Any) -> Item:
    if memoryview(raw).nbytes > ITEM_BYTES_MAX:
        raise _too_large()
    try:
        return _decode_item(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ItemRefused("wrong_type", f"The event has a field of the wrong type: {error}.") from error
    except RecursionError:
        raise ItemRefused("too_deep", "The event is nested too deeply.") from None


def _too_large() -> ItemRefused:
    return ItemRefused("item_too_large", f"The event is larger than {ITEM_BYTES_MAX // 1024} KB.")


def _read_id(value: Id, field: str) -> str | None:
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else _number_text(value)
    if len(text) > ID_CHARS_MAX:
        raise ItemRefused("id_too_long", f'"{field}" is longer than {ID_CHARS_MAX} characters.')
    return text or None


def _number_text(value: float) -> str:
    return str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)


def _read_message_id(value: Id) -> str:
    if value is None or value == "":
        return f"kizuna-{uuid.uuid4()}"
    text = value.strip() if isinstance(value, str) else _number_text(value)
    if len(text) > MESSAGE_ID_CHARS_MAX:
        raise ItemRefused("message_id_too_long", f'"messageId" is longer than {MESSAGE_ID_CHARS_MAX} characters.')
    return text or f"kizuna-{uuid.uuid4()}"


def _read_name(kind: str, item: Item) -> str:
    if kind != "track":
        return CALL_NAMES[kind]
    if item.event is None:
        raise ItemRefused("event_missing", 'A track call needs "event", the name of what happened.')
    name = item.event.strip() if isinstance(item.event, str) else _number_text(item.event)
    if not name:
        raise ItemRefused("event_missing", 'A track call needs "event", the name of what happened.')
    if len(name) > NAME_CHARS_MAX:
        raise ItemRefused("event_too_long", f'"event" is longer than {NAME_CHARS_MAX} characters.')
    return name


def _read_context(raw: msgspec.Raw) -> Context:
    if raw is EMPTY:
        return _NO_CONTEXT
    try:
        return _decode_context(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if bytes(raw).strip() == b"null":
            return _NO_CONTEXT
        raise ItemRefused("context_invalid", '"context" must be an object.') from error
    except RecursionError:
        raise ItemRefused("too_deep", '"context" is nested too deeply.') from None


_NO_CONTEXT = Context()


def find_others(kind: str, item: Item, anonymous_id: str | None, context: Context) -> tuple[Pair, ...]:
    """Identifiers besides the user and the anonymous id."""
    found: list[Pair] = []
    if kind == "identify":
        found.extend(_traits_identifiers(item.traits))
    elif kind == "alias":
        found.extend(_alias_identifiers(item, anonymous_id))
    found.extend(_traits_identifiers(context.traits))
    found.extend(_external_identifiers(context.externalIds))
    if context.device is not EMPTY and (device := _decode_softly(_decode_device, context.device)):
        found.extend(_texts([("device_id", device.id)]))
    return tuple(found)


def _traits_identifiers(raw: msgspec.Raw) -> Iterable[tuple[str, str]]:
    traits = None if raw is EMPTY else _decode_softly(_decode_traits, raw)
    if traits is None:
        return ()
    return _texts([("email", traits.email), ("phone", traits.phone), ("line_id", traits.lineId or traits.line_id)])


def _external_identifiers(raw: msgspec.Raw) -> Iterable[tuple[str, str]]:
    entries = None if raw is EMPTY else _decode_softly(_decode_external, raw)
    return _texts([(entry.type, entry.id) for entry in entries or () if isinstance(entry.type, str)])


def _alias_identifiers(item: Item, anonymous_id: str | None) -> Iterable[tuple[str, str]]:
    """``previousId`` may be either kind of id: browsers send the anonymous id, servers what they had."""
    previous = _read_id(item.previousId, "previousId")
    if previous is None:
        raise ItemRefused("previous_id_missing", 'An alias call needs "previousId".')
    anonymous = previous == anonymous_id or _looks_like_uuid(previous)
    return [("anonymous_id" if anonymous else "user_id", previous)]


def _looks_like_uuid(text: str) -> bool:
    if len(text) != 36:
        return False
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _texts(pairs: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for type_, value in pairs:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        text = value.strip() if isinstance(value, str) else _number_text(value)
        if text and len(text) <= ID_CHARS_MAX:
            texts.append((type_, text))
    return texts


def _decode_softly(decode: Any, raw: msgspec.Raw) -> Any:
    """What senders put into a context is their own matter: the wrong type there refuses nothing."""
    try:
        return decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_session(context: Context) -> str | None:
    value = context.sessionId if context.sessionId is not None else context.session_id
    if value is None and context.session is not EMPTY:
        session = _decode_softly(_decode_session, context.session)
        value = session.id if session is not None else None
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return (value if isinstance(value, str) else _number_text(value))[:MESSAGE_ID_CHARS_MAX] or None


def read_properties(kind: str, item: Item) -> bytes:
    raw = item.traits if kind in WITH_TRAITS and item.traits is not EMPTY else item.properties
    text = _object_text(raw, "traits" if raw is item.traits and raw is not EMPTY else "properties")
    if kind not in ("page", "screen") or (item.name is None and item.category is None):
        return text
    given = {"name": item.name, "category": item.category}
    return msgspec.json.encode({k: v for k, v in given.items() if v is not None} | msgspec.json.decode(text))


def _object_text(raw: msgspec.Raw, field: str) -> bytes:
    if raw is EMPTY:
        return b"{}"
    text = bytes(raw)
    if text[:1] != b"{":
        if text == b"null":
            return b"{}"
        raise ItemRefused(f"{field}_invalid", f'"{field}" must be an object.')
    if list_deep(text):
        raise ItemRefused("too_deep", f'"{field}" is nested more than {DEPTH_MAX} levels deep.')
    return text


_NO_OPENINGS = bytes(byte for byte in range(256) if byte not in b"{[\0")


def list_deep(joined: bytes) -> list[int]:
    """Places of the JSON texts with more than ``DEPTH_MAX`` levels; the texts come joined by NUL, which
    valid JSON does not hold."""
    openings = joined.translate(None, _NO_OPENINGS).split(b"\0")
    many = [place for place, one in enumerate(openings) if len(one) > DEPTH_MAX]
    if not many:
        return []
    texts = joined.split(b"\0")
    return [place for place in many if measure_depth(texts[place]) > DEPTH_MAX]


_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"|[]{}[]', re.DOTALL)


def measure_depth(text: bytes) -> int:
    """Levels of nesting of valid JSON."""
    depth = deepest = 0
    for mark in _MARKS.findall(text):
        if mark in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif mark in (b"}", b"]"):
            depth -= 1
    return deepest


def _write_context(item: Item, context: Context, arrival: Arrival) -> bytes:
    text = _object_text(item.context, "context")
    if arrival.defaults is not None:
        text = msgspec.json.encode(arrival.defaults | msgspec.json.decode(text))
        context = _read_context(msgspec.Raw(text))
    if item.groupId is not None and (group := _read_id(item.groupId, "groupId")):
        text = _prepend(text, b'"groupId":' + msgspec.json.encode(group)) if b'"groupId"' not in text else text
    return add_address(text, context, arrival)


def add_address(text: bytes, context: Context, arrival: Arrival) -> bytes:
    """The context with the sender's address, where it lacks one and should have it."""
    if arrival.ip is None or context.ip is not None or not (arrival.source.client_side or context.direct is True):
        return text
    return _prepend(text, b'"ip":"' + arrival.ip.encode() + b'"')


def _prepend(text: bytes, member: bytes) -> bytes:
    rest = text[1:].lstrip()
    return b"{" + member + (b"" if rest == b"}" else b",") + rest


def read_consent(source: Source, context: Context) -> int:
    """Whether the event falls under analytics, and what its context says to that."""
    brings = privacy.ASKS if source.client_side else 0
    return brings if context.consent is EMPTY else brings | _read_said(bytes(context.consent))


@lru_cache(maxsize=4096)
def _read_said(consent: bytes) -> int:
    """Of a site's visitors nearly all say one of a few things."""
    said = privacy.says_analytics(privacy.read_preferences(consent))
    return 0 if said is None else privacy.SAYS_YES if said else privacy.SAYS_NO


def judge_trust(source: Source, context: Context, user_id: str | None) -> int:
    if not source.client_side:
        return Trust.SERVER
    signature = context.user_signature
    if user_id is None or not isinstance(signature, str):
        return Trust.PUBLIC
    expected = hmac.new(source.signing_secret.encode(), user_id.encode(), sha256).hexdigest()
    return Trust.SIGNED if hmac.compare_digest(expected.encode(), signature.encode()) else Trust.PUBLIC
