"""What privacy itself keeps of a person."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kizuna.domains.privacy.contracts import Request
from kizuna.domains.privacy.repository import answers, suppression
from kizuna.domains.privacy.repository import disclosures as disclosure_rows
from kizuna.domains.privacy.repository import requests as request_rows
from kizuna.domains.privacy.service.subjects import hash_all
from kizuna.kernel.context import Runtime
from kizuna.kernel.needles import make_needles
from kizuna.kernel.person import Person, PersonStore
from kizuna.kernel.settings import Settings

PAGE = 200


def archive_path(settings: Settings, workspace_id: int, request_id: int) -> Path:
    return settings.blobs_dir / "archives" / str(workspace_id) / f"request-{request_id}.zip"


async def erase_answers(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    async with runtime.unit(workspace_id) as ctx:
        return await answers.erase_answers(ctx, [key for one in people for key in one.keys])


async def tell_answers(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    before: int | None = None
    while True:
        async with runtime.unit(workspace_id) as ctx:
            page = await answers.read_log(ctx, person.keys, before, PAGE)
        for one in page:
            told = msgspec.to_builtins(one)
            yield {name: value for name, value in told.items() if name not in ("key", "id")}
        if len(page) < PAGE:
            return
        before = page[-1].id


async def erase_requests(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Notes and archives of requests about them. That somebody asked, for what and when, stays."""
    needles = make_needles(people)
    changed = 0
    async with runtime.unit(workspace_id) as ctx:
        keys = [key for one in people for key in one.keys]
        hashes = hash_all(ctx, (pair for one in people for pair in one.identifiers))
        for request in await request_rows.find_about(ctx, keys, hashes):
            reason = request.extended_reason
            receipt = needles.redact_json(request.receipt)
            note, why = needles.redact_text(request.note), None if reason is None else needles.redact_text(reason)
            await request_rows.redact(ctx, request, note, why, receipt, forget=not _is_at_work(request))
            archive = archive_path(runtime.settings, workspace_id, request.id)
            changed += archive.is_file() or note != request.note or request.subjects is not None
            archive.unlink(missing_ok=True)
    return changed


def _is_at_work(request: Request) -> bool:
    """It needs to know whom it is about until it is done, and forgets them then."""
    return request.kind in ("erasure", "deletion") and request.state in ("running", "failed")


async def tell_requests(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    async with runtime.unit(workspace_id) as ctx:
        for request in await request_rows.find_about(ctx, person.keys, hash_all(ctx, person.identifiers)):
            yield {
                name: getattr(request, name)
                for name in ("kind", "state", "law", "via", "note", "received_at", "due_at", "finished_at")
            }


async def erase_disclosures(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """That something was disclosed, to whom and why, stays on record without them."""
    async with runtime.unit(workspace_id) as ctx:
        return await suppression.erase_disclosed(ctx, [key for one in people for key in one.keys])


async def tell_disclosures(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    async with runtime.unit(workspace_id) as ctx:
        for one in await disclosure_rows.list_about(ctx, person.keys):
            told = msgspec.to_builtins(one)
            yield {name: value for name, value in told.items() if name not in ("id", "people")}


PERSON_STORES = (
    PersonStore("privacy.answers", "Consent and its proof", erase_answers, tell_answers),
    PersonStore("privacy.requests", "Requests and archives", erase_requests, tell_requests),
    PersonStore("privacy.disclosures", "Disclosures to third parties", erase_disclosures, tell_disclosures),
)
