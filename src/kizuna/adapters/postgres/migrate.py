"""Brings a database to this version's schema with Alembic."""

from pathlib import Path

import psycopg

from kizuna.kernel.errors import Conflict, Unavailable

MIGRATION_LOCK = 0x6B697A756E61  # "kizuna": two programs that start together migrate one after the other
SCRIPTS = Path(__file__).parents[2] / "migrations"


def migrate(url: str) -> list[str]:
    """Applies what is missing, in one transaction each; returns the revisions applied.

    Raises ``Conflict`` when the database is of a newer version, ``Unavailable`` when it is away.
    """
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine, pool

    scripts = ScriptDirectory(str(SCRIPTS))
    head = scripts.get_current_head()
    if head is not None and current_revision(url) == head:
        return []  # the usual start: no need to load SQLAlchemy's engine
    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(url), poolclass=pool.NullPool)
    applied: list[str] = []
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        connection.commit()
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        current = context.get_current_revision()
        _refuse_newer(scripts, current)

        def steps(revision, migration_context):  # type: ignore[no-untyped-def]
            for step in scripts._upgrade_revs("head", revision):
                applied.append(step.to_revisions_no_deps[0])
                yield step

        context._migrations_fn = steps
        from alembic.operations import Operations

        with Operations.context(context):
            context.run_migrations()
        connection.commit()
    return applied


def current_revision(url: str) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    with _connect(url) as db:
        found = db.execute("SELECT to_regclass('alembic_version')").fetchone()
        if not found or found[0] is None:
            return None
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def check_version(url: str) -> None:
    """Raises ``Conflict`` unless the database is exactly at this version's schema."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(SCRIPTS))
    current = current_revision(url)
    _refuse_newer(scripts, current)
    if current != scripts.get_current_head():
        raise Conflict("database_older", "The database has an older schema; run `kizuna migrate` first.")


def _refuse_newer(scripts: object, current: str | None) -> None:
    from alembic.script import ScriptDirectory

    assert isinstance(scripts, ScriptDirectory)
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
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
