"""The items of a body: events, and what was refused; the second half of the wire format.

Batches are read a field at a time, which costs a third of reading item by item. That is done as far as
nothing is wrong or odd with any item; else each is looked at by itself, with the same result.
"""

from operator import add
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import (
    CALL_NAMES,
    ID_CHARS_MAX,
    ITEM_BYTES_MAX,
    MESSAGE_ID_CHARS_MAX,
    NAME_CHARS_MAX,
)
from kizuna.domains.collect.rules.bodies import EMPTY, BadItem, Body, Item, check_nul, sample_of
from kizuna.domains.collect.rules.events import ACTIVE, NO_TIME, STATES_CONSENT, Events, Named, hash_messages
from kizuna.domains.collect.rules.items import (
    TYPES,
    US_MAX,
    US_MIN,
    WITH_TRAITS,
    Arrival,
    Context,
    ItemRefused,
    add_address,
    decode_contexts,
    find_others,
    judge_trust,
    list_deep,
    read_consent,
    read_item,
    read_properties,
    read_session,
)
from kizuna.domains.collect.rules.times import correct_time, correct_times, judge_time, read_time
from kizuna.domains.profiles.contracts import Trust


def check_items(body: Body, arrival: Arrival, call: str | None = None) -> tuple[Events, list[tuple[int, BadItem]]]:
    """The events of a body, and the refused items by their index.

    ``call`` is the type that the path named; without it each item names its own.
    """
    if body.plain and body.items:
        events = _read_together(body.items, arrival, call)
        if events is not None:
            return events, []
    return _read_one_by_one(body, arrival, call)


def _read_one_by_one(body: Body, arrival: Arrival, call: str | None) -> tuple[Events, list[tuple[int, BadItem]]]:
    events = Events()
    refused: list[tuple[int, BadItem]] = []
    for index, given in enumerate(body.items):
        item = (check_nul(given) or given) if body.nul and type(given) is not BadItem else given
        if type(item) is BadItem:
            refused.append((index, item))
            continue
        try:
            event = read_item(item, arrival, call)
        except ItemRefused as error:
            refused.append((index, BadItem(error.code, error.message, sample_of(item))))
            continue
        if event is not None:
            event.index = index
            events.add(event)
    return events, refused


def _read_together(items: list[Item], arrival: Arrival, call: str | None) -> Events | None:
    """The events of a batch; None when one of the items needs a closer look."""
    kinds: list[Any] = [item.type for item in items] if call is None else [call] * len(items)
    if not TYPES.issuperset(kinds) or "alias" in kinds or arrival.defaults is not None:
        return None
    names: list[Any] = [
        item.event if kind == "track" else CALL_NAMES[kind] for item, kind in zip(items, kinds, strict=True)
    ]
    user_ids: list[Any] = [item.userId for item in items]
    anonymous_ids: list[Any] = [item.anonymousId for item in items]
    message_ids: list[Any] = [item.messageId for item in items]
    if not (
        _are_plain(message_ids, MESSAGE_ID_CHARS_MAX)
        and _are_plain(names, NAME_CHARS_MAX)
        and _are_plain([id_ for id_ in user_ids if id_ is not None], ID_CHARS_MAX)
        and _are_plain([id_ for id_ in anonymous_ids if id_ is not None], ID_CHARS_MAX)
        and [item.groupId for item in items].count(None) == len(items)
    ):
        return None
    try:
        properties = _read_objects(items, kinds)
        joined = b"\0".join([item.context for item in items])
        contexts = joined.split(b"\0")
        if b"" in contexts or b"null" in contexts:
            contexts = [b"{}" if text in (b"", b"null") else text for text in contexts]
            joined = b"\0".join(contexts)
        if list_deep(joined):
            return None
        read = decode_contexts(b"[" + joined.replace(b"\0", b",") + b"]")
    except (ItemRefused, msgspec.DecodeError):
        return None
    named = _name(items, kinds, user_ids, anonymous_ids, read)
    source, count = arrival.source, len(items)
    if source.client_side or any(context.direct is True for context in read):
        contexts = [add_address(text, context, arrival) for text, context in zip(contexts, read, strict=True)]
    if (None, None) in named or max(map(add, map(len, properties), map(len, contexts))) > ITEM_BYTES_MAX:
        return None
    originals, times, set_aside = _read_times(items, arrival)
    return Events(
        indexes=list(range(count)),
        sources=[source.id] * count,
        message_ids=message_ids,
        digests=hash_messages(source.id, message_ids),
        types=kinds,
        names=names,
        times=times,
        received=[arrival.received_us] * count,
        originals=originals,
        sessions=_read_sessions(read),
        named=named,
        properties=properties,
        contexts=contexts,
        flags=_read_flags(arrival, read, user_ids),
        brings=[read_consent(source, context) for context in read],
        set_aside=set_aside,
    )


