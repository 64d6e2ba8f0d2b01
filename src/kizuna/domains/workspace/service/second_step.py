"""The second step of signing in: the code of an authenticator app, or a recovery code."""

from dataclasses import replace

from kizuna.domains.workspace.contracts import Client, MemberId, OpenedSession
from kizuna.domains.workspace.repository import members, totp
from kizuna.domains.workspace.rules.tickets import CODE_TICKET_LIFE, read_ticket
from kizuna.domains.workspace.service.sign_in import TICKET_PURPOSE, open_session
from kizuna.domains.workspace.service.throttle import code_of, count_attempt, forgive_attempts
from kizuna.domains.workspace.service.totp import WRONG_CODE, use_code
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import Unauthenticated


async def enter_code(runtime: Runtime, ticket: str, code: str, client: Client) -> OpenedSession:
    """Opens the session for which the first step was done.

    Raises ``Unauthenticated`` (``ticket_over`` when the first step must be done again, ``code_wrong``
    otherwise) and ``Limit`` after too many failures.
    """
    key = runtime.settings.vault.derive_key(TICKET_PURPOSE)
    values = read_ticket(ticket, key, runtime.clock.now(), CODE_TICKET_LIFE)
    if values is None:
        raise _over()
    workspace_id, member_id = int(values["w"]), MemberId(int(values["m"]))
    throttled = code_of(workspace_id, member_id, client.ip)
    await count_attempt(runtime, throttled)
    async with runtime.unit(workspace_id) as ctx:
        factor = await totp.find(ctx.db, workspace_id, member_id)
        member = await members.find(ctx.db, workspace_id, member_id)
        if factor is None or member is None or member.disabled:
            raise _over()
        if factor.last_used_at is not None and factor.last_used_at >= values["at"]:
            raise _over()  # each sign-in needs a first step of its own
        signing_in = replace(ctx, actor=Actor("member", str(member_id), member.name))
        if not await use_code(signing_in, member, code):
            raise Unauthenticated("code_wrong", WRONG_CODE)
    await forgive_attempts(runtime, throttled)
    return await open_session(runtime, workspace_id, member_id, client)


def _over() -> Unauthenticated:
    return Unauthenticated("ticket_over", "This took too long; sign in again from the start.")
