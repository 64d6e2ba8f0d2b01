"""Signing in through the company's own provider."""

import base64
import secrets
from dataclasses import dataclass
from hashlib import sha256

from kizuna.domains.workspace.contracts import Client, MemberId, OpenedSession
from kizuna.domains.workspace.repository import members, sessions, sign_in
from kizuna.domains.workspace.repository.sign_in import OfferedProvider, ProviderRow
from kizuna.domains.workspace.rules.inputs import NAME_CHARS_MAX, FieldError, check_name
from kizuna.domains.workspace.rules.oidc import domain_of, read_email
from kizuna.domains.workspace.rules.tickets import PROVIDER_TICKET_LIFE, read_ticket, sign_ticket
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.members import load_member
from kizuna.domains.workspace.service.oidc_provider import Claimed, authorization_url, discover, redeem
from kizuna.domains.workspace.service.sign_in import code_needed, open_session
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict, Forbidden, NotFound, Unauthenticated

STATE_PURPOSE = "sign-in.provider"
SECRET_PURPOSE = "oidc.client_secret"  # noqa: S105  # a name of the vault's
RETURN_PATH = "/sign-in/return"


@dataclass(frozen=True, slots=True)
class Departure:
    """``browser_token`` stays in a cookie of the browser that started; only there the answer is taken."""

    url: str
    browser_token: str


async def list_offered(runtime: Runtime, domain: str | None) -> list[OfferedProvider]:
    """Providers for people of an e-mail domain; without one, that of an installation's only workspace."""
    domain = domain.strip().lower() if domain else None
    if domain is not None and "\x00" in domain:
        return []
    async with runtime.database.transaction("auth") as db:
        return await sign_in.list_offered(db, domain)


async def depart(runtime: Runtime, workspace_slug: str) -> Departure:
    """Where the browser has to go. Raises ``NotFound`` without a provider, ``Unavailable`` when it is away."""
    if "\x00" in workspace_slug:
        raise _no_provider()
    async with runtime.database.transaction("auth") as db:
        workspace_id = await sign_in.find_workspace_id(db, workspace_slug)
    if workspace_id is None:
        raise _no_provider()
    provider = await _load_provider(runtime, workspace_id)
    found = await discover(runtime, provider.issuer)
    browser_token = secrets.token_urlsafe(32)
    state = sign_ticket({"w": workspace_id, "b": _derive(browser_token, "browser")}, _key(runtime), runtime.clock.now())
    nonce, verifier = _derive(browser_token, "nonce"), _derive(browser_token, "verifier")
    url = authorization_url(found, provider.client_id, return_url(runtime), state, nonce, verifier)
    return Departure(url, browser_token)


async def arrive(runtime: Runtime, browser_token: str | None, state: str, code: str, client: Client) -> OpenedSession:
    """Opens a session for whom the provider names.

    Raises ``Unauthenticated`` when this is not the answer to a sign-in that this browser began, or the
    provider's answer is not good; ``Forbidden`` when the person may not come in; and
    ``Conflict("code_needed")`` as a password does.
    """
    values = read_ticket(state, _key(runtime), runtime.clock.now(), PROVIDER_TICKET_LIFE)
    if values is None or not browser_token or values["b"] != _derive(browser_token, "browser"):
        raise Unauthenticated(
            "sign_in_not_begun", "This sign-in was not begun in this browser, or is over; start again."
        )
    workspace_id = int(values["w"])
    provider = await _load_provider(runtime, workspace_id)
    secret = runtime.settings.vault.unseal(provider.client_secret_sealed, SECRET_PURPOSE).decode()
    claimed = await redeem(
        runtime,
        provider.issuer,
        provider.client_id,
        secret,
        code=code,
        redirect_uri=return_url(runtime),
        verifier=_derive(browser_token, "verifier"),
        nonce=_derive(browser_token, "nonce"),
    )
    async with runtime.unit(workspace_id) as ctx:
        if await sign_in.load_provider(ctx.db, workspace_id) != provider:
            raise _no_provider()  # changed while the person was there
        member_id, totp = await _admit(ctx, provider, claimed)
    if totp:
        raise code_needed(runtime, workspace_id, member_id)
    return await open_session(runtime, workspace_id, member_id, client)


