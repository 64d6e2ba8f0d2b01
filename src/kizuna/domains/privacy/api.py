"""What other domains may ask of privacy.

A person is given by all node keys of their profile. ``decide_people`` and ``read_state`` are the one way to
ask whether something may be done; whoever leaves something out because of them calls ``count_withheld``.

Sight: whoever lets values of customers out takes ``read_sight`` and lets it show them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kizuna.domains.privacy.contracts import (
    Answer,
    Brand,
    Decision,
    ErasureEntry,
    FieldClass,
    Purpose,
    RequestKind,
    Via,
)
from kizuna.domains.privacy.rules.banner import choose_language
from kizuna.domains.privacy.rules.categories import (
    UPDATED,
    read_context_preferences,
    read_preferences,
    says_analytics,
)
from kizuna.domains.privacy.rules.field_classes import class_of
from kizuna.domains.privacy.rules.links import Links
from kizuna.domains.privacy.rules.masking import HIDDEN, mask_value, scrub_text
from kizuna.domains.privacy.rules.sight import Sight
from kizuna.domains.privacy.rules.sql_mask import make_sql_mask
from kizuna.domains.privacy.service import erasure as _erasure
from kizuna.domains.privacy.service import everybody as _everybody
from kizuna.domains.privacy.service import fields as _fields
from kizuna.domains.privacy.service import requests as _requests
from kizuna.domains.privacy.service.brand import ConsentTexts, read_brand, read_consent_texts
from kizuna.domains.privacy.service.consent import (
    State,
    check_use,
    count_withheld,
    decide_people,
    find_withheld,
    follow_identity,
    read_state,
    record_answers,
)
from kizuna.domains.privacy.service.disclosures import BASES as DISCLOSURE_BASES
from kizuna.domains.privacy.service.disclosures import NOTED_MAX as DISCLOSED_MAX
from kizuna.domains.privacy.service.disclosures import note_disclosure
from kizuna.domains.privacy.service.ledger import ledger_path, read_entries
from kizuna.domains.privacy.service.links import make_links
from kizuna.domains.privacy.service.opt_ins import ask_opt_in
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.domains.privacy.service.statements import Statement, record_stated
from kizuna.domains.privacy.service.suppression import hash_identifier
from kizuna.domains.privacy.service.terms import ASKS, SAYS_NO, SAYS_YES, SUPPRESSED, Terms, TermsMemory
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.lake import SqlMask

__all__ = [
    "ASKS",
    "DISCLOSED_MAX",
    "DISCLOSURE_BASES",
    "HIDDEN",
    "SAYS_NO",
    "SAYS_YES",
    "SUPPRESSED",
    "UPDATED",
    "Answer",
    "Brand",
    "ConsentTexts",
    "Decision",
    "ErasureEntry",
    "FieldClass",
    "Links",
    "Purpose",
    "Sight",
    "State",
    "Statement",
    "Terms",
    "TermsMemory",
    "ask_opt_in",
    "check_use",
    "choose_language",
    "class_of",
    "count_reveal",
    "count_withheld",
    "decide_people",
    "find_withheld",
    "follow_identity",
    "hash_identifier",
    "ledger_path",
    "list_exceptions",
    "list_purposes",
    "make_links",
    "mask_value",
    "note_disclosure",
    "read_brand",
    "read_consent_texts",
    "read_context_preferences",
    "read_entries",
    "read_least_sight",
    "read_preferences",
    "read_sight",
    "read_sight_of",
    "read_state",
    "receive_request",
    "record_answers",
    "record_stated",
    "replay_erasures",
    "restore_sight",
    "says_analytics",
    "scrub_text",
    "sql_mask",
]


async def list_exceptions(ctx: Context, purpose: str, channel: str = "") -> list[int]:
    """Nodes of whom ``decide_people`` may say something else than of people without any node: those that
    answered, and those whose processing is restricted."""
    return await _everybody.list_exceptions(ctx, purpose, channel)


async def read_sight(ctx: Context) -> Sight:
    """What the one who acts may see of customers."""
    return await _fields.read_sight(ctx)


async def read_sight_of(runtime: Runtime, workspace_id: int, actor: Actor) -> Sight:
    """The same where no unit of work is open."""
    return await _fields.read_sight_of(runtime, workspace_id, actor)


async def restore_sight(ctx: Context, *, contact: bool, sensitive: bool) -> Sight:
    """For a job: what somebody could see when they started it, by today's field classes."""
    return await _fields.restore_sight(ctx, contact, sensitive)


async def read_least_sight(ctx: Context) -> Sight:
    """What everybody may see: for whatever is kept for ever or sent to many."""
    return await _fields.restore_sight(ctx, contact=False, sensitive=False)


async def count_reveal(ctx: Context, subject: str) -> None:
    """Notes that the one who acts reveals something of ``subject``. Raises ``Limit`` above 60 subjects an hour."""
    await _fields.count_reveal(ctx, subject)


def sql_mask(sight: Sight) -> SqlMask | None:
    """What the engine hides from SQL of somebody with this sight; None for nothing."""
    return make_sql_mask(sight)


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
