"""Signing in and out, with tries that get slower."""

from math import ceil

from kizuna.domains.workspace.contracts import Client, MemberId, OpenedSession
from kizuna.domains.workspace.repository import members, sessions
from kizuna.domains.workspace.repository.members import Candidate
from kizuna.domains.workspace.rules import sign_in as rules
from kizuna.domains.workspace.rules.inputs import PASSWORD_CHARS_MAX, FieldError, check_email
from kizuna.domains.workspace.service.passwords import hash_password, hash_token, needs_rehash, verify_password
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict, Limit, Unauthenticated
from kizuna.kernel.ids import new_id, new_token

USER_AGENT_CHARS_MAX = 300


async def sign_in(
    runtime: Runtime, email: str, password: str, client: Client, workspace_slug: str | None = None
) -> OpenedSession:
    """Opens a session.

    Raises ``Unauthenticated`` (the same for a wrong password and an unknown e-mail, after the same
    time), ``Limit`` after too many failures, and ``Conflict("choose_workspace")`` when e-mail and
    password fit several workspaces: its fields name them by slug.
    """
    await count_attempt(runtime, email, client.ip)
    fitting = await _keep_fitting(await _list_candidates(runtime, email), password)
    if workspace_slug is not None:
        fitting = [candidate for candidate in fitting if candidate.slug == workspace_slug]
    if not fitting:
        raise Unauthenticated("sign_in_failed", "The e-mail address or the password is wrong.")
    await forgive_attempts(runtime, email, client.ip)
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


async def _open_for(runtime: Runtime, candidate: Candidate, password: str, client: Client) -> OpenedSession:
    stronger = await hash_password(password) if needs_rehash(candidate.password_hash) else None
    async with runtime.database.transaction("app", candidate.workspace_id) as db:
        if stronger:
            await members.set_password(db, candidate.workspace_id, candidate.member_id, stronger)
    return await open_session(runtime, candidate.workspace_id, MemberId(candidate.member_id), client)


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


async def count_attempt(runtime: Runtime, email: str, ip: str) -> None:
    """Counts a try for the e-mail and the address. Raises ``Limit`` while either must wait."""
    now = runtime.clock.now()
    for key, free in _keys(email, ip):
        async with runtime.database.transaction("auth") as db:
            failures = await sessions.count_attempt(db, key, now, now - rules.FORGET_FAILURES)
            if failures is not None and (wait := rules.wait_after(failures, free)):
                await sessions.block_until(db, key, now + wait)
            until = await sessions.blocked_until(db, key) if failures is None else None
        if failures is None:
            wait_s = max(1, ceil((until - now).total_seconds())) if until else 1
            raise Limit(
                "too_many_attempts",
                f"Too many failed tries; wait {wait_s} s and try again.",
                retry_after_s=wait_s,
            )


async def forgive_attempts(runtime: Runtime, email: str, ip: str) -> None:
    (email_key, _), (ip_key, _) = _keys(email, ip)
    async with runtime.database.transaction("auth") as db:
        await sessions.forgive(db, email_key)
        await sessions.take_back_attempt(db, ip_key)


def _keys(email: str, ip: str) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
    return (
        (hash_token(f"email:{email.strip().lower()}"), rules.FREE_FAILURES_EMAIL),
        (hash_token(f"ip:{ip}"), rules.FREE_FAILURES_IP),
    )
