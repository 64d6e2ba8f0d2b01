"""What other domains may ask of privacy.

A person is given by all node keys of their profile. ``decide_people`` and ``read_state`` are the one way to
ask whether something may be done; whoever leaves something out because of them calls ``count_withheld``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kizuna.domains.privacy.contracts import Answer, Decision, ErasureEntry, Purpose, RequestKind, Via
from kizuna.domains.privacy.rules.categories import (
    UPDATED,
    read_context_preferences,
    read_preferences,
    says_analytics,
)
from kizuna.domains.privacy.service import erasure as _erasure
from kizuna.domains.privacy.service import requests as _requests
from kizuna.domains.privacy.service.consent import (
    State,
    count_withheld,
    decide_people,
    is_asked,
    read_state,
    record_answers,
    refresh_states,
)
from kizuna.domains.privacy.service.ledger import ledger_path, read_entries
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.domains.privacy.service.statements import Statement, record_stated
from kizuna.domains.privacy.service.suppression import hash_identifier
from kizuna.domains.privacy.service.terms import ASKS, SAYS_NO, SAYS_YES, SUPPRESSED, Terms, TermsMemory
from kizuna.kernel.context import Context, Runtime

__all__ = [
    "ASKS",
    "SAYS_NO",
    "SAYS_YES",
    "SUPPRESSED",
    "UPDATED",
    "Answer",
    "Decision",
    "ErasureEntry",
    "Purpose",
    "State",
    "Statement",
    "Terms",
    "TermsMemory",
    "count_withheld",
    "decide_people",
    "hash_identifier",
    "is_asked",
    "ledger_path",
    "list_purposes",
    "read_context_preferences",
    "read_entries",
    "read_preferences",
    "read_state",
    "receive_request",
    "record_answers",
    "record_stated",
    "refresh_states",
    "replay_erasures",
    "says_analytics",
]


async def receive_request(
    ctx: Context,
    *,
    kind: RequestKind,
    keys: Sequence[int] = (),
    identifiers: Sequence[tuple[str, str]] = (),
    via: Via,
    note: str = "",
) -> int:
    """Writes down a request about the people with these nodes or raw identifiers; returns its number.

    Staff see it with its deadline, and start it. Raises ``Invalid`` when it is about nobody or too many.
    """
    return await _requests.receive(ctx, kind=kind, keys=keys, identifiers=identifiers, via=via, note=note)


async def replay_erasures(runtime: Runtime, entries: Iterable[ErasureEntry | Mapping[str, Any]]) -> int:
    """Carries out again what the ledger says (``read_entries(ledger_path(settings))``), after a restore of a
    backup that may be older: before the installation is opened, and as often as you like.

    People are found by the hashes of their identifiers, so the vault must be the one that the ledger was
    written with. Returns how many nodes were there again and are gone now.
    """
    return await _erasure.replay_erasures(runtime, entries)
