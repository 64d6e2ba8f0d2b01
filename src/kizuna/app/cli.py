"""The command line. Errors are one sentence that says what to do, and exit code 1."""

import asyncio
import json
import os
import sys
from typing import Any

import click

from kizuna import __version__
from kizuna.kernel.errors import KizunaError
from kizuna.kernel.settings import Settings, read_settings

MARKS = {"ok": "✓", "warning": "!", "broken": "✗"}


class _Group(click.Group):
    """Turns Kizuna's errors into a sentence on stderr."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KizunaError as error:
            click.echo(f"kizuna: {_sentence(error)}", err=True)
            ctx.exit(1)


def _sentence(error: KizunaError) -> str:
    if len(error.fields) < 2:
        return error.message
    return " ".join([error.message, *(f"{field}: {text}" for field, text in error.fields.items())])


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
    from kizuna.app.server import serve as run

    run(ready_settings(), reload=reload)


@main.command()
@RELOAD
def work(reload: bool) -> None:
    """Run one worker: jobs, drain, lake upkeep (stateless; run as many as you like)."""
    from kizuna.app import worker

    if reload:
        worker.run_worker_reloading(ready_settings())
    else:
        worker.work(ready_settings())


@main.command("compile")
@click.option("--quiet", is_flag=True, help="Say nothing.")
def compile_(quiet: bool) -> None:
    """Compile the kernels of metrics before the first question; ``up`` does it by itself."""
    from kizuna.app.kernels import compile_kernels

    answered = compile_kernels()
    if not quiet:
        say("kernels are compiled already" if answered is None else f"kernels of {answered} questions are compiled")


AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from kizuna.adapters.postgres.embedded import database_url
    from kizuna.adapters.postgres.migrate import migrate as run

    applied = run(database_url(read_settings()))
    say(f"applied {', '.join(applied)}" if applied else "the database is up to date")


@main.command()
@click.argument("destination")
@click.option("--keep", type=int, metavar="N", help="Afterwards remove all but the newest N backups.")
@AS_JSON
def backup(destination: str, keep: int | None, as_json: bool) -> None:
    """Add a backup of database, lake and files to DESTINATION: a folder, s3://, gs:// or abfss://."""
    from kizuna.app.backup.run import make_backup

    done = make_backup(read_settings(), destination, keep=keep, quiet=as_json)
    if as_json:
        click.echo(json.dumps(done))
        return
    say(
        f"backup {done['id']}: {done['tables']} tables with {done['rows']:,} rows, {done['lake_files']:,} files of the "
        f"lake; {done['new_bytes'] / 1e6:,.1f} MB copied, {done['kept_bytes'] / 1e6:,.1f} MB were there already"
    )
    say("keep the vault (vault.json) apart from it: without the vault nobody can read it")


@main.command()
@click.argument("source")
@click.option("--at", metavar="ID", help="Which backup; the newest by default.")
@click.option("--list", "only_list", is_flag=True, help="List the backups, restore nothing.")
@click.option("--ledger", type=click.Path(dir_okay=False), help="The ledger of erasures, when it is not at SOURCE.")
@click.option("--no-ledger", is_flag=True, help="Restore without one: people who were erased since are back.")
@AS_JSON
def restore(source: str, at: str | None, only_list: bool, ledger: str | None, no_ledger: bool, as_json: bool) -> None:
    """Fill an empty installation from a backup at SOURCE, and erase again whom the ledger names."""
    from kizuna.app.backup.run import list_backups, restore_backup

    if only_list:
        print_backups(list_backups(read_settings(), source), as_json)
        return
    if no_ledger:
        say("WARNING: without the ledger, people who asked to be forgotten since the backup are back; erase them again")
    done = restore_backup(read_settings(), source, at=at, ledger=ledger, no_ledger=no_ledger, quiet=as_json)
    if as_json:
        click.echo(json.dumps(done))
        return
    say(
        f"restored {done['id']} as of {done['snapshot_at']}: {done['rows']:,} rows, {done['lake_files']:,} files of "
        f"the lake; {done['ledger_entries']} entries of the ledger replayed"
    )


@main.group()
def keys() -> None:
    """Keys of the vault, which seal secrets in the database."""


