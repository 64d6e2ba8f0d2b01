"""Password links and invitations by mail, where a mail server is set up.

The job carries the link's token sealed: whoever reads the queue's table gets no link. Before it sends, it asks
whether the link is still good, so a letter that waited for the mail server never brings a dead one.
"""

import logging
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal
from urllib.parse import urlsplit

from kizuna.domains.workspace.contracts import Language
from kizuna.domains.workspace.repository import tokens
from kizuna.domains.workspace.rules.letters import ROLE_NAMES, LetterKind, write_letter
from kizuna.domains.workspace.service.members import load_member
from kizuna.domains.workspace.service.passwords import hash_token
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.jobs import defer
from kizuna.kernel.mail import TransportError

logger = logging.getLogger(__name__)

SEND_LETTER = "workspace:send_letter"
SEAL = "workspace.letter"
PATHS: dict[LetterKind, Literal["invitations", "reset"]] = {"invitation": "invitations", "reset": "reset"}


def make_url(ctx: Context, kind: LetterKind, token: str) -> str:
    return f"{ctx.settings.public_url}/{PATHS[kind]}/{token}"


async def mail_link(ctx: Context, kind: LetterKind, token: str) -> bool:
    """Queues the letter with this link; False where mail is not set up, and the link must be handed over."""
    if not ctx.runtime.mailer.ready:
        return False
    sealed = ctx.settings.vault.seal(token.encode(), SEAL).hex()
    await defer(ctx, SEND_LETTER, {"kind": kind, "sealed": sealed, "by": ctx.actor.name})
    return True


async def send_letter(runtime: Runtime, workspace_id: int, kind: LetterKind, sealed: str, by: str) -> None:
    """Raises ``TransportError`` for what may pass; the job tries again."""
    token = runtime.settings.vault.unseal(bytes.fromhex(sealed), SEAL).decode()
    message = await (_write_invitation(runtime, token, by) if kind == "invitation" else _write_reset(runtime, token))
    if message is None:
        return
    try:
        await runtime.mailer.send(message)
    except TransportError as error:
        if not error.permanent:
            raise
        logger.warning("a link could not be mailed: %s", error.message, extra={"workspace_id": workspace_id})


async def _write_invitation(runtime: Runtime, token: str, by: str) -> EmailMessage | None:
    async with runtime.database.transaction("auth") as db:
        found = await tokens.find_invitation(db, hash_token(token), runtime.clock.now())
    if found is None:
        return None
    async with runtime.unit(found.workspace_id) as ctx:
        language = _language_of(ctx.workspace.language)
        values = {"workspace": found.workspace_name, "by": by, "role": ROLE_NAMES[language][found.role]}
        return _compose(ctx, "invitation", language, found.email, token, values)


async def _write_reset(runtime: Runtime, token: str) -> EmailMessage | None:
    async with runtime.database.transaction("auth") as db:
        found = await tokens.find_reset(db, hash_token(token), runtime.clock.now())
    if found is None:
        return None
    async with runtime.unit(found.workspace_id) as ctx:
        member = await load_member(ctx, found.member_id)
        if member.disabled:
            return None
        values = {"workspace": ctx.workspace.name, "name": member.name}
        return _compose(ctx, "reset", _language_of(member.language), member.email, token, values)


def _language_of(text: str) -> Language:
    return "ja" if text == "ja" else "en"


def _compose(
    ctx: Context, kind: LetterKind, language: Language, address: str, token: str, values: dict[str, str]
) -> EmailMessage:
    message = EmailMessage()
    subject, body = write_letter(kind, language, values | {"url": make_url(ctx, kind, token)})
    message["Subject"] = subject
    message["To"] = address
    # The same on a second try: a receiver that got both keeps one.
    message["Message-ID"] = f"<{hash_token(token).hex()[:32]}@{urlsplit(ctx.settings.public_url).hostname}>"
    message["Date"] = formatdate(ctx.clock.now().timestamp())
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answer comes back
    message.set_content(body)
    return message
