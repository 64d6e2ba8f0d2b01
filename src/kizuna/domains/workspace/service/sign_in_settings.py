"""How a workspace lets people in: second factor, networks, provider."""

from dataclasses import dataclass, replace
from typing import Any

from kizuna.domains.workspace.contracts import Role
from kizuna.domains.workspace.repository import sign_in, tenants
from kizuna.domains.workspace.repository.sign_in import PolicyRow, ProviderRow
from kizuna.domains.workspace.rules import oidc as rules
from kizuna.domains.workspace.rules.inputs import FieldError, check_name
from kizuna.domains.workspace.rules.networks import check_networks, holds
from kizuna.domains.workspace.rules.roles import ROLES
from kizuna.domains.workspace.service.audit import changed, record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.oidc import SECRET_PURPOSE
from kizuna.domains.workspace.service.oidc_provider import discover
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Conflict, Invalid, NotFound

JOIN_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role not in ("owner", "admin"))


@dataclass(frozen=True, slots=True)
class NewProvider:
    """``client_secret`` None keeps the present one."""

    name: str
    issuer: str
    client_id: str
    client_secret: str | None
    email_domains: list[str]
    join_role: Role | None
    password_allowed: bool


async def load_settings(ctx: Context) -> tuple[PolicyRow, ProviderRow | None, int]:
    """Policy, provider, and how many active members have no second factor."""
    return (
        await sign_in.load_policy(ctx.db, ctx.workspace.id),
        await sign_in.load_provider(ctx.db, ctx.workspace.id),
        await sign_in.count_without_totp(ctx.db, ctx.workspace.id),
    )


async def change_policy(ctx: Context, require_totp: bool | None, networks: list[str] | None, ip: str) -> PolicyRow:
    """Raises ``Conflict`` for networks that would lock out the one who names them."""
    await tenants.lock(ctx.db, ctx.workspace.id)
    old = await sign_in.load_policy(ctx.db, ctx.workspace.id)
    new = PolicyRow(
        require_totp=old.require_totp if require_totp is None else require_totp,
        networks=old.networks if networks is None else _check_networks(networks),
    )
    if new.networks and not holds(tuple(new.networks), ip):
        raise Conflict(
            "would_lock_you_out",
            f"You come from {ip}, which is in none of these networks; add it, or you could not come back.",
            fields={"networks": f"Add {ip}."},
        )
    before, after = changed(
        {"require_totp": old.require_totp, "networks": old.networks},
        {"require_totp": new.require_totp, "networks": new.networks},
    )
    if after:
        await sign_in.save_policy(ctx.db, ctx.workspace.id, new)
        summary = "Changed how members sign in"
        await record_audit(ctx, "sign_in.changed", "workspace", ctx.workspace.id, summary, before, after)
    return new


def _check_networks(texts: list[str]) -> list[str]:
    try:
        return check_networks(texts)
    except FieldError as error:
        raise Invalid("networks_invalid", str(error), fields={"networks": str(error)}) from error


async def save_provider(runtime: Runtime, workspace_id: int, actor: Actor, new: NewProvider) -> ProviderRow:
    """Asks the provider for its document first, then keeps it in a unit of work of its own.

    Only owners may: who chooses the provider can sign in as anybody, owners included.
    """
    checked = _check_provider(runtime, new)
    async with runtime.unit(workspace_id, actor) as ctx:
        await check_governs(ctx, "owner")
    found = await discover(runtime, checked.issuer, fresh=True)
    if not found.keys:
        message = "This provider publishes no keys to check its tokens by."
        raise Invalid("provider_invalid", message, fields={"issuer": message})
    async with runtime.unit(workspace_id, actor) as ctx:
        await check_governs(ctx, "owner")
        await tenants.lock(ctx.db, workspace_id)
        return await _keep_provider(ctx, checked)


async def _keep_provider(ctx: Context, new: NewProvider) -> ProviderRow:
    old = await sign_in.load_provider(ctx.db, ctx.workspace.id)
    # A kept secret goes only to the issuer it was entered for.
    if new.client_secret is not None:
        sealed = ctx.settings.vault.seal(new.client_secret.encode(), SECRET_PURPOSE)
    elif old is not None and old.issuer == new.issuer:
        sealed = old.client_secret_sealed
    else:
        message = "Enter the client secret that the provider shows."
        raise Invalid("client_secret_missing", message, fields={"client_secret": message})
    row = ProviderRow(
        new.name, new.issuer, new.client_id, sealed, new.email_domains, new.join_role, new.password_allowed
    )
    if old is not None and old.issuer != new.issuer:
        await sign_in.unlink_subjects(ctx.db, ctx.workspace.id)
    await sign_in.save_provider(ctx.db, ctx.workspace.id, row)
    before, after = changed(_shown(old), _shown(row))
    if new.client_secret is not None:
        after |= {"client_secret": ""}  # hidden by the log; only that it changed is told
    if after:
        summary = f"Set up sign-in with “{row.name}”"
        await record_audit(ctx, "sign_in.provider_saved", "workspace", ctx.workspace.id, summary, before, after)
    return row


def _shown(row: ProviderRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "name": row.name,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "email_domains": row.email_domains,
        "join_role": row.join_role,
        "password_allowed": row.password_allowed,
    }


def _check_provider(runtime: Runtime, new: NewProvider) -> NewProvider:
    development = rules.is_development(runtime.settings.public_url)
    values = check_fields(
        {
            "name": lambda: check_name(new.name),
            "issuer": lambda: rules.check_issuer(new.issuer, development=development),
            "client_id": lambda: rules.check_client_text(new.client_id),
            "client_secret": lambda: rules.check_client_text(new.client_secret) if new.client_secret else "",
            "email_domains": lambda: ",".join(rules.check_domains(new.email_domains)),
        }
    )
    if new.join_role is not None and new.join_role not in JOIN_ROLES:
        message = "People who come by themselves cannot become owner or admin; choose another role."
        raise Invalid("join_role_invalid", message, fields={"join_role": message})
    return replace(
        new,
        name=values["name"],
        issuer=values["issuer"],
        client_id=values["client_id"],
        client_secret=values["client_secret"] or None,
        email_domains=values["email_domains"].split(","),
    )


async def remove_provider(ctx: Context) -> None:
    """Passwords work again for everybody who has one."""
    await check_governs(ctx, "owner")
    provider = await sign_in.load_provider(ctx.db, ctx.workspace.id)
    if provider is None or not await sign_in.delete_provider(ctx.db, ctx.workspace.id):
        raise NotFound("provider_not_found", "There is no provider to remove.")
    await sign_in.unlink_subjects(ctx.db, ctx.workspace.id)
    summary = f"Removed sign-in with “{provider.name}”"
    await record_audit(ctx, "sign_in.provider_removed", "workspace", ctx.workspace.id, summary, _shown(provider))


async def allow_everywhere(runtime: Runtime, workspace_id: int) -> bool:
    """Clears the list of networks, for the command line; False when there was none."""
    async with runtime.unit(workspace_id, Actor("system", None, "Command line")) as ctx:
        old = await sign_in.load_policy(ctx.db, workspace_id)
        if not old.networks:
            return False
        await change_policy(ctx, None, [], "")
        return True