@keys.command("make")
def make_keys() -> None:
    """Print a new vault: for KIZUNA_VAULT, where several machines share one."""
    from kizuna.kernel.vault import make_vault

    click.echo(make_vault().write(), nl=False)


@keys.command()
@click.option("--keep-old", is_flag=True, help="Leave the old keys in the vault.")
@click.option("--reseal", is_flag=True, help="Second step, where the vault comes from KIZUNA_VAULT.")
def rotate(keep_old: bool, reseal: bool) -> None:
    """Make a new key, seal every secret anew, drop the old keys; Kizuna may run meanwhile."""
    from kizuna.app.keys import rotate_keys

    text = rotate_keys(read_settings(), keep_old=keep_old, reseal_only=reseal, say=say)
    if text is not None:
        click.echo(text, nl=False)


def print_backups(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in found:
        detail = one.get("broken") or f"{one['snapshot_at']}  {one['rows']:,} rows, {one['bytes'] / 1e6:,.1f} MB"
        click.echo(f"{one['id']}  {detail}")


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
@click.option("--workspace", prompt="Name of the company or brand", help="Name of the company or brand.")
@click.option("--name", prompt="Your name", help="The owner's name.")
@click.option("--email", prompt="Your e-mail address", help="The owner's e-mail address.")
@click.option(
    "--password",
    envvar="KIZUNA_OWNER_PASSWORD",
    help="The owner's password (better by KIZUNA_OWNER_PASSWORD); without one it is made and shown.",
)
@click.option("--time-zone", default="Asia/Tokyo", show_default=True, help="Whose days the numbers are counted in.")
@click.option("--currency", default="JPY", show_default=True, help="ISO 4217 code of the money shown.")
@click.option("--country", default="JP", show_default=True, help="ISO 3166 code; phone numbers without + are of it.")
@click.option(
    "--language", default="ja", show_default=True, type=click.Choice(["ja", "en"]), help="Language first shown."
)
@click.option(
    "--week-start",
    default="monday",
    show_default=True,
    type=click.Choice(["monday", "sunday", "saturday"]),
    help="First day of the week.",
)
@AS_JSON
def setup(workspace: str, name: str, password: str | None, as_json: bool, **choices: Any) -> None:
    """Make the first workspace and its owner, without a browser."""
    from kizuna.app.access import set_up

    print_sign_in(set_up(read_settings(), workspace, name, password, **choices), as_json)


@main.group()
def members() -> None:
    """See members, and let them back in."""


@members.command("list")
@AS_JSON
def list_members(as_json: bool) -> None:
    """List the members of all workspaces."""
    from kizuna.app.access import list_members as read

    found = read(read_settings())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for member in found:
        state = "  (disabled)" if member["disabled"] else ""
        click.echo(f"{member['workspace']}  {member['name']} <{member['email']}>  {member['role']}{state}")


@members.command("reset-link")
@click.argument("email")
@AS_JSON
def reset_link(email: str, as_json: bool) -> None:
    """Make a link with which a member chooses a new password: one hour, one use."""
    from kizuna.app.access import make_reset_links

    links = make_reset_links(read_settings(), email)
    if as_json:
        click.echo(json.dumps([{"workspace": name, "url": url} for name, url in links], ensure_ascii=False, indent=2))
        return
    for name, url in links:
        click.echo(f"{name}  {url}")


@members.command("allow-everywhere")
@click.option("--workspace", "slug", help="The workspace's slug; not needed when there is one only.")
def allow_everywhere(slug: str | None) -> None:
    """Let a workspace be used from every network again."""
    from kizuna.app.access import allow_everywhere as run

    name, changed = run(read_settings(), slug)
    say(f"{name} can be used from every network" + ("" if changed else "; there was no list"))


@members.command("reset-totp")
@click.argument("email")
def reset_totp(email: str) -> None:
    """Take away the authenticator app of a member who lost phone and recovery codes."""
    from kizuna.app.access import reset_totp as run

    for name in run(read_settings(), email):
        say(f"{name}: signing in asks for the password only")


def print_sign_in(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False, indent=2))
        return
    click.echo(f"Sign in at {made['url']} as {made['email']}")
    if made["password"]:
        click.echo(f"with the password  {made['password']}  (shown this once)")


