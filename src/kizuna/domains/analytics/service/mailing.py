"""Mails reports and dashboards that are due: to each member what they may see, in their language.

A mailing is taken up in one transaction that sets the next time. Whom it reached is noted one by one, so that a try
after a fault mails nobody twice; should that note itself be lost, the message's id is the same again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from kizuna.domains.analytics.repository import schedules as repository
from kizuna.domains.analytics.repository.schedules import ScheduleRow
from kizuna.domains.analytics.rules.letters import BUTTON, NOT_COMPUTED, REASON, Part, write_part
from kizuna.domains.analytics.rules.mailing_times import next_mailing
from kizuna.domains.analytics.rules.written import Language
from kizuna.domains.analytics.service import answers
from kizuna.domains.analytics.service.dashboards import Tile
from kizuna.domains.analytics.service.shares import read_target
from kizuna.domains.workspace.api import list_colleagues, list_workspace_ids, record_audit
from kizuna.domains.workspace.contracts import Colleague
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import KizunaError, NotFound
from kizuna.kernel.jobs import defer
from kizuna.kernel.mail import TransportError

logger = logging.getLogger(__name__)

SEND_TASK = "analytics:send_mailing"
DUE_MAX = 100
MAIL_AGE_S = 900
"""Members whose mailing is due at the same hour share what was computed."""

PATHS = {"report": "insight/reports", "dashboard": "insight/dashboards"}


async def queue_due(runtime: Runtime) -> None:
    """Takes up what is due in every workspace."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            now = ctx.clock.now()
            for schedule_id in await repository.list_due(ctx, DUE_MAX):
                row = await repository.find(ctx, schedule_id)
                assert row is not None
                next_at = next_mailing(now, ctx.workspace.time_zone, row.every, row.hour, row.weekday, row.monthday)
                begun = await repository.begin(ctx, schedule_id, next_at)
                if begun is not None and begun.due_at is not None:
                    args = {"schedule_id": schedule_id, "due_at": begun.due_at.isoformat()}
                    await defer(ctx, SEND_TASK, args, lock=f"analytics-mailing:{workspace_id}:{schedule_id}")


async def send_mailing(runtime: Runtime, workspace_id: int, schedule_id: int, due_at: str) -> None:
    """The job. Raises ``TransportError`` for what may pass; it is tried again then."""
    due = datetime.fromisoformat(due_at)
    async with runtime.unit(workspace_id) as ctx:
        row = await repository.find(ctx, schedule_id)
        colleagues = {one.id: one for one in await list_colleagues(ctx)}
    if row is None or row.due_at != due:
        return  # removed meanwhile, or the next one is under way
    mailing = _Mailing(runtime, workspace_id, row, {})
    failed: list[str] = []
    for member_id in row.members:
        if member_id not in row.told:
            try:
                await mailing.send_to(colleagues.get(member_id))
            except TransportError as error:
                await mailing.note(error.message)
                if not error.permanent:
                    raise
                failed.append(error.message)
    await mailing.end(failed[0] if failed else None)


@dataclass
class _Mailing:
    """One mailing. ``letters`` are remembered by what their readers may see: those of one role read the same."""

    runtime: Runtime
    workspace_id: int
    row: ScheduleRow
    letters: dict[tuple[frozenset[str], Language], dict[str, Any] | None]

    async def send_to(self, member: Colleague | None) -> None:
        """Does nothing for who is gone, or may not see reports any more."""
        if member is None or member.disabled:
            return
        permissions = self.runtime.registry.permissions_of_role(member.role)
        if "reports.read" not in permissions:
            return
        name = (permissions, member.language)
        if name not in self.letters:
            actor = Actor("member", str(member.id), member.name, permissions)
            self.letters[name] = await self._write(actor, member.language)
        letter = self.letters[name]
        if letter is None:
            return
        await self.runtime.mailer.send(self._compose(letter, member))
        assert self.row.due_at is not None
        async with self.runtime.unit(self.workspace_id) as ctx:
            await repository.note_told(ctx, self.row.id, self.row.due_at, member.id)

    async def note(self, error: str) -> None:
        async with self.runtime.unit(self.workspace_id) as ctx:
            await repository.note_error(ctx, self.row.id, error)

    async def end(self, error: str | None) -> None:
        assert self.row.due_at is not None
        async with self.runtime.unit(self.workspace_id) as ctx:
            await repository.end(ctx, self.row.id, self.row.due_at, error)
            now = await repository.find(ctx, self.row.id)
            told = 0 if now is None else len(now.told)
            await record_audit(
                ctx,
                "schedule.sent",
                "schedule",
                self.row.id,
                f"Mailed a {self.row.kind} to {told} member{'' if told == 1 else 's'}",
            )

    async def _write(self, actor: Actor, language: Language) -> dict[str, Any] | None:
        """What the letter says to somebody who may see so much; None where the thing is gone."""
        try:
            async with self.runtime.unit(self.workspace_id, actor) as ctx:
                target = await read_target(ctx, self.row.kind, self.row.ref)
                workspace = ctx.workspace.name
        except NotFound:
            return None
        title = target.title[language]
        return {
            "language": language,
            "subject": f"{workspace}: {title}",
            "title": title,
            "description": target.description[language],
            "workspace": workspace,
            "parts": [await self._write_tile(one, actor, language) for one in target.tiles if one.text is None],
            "url": f"{self.runtime.settings.public_url}/{PATHS[self.row.kind]}/{self.row.ref}",
            "button": BUTTON[language],
            "reason": REASON[language].format(by=self.row.created_by, workspace=workspace),
        }

    async def _write_tile(self, tile: Tile, actor: Actor, language: Language) -> Part:
        title = (tile.title or {}).get(language) or tile.report_name or ""
        if tile.query is None:
            return Part(title, (tile.missing or {}).get(language, ""))
        try:
            query = msgspec.to_builtins(tile.query)
            answer = await answers.answer(self.runtime, self.workspace_id, actor, query, max_age_s=MAIL_AGE_S)
        except KizunaError as error:
            return Part(title, NOT_COMPUTED[language].format(why=error.message))
        return write_part(title or answer.title[language], answer, language)

    def _compose(self, letter: dict[str, Any], member: Colleague) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = " ".join(letter["subject"].split())
        message["To"] = formataddr((member.name, member.email))
        names: Sequence[object] = (self.workspace_id, self.row.id, self.row.due_at, member.id)
        mark = hashlib.blake2b(repr(names).encode(), digest_size=16).hexdigest()
        message["Message-ID"] = f"<{mark}@{urlsplit(self.runtime.settings.public_url).hostname}>"
        message["Date"] = format_datetime(self.runtime.clock.now())
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answer comes back
        message.set_content(_environment(False).get_template("report.txt").render(letter).strip() + "\n")
        message.add_alternative(_environment(True).get_template("report.html").render(letter), subtype="html")
        return message


@cache
def _environment(html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("kizuna.domains.analytics", "templates/mail"),
        autoescape=html,  # noqa: S701  # the text part is no HTML: &amp; would stand there as it is
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
