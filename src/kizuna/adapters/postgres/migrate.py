"""Brings a database to this version's schema with Alembic."""

from pathlib import Path

import psycopg

from kizuna.kernel.errors import Conflict, Forbidden, Unavailable

MIGRATION_LOCK = 0x6B697A756E61  # "kizuna": two programs that start together migrate one after the other
SCRIPTS = Path(__file__).parents[2] / "migrations"
RESTORING = "kizuna_restoring"
"""A table that is there while a restore is under way: its steps that are done. Nothing opens before it goes."""
UNRESTORED = (
    "A backup is being restored here and the restore has not ended: people who were erased since may be in it again. "
    "Run the same `kizuna restore` again; it goes on where it stopped."
)


def migrate(url: str, *, target: str = "head", restoring: bool = False) -> list[str]:
    """Applies what is missing up to ``target``, in one transaction each; returns the revisions applied.

    Raises ``Conflict`` when the database is of a newer version or (but for ``restoring``, the restore's own
    call) half restored, ``Forbidden`` when its user lacks rights, ``Unavailable`` when it is away.
    """
    if not restoring:
        _refuse_unrestored(url)
    current = current_revision(url)
    if current == (head_revision() if target == "head" else target):
        return []  # the usual start: Alembic need not be loaded
    _refuse_newer(current)
    try:
        return _run_migrations(url, target)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Forbidden(
            "database_rights",
            f"The database user may not do what the schema needs: {str(error).strip().splitlines()[0]}. "
            "Give it CREATE on the database and schema, and CREATEROLE, or have an administrator create the roles "
            "kizuna_app, kizuna_auth, kizuna_drain and kizuna_worker and grant them to it.",
        ) from error


def _run_migrations(url: str, target: str) -> list[str]:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine, exc, pool

    scripts = ScriptDirectory(str(SCRIPTS))
    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(url), poolclass=pool.NullPool)
    applied: list[str] = []
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        connection.commit()
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})

        def steps(revision, migration_context):  # type: ignore[no-untyped-def]
            for step in scripts._upgrade_revs(target, revision):
                applied.append(step.to_revisions_no_deps[0])
                yield step

        context._migrations_fn = steps
        try:
            with Operations.context(context):
                context.run_migrations()
        except exc.DBAPIError as error:  # of Alembic's own statements; ours go to psycopg directly
            raise (error.orig or error) from None
        connection.commit()
    return applied


def revisions() -> list[str]:
    """All revisions of this version, oldest first: a file's name begins with its revision."""
    return sorted(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def head_revision() -> str:
    return revisions()[-1]


def current_revision(url: str) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    with _connect(url) as db:
        found = db.execute("SELECT to_regclass('alembic_version')").fetchone()
        if not found or found[0] is None:
            return None
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def check_version(url: str) -> None:
    """Raises ``Conflict`` unless the database is whole and exactly at this version's schema."""
    _refuse_unrestored(url)
    current = current_revision(url)
    _refuse_newer(current)
    if current != head_revision():
        raise Conflict("database_older", "The database has an older schema; run `kizuna migrate` first.")


def _refuse_unrestored(url: str) -> None:
    with _connect(url) as db:
        row = db.execute("SELECT to_regclass(%s) IS NOT NULL", (f"public.{RESTORING}",)).fetchone()
    if row and row[0]:
        raise Conflict("restore_unfinished", UNRESTORED)


def _refuse_newer(current: str | None) -> None:
    if current is not None and current not in revisions():
        raise Conflict(
            "database_newer",
            f"The database was made by a newer Kizuna (schema {current}); start that version or a later one.",
        )


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(url, connect_timeout=10, application_name="kizuna-migrate")
    except psycopg.OperationalError as error:
        raise Unavailable(
            "database_unavailable",
            f"The database cannot be reached: {str(error).strip().splitlines()[-1]}. "
            "Check KIZUNA_DATABASE_URL, the server and its access rules.",
        ) from error
