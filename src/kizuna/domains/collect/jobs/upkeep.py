"""Work that recurs."""

from kizuna.domains.collect.service import secrets, upkeep
from kizuna.kernel.context import Runtime
from kizuna.kernel.jobs import Job


async def rotate_known_messages(runtime: Runtime) -> None:
    await upkeep.rotate_known_messages(runtime)


async def merge_small_files(runtime: Runtime) -> None:
    await upkeep.merge_small_files(runtime)


async def seal_plain_secrets(runtime: Runtime) -> None:
    await secrets.seal_plain_secrets(runtime)


UPKEEP = (
    Job("collect:seal_plain_secrets", seal_plain_secrets, scope="system", cron="*/5 * * * *"),
    # For quiet times; under load the drain sees to it.
    Job("collect:rotate_known_messages", rotate_known_messages, scope="system", cron="*/7 * * * *"),
    Job("collect:purge_old_rows", upkeep.purge_old_rows, scope="system", cron="23 * * * *"),
    Job("collect:merge_small_files", merge_small_files, scope="system", queue="lake", cron="* * * * *"),
    Job("collect:compact_lake", upkeep.compact_lake, scope="system", queue="lake", cron="41 2 * * *"),
)
