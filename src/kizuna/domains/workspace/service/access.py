"""From a cookie or key to the one who stands behind it."""

from kizuna.domains.workspace.repository import members, sessions
from kizuna.domains.workspace.rules.networks import holds
from kizuna.domains.workspace.rules.sign_in import KEY_TOUCH, SESSION_TOUCH, session_expiry
from kizuna.domains.workspace.service.passwords import hash_token
from kizuna.kernel.access import Credentials, Principal
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import Forbidden


async def authenticate(runtime: Runtime, credentials: Credentials) -> Principal | None:
    """Raises ``Forbidden`` for good credentials from a network that the workspace does not allow."""
    if credentials.api_key is not None:
        return await _find_by_key(runtime, credentials.api_key, credentials.ip)
    if credentials.session_token is not None:
        return await _find_by_session(runtime, credentials.session_token, credentials.ip)
    return None


async def _find_by_key(runtime: Runtime, secret: str, ip: str) -> Principal | None:
    now = runtime.clock.now()
    async with runtime.database.transaction("auth") as db:
        key = await sessions.find_key(db, hash_token(secret))
    if key is None:
        return None
    _check_network(key.networks, ip)
    if key.last_used_at is None or now - key.last_used_at >= KEY_TOUCH:
        async with runtime.database.transaction("app", key.workspace_id) as db:
            await sessions.touch_key(db, key.workspace_id, key.id, now)
    scopes = frozenset(key.scopes) & frozenset(runtime.registry.permissions)
    return Principal("key", Actor("key", str(key.id), key.name, scopes), key.workspace_id)


async def _find_by_session(runtime: Runtime, token: str, ip: str) -> Principal | None:
    now = runtime.clock.now()
    async with runtime.database.transaction("auth") as db:
        session = await sessions.find_session(db, hash_token(token), now)
    if session is None:
        return None
    _check_network(session.networks, ip)
    if now - session.last_seen_at >= SESSION_TOUCH:
        async with runtime.database.transaction("app", session.workspace_id) as db:
            expires_at = session_expiry(session.created_at, now)
            await sessions.extend_session(db, session.workspace_id, session.id, now, expires_at)
            await members.touch(db, session.workspace_id, session.member_id, now)
    permissions = runtime.registry.permissions_of_role(session.role)
    if session.enrolment_due:
        permissions = frozenset[str]()
    return Principal(
        "session",
        Actor("member", str(session.member_id), session.name, permissions),
        session.workspace_id,
        csrf_token=session.csrf_token,
        session_id=str(session.id),
        enrolment_due=session.enrolment_due,
    )


def _check_network(networks: list[str], ip: str) -> None:
    if networks and not holds(tuple(networks), ip):
        raise Forbidden(
            "network_not_allowed",
            f"This workspace is open only from its own networks, and {ip or 'your address'} is in none of them; "
            "use the company's network, or ask an owner.",
        )
