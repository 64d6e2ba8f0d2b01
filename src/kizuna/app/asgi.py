"""The web application."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import psycopg
from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide

from kizuna.adapters.postgres.database import role_url
from kizuna.adapters.postgres.embedded import database_url
from kizuna.app.build import build_runtime
from kizuna.app.ops import OPS_HANDLERS
from kizuna.app.pages import PAGES
from kizuna.domains.workspace.api import authenticate
from kizuna.kernel.clock import Clock
from kizuna.kernel.context import Runtime
from kizuna.kernel.logs import configure_logs
from kizuna.kernel.process import collect_garbage_rarely, prepare_to_die_with_parent
from kizuna.kernel.settings import Settings, read_settings
from kizuna.web.bodies import JsonRequest
from kizuna.web.compression import CompressJson
from kizuna.web.context import RequestIdMiddleware, provide_context, provide_runtime
from kizuna.web.live import LiveHub, live_socket
from kizuna.web.mounts import StraightToMounts
from kizuna.web.openapi import read_openapi
from kizuna.web.options import NameAllMethods
from kizuna.web.problems import EXCEPTION_HANDLERS
from kizuna.web.security import SecurityHeaders

BODY_BYTES_MAX = 10_000_000  # tracking and uploads set their own


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Litestar:
    """The application over ``settings`` (default: the environment); Granian calls this as a factory."""
    alone = settings is None
    if settings is None:
        settings = read_settings()
        prepare_to_die_with_parent()()  # Granian's worker must not outlive Granian and keep the port
    configure_logs(settings.log_level)
    runtime, database = build_runtime(settings, clock)
    hub = LiveHub(runtime, partial(_connect_listener, database_url(settings)))

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None, None]:
        if alone:
            collect_garbage_rarely()
        services = [service for module in runtime.registry.modules for service in module.server_services]
        tasks = [asyncio.create_task(hub.run(), name="live")]
        tasks += [asyncio.create_task(service.run(runtime), name=service.name) for service in services]
        try:
            yield
        finally:
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await runtime.engine.close()
            await runtime.lake.close()
            await database.close()

    app = Litestar(
        route_handlers=[
            *(router for module in runtime.registry.modules for router in module.routers),
            live_socket,
            read_openapi,
            *OPS_HANDLERS,
            *PAGES,
        ],
        dependencies={
            "ctx": Provide(provide_context),
            "runtime": Provide(provide_runtime),
        },
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        state=State({"runtime": runtime, "authenticate": authenticate, "live_hub": hub}),
        openapi_config=None,  # web.openapi serves a fuller one
        request_class=JsonRequest,
        request_max_body_size=BODY_BYTES_MAX,
        on_app_init=[_quiet_logging],
    )
    # Outside the router, so that what no route answers has a request id too.
    usual = CompressJson(NameAllMethods(app.asgi_handler, app))
    handlers = [handler for module in runtime.registry.modules for handler in module.routers]
    app.asgi_handler = RequestIdMiddleware(StraightToMounts(usual, handlers), SecurityHeaders(settings.public_url))
    return app


def runtime_of(app: Litestar) -> Runtime:
    return app.state.runtime


async def _connect_listener(url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(role_url(url, "app"), autocommit=True)


def _quiet_logging(config: AppConfig) -> AppConfig:
    config.logging_config = None  # configure_logs did it
    return config
