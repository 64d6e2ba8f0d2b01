"""Requests of persons: received, given a deadline, carried out or refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kizuna.domains.privacy.contracts import SUBJECTS_MAX, Region, Request, RequestKind, Subjects, Via
from kizuna.domains.privacy.repository import heads, suppression
from kizuna.domains.privacy.repository import requests as repository
from kizuna.domains.privacy.repository.requests import Filters
from kizuna.domains.privacy.rules.deadlines import APPI_DAYS_DEFAULT, due_at, extended_due_at
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.service import consent
from kizuna.domains.privacy.service.subjects import (
    describe_people,
    find_people,
    hash_all,
    seal_subjects,
    unseal_subjects,
)
from kizuna.domains.workspace.api import list_workspace_ids, record_audit, start_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict, Invalid, NotFound

ERASE_TASK = "privacy:erase"
ACCESS_TASK = "privacy:access"
PERMISSION = "privacy.manage"
NOTE_CHARS_MAX = 2_000
OPEN = ("received", "running", "failed")
WORDS: dict[RequestKind, str] = {
    "access": "Access",
    "erasure": "Erasure",
    "deletion": "Deletion",
    "restriction": "Restriction",
    "release": "Release",
    "correction": "Correction",
}


async def receive(
    ctx: Context,
    *,
    kind: RequestKind,
    keys: Sequence[int] = (),
    identifiers: Sequence[tuple[str, str]] = (),
    via: Via,
    note: str = "",
    law: Region | None = None,
    subject_type: str | None = None,
    regulation: str | None = None,
) -> int:
    """Writes down a request about the people with these nodes or identifiers; returns its number.

    Raises ``Invalid`` when it is about nobody or too many. Identifiers that nobody has are kept, too: who
    is not known yet can be kept out all the same.
    """
    finder = ctx.runtime.registry.person_finder
    normal = [pair for type_, value in identifiers if (pair := finder.normalise(ctx, type_, value)) is not None]
    if not keys and not normal:
        raise Invalid("request_about_nobody", "Say whom the request is about: a profile, or an identifier.")
    if len(identifiers) > SUBJECTS_MAX:
        raise Invalid("request_too_large", f"A request is about {SUBJECTS_MAX:,} people at most; send several.")
    subjects = Subjects(identifiers=sorted(set(normal)), keys=sorted(set(keys)))
    people = await find_people(ctx, subjects)
    chosen: Region = law or region_of(ctx.workspace.country)
    values = {
        "kind": kind,
        "law": chosen,
        "subjects": seal_subjects(ctx.settings, subjects),
        "keys": sorted({*keys, *(key for one in people for key in one.keys)}),
        "hashes": hash_all(ctx, normal),
        "subject_type": subject_type,
        "subject_count": max(len(people), len(set(normal)) if not keys else 1),
        "regulation": regulation,
        "note": _check_note(note),
        "due_at": due_at(chosen, ctx.clock.now(), ctx.workspace.time_zone, await read_target(ctx)),
    }
    request = await repository.insert(ctx, values, via)
    await _record(ctx, request, "received", f"{WORDS[kind]} was requested")
    return request.id


async def start(ctx: Context, request_id: int) -> Request:
    """Carries a request out: at once, or as a job. Raises ``NotFound``, or ``Conflict`` for one that has ended."""
    request = await _load_open(ctx, request_id)
    if request.state == "running":
        raise Conflict("request_running", "This request is being carried out already.")
    if request.subjects is None:
        raise Conflict("request_forgotten", "Whom this request was about was erased; refuse it with a note.")
    now = ctx.clock.now()
    await repository.change(ctx, request.id, state="running", started_at=now)
    if request.kind in ("erasure", "deletion", "access"):
        task = ACCESS_TASK if request.kind == "access" else ERASE_TASK
        title = f"{WORDS[request.kind]} for request {request.id}"
        args = {"request_id": request.id}
        job_id = await start_job(ctx, f"privacy.{request.kind}", title, task, args, permission=PERMISSION)
        await repository.change(ctx, request.id, job_id=job_id)
    elif request.kind in ("restriction", "release"):
        await _restrict_or_release(ctx, request)
    await _record(ctx, request, "started", f"{WORDS[request.kind]} was started")
    return await load(ctx, request.id)


async def _restrict_or_release(ctx: Context, request: Request) -> None:
    assert request.subjects is not None
    given = unseal_subjects(ctx.settings, request.subjects)
    people = await find_people(ctx, given)
    full = await describe_people(ctx, given, people)
    hashes = hash_all(ctx, full.identifiers)
    if request.kind == "restriction":
        await suppression.suppress(ctx, hashes, "suppressed", request.id)
        for person in people:
            await consent.restrict(ctx, person.keys)
        changed = len(hashes)
    else:
        changed = await suppression.lift(ctx, hashes)
        for person in people:
            await consent.release(ctx, person.keys)
    await heads.raise_version(ctx, suppressions=True)
    await close(ctx, request, {"identifiers": changed, "people": len(people)}, full.keys, hashes)


async def close(
    ctx: Context, request: Request, done: dict[str, Any], keys: Sequence[int] = (), hashes: Sequence[bytes] = ()
) -> None:
    """Writes the receipt; whom it was about is known by keys and hashes only from now on."""
    now = ctx.clock.now()
    receipt = {
        **done,
        "received_at": _iso(request.received_at),
        "started_at": _iso(request.started_at or now),
        "finished_at": _iso(now),
        "by": request.actor_name,
    }
    await repository.change(ctx, request.id, state="done", finished_at=now, receipt=receipt)
    await repository.write_subjects(ctx, request.id, None, keys or request.keys, hashes or request.hashes)
    await _record(ctx, request, "done", f"{WORDS[request.kind]} is done")


async def complete(ctx: Context, request_id: int, note: str) -> Request:
    """Ends a correction that staff have made by editing the profile. Raises ``Conflict`` for other kinds."""
    request = await _load_open(ctx, request_id)
    if request.kind != "correction":
        raise Conflict("request_carried_out_itself", "Only a correction is completed by hand; start this one.")
    if not note.strip():
        raise Invalid("note_missing", "Say what was corrected.", fields={"note": "say what was corrected"})
    await close(ctx, request, {"note": _check_note(note)})
    return await load(ctx, request.id)


async def extend(ctx: Context, request_id: int, reason: str) -> Request:
    """Moves the deadline, once, with the reason that the person is told. Raises ``Conflict`` the second time."""
    request = await _load_open(ctx, request_id)
    if request.extended_reason is not None:
        raise Conflict("request_extended", "The deadline was extended already; the law allows it once.")
    if not reason.strip():
        raise Invalid("reason_missing", "Say why, as you tell the person.", fields={"reason": "say why"})
    moved = extended_due_at(request.law, request.due_at, ctx.workspace.time_zone)
    await repository.change(ctx, request.id, due_at=moved, extended_reason=_check_note(reason))
    await _record(ctx, request, "extended", f"The deadline of {WORDS[request.kind].lower()} was extended")
    return await load(ctx, request.id)


async def refuse(ctx: Context, request_id: int, reason: str) -> Request:
    """Ends a request without carrying it out. The reason is kept, and told to the person by staff."""
    request = await _load_open(ctx, request_id)
    if request.state == "running" and request.kind != "correction":
        raise Conflict("request_running", "This request is being carried out; stop its job first.")
    if not reason.strip():
        raise Invalid("reason_missing", "Say why, as you tell the person.", fields={"reason": "say why"})
    now = ctx.clock.now()
    receipt = {"reason": _check_note(reason), "finished_at": _iso(now), "by": ctx.actor.name}
    await repository.change(ctx, request.id, state="refused", finished_at=now, receipt=receipt)
    await repository.forget_subjects(ctx, [request.id])
    await _record(ctx, request, "refused", f"{WORDS[request.kind]} was refused")
    return await load(ctx, request.id)


async def load(ctx: Context, id_: int | UUID, *, lock: bool = False) -> Request:
    """Raises ``NotFound``."""
    request = await repository.find(ctx, id_, lock=lock)
    if request is None:
        raise NotFound("request_not_found", "There is no such request.")
    return request


async def _load_open(ctx: Context, request_id: int) -> Request:
    request = await load(ctx, request_id, lock=True)
    if request.state not in OPEN:
        raise Conflict("request_ended", f"This request has ended ({request.state}); make a new one.")
    return request


async def list_requests(ctx: Context, filters: Filters, before: int | None, limit: int) -> list[Request]:
    return await repository.list_page(ctx, filters, before, limit)


async def count_open(ctx: Context) -> tuple[int, int]:
    """(open, overdue)"""
    return await repository.count_open(ctx)


async def list_profiles(ctx: Context, request: Request) -> list[UUID]:
    """Profiles that a request is about and that are still there."""
    people = await ctx.runtime.registry.person_finder.by_keys(ctx, request.keys) if request.keys else []
    return sorted({person.profile_ids[0] for person in people if person is not None and person.profile_ids})


async def read_target(ctx: Context) -> int:
    """Days within which requests under the APPI are to be answered."""
    return await repository.read_target(ctx) or APPI_DAYS_DEFAULT


async def change_target(ctx: Context, appi_days: int) -> int:
    before = await read_target(ctx)
    await repository.write_target(ctx, appi_days)
    await record_audit(
        ctx,
        "privacy_target.changed",
        "privacy_target",
        None,
        "Changed the target for requests under the APPI",
        before={"appi_days": before},
        after={"appi_days": appi_days},
    )
    return appi_days


async def mark_overdue(runtime: Runtime) -> None:
    """Notes which open requests have passed their deadline."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            await repository.mark_overdue(ctx)


def _check_note(text: str) -> str:
    plain = text.replace("\x00", "").strip()
    if len(plain) > NOTE_CHARS_MAX:
        raise Invalid("note_too_long", f"A note has {NOTE_CHARS_MAX:,} characters at most.")
    return plain


async def _record(ctx: Context, request: Request, done: str, summary: str) -> None:
    await record_audit(ctx, f"request.{done}", "privacy_request", request.id, summary, after={"kind": request.kind})


def _iso(time: datetime) -> str:
    return msgspec.to_builtins(time)
