"""The schema's history: one line of revisions, known by the names of their files."""

import psycopg
import pytest
from alembic.script import ScriptDirectory

from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.adapters.postgres.migrate import SCRIPTS, check_version, current_revision, head_revision, migrate, revisions
from kizuna.kernel.errors import Conflict, Forbidden, Unavailable


def test_files_are_named_by_their_revision_in_one_line() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))

    assert [script.revision for script in scripts.walk_revisions()] == revisions()[::-1]
    assert scripts.get_heads() == [head_revision()]


def test_a_migrated_database_is_left_alone(database_url: str) -> None:
    assert migrate(database_url) == []
    assert current_revision(database_url) == head_revision()


def test_an_older_database_must_be_migrated_before_it_is_served(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("UPDATE alembic_version SET version_num = %s", (revisions()[0],))

    with pytest.raises(Conflict, match="run `kizuna migrate` first"):
        check_version(database_url)


def test_a_newer_database_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")

    for touch in (migrate, check_version):
        with pytest.raises(Conflict, match=r"newer Kizuna \(schema 9999\)"):
            touch(database_url)


def test_a_user_without_rights_is_told_which(postgres: EmbeddedPostgres) -> None:
    maintenance = postgres.url.replace("/kizuna?", "/postgres?")
    with psycopg.connect(maintenance, autocommit=True) as db:
        db.execute("CREATE DATABASE poor")
        db.execute("CREATE ROLE poor LOGIN")
    try:
        with pytest.raises(Forbidden, match="CREATEROLE"):
            migrate(postgres.url.replace("postgres@/kizuna", "poor@/poor"))
    finally:
        with psycopg.connect(maintenance, autocommit=True) as db:
            db.execute("DROP DATABASE poor WITH (FORCE)")
            db.execute("DROP ROLE poor")


def test_a_database_that_is_away_is_named_with_a_remedy() -> None:
    with pytest.raises(Unavailable, match="Check KIZUNA_DATABASE_URL"):
        migrate("postgresql://nobody@/nothing?host=/nonexistent")
