"""Links to reports and dashboards: for members, or for anyone who has them, until a day.

Whoever has no account sees figures as somebody who may see nothing of customers: a question that reads hidden fields
is not answered, nobody's name is told, and how it was computed is left out, for conditions stand in it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import structs

from kizuna.domains.analytics.contracts import Answer, Text
from kizuna.domains.analytics.repository import shares as repository
from kizuna.domains.analytics.repository.shares import ShareRow
from kizuna.domains.analytics.rules.share_tokens import is_genuine, read_token, write_token
from kizuna.domains.analytics.rules.tiles import ViewOptions
from kizuna.domains.analytics.rules.words import text
from kizuna.domains.analytics.service import answers
from kizuna.domains.analytics.service.dashboards import METRIC_GONE, Tile, read_dashboard
from kizuna.domains.analytics.service.metrics import list_metrics
from kizuna.domains.analytics.service.named import name_labels
from kizuna.domains.analytics.service.reports import read_report
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Forbidden, Invalid, Limit, NotFound, Unauthenticated

TargetKind = Literal["report", "dashboard"]
Audience = Literal["members", "anyone"]

SHARES_MAX = 1_000
LIFE_MAX = timedelta(days=366)
SHARED_AGE_S = 600
"""Strangers do not make the engine work: an answer of the last ten minutes is good enough."""

STRANGER = Actor("key", None, "Shared link", frozenset({"reports.read"}))


@dataclass(frozen=True, slots=True)
class Target:
    """What a link or a mailing shows: a report is a dashboard of one tile."""

    title: Text
    description: Text
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class ShownShare:
    row: ShareRow
    title: Text
    url: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was opened, by somebody who may."""

    row: ShareRow
    target: Target
    workspace: str
    language: str


async def list_shares(
    ctx: Context, kind: str | None, ref: str | None, before: int | None, limit: int
) -> list[ShownShare]:
    """Those that open something, newest first."""
    rows = await repository.list_page(ctx, kind, ref, before, limit)
    return [await _show(ctx, row) for row in rows]


async def add_share(
    ctx: Context, kind: TargetKind, ref: str, audience: Audience, expires_at: datetime | None
) -> ShownShare:
    """Raises ``NotFound`` for what is not there, ``Invalid`` for a link to anyone without an end, ``Limit``."""
    now = ctx.clock.now()
    if audience == "anyone" and expires_at is None:
        raise _wrong_end("Until when is the link good? Anyone who has it sees the figures.")
    if expires_at is not None and not now < expires_at <= now + LIFE_MAX:
        raise _wrong_end("The link must end in the future, within a year.")
    if await repository.count(ctx) >= SHARES_MAX:
        raise Limit("shares_many", f"A workspace has {SHARES_MAX:,} links at the most; revoke one first.")
    target = await read_target(ctx, kind, ref)
    row = await repository.insert(ctx, kind, ref, audience, secrets.token_bytes(16), expires_at)
    whom = "members" if audience == "members" else "anyone with the link"
    await record_audit(
        ctx,
        "share.created",
        "share",
        row.id,
        f"Shared the {kind} “{target.title['en']}” with {whom}",
        after={"kind": kind, "ref": ref, "audience": audience, "expires_at": _tell_time(expires_at)},
    )
    return await _show(ctx, row)


async def revoke_share(ctx: Context, share_id: int) -> None:
    """The link opens nothing from now on. Raises ``NotFound``."""
    row = await repository.revoke(ctx, share_id)
    if row is None:
        raise NotFound("share_not_found", "There is no such link, or it was revoked already.")
    await record_audit(ctx, "share.revoked", "share", row.id, f"Revoked a link to a {row.kind}")


async def find_share(runtime: Runtime, token: str) -> tuple[int, ShareRow]:
    """Workspace and link of a token. Raises ``NotFound`` for one that opens nothing, whatever the reason."""
    claimed = read_token(token)
    if claimed is not None:
        workspace_id, share_id = claimed
        try:
            async with runtime.unit(workspace_id) as ctx:
                row = await repository.find(ctx, share_id)
        except NotFound:  # no such workspace
            row = None
        if row is not None and is_genuine(_key(runtime), token, workspace_id, share_id, row.nonce):
            now = runtime.clock.now()
            if row.revoked_at is None and (row.expires_at is None or row.expires_at > now):
                return workspace_id, row
    raise NotFound("link_unknown", "This link is not complete, was revoked, or has expired; ask for a new one.")


