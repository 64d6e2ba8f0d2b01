"""Signing in and out."""

from kizuna.domains.workspace.contracts import Client, MemberId, OpenedSession
from kizuna.domains.workspace.repository import members, sessions
from kizuna.domains.workspace.repository.members import Candidate
from kizuna.domains.workspace.rules import sign_in as rules
from kizuna.domains.workspace.rules.inputs import PASSWORD_CHARS_MAX, FieldError, check_email
from kizuna.domains.workspace.rules.tickets import sign_ticket
from kizuna.domains.workspace.service.passwords import hash_password, hash_token, needs_rehash, verify_password
from kizuna.domains.workspace.service.throttle import count_attempt, forgive_attempts, password_of
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict, Forbidden, Unauthenticated
from kizuna.kernel.ids import new_id, new_token

USER_AGENT_CHARS_MAX = 300
TICKET_PURPOSE = "sign-in.code"


async def sign_in(
    runtime: Runtime, email: str, password: str, client: Client, workspace_slug: str | None = None
) -> OpenedSession:
    """Opens a session.

    Raises ``Unauthenticated`` (the same for a wrong password and an unknown e-mail, after the same
    time), ``Limit`` after too many failures, and ``Conflict("choose_workspace")`` when e-mail and
    password fit several workspaces: its fields name them by slug. Where the member uses an authenticator
    app, ``Conflict("code_needed")`` brings the ticket for ``second_step.enter_code``.
    """
    throttled = password_of(email, client.ip)
    await count_attempt(runtime, throttled)
    fitting = await _keep_fitting(await _list_candidates(runtime, email), password)
    if workspace_slug is not None:
        fitting = [candidate for candidate in fitting if candidate.slug == workspace_slug]
    if not fitting:
        raise Unauthenticated("sign_in_failed", "The e-mail address or the password is wrong.")
    await forgive_attempts(runtime, throttled)
    if len(fitting) > 1:
        raise Conflict(
            "choose_workspace",
            "This e-mail address belongs to several workspaces; choose one.",
            fields={candidate.slug: candidate.workspace_name for candidate in fitting},
        )
    return await _open_for(runtime, fitting[0], password, client)


async def _list_candidates(runtime: Runtime, email: str) -> list[Candidate]:
    try:
        email = check_email(email)
    except FieldError:
        return []  # refused like any address that is unknown
    async with runtime.database.transaction("auth") as db:
        return await members.list_candidates(db, email)


async def _keep_fitting(candidates: list[Candidate], password: str) -> list[Candidate]:
    if len(password) > PASSWORD_CHARS_MAX:
        return []
    if not candidates:
        await verify_password(None, password)
    return [c for c in candidates if await verify_password(c.password_hash, password)]


def may_use_password(candidate: Candidate) -> bool:
    """Owners always may, so that nobody is locked out when the provider is away."""
    return candidate.password_allowed or candidate.role == "owner"


async def _open_for(runtime: Runtime, candidate: Candidate, password: str, client: Client) -> OpenedSession:
    if not may_use_password(candidate):
        raise Forbidden("password_off", f"{candidate.workspace_name} signs in with {candidate.provider}; use that.")
    stronger = await hash_password(password) if needs_rehash(candidate.password_hash) else None
    async with runtime.database.transaction("app", candidate.workspace_id) as db:
        if stronger:
            await members.set_password(db, candidate.workspace_id, candidate.member_id, stronger)
    member_id = MemberId(candidate.member_id)
    if candidate.totp:
        raise code_needed(runtime, candidate.workspace_id, member_id)
    return await open_session(runtime, candidate.workspace_id, member_id, client)


def code_needed(runtime: Runtime, workspace_id: int, member_id: MemberId) -> Conflict:
    """What somebody is told who has proved the first factor; its field ``ticket`` proves that for five minutes."""
    key = runtime.settings.vault.derive_key(TICKET_PURPOSE)
    ticket = sign_ticket({"w": workspace_id, "m": member_id}, key, runtime.clock.now())
    return Conflict("code_needed", "Enter the code that your authenticator app shows.", fields={"ticket": ticket})


async def open_session(runtime: Runtime, workspace_id: int, member_id: MemberId, client: Client) -> OpenedSession:
    """A session for a member who has proved who they are."""
    now = runtime.clock.now()
    opened = OpenedSession(workspace_id, member_id, new_token("kzs", 32), new_token("csrf"))
    async with runtime.database.transaction("app", workspace_id) as db:
        await sessions.insert_session(
            db,
            {
                "workspace_id": workspace_id,
                "id": new_id(),
                "member_id": member_id,
                "token_hash": hash_token(opened.token),
                "csrf_token": opened.csrf_token,
                "user_agent": client.user_agent[:USER_AGENT_CHARS_MAX],
                "ip": client.ip,
                "now": now,
                "expires_at": rules.session_expiry(now, now),
            },
        )
        await members.touch(db, workspace_id, member_id, now)
    return opened


async def sign_out(runtime: Runtime, workspace_id: int, session_id: str) -> None:
    async with runtime.database.transaction("app", workspace_id) as db:
        await sessions.delete_session(db, workspace_id, session_id)
