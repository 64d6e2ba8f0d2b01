"""The drain as a service of the worker."""

from kizuna.kernel.context import Runtime


async def run_drain(runtime: Runtime) -> None:
    # Loaded here: it brings numpy and Arrow, which the web process does without.
    from kizuna.domains.collect.service.drain import run_drain as run

    await run(runtime)