@main.command()
@click.argument("sql")
@click.option("--workspace", "slug", help="The workspace's slug; not needed when there is one only.")
@click.option("--limit", default=1000, show_default=True, help="Rows at the most.")
@click.option("--json", "as_json", is_flag=True, help="Print rows as JSON objects, one a line.")
def query(sql: str, slug: str | None, limit: int, as_json: bool) -> None:
    """Run one SELECT over `events` and `profiles`."""
    from kizuna.app.query import run_query

    run_query(read_settings(), sql, slug, limit, as_json)


@main.command()
@click.argument("file", required=False, metavar="[QUERY.json]")
@click.option("--metric", metavar="KEY", help="Which metric, instead of a file.")
@click.option("--params", metavar="JSON", help="The metric's own params.")
@click.option("--event", "events", multiple=True, metavar="NAME", help="An event, for trends; may be repeated.")
@click.option("--last", metavar="30d", help="How far back: h, d, w, m, q or y; or all.")
@click.option("--until-last", is_flag=True, help="Look back from the last event that there is, not from now.")
@click.option("--from", "first_day", metavar="DAY", help="First day, with --to.")
@click.option("--to", "last_day", metavar="DAY", help="Last day.")
@click.option("--interval", type=click.Choice(["hour", "day", "week", "month", "quarter", "year"]), help="Periods.")
@click.option("--by", metavar="BREAKDOWN", help="property:NAME, trait:NAME, segment:NUMBER,… or touchpoint.")
@click.option("--compare", type=click.Choice(["previous_period", "previous_year"]), help="What to compare with.")
@click.option("--zone", help="Whose days are counted; the workspace's by default.")
@click.option("--workspace", "slug", help="The workspace's slug; not needed when there is one only.")
@click.option("--rows", default=100, show_default=True, help="Rows of the table at the most.")
@click.option("--language", default="en", show_default=True, type=click.Choice(["en", "ja"]), help="Of words.")
@AS_JSON
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for spreadsheets.")
@click.option("--list", "only_list", is_flag=True, help="List the metrics, ask nothing.")
@click.option("--describe", metavar="KEY", help="Explain a metric and its params, ask nothing.")
def report(only_list: bool, describe: str | None, **options: Any) -> None:
    """Answer a question: of QUERY.json (- reads the standard input), or of a metric and options."""
    from kizuna.app import report as run

    if only_list:
        run.list_metrics()
    elif describe is not None:
        run.describe_metric(describe)
    else:
        run.run_report(read_settings(), run.ReportRequest(**options))


@main.command()
def demo() -> None:
    """Start everything with a grocer's year of real data; the first start loads it."""
    from kizuna.app.demo import run_demo

    run_demo(read_settings(), say)


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False), required=False)
@click.option("--as", "kind", type=click.Choice(["orders", "profiles", "events"]), help="What a row is.")
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="What a column means; may be repeated.")
@click.option("--mapping", "mapping_name", help="Name of a saved mapping.")
@click.option("--event", "event_name", help="Name of the events, where no column has it.")
@click.option("--time-zone", help="Zone of times without one; the workspace's by default.")
@click.option("--source", "source_id", type=int, help="Number of a source of the kind import.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--resume", "resume_id", type=int, metavar="IMPORT", help="Go on with a stopped import.")
@click.option("--workspace", "slug", help="The workspace's slug; not needed when there is one only.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def import_(**options: Any) -> None:
    """Import FILE (CSV, JSON Lines, Parquet) into the workspace of a running Kizuna."""
    from kizuna.app.import_file import ImportRequest, import_file

    import_file(read_settings(), ImportRequest(**options), say)


def ready_settings() -> Settings:
    """The settings, once the database is known to have this version's schema."""
    from kizuna.adapters.postgres.embedded import database_url
    from kizuna.adapters.postgres.migrate import check_version
    from kizuna.app.backup.marker import refuse_unrestored
    from kizuna.app.supervisor import SUPERVISED

    settings = read_settings()
    if SUPERVISED not in os.environ:  # the supervisor has seen to it
        refuse_unrestored(settings)
        check_version(database_url(settings))
    return settings


def say(text: str) -> None:
    click.echo(f"kizuna: {text}", err=True)
    sys.stderr.flush()
