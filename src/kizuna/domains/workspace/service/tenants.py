"""Workspaces: made by the wizard or the command line, changed in the settings."""

from dataclasses import asdict, replace
from typing import Any

from psycopg import AsyncConnection

from kizuna.domains.workspace.contracts import CreatedWorkspace, MemberId, NewWorkspace, WorkspaceRef
from kizuna.domains.workspace.repository import members, tenants
from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.service.audit import changed, record_audit
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.passwords import hash_password
from kizuna.kernel.context import SYSTEM, Context, Runtime, Workspace
from kizuna.kernel.errors import Conflict, Invalid, NotFound
from kizuna.kernel.ids import new_id

Db = AsyncConnection[Any]


async def load_workspace(db: Db, workspace_id: int) -> Workspace:
    workspace = await tenants.load(db, workspace_id)
    if workspace is None:
        raise NotFound("workspace_not_found", "This workspace does not exist.")
    return workspace


async def setup_needed(runtime: Runtime) -> bool:
    async with runtime.database.transaction("auth") as db:
        return not await tenants.any_exists(db)


async def create_workspace(runtime: Runtime, new: NewWorkspace, *, first_only: bool = False) -> CreatedWorkspace:
    """Makes a workspace with its owner. With ``first_only`` raises ``Conflict`` when there is one already."""
    values = _check_new(new)
    password_hash = await hash_password(new.password)  # before the transaction: it takes its time
    async with runtime.database.transaction("app") as db:
        if first_only:
            await tenants.lock_setup(db)
            if await tenants.any_exists(db):
                raise Conflict("setup_done", "This installation is set up already; sign in instead.")
        workspace_id = await tenants.enter_new(db)
        await _insert_workspace(db, workspace_id, values, runtime)
        now = runtime.clock.now()
        member_id = await members.insert(
            db,
            {
                "workspace_id": workspace_id,
                "name": values["owner_name"],
                "email": values["email"],
                "role": "owner",
                "language": values["language"],
                "password_hash": password_hash,
                "now": now,
            },
        )
        assert member_id is not None  # the first member of a new workspace
        ctx = Context(workspace=await load_workspace(db, workspace_id), actor=SYSTEM, db=db, runtime=runtime)
        await record_audit(
            ctx, "workspace.created", "workspace", workspace_id, f"Made the workspace “{values['workspace_name']}”"
        )
    return CreatedWorkspace(workspace_id, MemberId(member_id))


async def _insert_workspace(db: Db, workspace_id: int, values: dict[str, str], runtime: Runtime) -> None:
    public_id = new_id()
    row: dict[str, object] = {
        **values,
        "id": workspace_id,
        "name": values["workspace_name"],
        "slug": inputs.make_slug(values["workspace_name"], public_id.hex),
        "now": runtime.clock.now(),
    }
    if not await tenants.insert(db, row, public_id):
        row["slug"] = f"{row['slug']}-{public_id.hex[:8]}"  # 32 random bits: taken once in a blue moon
        await tenants.insert(db, row, public_id)


def _check_new(new: NewWorkspace) -> dict[str, str]:
    return check_fields(
        {
            "workspace_name": lambda: inputs.check_name(new.workspace_name),
            "owner_name": lambda: inputs.check_name(new.owner_name),
            "email": lambda: inputs.check_email(new.email),
            "password": lambda: inputs.check_password(new.password, new.email, new.owner_name, new.workspace_name),
            "time_zone": lambda: inputs.check_time_zone(new.time_zone),
            "currency": lambda: inputs.check_currency(new.currency),
            "week_start": lambda: inputs.check_week_start(new.week_start),
            "language": lambda: inputs.check_language(new.language),
            "country": lambda: inputs.check_country(new.country),
        }
    )


async def change_workspace(ctx: Context, changes: dict[str, str]) -> Workspace:
    """Changes name, time zone, currency, week start, language or country."""
    checks = {
        "name": inputs.check_name,
        "time_zone": inputs.check_time_zone,
        "currency": inputs.check_currency,
        "week_start": inputs.check_week_start,
        "language": inputs.check_language,
        "country": inputs.check_country,
    }
    values = check_fields({name: (lambda c=checks[name], v=value: c(v)) for name, value in changes.items()})
    workspace = replace(ctx.workspace, **values)  # type: ignore[arg-type]  # checked above
    before, after = changed(asdict(ctx.workspace), asdict(workspace))
    if after:
        await tenants.update(ctx.db, workspace)
        await record_audit(
            ctx, "workspace.changed", "workspace", workspace.id, f"Changed {', '.join(after)}", before, after
        )
    return workspace


async def list_workspace_ids(runtime: Runtime) -> list[int]:
    async with runtime.database.transaction("worker") as db:
        return await tenants.list_ids(db)


async def find_workspace(db: Db, slug: str | None) -> WorkspaceRef:
    known = await tenants.list_refs(db)
    if not known:
        raise NotFound("no_workspace", "There is no workspace yet; make one in the browser or with `kizuna setup`.")
    fitting = [workspace for workspace in known if slug in (None, workspace.slug)]
    names = ", ".join(workspace.slug for workspace in known)
    if not fitting:
        raise NotFound("workspace_not_found", f"There is no workspace {slug!r}; there are: {names}.")
    if len(fitting) > 1:
        raise Invalid("workspace_missing", f"There are several workspaces; choose one of: {names}.")
    return fitting[0]
