"""What may be stored: consent, restriction and suppression, before anything is written.

Withheld events leave nothing but a number. A person who says no is remembered all the same where there is
somebody to remember: an event that states it is kept, without anything else that was in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from kizuna.domains.collect.contracts import CALL_NAMES
from kizuna.domains.collect.rules.events import STATES_CONSENT, Events
from kizuna.domains.collect.service.identities import Identity
from kizuna.domains.collect.service.recognise import Recognised
from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import api as profiles
from kizuna.kernel.context import Context

Withheld = dict[int, dict[str, int]]
"""How many events by source and reason."""

STATED = "Consent Stated"
"""Name of what is left of an event that was withheld by its own statement."""
_KEPT_PROPERTIES = ("version", "language", "how", "method")


class _Consent(msgspec.Struct):
    consent: msgspec.Raw = msgspec.Raw(b"{}")


@dataclass(slots=True)
class Screened:
    """What passed, and how many did not."""

    taken: Recognised
    withheld: Withheld = field(default_factory=dict[int, dict[str, int]])
    stated_no: list[Identity] = field(default_factory=list[Identity])
    """People of whom a refusal was kept; to be marked after the commit."""


def passes_whole(taken: Recognised, keys: Sequence[tuple[int, ...]], terms: privacy.Terms) -> bool:
    """Whether nothing of a group is withheld: nearly always, and quickly seen."""
    brings = taken.events.brings
    if terms.quiet:
        return not any(one & privacy.SAYS_NO and one & privacy.ASKS for one in brings)
    judge = terms.judge
    return all(judge(one, nodes) is None for one, nodes in zip(brings, keys, strict=True))


async def screen(ctx: Context, taken: Recognised, terms: privacy.Terms) -> Screened:
    """Leaves out events that may not be stored. People who must not come in, or whom nobody has asked yet,
    are not given a node either."""
    if terms.quiet and not terms.hashes and not any(one & privacy.SAYS_NO for one in taken.events.brings):
        return Screened(taken)
    known = await _find_keys(ctx, taken.identities)
    kept: list[int] = []
    reduced: set[int] = set()
    withheld: Withheld = {}
    stated_no: list[Identity] = []
    for place, identity in enumerate(taken.identities):
        keys = identity.keys if identity.keys is not None else known[id(identity)]
        reason = _judge(terms, taken.events.brings[place], identity, keys)
        if reason is not None and _is_statement(taken.events, place, identity, keys, reason):
            reduced.add(place)
            stated_no.append(identity)
        elif reason is not None:
            reasons = withheld.setdefault(taken.events.sources[place], {})
            reasons[reason] = reasons.get(reason, 0) + 1
            continue
        kept.append(place)
    picked = taken if len(kept) == len(taken) and not reduced else taken.pick(kept)
    for at, place in enumerate(kept):
        if place in reduced:
            _reduce(picked.events, at)
    return Screened(picked, withheld, stated_no)


async def _find_keys(ctx: Context, identities: Sequence[Identity]) -> dict[int, tuple[int, ...]]:
    """Node keys of those not remembered, as far as there are any; makes none."""
    new = {id(one): one for one in identities if one.keys is None}
    found = await profiles.find_keys(ctx, list({each for one in new.values() for each in one.identifiers}))
    return {number: tuple(found[each] for each in one.identifiers if each in found) for number, one in new.items()}


def _judge(terms: privacy.Terms, brings: int, identity: Identity, keys: tuple[int, ...]) -> str | None:
    if any(terms.is_suppressed(one.type, one.value) for one in identity.identifiers):
        return privacy.SUPPRESSED
    return terms.judge(brings, keys)


def _is_statement(events: Events, place: int, identity: Identity, keys: tuple[int, ...], reason: str) -> bool:
    """Whether a withheld event is kept for its statement alone: the person is known here, and says no."""
    if not events.flags[place] & STATES_CONSENT or reason == privacy.SUPPRESSED:
        return False
    says_no = bool(events.brings[place] & privacy.SAYS_NO) and not identity.has_stated_no
    return (says_no or events.names[place] in privacy.UPDATED) and (bool(keys) or events.named[place][0] is not None)


def _reduce(events: Events, place: int) -> None:
    """Nothing but the statement stays."""
    given = msgspec.json.decode(events.properties[place]) if events.types[place] == "track" else {}
    kept = {name: given[name] for name in _KEPT_PROPERTIES if name in given}
    if events.names[place] not in privacy.UPDATED:
        events.names[place] = STATED
    events.types[place] = "track" if events.types[place] in CALL_NAMES else events.types[place]
    events.properties[place] = msgspec.json.encode(kept)
    consent = msgspec.json.decode(events.contexts[place], type=_Consent).consent
    events.contexts[place] = msgspec.json.encode({"consent": consent})
    events.sessions[place] = None
