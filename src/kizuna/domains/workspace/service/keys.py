"""API keys: shown once, kept as a hash."""

from kizuna.domains.workspace.repository import tokens
from kizuna.domains.workspace.repository.tokens import KeyRow
from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.passwords import hash_token
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Forbidden, Invalid, NotFound
from kizuna.kernel.ids import new_token

PREFIX_CHARS = 9  # "kz_" and six more: enough to know the key again, too few to guess it


async def make_key(ctx: Context, name: str, scopes: list[str]) -> tuple[KeyRow, str]:
    """The key and its secret. A key can do only what its maker can."""
    name = check_fields({"name": lambda: inputs.check_name(name)})["name"]
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in ctx.runtime.registry.permissions]
    if unknown or not wanted:
        message = f"There is no scope {unknown[0]!r}." if unknown else "Choose at least one scope."
        raise Invalid("scopes_invalid", message, fields={"scopes": message})
    beyond = [scope for scope in wanted if scope not in ctx.actor.permissions]
    if beyond:
        raise Forbidden("scope_too_wide", f"You cannot give {beyond[0]}, because you do not hold it yourself.")
    secret = new_token("kz", 30)
    row = await tokens.insert_key(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "name": name,
            "prefix": secret[:PREFIX_CHARS],
            "token_hash": hash_token(secret),
            "scopes": wanted,
            "created_by": ctx.actor.name,
            "now": ctx.clock.now(),
        },
    )
    await record_audit(ctx, "key.made", "key", row.id, f"Made the API key “{name}”", after={"scopes": wanted})
    return row, secret


async def list_keys(ctx: Context) -> list[KeyRow]:
    return await tokens.list_keys(ctx.db, ctx.workspace.id)


async def withdraw_key(ctx: Context, key_id: int) -> None:
    row = await tokens.revoke_key(ctx.db, ctx.workspace.id, key_id, ctx.clock.now())
    if row is None:
        raise NotFound("key_not_found", "There is no such key, or it was withdrawn already.")
    await record_audit(ctx, "key.withdrawn", "key", row.id, f"Withdrew the API key “{row.name}”")
