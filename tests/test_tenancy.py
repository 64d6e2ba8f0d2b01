"""Row-level security: no table of a tenant is without it, and no role gets past it."""

from typing import Any

import psycopg
import pytest

from kizuna.kernel.context import Runtime, Workspace
from tests.cast import Person

Db = psycopg.Connection[Any]

ROLES = ("kizuna_app", "kizuna_auth", "kizuna_drain", "kizuna_worker")

WITHOUT_WORKSPACE = {
    "alembic_version": "the schema's revision",
    "workspace_workspaces": "the tenants themselves; their policy compares the id",
    "workspace_sign_in_attempts": "counts hashes before a workspace is known; the application's role has no access",
    "collect_seen_generations": "which of the tables below holds which hashes, and how many",
} | {
    f"collect_seen_{slot}": "hashes of (source, message id) and nothing else; a policy would cost intake its speed"
    for slot in range(24)
}
"""Tables without a workspace_id, and why. The queue's own tables are closed to the application altogether."""

OWNERS_FUNCTIONS = {
    "kizuna_defer_job": "queues for the transaction's workspace only",
    "workspace_any_exists": "one bit: whether the wizard is open",
    "profiles_take_keys": "numbers of the transaction's workspace",
    "profiles_find": "row policies hinder the index; it compares the workspace itself",
    "collect_rotate_seen": "empties the oldest generation; for the worker",
    "collect_count_seen": "counts hashes of generations that ended; for the worker",
    "collect_inbox_events": "a count of the transaction's workspace",
    "profiles_erase_log": "erasure from what is only added to, in the transaction's workspace",
    "privacy_erase_answers": "erasure from what is only added to, in the transaction's workspace",
    "privacy_erase_disclosed": "erasure from what is only added to, in the transaction's workspace",
    "workspace_redact_audit": "takes people out of texts of the audit log; who, what and when stay",
    "workspace_read_queue": "arguments of the transaction's workspace's own jobs",
    "workspace_redact_queue": "takes people out of them",
}
"""Functions that pass policies because they run as the owner, and why they may."""

TABLES = """
    SELECT c.relname, c.relrowsecurity,
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id') AS has_workspace,
        EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
            AND (SELECT oid FROM pg_roles WHERE rolname = 'kizuna_app') = ANY (p.polroles)) AS has_policy,
        c.relispartition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
"""

RIGHTS = """
    SELECT r.rolname, c.relname, p.privilege
    FROM pg_roles r
    CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
        AS p (privilege)
    WHERE r.rolname = ANY (%s) AND n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
        AND has_table_privilege(r.oid, c.oid, p.privilege)
"""


@pytest.fixture
def tables(owner_db: Db) -> dict[str, Any]:
    rows = owner_db.execute(TABLES).fetchall()
    return {row[0]: row[1:] for row in rows if not row[0].startswith("procrastinate_")}


@pytest.fixture
def rights(owner_db: Db) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for role, table, privilege in owner_db.execute(RIGHTS, (list(ROLES),)).fetchall():
        found.setdefault((role, table), set()).add(privilege)
    return found


def test_every_table_of_a_tenant_has_a_policy(tables: dict[str, Any], rights: dict[tuple[str, str], set[str]]) -> None:
    assert len(tables) > 10
    for table, (secured, has_workspace, has_policy, is_partition) in tables.items():
        reachable = bool(rights.get(("kizuna_app", table)))
        if not has_workspace or (is_partition and not reachable):
            continue  # a partition nobody may name is reached only through its parent, under the parent's policy
        assert secured, f"{table} has a workspace_id and no row-level security: use kizuna_enable_tenancy"
        assert has_policy or not reachable, f"{table} has no policy for kizuna_app"


def test_every_table_without_a_workspace_is_listed(tables: dict[str, Any]) -> None:
    without = {table for table, (_, has_workspace, _, _) in tables.items() if not has_workspace}
    assert without == set(WITHOUT_WORKSPACE)


def test_exceptions_hold_only_the_rights_they_need(
    tables: dict[str, Any], rights: dict[tuple[str, str], set[str]]
) -> None:
    held = {table: rights.get(("kizuna_app", table), set()) for table in WITHOUT_WORKSPACE}
    assert not held["workspace_sign_in_attempts"]
    assert not held["alembic_version"]
    assert all(held[f"collect_seen_{slot}"] <= {"SELECT", "INSERT"} for slot in range(24))
    assert held["collect_seen_generations"] <= {"SELECT"}
    assert tables["workspace_workspaces"][0]


def test_the_application_puts_into_the_inbox_and_reads_nothing(rights: dict[tuple[str, str], set[str]]) -> None:
    assert rights[("kizuna_app", "collect_inbox")] == {"INSERT"}


def test_the_application_cannot_see_the_queue(rights: dict[tuple[str, str], set[str]]) -> None:
    for role in ("kizuna_app", "kizuna_auth", "kizuna_drain"):
        assert not [table for (who, table) in rights if who == role and table.startswith("procrastinate_")]