async def open_share(runtime: Runtime, token: str, member: tuple[int, Actor] | None) -> Opened:
    """What a link shows. ``member`` is the workspace and actor of who is signed in.

    Raises ``NotFound``, and ``Unauthenticated`` or ``Forbidden`` where only members may.
    """
    workspace_id, row = await find_share(runtime, token)
    actor = _who_looks(workspace_id, row, member)
    async with runtime.unit(workspace_id, actor) as ctx:
        target = await read_target(ctx, row.kind, row.ref)
        await repository.count_opened(ctx, row.id)
        return Opened(row, target, ctx.workspace.name, ctx.workspace.language)


async def answer_shared(runtime: Runtime, token: str, number: int, member: tuple[int, Actor] | None) -> Answer:
    """The answer of a tile. Raises what ``open_share`` raises, and ``Invalid`` for a tile that shows none."""
    workspace_id, row = await find_share(runtime, token)
    actor = _who_looks(workspace_id, row, member)
    async with runtime.unit(workspace_id, actor) as ctx:
        target = await read_target(ctx, row.kind, row.ref)
    query = target.tiles[number].query if 0 <= number < len(target.tiles) else None
    if query is None:
        raise NotFound("tile_not_found", "There is no such tile, or it shows no figures.")
    found = await answers.answer(runtime, workspace_id, actor, msgspec.to_builtins(query), max_age_s=SHARED_AGE_S)
    return without_people(await name_labels(runtime, workspace_id, None, query.breakdown, found))


def without_people(answer: Answer) -> Answer:
    """Figures alone: nobody can be listed, and how they were computed is not told."""
    columns = [structs.replace(column, opens=False) for column in answer.columns]
    return structs.replace(answer, columns=columns, statements=[], kernels=[])


async def read_target(ctx: Context, kind: TargetKind, ref: str) -> Target:
    """As the one who acts may see it. Raises ``NotFound``."""
    if kind == "dashboard":
        view = await read_dashboard(ctx, ref)
        return Target(view.head.title, view.head.description, view.tiles)
    if not (ref.isdecimal() and len(ref) < 10):
        raise NotFound("report_not_found", "There is no such report, or it was removed.")
    report = await read_report(ctx, int(ref))
    name, description = report.shown.row.name, report.shown.row.description
    metric = list_metrics().get(report.shown.metric)
    missing = None
    if report.query is None:
        missing = text(report.hidden or "", "この内容を見る権限がありません。")
    elif metric is None:
        missing = METRIC_GONE
    tile = Tile(
        report_id=int(ref),
        report_name=name,
        query=report.query if missing is None else None,
        title=text(name, name),
        missing=missing,
        shape=report.shown.shape,
        width=12,
        height=6,
        view=report.view or ViewOptions(),
    )
    return Target(text(name, name), text(description, description), [tile])


def _who_looks(workspace_id: int, row: ShareRow, member: tuple[int, Actor] | None) -> Actor:
    if row.audience == "anyone":
        return STRANGER
    if member is None:
        raise Unauthenticated("not_signed_in", "This link is for members of the workspace; sign in to open it.")
    its_id, actor = member
    if its_id != workspace_id:
        raise Forbidden("other_workspace", "This link is for members of another workspace; sign in there.")
    if "reports.read" not in actor.permissions:
        raise Forbidden("no_permission", "Your role does not include reports.read, so it does not see reports.")
    return actor


async def _show(ctx: Context, row: ShareRow) -> ShownShare:
    try:
        title = (await read_target(ctx, row.kind, row.ref)).title
    except NotFound:
        title = text("(removed)", "(削除済み)")
    token = write_token(_key(ctx.runtime), ctx.workspace.id, row.id, row.nonce)
    return ShownShare(row, title, f"{ctx.settings.public_url}/shared/{token}")


def _key(runtime: Runtime) -> bytes:
    return runtime.settings.vault.derive_key("analytics.shares")


def _tell_time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _wrong_end(sentence: str) -> Invalid:
    return Invalid("share_without_end", sentence, fields={"expires_at": sentence})
