"""Connections to PostgreSQL under Kizuna's roles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from kizuna.kernel.context import Role
from kizuna.kernel.errors import Unavailable

POOL_SIZES_MAX: dict[Role, int] = {"app": 12, "auth": 3, "drain": 4, "worker": 2}
CONNECT_WAIT_S = 5.0
RETRY_AFTER_S = 2

SET_WORKSPACE = "SELECT set_config('kizuna.workspace_id', %s, true)"


class PostgresDatabase:
    """Implements ``kernel.context.Database``: one small pool for each role, opened when first used.

    The role is set at connection start, so that even ``RESET ROLE`` comes back to it.
    """

    def __init__(self, url: str, *, sizes: dict[Role, int] | None = None) -> None:
        self.url = url
        self.connect_wait_s = CONNECT_WAIT_S
        self._sizes = POOL_SIZES_MAX | (sizes or {})
        self._pools: dict[Role, AsyncConnectionPool[psycopg.AsyncConnection[Any]]] = {}

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()

    @asynccontextmanager
    async def transaction(
        self, role: Role = "app", workspace_id: int | None = None
    ) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with self.connection(role) as connection, connection.transaction():
            if workspace_id is not None:
                await connection.execute(SET_WORKSPACE, (str(workspace_id),))
            yield connection

    @asynccontextmanager
    async def connection(self, role: Role = "app") -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        pool = await self._pool(role)
        try:
            connection = await pool.getconn()
        except PoolTimeout as error:
            raise Unavailable(
                "database_unavailable",
                "The database cannot be reached just now; try again in a moment.",
                retry_after_s=RETRY_AFTER_S,
            ) from error
        try:
            yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            # Lock and statement time-outs are operational errors of a healthy connection.
            if connection.closed or connection.broken or isinstance(error, psycopg.errors.AdminShutdown):
                raise Unavailable(
                    "database_unavailable",
                    "The connection to the database broke; try again in a moment.",
                    retry_after_s=RETRY_AFTER_S,
                ) from error
            raise
        finally:
            await pool.putconn(connection)

    async def listen(self, channel: str, role: Role = "app") -> AsyncIterator[str]:
        try:
            connection = await psycopg.AsyncConnection.connect(role_url(self.url, role), autocommit=True)
            async with connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                async for notice in connection.notifies():
                    yield notice.payload
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable(
                "database_unavailable",
                "The connection to the database broke; try again in a moment.",
                retry_after_s=RETRY_AFTER_S,
            ) from error

    async def _pool(self, role: Role) -> AsyncConnectionPool[psycopg.AsyncConnection[Any]]:
        pool = self._pools.get(role)
        if pool is None:
            pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]](
                role_url(self.url, role),
                kwargs={"autocommit": True},
                min_size=0,
                max_size=self._sizes[role],
                timeout=self.connect_wait_s,
                max_idle=60.0,
                open=False,
                name=f"kizuna-{role}",
                check=None,
                reconnect_timeout=self.connect_wait_s,
            )
            self._pools[role] = pool
            await pool.open()
        return pool


def role_url(url: str, role: Role) -> str:
    """``url`` with the role in the connection's start-up options."""
    return make_conninfo(url, options=f"-c role=kizuna_{role}", application_name=f"kizuna-{role}")
