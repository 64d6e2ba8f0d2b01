"""The command line. Errors are one sentence that says what to do, and exit code 1."""

import asyncio
import json
import sys
from typing import Any

import click

from kizuna import __version__
from kizuna.kernel.errors import KizunaError
from kizuna.kernel.settings import read_settings

MARKS = {"ok": "✓", "warning": "!", "broken": "✗"}


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


RELOAD = click.option("--reload", is_flag=True, help="Start again when the code changes; for developers.")


@main.command()
@RELOAD
def up(reload: bool) -> None:
    """Start everything on one data folder: database, server, worker."""
    from kizuna.app.supervisor import Supervisor

    settings = read_settings()
    supervisor = Supervisor(settings, say, reload=reload)
    try:
        supervisor.prepare()
        supervisor.run(lambda: say(f"open {settings.public_url}"))
    finally:
        supervisor.stop()


@main.command()
@RELOAD
def serve(reload: bool) -> None:
    """Run one web server (stateless; run as many as you like)."""
    settings = read_settings()
    from kizuna.app.server import serve as run

    run(settings, reload=reload)


@main.command()
@RELOAD
def work(reload: bool) -> None:
    """Run one worker: jobs, drain, lake upkeep (stateless; run as many as you like)."""
    from kizuna.app.worker import run_worker, run_worker_reloading

    if reload:
        run_worker_reloading(read_settings())
    else:
        asyncio.run(run_worker(read_settings()))


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from kizuna.adapters.postgres.migrate import migrate as run
    from kizuna.app.build import database_url

    applied = run(database_url(read_settings()))
    say(f"applied {', '.join(applied)}" if applied else "the database is up to date")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check database, lake, engine, clock, disk and keys; exit code 1 when something is broken."""
    from kizuna.app.doctor import examine

    findings = asyncio.run(examine(read_settings()))
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.state]} {finding.check:<9} {finding.detail}")
            if finding.remedy:
                click.echo(f"            {finding.remedy}")
    if any(finding.state == "broken" for finding in findings):
        raise SystemExit(1)


@main.command()
@click.argument("sql")
@click.option("--workspace", "slug", help="The workspace's slug; not needed when there is one only.")
@click.option("--limit", default=1000, show_default=True, help="Rows at the most.")
@click.option("--json", "as_json", is_flag=True, help="Print rows as JSON objects, one a line.")
def query(sql: str, slug: str | None, limit: int, as_json: bool) -> None:
    """Run one SELECT over `events` and `profiles`."""
    from kizuna.app.query import run_query

    run_query(read_settings(), sql, slug, limit, as_json)


def say(text: str) -> None:
    click.echo(f"kizuna: {text}", err=True)
    sys.stderr.flush()
