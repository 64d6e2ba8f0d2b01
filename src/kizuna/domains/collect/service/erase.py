"""Everything that was collected of a person: told, and removed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from kizuna.domains.collect.contracts import EVENT_TYPES
from kizuna.domains.collect.repository import drain
from kizuna.domains.collect.repository import erase as repository
from kizuna.domains.collect.service.imports.uploads import LIVE_STATES, import_folder, upload_path
from kizuna.domains.workspace.api import read_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import NotFound
from kizuna.kernel.needles import ERASED, Needles, make_needles
from kizuna.kernel.person import Person, PersonStore

if TYPE_CHECKING:
    from kizuna.domains.collect.service.columns import Columns


async def erase_requests(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """What webhook sources were sent, where it names somebody."""
    needles = make_needles(people)
    async with runtime.unit(workspace_id) as ctx:
        ids = [
            row["id"]
            async for row in repository.walk(ctx.db, repository.REQUESTS, workspace_id)
            if _named_in_request(needles, row)
        ]
        return await repository.delete_rows(ctx.db, repository.DELETE_REQUESTS, workspace_id, ids)


def _named_in_request(needles: Needles, row: dict[str, Any]) -> bool:
    return needles.in_text(row["body"]) or needles.in_json(row["events"]) or needles.in_json(row["errors"])


async def erase_refusals(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Samples of refused items that name somebody."""
    needles = make_needles(people)
    async with runtime.unit(workspace_id) as ctx:
        ids = [
            row["id"]
            async for row in repository.walk(ctx.db, repository.REFUSALS, workspace_id)
            if needles.in_text(row["sample"]) or needles.in_text(row["reason"])
        ]
        return await repository.delete_rows(ctx.db, repository.DELETE_REFUSALS, workspace_id, ids)


