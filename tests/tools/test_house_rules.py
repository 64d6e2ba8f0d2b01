"""Each house rule refuses what it is for, and lets be what only looks like it."""

import re
from pathlib import Path

import pytest
from tools.check_code import find_faults, read_tenant_tables
from tools.check_repository import RULES

TENANTS = frozenset({"collect_sources", "workspace_members"})

BAD = {
    "forgets the workspace": 'READ = "SELECT name FROM collect_sources WHERE id = %(id)s"',
    "joins by the workspace, but binds none": """
READ = '''
    SELECT s.name FROM collect_sources s JOIN workspace_members m ON m.workspace_id = s.workspace_id
    WHERE s.id = %(id)s
'''
""",
    "changes all": 'CHANGE = "UPDATE collect_sources SET enabled = false"',
    "forgets it in a function": """
async def read(db):
    await db.execute(
        "DELETE FROM collect_sources WHERE id = %s", (1,)
    )
""",
    "is explained somewhere else": """
# Unscoped: for the worker.
OTHER = 1
READ = "SELECT name FROM collect_sources"
""",
    "pastes a value": 'QUERY = f"SELECT name FROM things WHERE name = {name}"',
    "pastes a table": 'query = f"DELETE FROM {table} WHERE workspace_id = %s"',
    "pastes by percent": "query = 'SELECT a FROM b WHERE c = %s' % value",
    "pastes by plus": "query = 'SELECT a FROM b WHERE ' + condition",
    "pastes by format": "query = 'SELECT a FROM {}'.format(table)",
    "pastes where it executes": "db.execute(f'SET {name}')",
    "adds where it executes": "db.execute(START + rest)",
    "checks no certificate": "client = httpx.AsyncClient(verify=False, timeout=5)",
    "opens a shell": "subprocess.run(command, shell=True)",
    "gives a command as text": 'subprocess.run(f"rm {path}")',
    "uses os.system": 'os.system("ls")',
    "evaluates": "eval(text)",
    "executes": "exec(text)",
    "unpickles": "pickle.loads(data)",
    "loads YAML": "yaml.load(text)",
    "waits for ever": "httpx.get(url)",
    "waits for ever with a client": "httpx.AsyncClient(base_url=url)",
    "logs a token": 'logger.info("signed in", extra={"token": token})',
    "logs a password in the text": 'logger.warning(f"wrong: {password}")',
    "logs a key of a source": "logging.error('no source for %s', source.write_key)",
}

GOOD = {
    "binds the workspace": 'READ = "SELECT name FROM collect_sources WHERE workspace_id = %(workspace_id)s"',
    "binds it by place": 'READ = "SELECT name FROM collect_sources WHERE workspace_id = %s AND id = %s"',
    "asks the transaction": 'GO = "DELETE FROM collect_sources WHERE workspace_id =(SELECT kizuna_workspace_id())"',
    "inserts with it": 'ADD = "INSERT INTO collect_sources (workspace_id, name) VALUES (%s, %s)"',
    "says why": """
# Unscoped: the key tells the workspace.
FIND = "SELECT workspace_id FROM collect_sources WHERE write_key = %s"
""",
    "asks a table of nobody": 'READ = "SELECT version FROM alembic_version"',
    "only speaks of it": '"""Rows are taken FROM collect_sources and go INTO nothing: a SELECT."""',
    "puts in names of columns": 'QUERY = f"SELECT {COLUMNS} FROM things"',
    "adds a constant": 'db.execute(FIND + " FOR UPDATE" if lock else FIND)',
    "composes": 'sql.SQL("DELETE FROM {}").format(sql.Identifier(name))',
    "gives a list": 'subprocess.run(["ls", path], check=True)',
    "has a timeout": "httpx.AsyncClient(timeout=10)",
    "is another get": "values.get(name)",
    "logs ids": 'logger.info("withdrawn", extra={"key_id": row.id, "job": job_id})',
}


@pytest.mark.parametrize("source", BAD.values(), ids=BAD.keys())
def test_it_is_refused(source: str) -> None:
    assert find_faults(source, TENANTS)


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD.keys())
def test_it_is_let_be(source: str) -> None:
    assert find_faults(source, TENANTS) == []


def test_sql_of_the_lake_knows_no_workspaces() -> None:
    assert find_faults('READ = f"SELECT {columns} FROM collect_sources"', TENANTS, own_sql=False) == []


def test_tables_of_tenants_are_read_from_the_migrations() -> None:
    found = read_tenant_tables(Path(__file__).parents[2] / "src" / "kizuna" / "migrations" / "versions")
    assert {"collect_inbox", "workspace_members", "profiles_nodes", "kizuna_live_watches"} <= found
    assert not found & {"workspace_workspaces", "workspace_sign_in_attempts"}


MARKUP = next(rule for rule in RULES if "HTML" in rule.reason)


@pytest.mark.parametrize(
    "line",
    [
        "<p dangerouslySetInnerHTML={{ __html: text }} />",
        "box.innerHTML = text;",
        "box.outerHTML += text",
        'box.insertAdjacentHTML("beforeend", text)',
        "document.write(text)",
        "eval(text)",
        "new Function(text)()",
        'setTimeout("run()", 1)',
    ],
)
def test_text_does_not_become_html(line: str) -> None:
    assert MARKUP.pattern.search(line)


@pytest.mark.parametrize("line", ["box.textContent = text;", "if (box.innerHTML === was) {", "retrieval(text)"])
def test_text_may_stay_text(line: str) -> None:
    assert not MARKUP.pattern.search(line)


@pytest.mark.parametrize(("name", "wanted"), [("web/src/app/x.tsx", True), ("web/scripts/x.ts", False)])
def test_the_rule_for_pages_is_for_pages(name: str, wanted: bool) -> None:
    assert bool(re.search(MARKUP.only, name)) == wanted
