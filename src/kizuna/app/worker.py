"""The worker: runs jobs from the queue and the modules' services, such as the drain."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import procrastinate
from procrastinate import builtin_tasks
from psycopg_pool import AsyncConnectionPool

from kizuna.adapters.postgres.database import role_url
from kizuna.adapters.postgres.embedded import database_url
from kizuna.app.build import build_runtime
from kizuna.kernel.clock import Clock
from kizuna.kernel.context import Runtime
from kizuna.kernel.jobs import Job, JobNotDue
from kizuna.kernel.logs import configure_logs
from kizuna.kernel.process import collect_garbage_rarely, give_back_memory
from kizuna.kernel.settings import Settings
from kizuna.kernel.signals import Subscriber

logger = logging.getLogger(__name__)

JOBS_AT_ONCE = 4
STOP_TIMEOUT_S = 25.0
SERVICE_RESTART_S = 1.0


def work(settings: Settings) -> None:
    """``run_worker`` on the loop that the server uses too, which costs half of asyncio's own."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        asyncio.run(run_worker(settings))
    else:
        uvloop.run(run_worker(settings))


async def run_worker(settings: Settings, clock: Clock | None = None) -> None:
    """Works until SIGTERM or SIGINT; then finishes what is under way and returns."""
    configure_logs(settings.log_level)
    runtime, database = build_runtime(settings, clock)
    queue = make_queue(runtime, database_url(settings))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with queue.open_async():
        collect_garbage_rarely()
        services = [service for module in runtime.registry.modules for service in module.services]
        tasks = [
            asyncio.create_task(_keep_running(service.name, lambda run=service.run: run(runtime)))
            for service in services
        ]
        tasks.append(
            asyncio.create_task(
                queue.run_worker_async(
                    concurrency=JOBS_AT_ONCE,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=STOP_TIMEOUT_S,
                    delete_jobs="successful",
                )
            )
        )
        await stop.wait()
        runtime.lake.stop_compacting()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await runtime.engine.close()
    await runtime.lake.close()
    await database.close()


def run_worker_reloading(settings: Settings) -> None:
    """Runs the worker in a child process that starts again when a file of the package changes."""
    import watchfiles

    watchfiles.run_process(Path(__file__).parents[1], target=work, args=(settings,))


async def _keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """A service that fails starts again; what it was doing is claimed by state and not lost."""
    while True:
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("service failed and starts again", extra={"service": name})
        await asyncio.sleep(SERVICE_RESTART_S)


def make_queue(runtime: Runtime, url: str) -> procrastinate.App:
    """The procrastinate application with every module's jobs and subscribers as tasks."""
    connector = procrastinate.PsycopgConnector(
        pool_factory=AsyncConnectionPool,
        conninfo=role_url(url, "worker"),
        min_size=1,
        max_size=JOBS_AT_ONCE + 2,
    )
    queue = procrastinate.App(connector=connector)
    for job in runtime.registry.jobs():
        _add_job(queue, runtime, job)
    for subscriber in runtime.registry.subscribers():
        _add_subscriber(queue, runtime, subscriber)
    queue.periodic(cron="17 3 * * *")(queue.task(name="kernel:remove_old_jobs", pass_context=True)(_remove_old_jobs))
    return queue


async def _remove_old_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
    await builtin_tasks.remove_old_jobs(context, max_hours=72, remove_failed=False)


def _add_job(queue: procrastinate.App, runtime: Runtime, job: Job) -> None:
    retry = procrastinate.RetryStrategy(max_attempts=job.retries, exponential_wait=2) if job.retries else False

    if job.scope == "system":

        async def run_system(timestamp: int = 0, **_: Any) -> None:
            try:
                await job.run(runtime)
            finally:
                give_back_memory()

        task = queue.task(name=job.name, queue=job.queue, retry=retry)(run_system)
        if job.cron:
            queue.periodic(cron=job.cron)(task)
        return

    async def run_for_workspace(workspace_id: int, args: dict[str, Any]) -> None:
        if job.scope == "long":
            try:
                with contextlib.suppress(JobNotDue):
                    await job.run(runtime, workspace_id, **args)
            finally:
                give_back_memory()
            return
        async with runtime.unit(workspace_id) as ctx:
            await job.run(ctx, **args)

    queue.task(name=job.name, queue=job.queue, retry=retry)(run_for_workspace)


def _add_subscriber(queue: procrastinate.App, runtime: Runtime, subscriber: Subscriber) -> None:
    async def deliver(workspace_id: int, args: dict[str, Any]) -> None:
        signal_ = msgspec.convert(args["signal"], subscriber.signal)
        async with runtime.unit(workspace_id) as ctx:
            await subscriber.react(ctx, signal_)

    queue.task(
        name=subscriber.job_name,
        queue="signals",
        retry=procrastinate.RetryStrategy(max_attempts=10, exponential_wait=2),
    )(deliver)


async def run_jobs_once(runtime: Runtime, url: str) -> None:
    """Runs everything that is queued and due, then returns; for tests and the CLI."""
    queue = make_queue(runtime, url)
    async with queue.open_async():
        with contextlib.suppress(asyncio.CancelledError):
            await queue.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
