"""What a batch of events states about consent, handed to privacy once identity is decided."""

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from kizuna.domains.collect.rules.events import STATES_CONSENT, TRUST_MASK
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Trust
from kizuna.kernel.context import Context

REMEMBERED_MAX = 100_000

Heard = OrderedDict[int, dict[str, bool]]
"""What each node said last; a client repeats it with every event."""


async def hear_statements(ctx: Context, events: Columns, heard: Heard) -> Heard:
    """Writes down what is new; returns what to remember after the commit."""
    places = np.flatnonzero(events.flags & STATES_CONSENT).tolist()
    if not places:
        return OrderedDict()
    first = events.first_keys()
    news: list[privacy.Statement] = []
    said: Heard = OrderedDict()
    for place in places:
        key = int(first[place])
        preferences = privacy.read_context_preferences(events.context(place))
        answered = events.names[events.name_index[place]] in privacy.UPDATED
        if preferences and (answered or said.get(key, heard.get(key)) != preferences):
            news.append(_state(events, place, key, preferences, answered))
            said[key] = preferences
    if news:
        people = await profiles.member_keys(ctx, {one.key for one in news})
        known = [one for one in news if one.key in people]
        await privacy.record_stated(ctx, known, list(set(people.values())))
    return said


def remember(heard: Heard, said: Heard) -> None:
    heard.update(said)
    while len(heard) > REMEMBERED_MAX:
        heard.popitem(last=False)


def _state(events: Columns, place: int, key: int, preferences: dict[str, bool], answered: bool) -> privacy.Statement:
    given = _read_properties(events.properties(place)) if answered else {}
    version, language = given.get("version"), given.get("language")
    chunk = events.chunk
    return privacy.Statement(
        key=key,
        preferences=preferences,
        at=datetime.fromtimestamp(int(events.times[place]) / 1_000_000, UTC),
        answered=answered,
        trusted=(int(events.flags[place]) & TRUST_MASK) != Trust.PUBLIC,
        identified=chunk.user_ids[place] is not None,
        proof={"message_id": chunk.message_ids[place], "source_id": int(events.sources[place])},
        text_version=version if isinstance(version, int) and 0 < version < 1 << 31 else None,
        language=language[:10] if isinstance(language, str) else None,
        banner=given.get("how") == "banner",
    )


def _read_properties(text: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