def test_no_role_truncates_or_triggers(rights: dict[tuple[str, str], set[str]]) -> None:
    for (role, table), held in rights.items():
        assert not held & {"TRUNCATE", "TRIGGER", "REFERENCES"}, (role, table)


def test_sign_in_writes_nothing_but_its_own_counts(rights: dict[tuple[str, str], set[str]]) -> None:
    written = {table for (role, table), held in rights.items() if role == "kizuna_auth" and held - {"SELECT"}}
    assert written == {"workspace_sign_in_attempts"}


def test_roles_cannot_bypass(owner_db: Db) -> None:
    rows = owner_db.execute(
        """
        SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication
        FROM pg_roles WHERE rolname LIKE 'kizuna\\_%%'
        """
    ).fetchall()
    assert {row[0] for row in rows} == set(ROLES)
    assert not [row for row in rows if any(row[1:])]
    owned = owner_db.execute(
        "SELECT relname FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY (%s))",
        (list(ROLES),),
    ).fetchall()
    assert owned == []  # a table's owner passes its policies
    members = owner_db.execute(
        """
        SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members
        WHERE member::regrole::text = ANY (%s)
        """,
        (list(ROLES),),
    ).fetchall()
    assert members == [("kizuna_drain", "kizuna_app")]  # it serves one workspace after the other


def test_functions_that_run_as_the_owner_are_few(owner_db: Db) -> None:
    rows = owner_db.execute(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    names = {row[0] for row in rows if not row[0].startswith("procrastinate_")}
    assert names == set(OWNERS_FUNCTIONS)
    assert all(any(option.startswith("search_path=") for option in config or []) for _, config in rows)


@pytest.fixture
def readable(tables: dict[str, Any], rights: dict[tuple[str, str], set[str]]) -> list[str]:
    """Tables of tenants that the application may read."""
    found = [table for table in sorted(tables) if "SELECT" in rights.get(("kizuna_app", table), set())]
    return [table for table in found if tables[table][1]]


async def test_reading_across_finds_nothing(
    runtime: Runtime, readable: list[str], ada: Person, dan: Person, owner_db: Db
) -> None:
    assert "workspace_members" in readable
    for table in readable:
        async with runtime.database.transaction("app", dan.workspace_id) as db:
            found = await (
                await db.execute(f"SELECT count(*) FROM {table} WHERE workspace_id <> %s", (dan.workspace_id,))
            ).fetchone()
        assert found == (0,), table
    others = owner_db.execute("SELECT count(*) FROM workspace_members WHERE workspace_id = %s", (ada.workspace_id,))
    assert others.fetchone() == (1,)  # they are there


async def test_without_a_workspace_there_is_nothing(runtime: Runtime, readable: list[str], ada: Person) -> None:
    for table in [*readable, "workspace_workspaces"]:
        async with runtime.database.transaction("app") as db:
            assert await (await db.execute(f"SELECT count(*) FROM {table}")).fetchone() == (0,), table


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE workspace_members SET role = 'owner' WHERE workspace_id = %(other)s",
        "UPDATE workspace_workspaces SET name = 'mine' WHERE id = %(other)s",
        "DELETE FROM workspace_sessions WHERE workspace_id = %(other)s",
        "UPDATE workspace_jobs SET workspace_id = %(mine)s WHERE workspace_id = %(other)s",
    ],
)
async def test_writing_across_touches_nothing(runtime: Runtime, ada: Person, dan: Person, statement: str) -> None:
    async with runtime.database.transaction("app", dan.workspace_id) as db:
        done = await db.execute(statement, {"other": ada.workspace_id, "mine": dan.workspace_id})
        assert done.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO workspace_keys (workspace_id, name, prefix, token_hash, scopes, created_by, created_at)
           VALUES (%(other)s, 'k', 'k', 'k', '{}', 'Dan', now())""",
        "UPDATE workspace_members SET workspace_id = %(other)s",
        "SELECT password_hash FROM workspace_sign_in_attempts",
        "TRUNCATE workspace_members",
        "ALTER TABLE workspace_members DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON workspace_members",
        "CREATE TABLE mine (id integer)",
        "SELECT kizuna_enable_tenancy('workspace_members')",
        "SELECT * FROM procrastinate_jobs",
    ],
)
async def test_reaching_across_is_refused(runtime: Runtime, ada: Person, dan: Person, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn)):
        async with runtime.database.transaction("app", dan.workspace_id) as db:
            await db.execute(statement, {"other": ada.workspace_id})


async def test_jobs_cannot_be_queued_for_others(runtime: Runtime, ada: Person, dan: Person) -> None:
    from dataclasses import replace

    from kizuna.kernel.jobs import defer

    async with dan.unit() as ctx:
        foreign: Workspace = replace(ctx.workspace, id=ada.workspace_id)
        with pytest.raises(psycopg.errors.RaiseException):
            async with ctx.db.transaction():
                await defer(replace(ctx, workspace=foreign), "workspace:clean_up", {})
