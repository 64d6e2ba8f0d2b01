"""Letters: written down in the transaction that asks for them, sent by a job.

A letter's row holds everything the mail is made of, so a job that is repeated sends the same mail with the
same Message-ID, and receivers keep one.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from kizuna.domains.privacy.contracts import NO_CHANNEL
from kizuna.domains.privacy.repository import letters as repository
from kizuna.domains.privacy.repository.letters import LetterKind, LetterRow
from kizuna.domains.privacy.rules.links import CONFIRMATION_LIFE, PREFERENCES_LIFE
from kizuna.domains.privacy.service.addresses import hash_address, seal_address, unseal_address
from kizuna.domains.privacy.service.brand import read_brand, text_of
from kizuna.domains.privacy.service.links import make_link
from kizuna.domains.privacy.service.mails import render_mail
from kizuna.domains.privacy.service.purposes import find_purpose
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import KizunaError, Limit
from kizuna.kernel.ids import new_id
from kizuna.kernel.jobs import defer
from kizuna.kernel.mail import TransportError

logger = logging.getLogger(__name__)

SEND_MAIL = "privacy:send_mail"
PER_ADDRESS_MAX = 4
"""Letters to one address in an hour, of all kinds: nobody's mailbox is filled by a stranger."""
PER_ADDRESS_WINDOW = timedelta(hours=1)
KEEP_AFTER_EXPIRY = timedelta(days=30)


async def write_letter(
    ctx: Context,
    kind: LetterKind,
    address: str,
    language: str,
    *,
    key: int | None = None,
    purpose: str | None = None,
    channels: tuple[str, ...] = (),
    text_version: int | None = None,
) -> int:
    """Writes a letter down and queues it. Raises ``Limit`` when the address got many lately."""
    now, address_hash = ctx.clock.now(), hash_address(ctx, address)
    if await repository.count_letters(ctx, address_hash, now - PER_ADDRESS_WINDOW) >= PER_ADDRESS_MAX:
        raise Limit(
            "too_many_letters",
            "This address got several letters within the hour; look into the mailbox, or try again later.",
            retry_after_s=int(PER_ADDRESS_WINDOW.total_seconds()),
        )
    letter_id = await repository.insert_letter(
        ctx,
        {
            "kind": kind,
            "address": seal_address(ctx, address),
            "address_hash": address_hash,
            "key": key,
            "purpose": purpose,
            "channels": list(channels),
            "text_version": text_version,
            "language": language,
            "message_id": f"<{new_id()}@{urlsplit(ctx.settings.public_url).hostname}>",
            "now": now,
            "expires_at": now + (PREFERENCES_LIFE if kind == "link" else CONFIRMATION_LIFE),
        },
    )
    await defer(ctx, SEND_MAIL, {"letter_id": letter_id})
    return letter_id


async def send_letter(runtime: Runtime, workspace_id: int, letter_id: int) -> None:
    """Sends a letter that has not been sent. Raises ``TransportError`` for what may pass; the job tries again."""
    async with runtime.unit(workspace_id) as ctx:
        message = await _write_message(ctx, letter_id)
    if message is None:
        return
    try:
        await runtime.mailer.send(message)
    except TransportError as error:
        async with runtime.unit(workspace_id) as ctx:
            await repository.note_failure(ctx, letter_id, error.message)
        if not error.permanent:
            raise
        logger.warning("a letter was refused for good: %s", error.message, extra={"letter": letter_id})
        return
    async with runtime.unit(workspace_id) as ctx:
        await repository.note_sent(ctx, letter_id)


async def _write_message(ctx: Context, letter_id: int) -> EmailMessage | None:
    """None when there is nothing to send: sent, used, expired, or nobody here has this address."""
    row = await repository.read_letter(ctx, letter_id)
    if row is None or row.sent_at or row.used_at or row.expires_at <= ctx.clock.now():
        return None
    address = unseal_address(ctx, row.address)
    if row.kind == "link":
        (person,) = await ctx.runtime.registry.person_finder.by_identifiers(ctx, [("email", address)])
        if person is None:
            await repository.delete_letter(ctx, row.id)
            return None
        (key,) = await ctx.runtime.registry.person_finder.take_in(ctx, [("email", address)])
        row = replace(row, key=key)  # of the address itself: should the profile be taken apart, the link goes with it
    message = render_mail(row.kind, row.language, await _describe(ctx, row))
    message["To"] = address
    message["Message-ID"] = row.message_id
    message["Date"] = formatdate(row.made_at.timestamp())
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answer comes back
    return message


async def _describe(ctx: Context, row: LetterRow) -> dict[str, Any]:
    """What the templates name."""
    brand = await read_brand(ctx)
    query = f"?language={row.language}"
    if row.kind == "link":
        assert row.key is not None
        return {"brand": brand, "url": make_link(ctx, "preferences", row.key, PREFERENCES_LIFE, query=query)}
    left = row.expires_at - ctx.clock.now()
    described = {"brand": brand, "url": make_link(ctx, row.kind, row.id, left, query=query)}
    if row.purpose is not None:
        text = text_of(await find_purpose(ctx, row.purpose), row.language)
        described |= {"purpose": text, "channels": [one for one in row.channels if one != NO_CHANNEL]}
    return described


async def ask_for_link(ctx: Context, address: str, language: str) -> None:
    """Sends a link to the preference page to whoever has this address here. The caller learns nothing:
    whether somebody has it is looked up by the job, and only a mailbox that exists shows the difference."""
    try:
        await write_letter(ctx, "link", address, language)
    except Limit:
        return


async def clean_up(runtime: Runtime) -> None:
    """Letters go some time after their links have expired."""
    before = runtime.clock.now() - KEEP_AFTER_EXPIRY
    for workspace_id in await list_workspace_ids(runtime):
        try:
            async with runtime.unit(workspace_id) as ctx:
                await repository.delete_old(ctx, before)
        except KizunaError:
            logger.exception("old letters could not be removed", extra={"workspace": workspace_id})
