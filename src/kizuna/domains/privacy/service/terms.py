"""On what terms events may be stored, remembered in each process.

Asked for every event, so it costs a look into an array. What changes reaches every process within
``FRESH_S``; the worker, which has the last word on what is stored, asks the database for every batch.
"""

import time
from collections.abc import Iterable

from kizuna.domains.privacy.contracts import (
    ANALYTICS,
    STATE_AGREED,
    STATE_REFUSED,
    STATE_RESTRICTED,
)
from kizuna.domains.privacy.repository import answers, heads, suppression
from kizuna.domains.privacy.repository.heads import Head
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.domains.privacy.service.suppression import hash_identifier
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.vault import Vault

FRESH_S = 1.0

SAYS_YES = 1
SAYS_NO = 2
ASKS = 4
"""Bits of what an event brings: that it says yes or no to analytics, and that it falls under analytics."""

REFUSED, NOT_ASKED, RESTRICTED, SUPPRESSED = "refused", "not_asked", "restricted", "suppressed"


class Terms:
    """Of one workspace."""

    def __init__(self, vault: Vault, workspace_id: int) -> None:
        self._vault = vault
        self._workspace_id = workspace_id
        self._head = Head(-1, -1)
        self._states = bytearray()
        self._any = False
        self.asks_first = False
        """Nobody is analysed before they agreed."""
        self.hashes: frozenset[bytes] = frozenset()
        self.erased: frozenset[int] = frozenset()
        self.until = 0.0

    @property
    def suppressions(self) -> int:
        """Rises when somebody was erased, suppressed or released."""
        return self._head.suppressions

    @property
    def quiet(self) -> bool:
        """Whether no state of a node withholds anything: then only what an event says itself does."""
        return not (self._any or self.asks_first)

    def is_suppressed(self, type_: str, value: str) -> bool:
        return bool(self.hashes) and hash_identifier(self._vault, self._workspace_id, type_, value) in self.hashes

    def judge(self, brings: int, keys: Iterable[int]) -> str | None:
        """Why an event of a person with these nodes is withheld; None when it may be stored."""
        state, states, known = 0, self._states, len(self._states)
        for key in keys:
            if key < known:
                state |= states[key]
        if state & STATE_RESTRICTED:
            return RESTRICTED
        if not brings & ASKS:
            return None
        if brings & SAYS_NO or state & STATE_REFUSED:
            return REFUSED
        if self.asks_first and not (brings & SAYS_YES or state & STATE_AGREED):
            return NOT_ASKED
        return None

    async def refresh(self, ctx: Context) -> None:
        """Reads what changed since the last time."""
        head = await heads.read_head(ctx)
        if head != self._head:
            self.learn(await answers.read_states_since(ctx, self._head.version))
            if head.suppressions != self._head.suppressions:
                self.hashes = frozenset(await suppression.read_hashes(ctx))
                self.erased = frozenset(await suppression.read_erased(ctx))
            self.asks_first = await _asks_first(ctx)
            self._head = head
        self.until = time.monotonic() + FRESH_S

    def learn(self, states: Iterable[tuple[int, int]]) -> None:
        """States of nodes, by key."""
        for key, state in states:
            if key >= len(self._states):
                self._states.extend(bytes(key + 1 - len(self._states)))
            self._states[key] = state
        self._any = any(self._states)


async def _asks_first(ctx: Context) -> bool:
    region = region_of(ctx.workspace.country)
    for purpose in await list_purposes(ctx):
        if purpose.key == ANALYTICS and not purpose.archived:
            return purpose.terms[region].default == "refused" and not purpose.essential(region)
    return False


class TermsMemory:
    """One for each process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._terms: dict[int, Terms] = {}

    def peek(self, workspace_id: int) -> Terms | None:
        """The workspace's terms if they are known and fresh, without waiting."""
        terms = self._terms.get(workspace_id)
        return terms if terms is not None and terms.until > time.monotonic() else None

    async def read(self, ctx: Context) -> Terms:
        """The terms as the context's transaction sees them."""
        terms = self._terms.get(ctx.workspace.id)
        if terms is None:
            terms = self._terms[ctx.workspace.id] = Terms(self._runtime.settings.vault, ctx.workspace.id)
        await terms.refresh(ctx)
        return terms