async def erase_set_aside(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Events that wait for a decision. What cannot be read is removed whole: nobody knows of whom it is."""
    removed = 0
    async with runtime.unit(workspace_id) as ctx:
        gone: list[int] = []
        async for row in repository.walk(ctx.db, repository.SET_ASIDE, workspace_id):
            columns = _read(row["payload"])
            rest = None if columns is None else _leave_out(columns, people)
            if columns is None or (rest is not None and not rest.count):
                gone.append(row["id"])
                removed += row["events"]
            elif rest is not None:
                removed += row["events"] - rest.count
                sample = _describe(rest)
                await repository.write_set_aside(ctx.db, workspace_id, row["id"], rest.count, sample, rest.write())
        await repository.delete_rows(ctx.db, repository.DELETE_SET_ASIDE, workspace_id, gone)
    return removed


async def erase_inbox(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Events on their way, streamed or not."""
    removed = 0
    async with runtime.database.transaction("drain", workspace_id) as db:
        await drain.wait_for_lake(db, workspace_id)
        async for row in repository.walk(db, repository.CHUNKS, workspace_id):
            columns = _read(row["payload"])
            rest = None if columns is None else _leave_out(columns, people)
            if columns is None or rest is None:
                continue  # what is no chunk is set aside by the stream, and looked at there
            removed += columns.count - rest.count
            if rest.count or (rest.chunk.counts and row["state"] == 0):
                await drain.replace_payload(db, workspace_id, row["id"], rest.count, rest.write())
            else:
                await drain.delete_chunks(db, workspace_id, [row["id"]])
    return removed


async def erase_events(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Events in the lake, whenever they are said to have been; those of others no longer name them. No load that
    began before appends after it."""
    keys = sorted({key for person in people for key in person.keys})
    identifiers = sorted({pair for person in people for pair in person.identifiers})
    async with runtime.database.transaction("drain", workspace_id) as db:
        await drain.wait_for_lake(db, workspace_id)
        return (await runtime.lake.erase(workspace_id, keys, identifiers=identifiers)).events


async def erase_imports(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Uploaded files and rows that were refused: copies that nobody can search, so all that are no longer
    needed go. The file of an import that still runs goes when it ends."""
    needles = make_needles(people)
    removed = 0
    async with runtime.unit(workspace_id) as ctx:
        live, ended = set[Any](), list[int]()
        for import_id, upload_id, filename in await repository.list_imports(ctx.db, workspace_id):
            if await _is_live(ctx, import_id):
                live.add(upload_id)
            else:
                ended.append(import_id)
                await repository.forget_samples(ctx.db, workspace_id, import_id, needles.redact_text(filename))
        uploads = await repository.list_uploads(ctx.db, workspace_id)
        for upload_id, filename, _ in uploads:
            if upload_id in live:
                await repository.doom_upload(ctx.db, workspace_id, upload_id, needles.redact_text(filename))
        gone = [upload_id for upload_id, _, _ in uploads if upload_id not in live]
        await repository.delete_rows(ctx.db, repository.DELETE_UPLOADS, workspace_id, gone)
    for upload_id in gone:
        upload_path(runtime.settings, workspace_id, upload_id).unlink(missing_ok=True)
        removed += 1
    for import_id in ended:
        folder = import_folder(runtime.settings, workspace_id, import_id)
        if folder.is_dir():
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            removed += 1
    return removed


async def _is_live(ctx: Context, import_id: int) -> bool:
    try:
        return (await read_job(ctx, import_id))["state"] in LIVE_STATES
    except NotFound:  # jobs are forgotten after some months
        return False


async def erase_catalogue(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Examples of properties, names that name somebody, and the last events that pages show.

    Last, for what a worker still had in memory of events before the erasure may have been written since.
    """
    needles = make_needles(people)
    profile_ids = {str(id_) for person in people for id_ in person.profile_ids}
    async with runtime.unit(workspace_id) as ctx:
        removed = await repository.forget_examples(ctx.db, workspace_id)
        for id_, name in await repository.list_names(ctx.db, workspace_id):
            if needles.in_text(name):
                await repository.rename(ctx.db, workspace_id, id_, f"{ERASED} {id_}")
        for name_id, path in await repository.list_paths(ctx.db, workspace_id):
            if needles.in_text(path):
                await repository.delete_path(ctx.db, workspace_id, name_id, path)
        tail = await repository.lock_tail(ctx.db, workspace_id)
        kept = [one for one in tail if one.get("profile_id") not in profile_ids and not needles.in_json(one)]
        if len(kept) < len(tail):
            await repository.write_tail(ctx.db, workspace_id, kept)
    return removed + len(tail) - len(kept)


async def tell_events(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    """All events in the lake."""
    async for page in runtime.lake.read_person(workspace_id, person.keys):
        for event in page:
            yield event


async def tell_inbox(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    async with runtime.database.transaction("drain", workspace_id) as db:
        async for row in repository.walk(db, repository.CHUNKS_READ, workspace_id):
            for event in _tell_chunk(row["payload"], person):
                yield event


async def tell_set_aside(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.SET_ASIDE, workspace_id):
            for event in _tell_chunk(row["payload"], person):
                yield {"set_aside_as": row["kind"], "set_aside_at": row["at"]} | event


async def tell_requests(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    needles = make_needles([person])
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.REQUESTS, workspace_id):
            if _named_in_request(needles, row):
                yield {"at": row["at"], "source_id": row["source_id"], "body": row["body"]}


async def tell_refusals(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    needles = make_needles([person])
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.REFUSALS, workspace_id):
            if needles.in_text(row["sample"]):
                yield {"at": row["at"], "source_id": row["source_id"], "reason": row["reason"], "item": row["sample"]}


def _read(payload: bytes) -> Columns | None:
    # Loaded here: it brings numpy, which the web process does without.
    from kizuna.domains.collect.service.columns import Columns

    try:
        return Columns.read(payload)
    except (msgspec.DecodeError, ValueError):
        return None


def _leave_out(columns: Columns, people: Sequence[Person]) -> Columns | None:
    from kizuna.domains.collect.service.without_people import leave_out_people

    return leave_out_people(columns, people)


def _describe(columns: Columns) -> str:
    from kizuna.domains.collect.service.set_aside import describe_columns

    return describe_columns(columns)


def _tell_chunk(payload: bytes, person: Person) -> list[dict[str, Any]]:
    from kizuna.domains.collect.service.without_people import find_people

    columns = _read(payload)
    if columns is None:
        return []
    return [_tell(columns, place) for place in find_people(columns, person.keys)]


def _tell(columns: Columns, place: int) -> dict[str, Any]:
    chunk = columns.chunk
    return {
        "message_id": chunk.message_ids[place],
        "name": columns.names[columns.name_index[place]],
        "type": EVENT_TYPES[int(columns.types[place])],
        "time": datetime.fromtimestamp(int(columns.times[place]) / 1_000_000, UTC),
        "identifiers": msgspec.json.decode(chunk.identifiers[place]),
        "properties": msgspec.json.decode(columns.properties(place)),
        "context": msgspec.json.decode(columns.context(place)),
    }


PERSON_STORES = (
    PersonStore("collect.imports", "Uploaded files, imports and their refused rows", erase_imports),
    PersonStore("collect.requests", "Requests that webhook sources got", erase_requests, tell_requests),
    PersonStore("collect.refusals", "Samples of refused items", erase_refusals, tell_refusals),
    PersonStore("collect.set_aside", "Events that were set aside", erase_set_aside, tell_set_aside),
    PersonStore("collect.inbox", "Events on their way to the lake", erase_inbox, tell_inbox),
    PersonStore("collect.events", "Events in the lake", erase_events, tell_events),
    PersonStore("collect.catalogue", "Examples in the catalogue, last events of the tail", erase_catalogue),
)
