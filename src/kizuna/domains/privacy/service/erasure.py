"""Erasure: nobody is left in any store, and nothing that was on its way comes back.

    A  in one transaction: hashes of identifiers and node keys are written down as gone     committed
    B  servers know it, and what began before has ended; nodes made meanwhile are found, too
    C  a line in the ledger, then every store in turn                                       each idempotent

From A on intake and drain turn the person away, so what C removes stays removed. A crash anywhere goes on
from the last step that was saved.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from kizuna.domains.privacy.contracts import ErasureEntry, RequestKind, Subjects
from kizuna.domains.privacy.repository import heads, requests, suppression
from kizuna.domains.privacy.service.ledger import append_entries
from kizuna.domains.privacy.service.subjects import (
    as_person,
    describe_people,
    find_made_since,
    find_people,
    hash_all,
    seal_subjects,
)
from kizuna.domains.privacy.service.suppression import hash_identifier
from kizuna.domains.privacy.service.terms import FRESH_S
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Unavailable

WAIT_STEP_S = 0.05
WAIT_S_MAX = 120
NODES_PER_PAGE = 5_000
KEEPING: frozenset[RequestKind] = frozenset({"erasure"})
"""Kinds after which the person is kept out."""

Report = Callable[[int, int, str], Awaitable[bool]]
"""Told (done, total, store); false when the work is to stop."""


async def mark_gone(
    runtime: Runtime, workspace_id: int, subjects: Subjects, kind: RequestKind, request_id: int | None
) -> Subjects:
    """Step A. Returns everything that may name the people."""
    async with runtime.unit(workspace_id) as ctx:
        full = await describe_people(ctx, subjects, await find_people(ctx, subjects))
        await _write_gone(ctx, full, kind, request_id)
    await _note(runtime, workspace_id, full, kind)
    return full


async def _write_gone(ctx: Context, subjects: Subjects, kind: RequestKind, request_id: int | None) -> None:
    hashes = hash_all(ctx, subjects.identifiers)
    if kind in KEEPING:
        await suppression.suppress(ctx, hashes, "erased", request_id)
    await suppression.write_erased(ctx, subjects.keys, request_id)
    if request_id is not None:
        sealed = seal_subjects(ctx.settings, subjects)
        await requests.write_subjects(ctx, request_id, sealed, subjects.keys, hashes)
    await heads.raise_version(ctx, suppressions=True)


async def _note(runtime: Runtime, workspace_id: int, subjects: Subjects, kind: RequestKind) -> None:
    settings = runtime.settings
    hashes = [
        hash_identifier(settings.vault, workspace_id, type_, value).hex() for type_, value in subjects.identifiers
    ]
    entry = ErasureEntry(runtime.clock.now(), workspace_id, subjects.keys, sorted(hashes), kind)
    await append_entries(settings, [entry])


async def settle(
    runtime: Runtime, workspace_id: int, subjects: Subjects, kind: RequestKind, request_id: int | None
) -> Subjects:
    """Step B. Raises ``Unavailable`` when something that began before does not end."""
    await _wait_for_older(runtime, workspace_id)
    more = await find_made_since(runtime, workspace_id, subjects)
    if not more:
        return subjects
    full = msgspec.structs.replace(subjects, keys=sorted([*subjects.keys, *more]))
    async with runtime.unit(workspace_id) as ctx:
        await _write_gone(ctx, full, kind, request_id)
    await _note(runtime, workspace_id, full, kind)
    return full


async def _wait_for_older(runtime: Runtime, workspace_id: int) -> None:
    """Until every server knows, and all that began before it knew has ended."""
    await asyncio.sleep(FRESH_S + WAIT_STEP_S)
    async with runtime.unit(workspace_id) as ctx:
        xid = await suppression.read_xid(ctx)
    for _ in range(round(WAIT_S_MAX / WAIT_STEP_S)):
        async with runtime.unit(workspace_id) as ctx:
            if await suppression.have_ended(ctx, xid):
                return
        await asyncio.sleep(WAIT_STEP_S)
    raise Unavailable(
        "erasure_waits", "Work that began before the erasure has not ended yet; it goes on by itself.", retry_after_s=30
    )


async def erase_stores(
    runtime: Runtime, workspace_id: int, subjects: Subjects, counts: dict[str, int], report: Report
) -> bool:
    """Step C for every store that ``counts`` has not yet; false when it was told to stop. Counts are put in."""
    people = [as_person(subjects)]
    stores = runtime.registry.person_stores
    for place, store in enumerate(stores):
        if store.name in counts:
            continue
        counts[store.name] = await store.erase(runtime, workspace_id, people)
        if not await report(place + 1, len(stores), store.title):
            return len(counts) == len(stores)
    return True


async def erase_now(
    runtime: Runtime, workspace_id: int, subjects: Subjects, kind: RequestKind, request_id: int | None = None
) -> dict[str, int]:
    """The whole of it at once; returns counts by store."""

    async def go_on(*_: object) -> bool:
        return True

    full = await mark_gone(runtime, workspace_id, subjects, kind, request_id)
    full = await settle(runtime, workspace_id, full, kind, request_id)
    counts: dict[str, int] = {}
    await erase_stores(runtime, workspace_id, full, counts, go_on)
    return counts


async def replay_erasures(runtime: Runtime, entries: Iterable[ErasureEntry | Mapping[str, Any]]) -> int:
    """See ``api.replay_erasures``."""
    by_workspace: dict[int, list[ErasureEntry]] = {}
    for one in entries:
        entry = one if isinstance(one, ErasureEntry) else msgspec.convert(one, ErasureEntry)
        by_workspace.setdefault(entry.workspace_id, []).append(entry)
    return sum([await _replay(runtime, id_, some) for id_, some in sorted(by_workspace.items())])


async def _replay(runtime: Runtime, workspace_id: int, entries: Sequence[ErasureEntry]) -> int:
    """Who is there again is found by the hashes of their identifiers. What was deleted and not kept out counts
    only in a database that does not know of it: a newer one may rightly have the person again."""
    async with runtime.unit(workspace_id) as ctx:
        due = [
            one
            for one in entries
            if one.kind in KEEPING or await suppression.count_erased(ctx, one.keys) < len(set(one.keys))
        ]
    kind_of: dict[bytes, RequestKind] = {bytes.fromhex(hash_): one.kind for one in due for hash_ in one.hashes}
    kind_of |= {bytes.fromhex(hash_): one.kind for one in due if one.kind in KEEPING for hash_ in one.hashes}
    back = await _find_back(runtime, workspace_id, kind_of)
    done = 0
    kinds: list[RequestKind] = list(dict.fromkeys(one.kind for one in due))
    for kind in kinds:
        keys = {key for one in due if one.kind == kind for key in one.keys}
        found = [(key, pair) for key, pair, of in back if of == kind]
        subjects = Subjects(identifiers=[pair for _, pair in found], keys=sorted(keys.union(key for key, _ in found)))
        if kind in KEEPING:
            async with runtime.unit(workspace_id) as ctx:
                hashes = [bytes.fromhex(hash_) for one in due if one.kind == kind for hash_ in one.hashes]
                await suppression.suppress(ctx, hashes, "erased", None)
        await _erase_again(runtime, workspace_id, subjects, kind)
        done += len(found)
    return done


async def _erase_again(runtime: Runtime, workspace_id: int, subjects: Subjects, kind: RequestKind) -> None:
    """Like ``erase_now``, without another line in the ledger it comes from."""

    async def go_on(*_: object) -> bool:
        return True

    async with runtime.unit(workspace_id) as ctx:
        known = Subjects(identifiers=subjects.identifiers)
        full = await describe_people(ctx, subjects, await find_people(ctx, known))
        await _write_gone(ctx, full, kind, None)
    await _wait_for_older(runtime, workspace_id)
    await erase_stores(runtime, workspace_id, full, {}, go_on)


async def _find_back(
    runtime: Runtime, workspace_id: int, kind_of: Mapping[bytes, RequestKind]
) -> list[tuple[int, tuple[str, str], RequestKind]]:
    found: list[tuple[int, tuple[str, str], RequestKind]] = []
    above = 0
    while kind_of:
        async with runtime.unit(workspace_id) as ctx:
            page = await runtime.registry.person_finder.walk(ctx, above, NODES_PER_PAGE)
        for key, type_, value in page:
            kind = kind_of.get(hash_identifier(runtime.settings.vault, workspace_id, type_, value))
            if kind is not None:
                found.append((key, (type_, value), kind))
        if len(page) < NODES_PER_PAGE:
            break
        above = page[-1][0]
    return found