async def _admit(ctx: Context, provider: ProviderRow, claimed: Claimed) -> tuple[MemberId, bool]:
    """The member the provider means, and whether a code is asked for; new ones join where that is allowed."""
    email = read_email(claimed.claims)
    if email is None:
        raise Forbidden(
            "email_unverified", f"{provider.name} has not verified your e-mail address; ask those who run it."
        )
    if domain_of(email) not in provider.email_domains:
        raise Forbidden(
            "domain_not_allowed", f"People of {domain_of(email)} cannot sign in here; use your work account."
        )
    member_id = await sign_in.find_member_by_subject(ctx.db, ctx.workspace.id, claimed.subject)
    member = (
        await members.find(ctx.db, ctx.workspace.id, member_id)
        if member_id is not None
        else await members.find_by_email(ctx.db, ctx.workspace.id, email)
    )
    if member is None:
        return await _join(ctx, provider, claimed, email), False
    if member.disabled:
        raise Forbidden("member_disabled", "Your account is disabled; ask an owner or admin.")
    if not await sign_in.link_subject(ctx.db, ctx.workspace.id, member.id, claimed.subject):
        raise Forbidden(
            "other_person",
            "Here this address belongs to somebody else of the same provider; ask an owner.",
        )
    return MemberId(member.id), member.totp


async def _join(ctx: Context, provider: ProviderRow, claimed: Claimed, email: str) -> MemberId:
    if provider.join_role is None or provider.join_role in ("owner", "admin"):
        raise Forbidden("not_invited", "You are not a member of this workspace; ask an owner or admin to invite you.")
    name = _name(claimed, email)
    member_id = await members.insert(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "name": name,
            "email": email,
            "role": provider.join_role,
            "language": "ja" if ctx.workspace.language == "ja" else "en",
            "password_hash": "",  # nobody's: see verify_password
            "now": ctx.clock.now(),
        },
    )
    if member_id is None:  # joined in another tab in this very moment
        raise Unauthenticated("provider_refused", "Start again.")
    await sign_in.link_subject(ctx.db, ctx.workspace.id, member_id, claimed.subject)
    after = {"name": name, "email": email, "role": provider.join_role}
    summary = f"“{name}” joined as {provider.join_role} by {provider.name}"
    await record_audit(ctx, "member.added", "member", member_id, summary, after=after)
    return MemberId(member_id)


async def release_link(ctx: Context, member_id: int) -> None:
    """For a member whose account at the provider was made anew: the next sign-in links the new one, by the
    address. Ends all sessions, as they may be the old account's."""
    member = await load_member(ctx, member_id)
    await check_governs(ctx, member.role)
    if not await sign_in.unlink_subject(ctx.db, ctx.workspace.id, member_id):
        raise Conflict("not_linked", f"{member.name} has not signed in with a provider.")
    await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member_id)
    summary = f"Released “{member.name}” from the account at the provider"
    await record_audit(ctx, "member.link_released", "member", member_id, summary)


def _name(claimed: Claimed, email: str) -> str:
    given = claimed.claims.get("name")
    try:
        return check_name(given[:NAME_CHARS_MAX]) if isinstance(given, str) else email.partition("@")[0]
    except FieldError:
        return email.partition("@")[0]


async def _load_provider(runtime: Runtime, workspace_id: int) -> ProviderRow:
    async with runtime.database.transaction("app", workspace_id) as db:
        provider = await sign_in.load_provider(db, workspace_id)
    if provider is None:
        raise _no_provider()
    return provider


def _no_provider() -> NotFound:
    return NotFound("provider_not_found", "This workspace has no such sign-in, or it has just changed; start again.")


def return_url(runtime: Runtime) -> str:
    """What the provider must know as the redirect URI."""
    return f"{runtime.settings.public_url}{RETURN_PATH}"


def _key(runtime: Runtime) -> bytes:
    return runtime.settings.vault.derive_key(STATE_PURPOSE)


def _derive(browser_token: str, use: str) -> str:
    """Nonce and verifier follow from the browser's secret, so that nothing need be kept meanwhile."""
    digest = sha256(f"{use}:{browser_token}".encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
