"""``kizuna setup`` and ``kizuna members``: what must work without a browser."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar

from kizuna.adapters.postgres.embedded import EmbeddedPostgres, database_url
from kizuna.adapters.postgres.migrate import check_version, migrate
from kizuna.app.backup.marker import refuse_unrestored
from kizuna.app.build import build_runtime
from kizuna.app.supervisor import lock_folder
from kizuna.domains.workspace import api
from kizuna.domains.workspace.contracts import NewWorkspace
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict
from kizuna.kernel.settings import Settings

T = TypeVar("T")


def set_up(settings: Settings, workspace: str, name: str, password: str | None, **choices: Any) -> dict[str, Any]:
    """Makes the first workspace. The answer holds the password only when it was made here."""
    made_password = None if password else secrets.token_urlsafe(15)
    new = NewWorkspace(workspace_name=workspace, owner_name=name, password=password or made_password or "", **choices)

    async def make(runtime: Runtime) -> int:
        return (await api.create_workspace(runtime, new, first_only=True)).workspace_id

    workspace_id = _run(settings, make)
    return {
        "workspace_id": workspace_id,
        "url": f"{settings.public_url}/sign-in",
        "email": new.email.strip(),
        "password": made_password,
    }


def list_members(settings: Settings) -> list[dict[str, Any]]:
    return [asdict(member) for member in _run(settings, api.list_members)]


def make_reset_links(settings: Settings, email: str) -> list[tuple[str, str]]:
    return _run(settings, lambda runtime: api.make_reset_links(runtime, email))


def allow_everywhere(settings: Settings, slug: str | None) -> tuple[str, bool]:
    return _run(settings, lambda runtime: api.allow_everywhere(runtime, slug))


def reset_totp(settings: Settings, email: str) -> list[str]:
    return _run(settings, lambda runtime: api.reset_totp(runtime, email))


def _run(settings: Settings, work: Callable[[Runtime], Awaitable[T]]) -> T:
    async def run() -> T:
        runtime, database = build_runtime(settings)
        try:
            return await work(runtime)
        finally:
            await runtime.engine.close()
            await runtime.lake.close()
            await database.close()

    with database_at_hand(settings):
        return asyncio.run(run())


@contextmanager
def database_at_hand(settings: Settings) -> Generator[None]:
    """The database, migrated. An embedded one that nobody runs just now is started for as long as needed."""
    if settings.embedded:
        try:
            lock = lock_folder(settings)
        except Conflict:
            pass  # `kizuna up` runs it
        else:
            with lock:
                refuse_unrestored(settings)
                yield from _start_for_now(settings)
            return
    check_version(database_url(settings))
    yield


def _start_for_now(settings: Settings) -> Generator[None]:
    postgres = EmbeddedPostgres(settings.data_dir)
    postgres.start()
    try:
        migrate(postgres.url)
        yield
    finally:
        postgres.stop()
