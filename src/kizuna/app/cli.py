"""The command line. Errors are one sentence that says what to do, and exit code 1."""

import asyncio
import sys
from typing import Any

import click

from kizuna import __version__
from kizuna.kernel.errors import KizunaError
from kizuna.kernel.settings import Settings, read_settings


class _Group(click.Group):
    """Turns Kizuna's errors into a sentence on stderr."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KizunaError as error:
            click.echo(f"kizuna: {error.message}", err=True)
            ctx.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kizuna")
def main() -> None:
    """Kizuna: one profile, one timeline, one condition language."""


@main.command()
def up() -> None:
    """Start everything on one data folder: database, server, worker."""
    from kizuna.app.supervisor import Supervisor

    settings = read_settings()
    supervisor = Supervisor(settings, say)
    try:
        supervisor.prepare()
        supervisor.run(lambda: say(f"open {settings.public_url}"))
    finally:
        supervisor.stop()


@main.command()
def serve() -> None:
    """Run one web server (stateless; run as many as you like)."""
    settings = read_settings()
    from kizuna.app.server import serve as run

    run(settings)


@main.command()
def work() -> None:
    """Run one worker: jobs, drain, lake upkeep (stateless; run as many as you like)."""
    from kizuna.app.worker import run_worker

    asyncio.run(run_worker(read_settings()))


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from kizuna.adapters.postgres.migrate import migrate as run
    from kizuna.app.build import database_url

    applied = run(database_url(read_settings()))
    say(f"applied {', '.join(applied)}" if applied else "the database is up to date")


def say(text: str) -> None:
    click.echo(f"kizuna: {text}", err=True)
    sys.stderr.flush()


def settings() -> Settings:
    return read_settings()