def _are_plain(texts: list[Any], chars_max: int) -> bool:
    """Whether all are texts that stay as they are: not empty, not long, nothing to strip."""
    return not texts or (
        set(map(type, texts)) == {str}
        and "" not in texts
        and max(map(len, texts)) <= chars_max
        and list(map(str.strip, texts)) == texts
    )


def _read_objects(items: list[Item], kinds: list[str]) -> list[bytes]:
    """Properties or traits. Raises ``ItemRefused``."""
    joined = b"\0".join([item.properties for item in items])  # and split: quicker than copying one by one
    texts = joined.split(b"\0")
    odd = [
        place
        for place, (item, kind, text) in enumerate(zip(items, kinds, texts, strict=True))
        if item.name is not None or item.category is not None or kind in WITH_TRAITS or text[:1] != b"{"
    ]
    for place in odd + list_deep(joined):
        texts[place] = read_properties(kinds[place], items[place])
    return texts


def _name(
    items: list[Item], kinds: list[str], user_ids: list[Any], anonymous_ids: list[Any], contexts: list[Context]
) -> list[Named]:
    named: list[Named] = list(zip(user_ids, anonymous_ids, strict=True))
    more = [
        place
        for place, (kind, context) in enumerate(zip(kinds, contexts, strict=True))
        if kind == "identify"
        or context.device is not EMPTY
        or context.traits is not EMPTY
        or context.externalIds is not EMPTY
    ]
    for place in more:
        others = find_others(kinds[place], items[place], anonymous_ids[place], contexts[place])
        named[place] = (user_ids[place], anonymous_ids[place], *others)
    return named


def _read_times(items: list[Item], arrival: Arrival) -> tuple[list[int], list[int], list[str | None]]:
    """Original times, corrected ones, and which events are to be set aside."""
    received_us = arrival.received_us
    given = [read_time(item.timestamp if item.timestamp is not None else item.originalTimestamp) for item in items]
    if [item.sentAt for item in items].count(None) == len(items):
        times = correct_times(given, arrival.sent_us, received_us)
    else:
        sent = [read_time(item.sentAt) for item in items]
        times = [
            correct_time(original_us, arrival.sent_us if sent_us is None else sent_us, received_us)
            for original_us, sent_us in zip(given, sent, strict=True)
        ]
    earliest, latest = min(times), max(times)
    if earliest < US_MIN or latest > US_MAX:
        times = [time_us if US_MIN <= time_us <= US_MAX else received_us for time_us in times]
        earliest, latest = min(times), max(times)
    originals = [
        NO_TIME if original_us is None or original_us == time_us else original_us
        for original_us, time_us in zip(given, times, strict=True)
    ]
    if judge_time(earliest, received_us) is None and judge_time(latest, received_us) is None:
        return originals, times, [None] * len(items)
    return originals, times, [judge_time(time_us, received_us) for time_us in times]


def _read_sessions(contexts: list[Context]) -> list[str | None]:
    return [
        None
        if context.sessionId is None and context.session_id is None and context.session is EMPTY
        else read_session(context)
        for context in contexts
    ]


def _read_flags(arrival: Arrival, contexts: list[Context], user_ids: list[Any]) -> list[int]:
    usual = int(Trust.PUBLIC if arrival.source.client_side else Trust.SERVER)
    if not any(
        context.active is False or context.user_signature is not None or context.consent is not EMPTY
        for context in contexts
    ):
        return [usual | ACTIVE] * len(contexts)
    trusts = [
        usual if context.user_signature is None else judge_trust(arrival.source, context, user_id)
        for context, user_id in zip(contexts, user_ids, strict=True)
    ]
    return [
        trust | (0 if context.active is False else ACTIVE) | (0 if context.consent is EMPTY else STATES_CONSENT)
        for trust, context in zip(trusts, contexts, strict=True)
    ]
