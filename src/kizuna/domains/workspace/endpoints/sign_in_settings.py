"""Settings: how people may sign in."""

from typing import Any

from litestar import Request, delete, get, patch, put
from litestar.params import JSONBody

from kizuna.domains.workspace.schemas import Provider, ProviderEntry, SignInChange, SignInSettings
from kizuna.domains.workspace.service import sign_in_settings
from kizuna.domains.workspace.service.oidc import return_url
from kizuna.domains.workspace.service.sign_in_settings import NewProvider
from kizuna.kernel.context import Context
from kizuna.web.auth import authenticate, require
from kizuna.web.client import client_ip
from kizuna.web.context import InContext, InRuntime

TAGS = ["workspace"]
PATH = "/api/workspace/sign-in"
MANAGE = [require("workspace.manage")]


@get(PATH, tags=TAGS, guards=MANAGE)
async def read_sign_in(request: Request[Any, Any, Any], ctx: InContext) -> SignInSettings:
    """How members may sign in: second factor, networks, provider."""
    return await _describe(ctx, client_ip(request))


@patch(PATH, tags=TAGS, guards=MANAGE, problems=[409])
async def change_sign_in(
    request: Request[Any, Any, Any], ctx: InContext, data: JSONBody[SignInChange]
) -> SignInSettings:
    """Ask all members for an authenticator app, or name the networks from which the workspace can be used.
    Networks that would lock out the one who names them are refused."""
    ip = client_ip(request)
    await sign_in_settings.change_policy(ctx, data.require_totp, data.networks, ip)
    return await _describe(ctx, ip)


@put(f"{PATH}/provider", tags=TAGS, guards=MANAGE)
async def save_provider(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[ProviderEntry]) -> Provider:
    """Let people sign in through the company's own provider (OpenID Connect). Only owners may."""
    principal = await authenticate(request)
    new = NewProvider(
        name=data.name,
        issuer=data.issuer,
        client_id=data.client_id,
        client_secret=data.client_secret,
        email_domains=data.email_domains,
        join_role=data.join_role,
        password_allowed=data.password_allowed,
    )
    return _provider(await sign_in_settings.save_provider(runtime, principal.workspace_id, principal.actor, new))


@delete(f"{PATH}/provider", tags=TAGS, guards=MANAGE, problems=[404])
async def remove_provider(ctx: InContext) -> None:
    """Remove the provider; members use passwords again. Only owners may."""
    await sign_in_settings.remove_provider(ctx)


async def _describe(ctx: Context, ip: str) -> SignInSettings:
    policy, provider, without = await sign_in_settings.load_settings(ctx)
    return SignInSettings(
        require_totp=policy.require_totp,
        members_without_totp=without,
        networks=policy.networks,
        your_address=ip,
        provider=None if provider is None else _provider(provider),
        return_url=return_url(ctx.runtime),
    )


def _provider(row: Any) -> Provider:
    return Provider(
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        email_domains=row.email_domains,
        join_role=row.join_role,
        password_allowed=row.password_allowed,
    )


SIGN_IN_SETTINGS = (read_sign_in, change_sign_in, save_provider, remove_provider)
